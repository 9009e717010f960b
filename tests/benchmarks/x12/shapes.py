"""Payloads of any size for showing that cost grows with size alone: what partners send, and what only an attacker would."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.x12.corpus import Corpus

HEAD = (
    b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260721*1010*U*00401*000000001*0*P*>~"
    b"GS*PO*SENDER*RECEIVER*20260721*1010*1*X*004010~ST*850*0001~BEG*00*SA*1**20260721~"
)
TAIL = b"SE*9*0001~GE*1*1~IEA*1*000000001~"


def _filled(unit: bytes) -> Callable[[int], bytes]:
    return lambda size: HEAD + unit * (size // len(unit)) + TAIL


def _deep(size: int) -> bytes:
    """Every level the child of the one before."""
    head = (
        HEAD.replace(b"GS*PO", b"GS*SH")
        .replace(b"ST*850", b"ST*856")
        .replace(b"BEG*00*SA*1**20260721", b"BSN*00*1*20260721*1010")
    )
    return head + b"".join(b"HL*%d*%s*I~" % (n, b"%d" % (n - 1) if n > 1 else b"") for n in range(1, size // 16)) + TAIL


SHAPES: dict[str, Callable[[int], bytes]] = {
    "many sets": lambda size: Corpus().mixed(size),
    "one set": lambda size: Corpus().huge(size, "850"),
    "nothing but element separators": _filled(b"*"),
    "nothing but terminators": _filled(b"~"),
    "nothing but component separators": _filled(b">"),
    "one segment without end": _filled(b"x"),
    "segments of one letter": _filled(b"x~"),
    "line breaks in every segment": _filled(b"PO1*1*1\r\n*EA~"),
    "a million loops": _filled(b"N1*ST*A~"),
    "levels nested without end": _deep,
    "sets without end": _filled(b"ST*850*0001~"),
    "groups without end": _filled(b"GS*PO*A*B*20260721*1010*1*X*004010~"),
    "interchanges without end": lambda size: HEAD * (size // len(HEAD)),
    "no interchange": lambda size: b"IS" * (size // 2),
    "almost an ISA, again and again": lambda size: b"ISA " * (size // 4),
    "an ISA without end": lambda size: b"ISA*" + b"0" * size,
}
