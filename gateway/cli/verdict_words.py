"""What the commands say of a file or of a document in it, in the same words: accepted, refused, or stopped by the agreed map and guide.

What breaks the standard is refused, and the partner's 997 or 999 says so. What keeps to it is acknowledged; when the map or the partner's
guide then finds a mistake, it waits for a person, and the partner learns nothing of it. A file that is no X12 is refused by either.
"""

from __future__ import annotations

from collections.abc import Iterable

from translators.x12.explain import ACCEPTED, PARKED, REFUSED


def verdict_words(refusing: Iterable[str], *, is_refused: bool, is_x12: bool) -> str:
    """Return what is said.

    Args:
        refusing: the codes of the findings that stop it, none where the map made no document without saying why.
        is_refused: whether it is stopped at all.
        is_x12: whether an acknowledgment answers it.
    """
    if not is_refused:
        return ACCEPTED
    return PARKED if is_x12 and all(code.startswith("MAP-") for code in refusing) else REFUSED
