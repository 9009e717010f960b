"""How a simulated partner behaves. To add a behaviour: a row of BEHAVIOURS."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a partner does otherwise than a good one.

    Args:
        says: what it does, for people.
        delay_seconds: before anything is answered.
        copies: how often each file is sent, under another name each time.
        verdict: its 997, or its receipt, on what we sent: A accepted, E accepted with errors noted, R rejected.
        fulfils: how a supplier answers an order of ours in business terms.
        breaks: what is wrong with what it sends: nothing, one document of a file, or the file.
    """

    says: str
    delay_seconds: float = 0
    copies: int = 1
    verdict: Literal["A", "E", "R"] = "A"
    fulfils: Literal["all", "part", "nothing"] = "all"
    breaks: Literal["", "one", "file"] = ""


LATE_SECONDS = 10.0
BEHAVIOURS: dict[str, Behaviour] = {
    "good": Behaviour("sends good files, accepts everything, answers at once"),
    "late": Behaviour("answers everything, but late", delay_seconds=LATE_SECONDS),
    "duplicate": Behaviour("sends every file twice", copies=2),
    "partial": Behaviour(
        "a customer sends a good and a broken order in one file; a supplier delivers a part and backorders the rest",
        verdict="E",
        fulfils="part",
        breaks="one",
    ),
    "rejecting": Behaviour(
        "a customer rejects what it gets; a supplier takes an order and answers that it delivers nothing",
        verdict="R",
        fulfils="nothing",
    ),
    "malformed": Behaviour(
        "sends files that are cut off, empty, in another encoding, or something else", breaks="file"
    ),
}
MIX = "mix"


def behaviour_of(named: str, order_number: str, seed: int) -> tuple[str, Behaviour]:
    """Return how the partner behaves about one order: always the same, or, for a mix, as the seed says for its number."""
    chosen = random.Random(f"{seed}/{order_number}").choice(list(BEHAVIOURS)) if named == MIX else named  # noqa: S311  reproducible
    return chosen, BEHAVIOURS[chosen]


def _cut_off(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) // 3, len(content) * 2 // 3)]


def _other_bytes(content: bytes, _chance: random.Random) -> bytes:
    return b"%PDF-1.7\n\x00\x01\xff\xfe" + content[:40][::-1]


def _letter(_content: bytes, _chance: random.Random) -> bytes:
    return b"Dear team, please find our order attached. Regards"


def _nothing(_content: bytes, _chance: random.Random) -> bytes:
    return b""


def _wrong_encoding(content: bytes, _chance: random.Random) -> bytes:
    return b"\xff\xfe" + content.decode("latin-1").encode("utf-16-le")[1:]


BREAKS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut_off,
    _other_bytes,
    _letter,
    _nothing,
    _wrong_encoding,
)


def broken(content: bytes, order_number: str, seed: int) -> bytes:
    """Return a file as it should not come, the same for the same order and seed."""
    chance = random.Random(f"{seed}/{order_number}/broken")  # noqa: S311  reproducible
    return chance.choice(BREAKS)(content, chance)
