"""A transmission that cannot go on: raised inside the codec, caught at its doors, never seen outside."""

from __future__ import annotations

from gateway.transports.as2.dispositions import UNEXPECTED_ERROR, Disposition
from translators.findings import Finding, Severity


class RefusedError(Exception):
    """The true reason as a finding, and what the partner is told.

    Args:
        code: "AS2-...", with a heading in the handbook.
        sentence: for the person who acts, here.
        value: what was found, as received.
        value: what was found, as received.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        disposition: Disposition = UNEXPECTED_ERROR,
        *,
        value: str = "",
    ) -> None:
        super().__init__(f"{code} {sentence}")
        self.finding = Finding(code, sentence, value=shown(value))
        self.disposition = disposition


def shown(value: str) -> str:
    """Return what was found, without characters that move a cursor or turn a line, and not all of a megabyte."""
    return value[:200] if value[:200].isprintable() else ascii(value[:200])


def warning(code: str, sentence: str, value: str = "") -> Finding:
    """Return a finding that refuses nothing."""
    return Finding(code, sentence, Severity.WARNING, value=shown(value))


def note(code: str, sentence: str, value: str = "") -> Finding:
    """Return a finding that is only worth knowing."""
    return Finding(code, sentence, Severity.NOTE, value=shown(value))
