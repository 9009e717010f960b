"""A table of malformed interchanges, each judged by the standard: what is wrong, at which level, with which code, and whether it refuses.

Each row is one edit of one right interchange. `expected` is everything that must be found, and nothing else may be.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.translators.x12.definitions import CATALOGUE
from translators.x12 import GroupEnd, InterchangeEnd, NotInterchange, TransactionSet, read

ISA = (
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*US             *261121*0405*{std}*{version}*000000101*0*T*>"
)

ORDER = """\
GS*PO*ACME*US*20261121*0405*101*X*004010
ST*850*0001
BEG*00*SA*4711**20261120
REF*DP*038
PER*BD*Ann Lee*TE*2125550100
DTM*002*20261210
N1*ST*Store 12*92*0012
N3*1 Main St
N4*Columbus*OH*43215*US
PO1*1*10*EA*9.25*PE*UP*012345678905
PID*F****Small widget
MEA*PD*WT*2.5*LB
PO1*2*20*CA*13.79*PE*UP*012345678912
CTT*2*30
SE*14*0001
ST*850*0002
BEG*00*SA*4712**20261120
PO1*1*5*EA*1.5
CTT*1
SE*5*0002
GE*2*101
IEA*1*000000101
"""

SHIP_NOTICE = """\
GS*SH*ACME*US*20261121*0405*101*X*004010
ST*856*0001
BSN*00*S1*20261121*0405*0001
HL*1**S*1
TD5*B*2*FDEG
HL*2*1*O*1
PRF*4711
HL*3*2*I*0
LIN**UP*012345678905
SN1**10*EA
CTT*3*10
SE*11*0001
GE*1*101
IEA*1*000000101
"""

INVOICE_5010 = """\
GS*IN*ACME*US*20261121*0405*101*X*005010
ST*810*0001
BIG*20261121*I1*20261120*4711
IT1*1*10*EA*9.25
TDS*9250
CTT*1
SE*6*0001
GE*1*101
IEA*1*000000101
"""


@dataclass(frozen=True)
class Case:
    name: str
    old: str
    new: str
    expected: tuple[str, ...]  # "element 7 PO103 error"
    body: str = ORDER
    version: str = "00401"
    std: str = "U"


def _error(level: str, code: str, place: str) -> str:
    return f"{level} {code} {place} error"


def _warning(level: str, code: str, place: str) -> str:
    return f"{level} {code} {place} warning"


E, W = _error, _warning

CASES = [
    # The interchange.
    Case("nothing is wrong", "", "", ()),
    Case("nothing is wrong with a ship notice", "", "", (), SHIP_NOTICE),
    Case("nothing is wrong with an invoice of 005010", "", "", (), INVOICE_5010, "00501", "^"),
    Case("IEA02 is not ISA13", "IEA*1*000000101", "IEA*1*000000102", (E("interchange", "001", "IEA02"),)),
    Case("IEA02 equals ISA13 as a number", "IEA*1*000000101", "IEA*1*101", (W("interchange", "001", "IEA02"),)),
    Case("IEA01 is wrong", "IEA*1*", "IEA*2*", (E("interchange", "021", "IEA01"),)),
    Case("IEA01 is no number", "IEA*1*", "IEA*A*", (E("interchange", "021", "IEA01"),)),
    Case("IEA is missing", "IEA*1*000000101\n", "", (E("interchange", "023", "IEA"),)),
    Case(
        "GE and IEA are missing",
        "GE*2*101\nIEA*1*000000101\n",
        "",
        (E("group", "3", "GE01"), E("interchange", "023", "IEA")),
    ),
    Case(
        "the file ends within a set",
        "CTT*1\nSE*5*0002\nGE*2*101\nIEA*1*000000101\n",
        "",
        (E("set", "2", "SE"), E("group", "3", "GE01"), E("interchange", "023", "IEA")),
    ),
    Case("ISA01 is no qualifier", "ISA*00*", "ISA*99*", (E("interchange", "010", "ISA01"),)),
    Case(
        "ISA03 is no qualifier", "*00*          *ZZ*ACME", "*99*          *ZZ*ACME", (E("interchange", "012", "ISA03"),)
    ),
    Case("ISA05 is empty", "*ZZ*ACME", "*  *ACME", (E("interchange", "005", "ISA05"),)),
    Case("ISA06 is empty", "*ZZ*ACME           *", "*ZZ*               *", (E("interchange", "006", "ISA06"),)),
    Case("ISA07 is empty", "*ZZ*US             *", "*  *US             *", (E("interchange", "007", "ISA07"),)),
    Case("ISA08 is empty", "*ZZ*US             *", "*ZZ*               *", (E("interchange", "008", "ISA08"),)),
    Case("ISA09 is no date", "*261121*0405*U", "*261321*0405*U", (E("interchange", "014", "ISA09"),)),
    Case("ISA10 is no time", "*261121*0405*U", "*261121*2405*U", (E("interchange", "015", "ISA10"),)),
    Case("ISA12 is no version", "*00401*", "*4010A*", (E("interchange", "017", "ISA12"),)),
    Case(
        "ISA13 is no number",
        "*000000101*0*T",
        "*ABCDEFGHI*0*T",
        (E("interchange", "001", "IEA02"), E("interchange", "018", "ISA13")),
    ),
    Case("ISA14 is neither 0 nor 1", "*000000101*0*T", "*000000101*X*T", (E("interchange", "019", "ISA14"),)),
    Case("ISA15 is none of P, T, I", "*0*T*", "*0*X*", (E("interchange", "020", "ISA15"),)),
    Case("ISA06 is too narrow", "*ACME           *", "*ACME*", (W("interchange", "022", "ISA"),)),
    Case("a segment stands between ISA and GS", "GS*PO", "REF*DP*1\nGS*PO", (E("interchange", "024", "REF"),)),
    Case("a segment stands between SE and GE", "GE*2", "REF*DP*1\nGE*2", (E("interchange", "024", "REF"),)),
    Case("GS02 is empty", "GS*PO*ACME*", "GS*PO**", (E("interchange", "024", "GS02"),)),
    Case("GS04 is no date", "*20261121*0405*101", "*20261321*0405*101", (E("interchange", "024", "GS04"),)),
    Case("GS04 has six digits", "*20261121*0405*101", "*261121*0405*101", (W("interchange", "024", "GS04"),)),
    Case("GS05 is no time", "*20261121*0405*101", "*20261121*0465*101", (E("interchange", "024", "GS05"),)),
    Case("GS07 is no agency", "*101*X*004010", "*101*Q*004010", (E("interchange", "024", "GS07"),)),
    # The group.
    Case(
        "GS01 is unknown",
        "GS*PO",
        "GS*QQ",
        (E("group", "1", "GS01"),),
    ),
    Case(
        "GS01 does not fit the sets",
        "GS*PO",
        "GS*IN",
        (E("set", "18", "ST01"), E("set", "18", "ST01")),
    ),
    Case(
        "GS08 is no release we have",
        "X*004010",
        "X*009010",
        (E("group", "2", "GS08"), E("set", "1", "ST01"), E("set", "1", "ST01")),
    ),
    Case("GS08 has a suffix", "X*004010", "X*004010VICS", ()),
    Case("GE01 is wrong", "GE*2*", "GE*3*", (E("group", "5", "GE01"),)),
    Case("GE02 is not GS06", "GE*2*101", "GE*2*102", (E("group", "4", "GE02"),)),
    Case("GE02 equals GS06 as a number", "GE*2*101", "GE*2*0101", (W("group", "4", "GE02"),)),
    Case("GS06 is no number", "*0405*101*X", "*0405*1A1*X", (E("group", "4", "GE02"), E("group", "6", "GS06"))),
    Case(
        "GS06 occurs twice",
        "GE*2*101\nIEA*1*",
        "GE*2*101\nGS*PO*ACME*US*20261121*0405*101*X*004010\nST*850*0001\nBEG*00*SA*4713**20261120\nPO1*1*5*EA\nSE*4*0001\nGE*1*101\nIEA*2*",
        (E("group", "19", "GS06"),),
    ),
    Case("GE is missing", "GE*2*101\n", "", (E("group", "3", "GE01"),)),
    # The set.
    Case("SE01 is wrong", "SE*14*", "SE*15*", (E("set", "4", "SE01"),)),
    Case("SE02 is not ST02", "SE*14*0001", "SE*14*0009", (E("set", "3", "SE02"),)),
    Case("SE is missing", "SE*14*0001\n", "", (E("set", "2", "SE"),)),
    Case("ST02 occurs twice", "ST*850*0002", "ST*850*0001", (E("set", "23", "ST02"), E("set", "3", "SE02"))),
    Case("ST02 is too short", "ST*850*0002", "ST*850*2", (E("set", "3", "SE02"), E("set", "7", "ST02"))),
    Case("ST01 is no set", "ST*850*0002", "ST*859*0002", (E("set", "1", "ST01"),)),
    Case("ST01 is malformed", "ST*850*0002", "ST*85*0002", (E("set", "6", "ST01"),)),
    Case(
        "ST01 is not of the group",
        "ST*850*0002",
        "ST*810*0002",
        (
            E("set", "18", "ST01"),
            E("segment", "6", "BEG"),
            E("segment", "3", "BIG"),
            E("segment", "6", "PO1"),
            E("segment", "3", "TDS"),
            E("element", "7", "CTT01"),
        ),
    ),
    # Segments.
    Case("a segment does not exist", "REF*DP*038", "RFE*DP*038", (E("segment", "1", "RFE"),)),
    Case("a segment is not of the set", "REF*DP*038", "BIG*20261121*1", (E("segment", "6", "BIG"),)),
    Case(
        "a segment is out of order",
        "REF*DP*038\nPER",
        "DTM*002*20261210\nREF*DP*038\nPER",
        (
            E("segment", "7", "PER"),
            E("segment", "7", "REF"),
            E("set", "4", "SE01"),
        ),
    ),
    Case(
        "two segments are swapped",
        "BEG*00*SA*4711**20261120\nREF*DP*038",
        "REF*DP*038\nBEG*00*SA*4711**20261120",
        (E("segment", "7", "BEG"),),
    ),
    Case(
        "a mandatory segment is missing",
        "BEG*00*SA*4711**20261120\n",
        "",
        (
            E("segment", "3", "BEG"),
            E("set", "4", "SE01"),
        ),
    ),
    Case("a mandatory loop is missing", "PO1*1*5*EA*1.5\nCTT*1\nSE*5", "CTT*0\nSE*4", (E("segment", "3", "PO1"),)),
    Case(
        "a segment occurs too often",
        "PER*BD*Ann Lee*TE*2125550100\n",
        "PER*BD*Ann Lee*TE*2125550100\n" * 4,
        (
            E("segment", "5", "PER"),
            E("set", "4", "SE01"),
        ),
    ),
    Case(
        "a segment that may stand once stands twice",
        "BEG*00*SA*4711**20261120\n",
        "BEG*00*SA*4711**20261120\n" * 2,
        (
            E("segment", "5", "BEG"),
            E("set", "4", "SE01"),
        ),
    ),
    Case("a loop occurs too often", "CTT*2*30\n", "CTT*2*30\n" * 2, (E("segment", "4", "CTT"), E("set", "4", "SE01"))),
    Case(
        "an inner segment stands outside its loop", "MEA*PD*WT*2.5*LB\n", "N2*Back door\n", (E("segment", "7", "N2"),)
    ),
    Case("a segment is empty", "PO1*1*5*EA*1.5", "PO1", (E("segment", "8", "PO1"),)),
    # Elements.
    Case("a mandatory element is missing", "BEG*00*SA*4711", "BEG**SA*4711", (E("element", "1", "BEG01"),)),
    Case(
        "a mandatory element at the end is missing",
        "BEG*00*SA*4711**20261120",
        "BEG*00*SA*4711",
        (E("element", "1", "BEG05"),),
    ),
    Case("a paired element is missing", "*92*0012", "*92", (E("element", "2", "N104"),)),
    Case("one of two is required", "REF*DP*038", "REF*DP", (E("element", "2", "REF02"),)),
    Case("a conditional element is missing", "PO1*1*10*EA*9.25*PE", "PO1*1*10*EA**PE", (E("element", "2", "PO104"),)),
    Case("there are too many elements", "N3*1 Main St", "N3*1 Main St*Dock 4*Gate 2", (E("element", "3", "N303"),)),
    Case("a value is too short", "*UP*012345678905", "*U*012345678905", (E("element", "4", "PO106"),)),
    Case("a value is too long", "*EA*9.25", "*EACH*9.25", (E("element", "5", "PO103"),)),
    Case("a text is too long", "Small widget", "W" * 81, (E("element", "5", "PID05"),)),
    Case("a code is padded with blanks", "*EA*9.25", "*EA *9.25", (W("element", "5", "PO103"),)),
    Case("a number holds a letter", "PO1*1*10*EA", "PO1*1*1O*EA", (E("element", "6", "PO102"),)),
    Case("a number holds a comma", "*9.25*", "*9,25*", (E("element", "6", "PO104"),)),
    Case("a number holds two points", "*9.25*", "*9.2.5*", (E("element", "6", "PO104"),)),
    Case("a number has a plus", "PO1*1*10*EA", "PO1*1*+10*EA", (E("element", "6", "PO102"),)),
    Case(
        "an implied decimal is written out",
        "TDS*9250",
        "TDS*92.50",
        (E("element", "6", "TDS01"),),
        INVOICE_5010,
        "00501",
        "^",
    ),
    Case("a text holds a control character", "Small widget", "Small\x07widget", (E("element", "6", "PID05"),)),
    Case("a code is not in the list", "*EA*9.25", "*QQ*9.25", (E("element", "7", "PO103"),)),
    Case(
        "a code is not in the list of 005010",
        "*EA*9.25",
        "*QQ*9.25",
        (W("element", "7", "IT103"),),
        INVOICE_5010,
        "00501",
        "^",
    ),
    Case("a date is not on the calendar", "4711**20261120", "4711**20260230", (E("element", "8", "BEG05"),)),
    Case("a date has six digits", "4711**20261120", "4711**261120", (E("element", "4", "BEG05"),)),
    Case("a date holds dashes", "4711**20261120", "4711**2026-1-0", (E("element", "8", "BEG05"),)),
    Case(
        "a time is none",
        "BSN*00*S1*20261121*0405",
        "BSN*00*S1*20261121*2405",
        (E("element", "9", "BSN04"),),
        SHIP_NOTICE,
    ),
    Case(
        "there are too many components",
        "*2.5*LB\n",
        "*2.5*LB>1>1" + ">LB>1>1" * 4 + ">1\n",
        (E("element", "13", "MEA04-16"),),
    ),
    Case("a component is too long", "*2.5*LB\n", "*2.5*LBS>1\n", (E("element", "5", "MEA04-1"),)),
    Case("a code has a component", "*EA*9.25", "*EA>1*9.25", (E("element", "13", "PO103-2"),)),
    Case("a text holds the component separator", "Small widget", "Small>widget", (W("element", "13", "PID05-2"),)),
    Case("a code repeats", "*EA*9.25", "*EA^CA*9.25", (E("element", "12", "IT103"),), INVOICE_5010, "00501", "^"),
    # Totals and levels.
    Case("CTT01 is not the number of lines", "CTT*2*30", "CTT*3*30", (E("element", "7", "CTT01"),)),
    Case("CTT02 is not the hash total", "CTT*2*30", "CTT*2*31", (W("element", "7", "CTT02"),)),
    Case(
        "HL01 occurs twice",
        "HL*3*2*I*0",
        "HL*2*1*I*0",
        (E("element", "7", "HL01"), W("element", "7", "HL04")),
        SHIP_NOTICE,
    ),
    Case(
        "HL02 names no level",
        "HL*3*2*I*0",
        "HL*3*7*I*0",
        (W("element", "7", "HL04"), E("element", "7", "HL02")),
        SHIP_NOTICE,
    ),
    Case(
        "HL02 names itself",
        "HL*3*2*I*0",
        "HL*3*3*I*0",
        (W("element", "7", "HL04"), E("element", "7", "HL02")),
        SHIP_NOTICE,
    ),
    Case("HL01 skips", "HL*3*2*I*0", "HL*4*2*I*0", (W("element", "7", "HL01"),), SHIP_NOTICE),
    Case("HL04 denies a child", "HL*2*1*O*1", "HL*2*1*O*0", (W("element", "7", "HL04"),), SHIP_NOTICE),
]


def _interchange(case: Case) -> bytes:
    text = ISA.format(std=case.std, version=case.version) + "\n" + case.body
    if case.old:
        assert case.old in text, case.name
        text = text.replace(case.old, case.new, 1)
    return text.replace("\n", "~\n").encode("latin-1")


def _told(interchange: bytes) -> list[str]:
    told = []
    for event in read([interchange], CATALOGUE):
        if isinstance(event, NotInterchange):
            found = (event.finding,)
        elif isinstance(event, TransactionSet | GroupEnd | InterchangeEnd):
            found = event.findings
        else:
            continue
        for f in found:
            place = f.position.segment_id
            if f.position.element is not None:
                place += f"{f.position.element:02d}"
            if f.position.component is not None:
                place += f"-{f.position.component}"
            told.append(f"{f.level.value} {f.x12_code} {place} {f.severity.value}")
    return told


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_a_malformed_interchange_gets_what_the_standard_says_and_nothing_else(case: Case) -> None:
    assert sorted(_told(_interchange(case))) == sorted(case.expected)


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_one_bad_set_never_rejects_the_other(case: Case) -> None:
    sets = [e for e in read([_interchange(case)], CATALOGUE) if isinstance(e, TransactionSet)]
    levels = {row.split()[0] for row in case.expected if row.endswith("error")}
    if (
        len(sets) == 2
        and levels <= {"segment", "element", "set"}
        and "the group" not in case.name
        and "GS0" not in case.name
    ):
        assert any(s.is_accepted for s in sets)


NOT_INTERCHANGES = [
    ("empty", b"", "X12-EMPTY"),
    ("blank lines", b"\r\n\r\n", "X12-EMPTY"),
    ("no envelope", b"ST*850*0001~BEG*00*SA*1**20261120~SE*3*0001~", "X12-ENVELOPE-MISSING"),
    ("XML", b"<?xml version='1.0'?><Order/>", "X12-ISA-MISSING"),
    ("an ISA of eight elements", b"ISA*00*          *00*          *ZZ*ACME~GS*PO~", "X12-ISA-SHORT"),
    ("a letter for a separator", b"ISAX00X", "X12-ISA-SEPARATOR"),
    ("half an ISA", ISA.format(std="U", version="00401")[:60].encode(), "X12-ISA-SHORT"),
]


@pytest.mark.parametrize(
    ("payload", "code"), [(p, c) for _, p, c in NOT_INTERCHANGES], ids=[n for n, _, _ in NOT_INTERCHANGES]
)
def test_what_is_no_interchange_is_told_apart(payload: bytes, code: str) -> None:
    (event,) = read([payload], CATALOGUE)
    assert isinstance(event, NotInterchange)
    assert event.finding.code == code
    assert (event.offset, event.size_bytes) == (0, len(payload))
