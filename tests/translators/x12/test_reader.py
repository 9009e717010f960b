"""The reader against what real files look like: separators of any byte, oddities of the envelope, any chunking."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.translators.x12.definitions import CATALOGUE, SETS
from tests.translators.x12.generation import Generator, interchange_of
from tests.translators.x12.reading import all_findings, comparable, events_of, pieces_of
from translators.findings import Severity
from translators.x12 import (
    NEED_MORE,
    FunctionalGroup,
    GroupEnd,
    GroupHeader,
    InterchangeAcknowledgment,
    InterchangeEnd,
    InterchangeHeader,
    NotInterchange,
    Policy,
    Reader,
    TransactionSet,
    functional_acknowledgment,
    looks_like_x12,
    read,
    read_transaction_set,
)

ORDER = (
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*US             *261121*0405*U*00401*000000101*0*T*>\n"
    "GS*PO*ACME*US*20261121*0405*101*X*004010\n"
    "ST*850*0001\n"
    "BEG*00*SA*4711**20261120\n"
    "N1*ST*Store 12*92*0012\n"
    "PO1*1*10*EA*9.25*PE*UP*012345678905\n"
    "MEA*PD*WT*2.5*LB>1>2\n"
    "PO1*2*20*CA*13.79*PE*UP*012345678912\n"
    "CTT*2*30\n"
    "SE*8*0001\n"
    "GE*1*101\n"
    "IEA*1*000000101\n"
)


def written(*, element: str = "*", component: str = ">", segment: str = "~", gap: str = "") -> bytes:
    """The order with other separators; they are exchanged through characters that stand nowhere else."""
    text = ORDER.replace("*", "\ue000").replace(">", "\ue001").replace("\n", "\ue002")
    text = text.replace("\ue000", element).replace("\ue001", component).replace("\ue002", segment + gap)
    return text.encode("latin-1")


SEPARATORS = [
    ("*", ">", "~", ""),
    ("*", ">", "~", "\n"),
    ("*", ">", "~", "\r\n"),
    ("*", ">", "~", "  \r\n"),
    ("*", ">", "\n", ""),
    ("*", ">", "\r", "\n"),
    ("*", ">", "\r", ""),
    ("\x07", ">", "\x85", ""),
    ("\x1d", "@", "\x1c", ""),
    ("\x7f", ":", "\x15", "\n"),
    ("^", "|", "\\", ""),
    ("|", "@", "!", ""),
    ("@", "<", "$", ""),
    ("~", ":", "'", "\n"),
    ("~", ">", "\n", ""),
    ("\xa6", "\xac", "\xb6", ""),
]


@pytest.mark.parametrize(("element", "component", "segment", "gap"), SEPARATORS)
def test_any_byte_may_separate(element: str, component: str, segment: str, gap: str) -> None:
    payload = written(element=element, component=component, segment=segment, gap=gap)
    events = events_of([payload], CATALOGUE, keep_trees=True)
    assert all_findings(events) == []
    (transaction_set,) = [e for e in events if isinstance(e, TransactionSet)]
    assert transaction_set.tree is not None
    lines = [loop.segments[0][4] for loop in transaction_set.tree.walk() if loop.name == "PO1"]
    assert lines == ["9.25", "13.79"]
    assert payload[transaction_set.offset :].startswith(b"ST")
    assert transaction_set.segment_count == 8


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 400), line_end=st.sampled_from(["", "\n", "\r\n"]))
def test_the_cutting_of_the_bytes_makes_no_difference(seed: int, size: int, line_end: str) -> None:
    rng = random.Random(seed)
    sets = [Generator(CATALOGUE, "004010", "855", rng, 0.1).segments() for _ in range(2)]
    sets[1][0][2] = sets[1][-1][2] = "0002"
    payload = interchange_of(sets, "004010", line_end=line_end) + b"junk" + interchange_of(sets[:1], "004010")
    whole = comparable(events_of([payload], CATALOGUE, keep_trees=True))
    cut = comparable(events_of(pieces_of(payload, size), CATALOGUE, keep_trees=True))
    assert cut == whole


def test_need_more_is_a_value_and_a_partial_file_is_never_whole() -> None:
    payload = written()
    for size in range(0, len(payload), 7):
        reader = Reader(CATALOGUE)
        reader.feed(payload[:size])
        events = []
        while (event := reader.next_event()) is not NEED_MORE:
            events.append(event)
        assert not any(isinstance(e, InterchangeEnd) for e in events)
        reader.close()
        refusing = {f.code for f in all_findings(_rest(reader)) if f.refuses}
        assert refusing & {"X12-IEA-MISSING", "X12-IEA-CONTROL-NUMBER", "X12-ISA-SHORT", "X12-EMPTY", "X12-ISA-MISSING"}


def _rest(reader: Reader) -> list[object]:
    events = []
    while not hasattr(event := reader.next_event(), "name"):
        events.append(event)
    return events


def codes_of(payload: bytes) -> list[str]:
    return [f.code for f in all_findings(read([payload], CATALOGUE))]


ODDITIES = [
    ("a byte order mark", lambda p: b"\xef\xbb\xbf" + p, []),
    ("blank lines before", lambda p: b"\r\n\r\n" + p, []),
    ("an end-of-file mark", lambda p: p + b"\x1a", []),
    ("NUL padding after", lambda p: p + b"\0" * 100, []),
    ("indented segments", lambda p: p.replace(b"~", b"~\n    "), []),
    ("blank lines between segments", lambda p: p.replace(b"~", b"~\r\n\r\n"), []),
    ("blanks after terminators", lambda p: p.replace(b"~", b"~   \r\n"), []),
    (
        "hard wraps at 80 columns",
        lambda p: b"\r\n".join(p[i : i + 80] for i in range(0, len(p), 80)),
        ["X12-LINE-BREAKS"],
    ),
    ("no terminator at the end", lambda p: p[:-1], ["X12-IEA-TERMINATOR"]),
    ("another terminator at the end", lambda p: p[:-1] + b"\n", ["X12-IEA-TERMINATOR"]),
    ("trailers ended by line breaks", lambda p: p.replace(b"*101~IEA", b"*101\nIEA"), ["X12-IEA-TERMINATOR"]),
    ("ISA16 missing", lambda p: p.replace(b"*T*>~", b"*T*~").replace(b">1>2", b""), ["X12-ISA-COMPONENT-SEPARATOR"]),
    (
        "ISA16 and its separator missing",
        lambda p: p.replace(b"*T*>~", b"*T~").replace(b">1>2", b""),
        ["X12-ISA-COMPONENT-SEPARATOR"],
    ),
    ("a trimmed ISA", lambda p: p.replace(b"          *", b"*"), ["X12-ISA-WIDTH"]),
    ("an over-wide ISA", lambda p: p.replace(b"*ACME  ", b"*ACME BRANDS EAST  "), ["X12-ISA-WIDTH"]),
    ("a separator in ISA11 of 00401", lambda p: p.replace(b"*U*00401", b"*^*00401"), []),
    ("U in ISA11 of 00501", lambda p: p.replace(b"*U*00401", b"*U*00501"), []),
    ("ISA12 and GS08 disagree", lambda p: p.replace(b"*U*00401", b"*U*00200"), []),
    (
        "junk between",
        lambda p: p + b"\nSENT BY FTP\n" + p.replace(b"000000101", b"000000102"),
        ["X12-BETWEEN-INTERCHANGES"],
    ),
    ("a release without its zeros", lambda p: p.replace(b"X*004010", b"X*4010"), []),
    (
        "trailing empty elements",
        lambda p: p.replace(b"N1*ST*Store 12*92*0012", b"N1*ST*Store 12*92*0012***"),
        ["X12-TRAILING-SEPARATORS"],
    ),
    ("UTF-8 in a name", lambda p: p.replace(b"Store 12", "Größe 12".encode()), []),
    ("Latin-1 in a name", lambda p: p.replace(b"Store 12", "Größe 12".encode("latin-1")), []),
    ("a sixty-character name in UTF-8", lambda p: p.replace(b"Store 12", ("ö" * 60).encode()), []),
]


@pytest.mark.parametrize(("odd", "codes"), [(o, c) for _, o, c in ODDITIES], ids=[n for n, _, _ in ODDITIES])
def test_an_oddity_of_real_files_is_read(odd: object, codes: list[str]) -> None:
    payload = odd(written())  # type: ignore[operator]
    events = events_of([payload], CATALOGUE, keep_trees=True)
    assert sorted({f.code for f in all_findings(events)}) == codes
    assert not any(f.refuses for f in all_findings(events))
    sets = [e for e in events if isinstance(e, TransactionSet)]
    assert all(s.segment_count == 8 for s in sets)
    assert sets


REFUSED_ODDITIES = [
    ("doubled terminators", lambda p: p.replace(b"~", b"~~"), ["X12-ENVELOPE-BLANK", "X12-SEGMENT-BLANK"]),
    ("the same interchange twice", lambda p: p + p, ["X12-ISA-DUPLICATE"]),
    ("a group after the interchange", lambda p: p + p[p.index(b"GS*") : p.index(b"IEA*")], ["X12-ENVELOPE-MISSING"]),
    ("a second IEA", lambda p: p + p[p.index(b"IEA*") :], ["X12-TRAILER-LEFT-OVER"]),
]


@pytest.mark.parametrize(
    ("odd", "codes"), [(o, c) for _, o, c in REFUSED_ODDITIES], ids=[n for n, _, _ in REFUSED_ODDITIES]
)
def test_an_oddity_that_may_hide_a_loss_is_read_and_refused(odd: object, codes: list[str]) -> None:
    payload = odd(written())  # type: ignore[operator]
    events = events_of([payload], CATALOGUE, keep_trees=True)
    assert sorted({f.code for f in all_findings(events)}) == codes
    assert any(f.refuses for f in all_findings(events))
    assert all(s.segment_count == 8 for s in events if isinstance(s, TransactionSet))


def test_several_interchanges_each_have_their_own_separators() -> None:
    payload = b"".join(
        written(element=e, component=c, segment=s, gap=g).replace(b"000000101", b"%09d" % n)
        for n, (e, c, s, g) in enumerate(SEPARATORS)
    )
    events = events_of([payload], CATALOGUE)
    headers = [e for e in events if isinstance(e, InterchangeHeader)]
    assert [h.separators.element for h in headers] == [e for e, _, _, _ in SEPARATORS]
    assert all_findings(events) == []
    assert [payload[h.offset : h.offset + 3] for h in headers] == [b"ISA"] * len(SEPARATORS)


def test_fifty_one_ta1_are_fifty_one_answers() -> None:
    ta1 = b"".join(b"TA1*%09d*261121*0405*A*000~" % n for n in range(51))
    payload = written().replace(b"*T*>~", b"*T*>~" + ta1)
    events = events_of([payload], CATALOGUE)
    assert [e.control_number for e in events if isinstance(e, InterchangeAcknowledgment)] == [
        f"{n:09d}" for n in range(51)
    ]
    assert all_findings(events) == []


def test_an_interchange_of_nothing_but_ta1_is_right() -> None:
    payload = written()
    start, end = payload.index(b"GS*"), payload.index(b"IEA*")
    for count in (b"0", b"1"):
        only = payload[:start] + b"TA1*000000100*261121*0405*R*023~IEA*" + count + payload[end + 5 :]
        events = events_of([only], CATALOGUE)
        assert [type(e) for e in events] == [InterchangeHeader, InterchangeAcknowledgment, InterchangeEnd]
        assert all_findings(events) == []


def test_a_bad_terminator_still_leaves_a_header_to_answer() -> None:
    payload = written().replace(b"*T*>~", b"*T*>")
    events = events_of([payload], CATALOGUE)
    assert isinstance(events[0], InterchangeHeader)
    assert isinstance(events[1], InterchangeEnd)
    assert "X12-ISA-TERMINATOR" in [f.code for f in events[1].findings]
    assert isinstance(events[2], NotInterchange)


def test_ninety_groups_are_read_one_by_one() -> None:
    payload = written()
    start, end = payload.index(b"GS*"), payload.index(b"IEA*")
    groups = b"".join(
        payload[start:end].replace(b"*101*X", b"*%d*X" % n).replace(b"GE*1*101", b"GE*1*%d" % n) for n in range(1, 91)
    )
    events = events_of([payload[:start] + groups + b"IEA*90*000000101~"], CATALOGUE)
    assert all_findings(events) == []
    assert len([e for e in events if isinstance(e, GroupEnd)]) == 90


@pytest.mark.parametrize(("group", "set_id"), [("OG", "875"), ("OG", "876"), ("GP", "880")])
@pytest.mark.parametrize("release", ["004010UCS", "004010", "005010", "004030UCS"])
def test_a_grocery_document_is_parked_and_acknowledged_not_refused(group: str, set_id: str, release: str) -> None:
    payload = written().replace(b"GS*PO*", f"GS*{group}*".encode()).replace(b"ST*850*", f"ST*{set_id}*".encode())
    payload = payload.replace(b"X*004010", f"X*{release}".encode())
    events = list(read([payload], CATALOGUE))
    (transaction_set,) = [e for e in events if isinstance(e, TransactionSet)]
    assert not transaction_set.is_known
    assert transaction_set.is_accepted
    assert [f.code for f in all_findings(events)] == ["X12-SET-PARKED"]
    (header,) = [e for e in events if isinstance(e, GroupHeader)]
    answer = functional_acknowledgment(FunctionalGroup(header, (transaction_set,), 1), CATALOGUE, release=release)
    assert answer == [["AK1", group, "101", *([release] if release >= "005010" else [])], *_accepted(set_id)]


def _accepted(set_id: str) -> list[list[str]]:
    return [["AK2", set_id, "0001"], ["AK5", "A"], ["AK9", "A", "1", "1", "1"]]


@pytest.mark.parametrize("suffix", ["", "VICS", "UCS", "X357", "AIAG", "VICS1"])
@pytest.mark.parametrize("release", sorted({release for release, _ in SETS}))
def test_a_suffix_falls_back_to_its_release(release: str, suffix: str) -> None:
    date = b"20261121" if release >= "004010" else b"261121"
    payload = written().replace(b"*20261121*0405*101", b"*" + date + b"*0405*101")
    payload = payload.replace(b"X*004010", f"X*{release}{suffix}".encode())
    (transaction_set,) = [e for e in read([payload], CATALOGUE) if isinstance(e, TransactionSet)]
    assert transaction_set.is_known
    assert not {"X12-RELEASE-UNKNOWN", "X12-GS-DATE-FORM"} & set(codes_of(payload))


def test_one_set_is_read_again_from_its_place() -> None:
    payload = written(gap="\n").replace(b"*EA*", b"*QQ*")
    events = events_of([payload], CATALOGUE, keep_trees=True)
    (found,) = [e for e in events if isinstance(e, TransactionSet)]
    group = next(e for e in events if type(e).__name__ == "GroupHeader")
    header = events[0]
    assert isinstance(header, InterchangeHeader)
    piece = payload[found.offset : found.offset + found.size_bytes]
    again = read_transaction_set(piece, header, group, CATALOGUE, offset=found.offset)  # type: ignore[arg-type]
    assert comparable([again]) == comparable([found])
    assert again.findings[0].position.offset == payload.index(b"PO1*1")


def test_a_policy_weighs_findings_and_the_narrowest_rule_wins() -> None:
    payload = written().replace(b"*EA*", b"*QQ*")
    for rules, expected in (
        ({"X12-CODE-UNKNOWN": Severity.WARNING}, [Severity.WARNING]),
        ({"X12-CODE-UNKNOWN": Severity.WARNING, "X12-CODE-UNKNOWN@PO103": Severity.ERROR}, [Severity.ERROR]),
        ({"X12-CODE-UNKNOWN@PO1": None}, []),
        ({"X12-CODE-UNKNOWN@PO104": None}, [Severity.ERROR]),
        ({"X12-CODE-UNKNOWN@004010": Severity.NOTE}, [Severity.NOTE]),
    ):
        found = all_findings(read([payload], CATALOGUE, Policy(severities=rules)))
        assert [f.severity for f in found] == expected


def test_a_policy_adds_codes_makes_lists_strict_and_maps_releases() -> None:
    payload = written().replace(b"*EA*", b"*QQ*")
    assert all_findings(read([payload], CATALOGUE, Policy(codes={"355": frozenset({"QQ"})}))) == []
    newer = payload.replace(b"X*004010", b"X*005010")
    assert [f.severity for f in all_findings(read([newer], CATALOGUE))] == [Severity.WARNING]
    strict = all_findings(read([newer], CATALOGUE, Policy(strict_lists=frozenset({"355"}))))
    assert [f.severity for f in strict] == [Severity.ERROR]
    unknown = written().replace(b"X*004010", b"X*004060")
    assert "X12-RELEASE-UNKNOWN" in codes_of(unknown)
    assert all_findings(read([unknown], CATALOGUE, Policy(releases={"004060": "004050"}))) == []


def test_x12_is_recognised_by_its_first_bytes() -> None:
    assert looks_like_x12(written()[:10])
    assert looks_like_x12(b"\xef\xbb\xbf\r\n" + written()[:10])
    assert not looks_like_x12(b"ISABEL;1;2")
    assert not looks_like_x12(b"<Order>")
    assert not looks_like_x12(b"")


def test_a_component_separator_that_is_the_last_byte_in_view_is_no_terminator() -> None:
    # A line feed ends the segments, so ISA16 looks like a missing one; found 2026-11-21 by cutting a sample in two.
    payload = written(segment="\n")
    expected = comparable(events_of([payload], CATALOGUE))
    for cut in range(1, len(payload)):
        assert comparable(events_of([payload[:cut], payload[cut:]], CATALOGUE)) == expected, cut
    # As far into the payload as an ISA was ever looked for.
    first = payload.index(b"LB>")
    for size in range(150, 700):
        wide = payload.replace(b"Store 12", b"S" * max(size - first, 1))
        header = next(e for e in events_of([wide], CATALOGUE) if isinstance(e, InterchangeHeader))
        assert header.separators.segment == "\n", size


def test_blanks_around_a_count_or_control_number_are_no_part_of_it() -> None:
    text = ORDER.replace("*000000101", "*      101").replace("*0405*101*X", "*0405*101   *X")
    text = text.replace("SE*8*0001", "SE*8   *0001").replace("GE*1*101", "GE*1 *101   ").replace("IEA*1*", "IEA*1    *")
    assert [f for f in all_findings(events_of([text.encode()], CATALOGUE)) if f.refuses] == []
