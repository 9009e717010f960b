"""Work grows with the size of a payload and with nothing else, whatever shape it has: counted in lines, because time is the machine's.

What is done inside one line, bytes searched again and again, shows in `tests/benchmarks/x12/side_by_side.py --shapes`.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from tests.benchmarks.x12.shapes import SHAPES
from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.reading import pieces_of
from translators.x12 import read

_SIZE = 24_000


def _lines(payload: bytes, *, in_parts: bool) -> int:
    count = 0

    def tracer(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        for _ in read(pieces_of(payload, 2_048), CATALOGUE, in_parts=in_parts):
            pass
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("in_parts", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_bytes_are_twice_the_lines(shape: str, in_parts: bool) -> None:
    _lines(SHAPES[shape](_SIZE), in_parts=in_parts)  # definitions read, checks compiled
    single, double = (_lines(SHAPES[shape](times * _SIZE), in_parts=in_parts) for times in (2, 4))
    assert double < 2.2 * single + 2_000
