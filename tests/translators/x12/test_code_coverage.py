"""The handbook's page of codes says what the engine does, and every finding it names is raised by a malformed interchange here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.generation import interchange_of
from tests.translators.x12.reading import all_findings, events_of
from tests.translators.x12.test_guide import ROWS, RULES
from tests.translators.x12.test_malformed_interchanges import CASES, NOT_INTERCHANGES, _interchange
from tests.translators.x12.test_malformed_structure import CASES as STRUCTURE
from tests.translators.x12.test_malformed_structure import FLAT, INVOICE_BYTES, edited
from translators.findings import Level
from translators.x12 import Policy
from translators.x12.acknowledgment_words import (
    ELEMENT_WORDS,
    GROUP_WORDS,
    INTERCHANGE_WORDS,
    SEGMENT_WORDS,
    SET_WORDS,
)
from translators.x12.finding_codes import CODES

PAGE = Path(__file__).parents[3] / "gateway" / "handbook" / "x12-codes.md"
TABLES = (
    (Level.INTERCHANGE, INTERCHANGE_WORDS),
    (Level.GROUP, GROUP_WORDS),
    (Level.SET, SET_WORDS),
    (Level.SEGMENT, SEGMENT_WORDS),
    (Level.ELEMENT, ELEMENT_WORDS),
)

# What the tables do not hold because their interchange is right but for something that is no malformation, or is large.
OTHERS = {
    "X12-EMPTY": b"",
    "X12-SET-PARKED": edited("GS*PO", "GS*OG").replace(b"ST*850", b"ST*875"),
    "X12-ISE-DATE": edited("GS*PO", "ISE*261321*0405*01~\nGS*PO"),
    "X12-ISE-TIME": edited("GS*PO", "ISE*261121*2405*01~\nGS*PO"),
    "X12-ISE-TIME-CODE": edited("GS*PO", "ISE*261121*0405*~\nGS*PO"),
    "X12-ISB-GRADE": edited("GS*PO", "ISB*~\nGS*PO"),
    "X12-SEGMENT-TOO-LONG": FLAT.replace(b"Small widget~", b"w" * 1_100_000),
    "X12-LOOP-ID": edited("MEA*PD*WT*2.5*LB~", "LS*1~\nLE*2~"),
    "X12-ENVELOPE-BLANK": edited("GE*2", "~\nGE*2"),
    "X12-SEGMENT-EMPTY": edited("IT1*1*10*EA*9.25", "IT1", INVOICE_BYTES),
    "X12-LAST-LINE-END": FLAT.replace(b"~", b"\n")[:-1],
    "X12-FINDINGS-CUT": edited("REF*DP*038~\n", "QQ*1~\n" * 2_010),
}
# Raised only by `write_transaction_set`, by a set of 500 MB, or by lists that single sources tell: each has a test of its own.
ELSEWHERE = {"X12-WRITE-SEGMENT", "X12-SET-TOO-LARGE", "X12-CODE-UNLISTED"}


def _rows() -> dict[str, list[tuple[str, str]]]:
    """Return the rows (code, raised by) of each table of the page."""
    tables: dict[str, list[tuple[str, str]]] = {}
    for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        tables[title] = re.findall(r"^\| (?!Code)(\w+) \| [^|]+ \| ([^|]+) \|$", body, flags=re.MULTILINE)
    return tables


def test_the_page_lists_every_code_and_what_raises_it() -> None:
    for (level, words), (title, rows) in zip(TABLES, _rows().items(), strict=True):
        assert [code for code, _ in rows] == list(words), title
        for code, raised_by in rows:
            named = set(re.findall(r"`(X12-[A-Z0-9-]+)`", raised_by))
            own = {c for c, row in CODES.items() if row.level is level and row.x12_code == code} - ELSEWHERE
            # A guide's findings have further codes where a qualifier or a loop is involved; `test_guide` holds those.
            assert own <= named | {"X12-CODE-UNLISTED"}, (title, code)
            assert all(c in own or "GUIDE" in c or c in ELSEWHERE for c in named), (title, code)
            assert named or not own, (title, code)


def _raised() -> set[str]:
    payloads = [_interchange(c) for c in CASES] + [p for _, p, _ in STRUCTURE] + [p for _, p, _ in NOT_INTERCHANGES]
    payloads += OTHERS.values()
    found = {f.code for p in payloads for f in all_findings(events_of([p], CATALOGUE))}
    order = interchange_of([ROWS], "004010")
    return found | {
        f.code for rules, _ in RULES for f in all_findings(events_of([order], CATALOGUE, Policy(guide={"850": rules})))
    }


def test_every_finding_is_raised_by_something_malformed() -> None:
    assert set(CODES) - _raised() == ELSEWHERE


@pytest.mark.parametrize("code", OTHERS)
def test_what_stands_in_no_table_is_raised(code: str) -> None:
    assert code in {f.code for f in all_findings(events_of([OTHERS[code]], CATALOGUE))}
