"""Ways to get a map wrong, each with what its author is told: the file, the key, and what to do."""

from __future__ import annotations

import pytest

from tests.translators.mapping.shipped import load
from translators.mapping import MapErrors, load_map

HEAD = """
[map]
title = "A map"
wire = "x12"
set = "850"
document = "purchase_order"
releases = ["004010"]

[header]
order_number = "BEG03"
issue_date = "BEG05"

[lines]
each = "PO1"
quantity = { value = "PO102", unit = { path = "PO103", table = "units" } }
item = { identifiers = { pairs = "PO106", table = "product_schemes" } }
"""
# What is wrong: (text replaced in the map above, its replacement, complaint).
CASES: dict[str, tuple[str, str, str]] = {
    "no TOML": ("[map]", "[map", "maps/x12/wrong.toml: is no TOML"),
    "unknown document": (
        '"purchase_order"',
        '"purchase_ordr"',
        "map.document: no canonical document 'purchase_ordr'; did you mean purchase_order?",
    ),
    "no document": ('document = "purchase_order"\n', "", "map.document: no canonical document ''"),
    "unknown wire": ('wire = "x12"', 'wire = "x21"', "map.wire: no wire format x21; did you mean x12?"),
    "unknown word of the map": ("title =", "tittle =", "map.tittle: is no word of a map; did you mean title?"),
    "unknown release": ('["004010"]', '["004011"]', "map.releases: no definition of 850 in 004011"),
    "no releases": ('releases = ["004010"]\n', "", "map.releases: is missing"),
    "releases are no list": ('["004010"]', '"004010"', 'map.releases: must be a list, such as ["004010"]'),
    "unknown set": ('set = "850"', 'set = "85O"', "map.releases: no definition of 85O in 004010"),
    "unknown field": (
        "order_number =",
        "order_nummer =",
        "header.order_nummer: PurchaseOrder has no field order_nummer; did you mean order_number?",
    ),
    "required field unmapped": (
        'issue_date = "BEG05"',
        "",
        "header: says nothing of issue_date, without which there is no purchase_order",
    ),
    "required list unmapped": ("[lines]", "[allowances]", "header: says nothing of lines"),
    "unknown table of fields": ("[lines]", "[line]", "line: PurchaseOrder has no field line; did you mean lines?"),
    "unknown field of a line": (
        "quantity =",
        "quantty =",
        "lines.quantty: OrderLine has no field quantty; did you mean quantity?",
    ),
    "line without a required field": (
        'quantity = { value = "PO102", unit = { path = "PO103", table = "units" } }',
        "",
        "lines: says nothing of quantity, without which there is no OrderLine",
    ),
    "unknown field of an object": (
        'value = "PO102"',
        'valve = "PO102"',
        "lines.quantity.valve: Quantity has no field valve; did you mean value?",
    ),
    "unknown segment": ('"BEG03"', '"BGE03"', "header.order_number: no segment BGE in 850 004010; did you mean BEG?"),
    "no such element": ('"BEG03"', '"BEG13"', "header.order_number: no element BEG13; BEG has 12 elements in 004010"),
    "no element at all": ('"BEG03"', '"BEG"', "header.order_number: 'BEG' names no element; write it like BEG03"),
    "element with one digit": ('"BEG03"', '"BEG3"', "header.order_number: 'BEG3' names no element"),
    "lower case": ('"BEG03"', '"beg03"', "header.order_number: 'beg03' names no element"),
    "path is a number": ('"BEG03"', "3", "header.order_number: must be a path in quotes"),
    "path is empty": ('"BEG03"', '""', "header.order_number: '' names no element"),
    "condition without value": (
        '"BEG03"',
        '"REF[01]02"',
        "header.order_number: REF[01]02: [01] is no condition; write it like [01=ST]",
    ),
    "condition with an empty value": (
        '"BEG03"',
        '"REF[01=]02"',
        "header.order_number: REF[01=]02: [01=] is no condition",
    ),
    "condition on no number": ('"BEG03"', '"REF[qualifier=DP]02"', "[qualifier=DP] is no condition"),
    "unknown loop": ('"BEG03"', '"N7[01=ST]/N104"', "header.order_number: no loop N7 in 850 004010; did you mean N9?"),
    "segment used as a loop": ('"BEG03"', '"DTM/DTM02"', "header.order_number: no loop DTM in 850 004010"),
    "segment that is not in the loop": (
        '"BEG03"',
        '"N1/BEG03"',
        "header.order_number: no segment BEG in loop N1 of 850 004010",
    ),
    "segment that is not in the line": (
        '"PO102"',
        '"BEG02"',
        "lines.quantity.value: no segment BEG in loop PO1 of 850 004010",
    ),
    "element beyond the segment, long form": (
        'value = "PO102"',
        'value = { path = "PO142" }',
        "lines.quantity.value.path: no element PO142; PO1 has 25 elements in 004010",
    ),
    "no path": (
        'value = "PO102"',
        'value = { table = "units" }',
        'lines.quantity.value: says no path; write path = "BEG03"',
    ),
    "unknown word of a rule": (
        'path = "PO103"',
        'pfad = "PO103"',
        "lines.quantity.unit.pfad: is no word of a map here; did you mean path?",
    ),
    "unknown function": (
        'value = "PO102"',
        'value = { path = "PO102", as = "implied_2" }',
        "lines.quantity.value.as: no function implied_2; did you mean implied2?",
    ),
    "function that does not fit": (
        'value = "PO102"',
        'value = { path = "PO102", as = "date" }',
        "lines.quantity.value.as: date gives a date, and value is a number",
    ),
    "unknown table": (
        'table = "units"',
        'table = "unitz"',
        "lines.quantity.unit.table: no table unitz; there is no file maps/tables/unitz.toml",
    ),
    "table is no table": ('table = "units"', "table = 5", "lines.quantity.unit.table: must be the name of a table"),
    "choice without a table": (
        'order_number = "BEG03"',
        'order_number = "BEG03"\npurpose = "BEG01"',
        "header.purpose: needs a table that leads to original, replace",
    ),
    "table leads nowhere": (
        'order_number = "BEG03"',
        'order_number = "BEG03"\npurpose = { path = "BEG01", table = { 00 = "orginal" } }',
        "header.purpose.table: leads to 'orginal', which the canonical document does not know; did you mean original?",
    ),
    "the word for other codes has no code": (
        'order_number = "BEG03"',
        'order_number = "BEG03"\npurpose = { path = "BEG01", table = { 00 = "original" }, other = "change", lossy = "which" }',
        "header.purpose.other: the table has no code for 'change', so it cannot be written; add one",
    ),
    "codes that mean one word, and nobody says so": (
        'order_number = "BEG03"',
        'order_number = "BEG03"\npurpose = { path = "BEG01", table = { 00 = "original", ZZ = "original" } }',
        "header.purpose: 00 and ZZ all become 'original'; say so here: lossy = ",
    ),
    "two places, and nobody says so": (
        '"BEG05"',
        '["BEG05", "DTM[01=004]02"]',
        "header.issue_date: what is read at DTM[01=004]02 is written at BEG05; say so here: lossy = ",
    ),
    "lossy for nothing": (
        '"BEG05"',
        '{ path = "BEG05", lossy = "everything" }',
        "header.issue_date.lossy: nothing is lost here; drop it",
    ),
    "both ways forbidden": (
        '"BEG05"',
        '{ path = "BEG05", read_only = "so", write_only = "so" }',
        "header.issue_date: is read_only and write_only at once; drop one of them, or the rule",
    ),
    "one way without a reason": (
        '"BEG05"',
        '{ path = "BEG05", read_only = "" }',
        "header.issue_date.read_only: must say why, in words",
    ),
    "one way for a reason that is none": (
        '"BEG05"',
        '{ path = "BEG05", write_only = true }',
        "header.issue_date.write_only: must be a text in quotes",
    ),
    "exact in no field": (
        'order_number = "BEG03"',
        'order_number = "BEG03"\npurpose = { path = "BEG01", table = "purposes", exact = "purpose_cod" }',
        "header.purpose.exact: PurchaseOrder has no field purpose_cod; did you mean purpose?",
    ),
    "default that the table does not know": (
        'order_number = "BEG03"',
        'order_number = "BEG03"\npurpose = { path = "BEG01", table = "purposes", default = "99" }',
        "header.purpose.default: '99' is no code of the table",
    ),
    "other without a table": (
        '"BEG05"',
        '{ path = "BEG05", other = "x" }',
        "header.issue_date.other: is the word for codes a table does not list; name the table",
    ),
    "missing what": (
        '"BEG05"',
        '{ path = "BEG05", missing = { place = true } }',
        "header.issue_date.missing.place: is no word of a map here; known here: position, product, same_as",
    ),
    "missing, the same as nothing": (
        '"BEG05"',
        '{ path = "BEG05", missing = { same_as = "isue_date" } }',
        "header.issue_date.missing.same_as: PurchaseOrder has no field isue_date; did you mean issue_date?",
    ),
    "packs without what they hold": (
        'unit = { path = "PO103", table = "units" } }',
        'unit = { path = "PO103", table = "units" }, packs = { factor = "PO401" } }',
        "lines.quantity.packs: must say how many of what are in which package",
    ),
    "levels in no order": (
        "releases =",
        'hierarchy = "HL"\nlevels = "S/I/O/P/P"\nreleases =',
        "map.levels: 'S/I/O/P/P' must name levels in their order",
    ),
    "levels of no hierarchy": (
        "releases =",
        'levels = "S/O/I"\nreleases =',
        'map.levels: is the order of a hierarchy; write hierarchy = "HL" beside it',
    ),
    "units by what": (
        "releases =",
        'units = "by-pallet"\nreleases =',
        'map.units: can only be "by-line"',
    ),
    "a fixed word that is none": (
        'order_number = "BEG03"',
        'order_number = "BEG03"\npurpose = { fixed = "orginal" }',
        "header.purpose.fixed: 'orginal' is no word the canonical document knows; did you mean original?",
    ),
    "fields of another document": (
        'document = "purchase_order"',
        'document = "ship_notice"',
        "header.order_number: ShipNotice has no field order_number",
    ),
    "list without each": ('each = "PO1"\n', "", "lines: is a list: say what repeats, such as each"),
    "each is no loop of the set": (
        'each = "PO1"',
        'each = "PO2"',
        "lines.each: no segment PO2 in 850 004010; did you mean PO1?",
    ),
    "each with an element": (
        'each = "PO1"',
        'each = "PO101"',
        "lines.each: PO101: 'PO101' is no segment or loop; write it like PO1",
    ),
    "each is no text": ('each = "PO1"', "each = 1", "lines.each: must name a loop or segment in quotes"),
    "object as a text": (
        'item = { identifiers = { pairs = "PO106", table = "product_schemes" } }',
        'item = "PO107"',
        "lines.item: must say which fields lie where, such as { identifiers = … }",
    ),
    "pairs beyond the segment": (
        'pairs = "PO106"',
        'pairs = "PO126"',
        "lines.item.identifiers.pairs: no element PO126",
    ),
    "pairs with a wrong qualifier field": (
        'pairs = "PO106"',
        'pairs = "PO106", qualifier = "schema"',
        "lines.item.identifiers.qualifier: no field schema; did you mean scheme?",
    ),
    "pairs with no count": (
        'pairs = "PO106"',
        'pairs = "PO106", count = 0',
        "lines.item.identifiers.count: must be a number from 1 on",
    ),
    "pairs with an unknown word": (
        'pairs = "PO106"',
        'pairs = "PO106", until = 24',
        "lines.item.identifiers.until: is no word of a map here",
    ),
    "constants that are none": (
        'order_number = "BEG03"',
        'order_number = { path = "BEG03", with = "BY" }',
        "header.order_number.with: must be paths and values",
    ),
    "constant that is a number": (
        'order_number = "BEG03"',
        'order_number = { path = "BEG03", with = { BEG01 = 0 } }',
        "header.order_number.with.BEG01: must be a text in quotes",
    ),
    "constant nowhere": (
        'order_number = "BEG03"',
        'order_number = { path = "BEG03", with = { BXG01 = "00" } }',
        "header.order_number.with.BXG01: no segment BXG in 850 004010; did you mean BEG?",
    ),
    "extensions mapped": (
        'order_number = "BEG03"',
        'order_number = "BEG03"\nextensions = "NTE02"',
        "header.extensions: PurchaseOrder has no field extensions",
    ),
    "total of nothing": ("[lines]", "[totals]\nCTT01 = 5\n[lines]", "totals.CTT01: must say what is computed"),
    "total of an unknown list": (
        "[lines]",
        '[totals]\nCTT01 = { count = "line" }\n[lines]',
        "totals.CTT01.count: no list or segment line; did you mean lines?",
    ),
    "sum of an unknown field": (
        "[lines]",
        '[totals]\nCTT02 = { sum = "lines.quantity.valu" }\n[lines]',
        "totals.CTT02.sum: no field lines.quantity.valu; did you mean value?",
    ),
    "total with an unknown word": (
        "[lines]",
        '[totals]\nCTT01 = { count = "lines", send = false }\n[lines]',
        "totals.CTT01.send: is no word of a total",
    ),
    "condition on an unknown field": (
        'each = "PO1"',
        'each = "PO1"\nwhen = { shipto = true }',
        "lines.when.shipto: no field shipto; did you mean ship_to?",
    ),
    "qualified numbers without a start": (
        "[lines]",
        '[contacts]\neach = "PER"\nby_qualifier = { TE = "phone" }\n[lines]',
        "contacts.by_qualifier: must say where pairs start",
    ),
    "qualified numbers into no field": (
        "[lines]",
        '[contacts]\neach = "PER"\nby_qualifier = { from = "PER03", TE = "telephone" }\n[lines]',
        "contacts.by_qualifier.TE: no field telephone; did you mean phone?",
    ),
    "hierarchy of nothing": (
        "releases =",
        'hierarchy = "LX"\nreleases =',
        "map.hierarchy: no hierarchy LX; only HL is one",
    ),
    "extends a map that is not there": ("[map]", '[map]\nextends = "x12/580"', "map.extends: there is no map x12/580"),
    "extends itself": ("[map]", '[map]\nextends = "x12/wrong"', "map.extends: x12/wrong leads back here"),
    "a clause without its page": (
        "[lines]",
        '[[guide]]\nrequire = "REF[01=DP]02"\n[lines]',
        "guide[0].page: is missing; say where the guide demands this",
    ),
    "a clause that says nothing": (
        "[lines]",
        '[[guide]]\npage = "p. 4"\n[lines]',
        "guide[0]: must have one of require, forbid, codes",
    ),
    "a clause about nothing": (
        "[lines]",
        '[[guide]]\npage = "p. 4"\nforbid = "SAX"\n[lines]',
        "guide[0].forbid: no segment SAX in 850 004010; did you mean TAX?",
    ),
    "codes that are a text": (
        "[lines]",
        '[[guide]]\npage = "p. 4"\ncodes = { BEG02 = "SA" }\n[lines]',
        'guide[0].codes: must say which codes where, such as { PO103 = ["EA", "CA"] }',
    ),
    "codes nowhere": (
        "[lines]",
        '[[guide]]\npage = "p. 4"\ncodes = ["SA"]\n[lines]',
        "guide[0].codes: must say which codes where",
    ),
    "a head that is a list": ("[map]", "[[map]]", "map: must be written once, as [map] with its words below it"),
    "totals that are a list": (
        "[lines]",
        '[[totals]]\nCTT01 = { count = "lines" }\n[lines]',
        "totals: must be written once, as [totals]",
    ),
    "default that is no value": (
        '"BEG05"',
        '{ path = "BEG05", default = "soon" }',
        "header.issue_date.default: 'soon' is no date; send CCYYMMDD",
    ),
    "a clause with an unknown word": (
        "[lines]",
        '[[guide]]\npage = "p. 4"\nforbit = "SAC"\n[lines]',
        "guide[0].forbit: is no word of a guide; did you mean forbid?",
    ),
}

TABLES = {
    "no TOML": ("[codes", "maps/tables/units.toml: is no TOML"),
    "no codes": ('title = "x"', "maps/tables/units.toml: codes: is missing; a table needs [codes]"),
    "unknown word": (
        'titel = "x"\n[codes]\nEA = "EA"',
        "maps/tables/units.toml: titel: is no key of a table; did you mean title?",
    ),
    "a number as word": ("[codes]\nEA = 1", "maps/tables/units.toml: codes.EA: must be a text in quotes"),
    "unknown is no text": (
        'unknown = 1\n[codes]\nEA = "EA"',
        'maps/tables/units.toml: unknown: must be "refuse" or a prefix',
    ),
    "codes that mean one word, and nobody says so": (
        '[codes]\nEA = "EA"\nEC = "EA"',
        "maps/tables/units.toml: lossy: is missing: EA and EC all become 'EA'; say what the canonical word does not tell",
    ),
    "lossy for nothing": (
        'lossy = "all"\n[codes]\nEA = "EA"',
        "maps/tables/units.toml: lossy: nothing is lost, as every code has a word of its own; drop it",
    ),
    "a length of nothing": (
        '[codes]\nEA = "EA"\n[by_length.EA]\ntwelve = "EA"',
        "by_length.EA.twelve: must be a length",
    ),
}


def _complaints(text: str, tables: dict[str, str] | None = None) -> tuple[str, ...]:
    def files(name: str) -> bytes | None:
        if name == "x12/wrong.toml":
            return text.encode()
        replaced = (tables or {}).get(name)
        return load(name) if replaced is None else replaced.encode()

    with pytest.raises(MapErrors) as caught:
        load_map("x12/wrong", files)
    return caught.value.complaints


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_map_says_where_and_what_to_do(case: str) -> None:
    was, becomes, complaint = CASES[case]
    assert was in HEAD
    found = _complaints(HEAD.replace(was, becomes, 1))
    assert any(complaint in each for each in found), found
    assert all(each.startswith("maps/x12/wrong.toml: ") for each in found)


@pytest.mark.parametrize("case", TABLES)
def test_a_wrong_table_says_where_and_what_to_do(case: str) -> None:
    text, complaint = TABLES[case]
    found = _complaints(HEAD, {"tables/units.toml": text})
    assert any(complaint in each for each in found), found


def test_the_map_the_cases_start_from_is_right() -> None:
    assert load_map("x12/wrong", lambda name: HEAD.encode() if name == "x12/wrong.toml" else load(name)).set_id == "850"


def test_every_complaint_comes_at_once() -> None:
    wrong = HEAD.replace("BEG03", "BGE03").replace("PO102", "PO199").replace('"units"', '"unitz"')
    assert len(_complaints(wrong)) == 3


def test_there_are_fifty_of_them() -> None:
    assert len(CASES) + len(TABLES) >= 50


def test_a_map_that_is_not_there() -> None:
    with pytest.raises(MapErrors) as caught:
        load_map("x12/85O", lambda _name: None)
    assert caught.value.complaints == ("maps/x12/85O.toml: there is no such file",)


def test_a_complaint_about_an_extended_map_names_the_file_that_says_it() -> None:
    files = {
        "x12/theirs.toml": b'[map]\nextends = "x12/wrong"\n[header]\ncarrier = "TD599"\n',
        "x12/wrong.toml": HEAD.replace("BEG05", "BEG55").encode(),
    }
    with pytest.raises(MapErrors) as caught:
        load_map("x12/theirs", lambda name: files.get(name) or load(name))
    assert [c.partition(": no")[0] for c in caught.value.complaints] == [
        "maps/x12/wrong.toml: header.issue_date",
        "maps/x12/theirs.toml: header.carrier",
    ]


def test_a_map_that_says_no_format_gets_one_complaint() -> None:
    content = """
[map]
title = "Rows"
document = "purchase_order"

[format]
layout = "flat"

[rows.line]
columns = ["PO", "Qty"]

[header]
order_number = "line.PO"
"""
    with pytest.raises(MapErrors) as wrong:
        load_map("own/rows", lambda file: content.encode() if file == "own/rows.toml" else load(file))
    (complaint,) = wrong.value.complaints
    assert "map.wire: is missing" in complaint
    assert "delimited" in complaint


def test_a_role_that_no_party_has_is_complained_of() -> None:
    content = HEAD + '[[parties]]\nhere = true\nrole = { fixed = "shipto" }\nname = "BEG08"\n'
    with pytest.raises(MapErrors) as wrong:
        load_map("x12/own", lambda file: content.encode() if file == "x12/own.toml" else load(file))
    assert any("'shipto' is no role of a party; did you mean ship-to?" in c for c in wrong.value.complaints)


def test_one_column_for_two_fields_is_complained_of() -> None:
    shipped_map = load("csv/order.toml")
    assert shipped_map is not None
    content = shipped_map.replace(b'cancel_after = "order.Cancel After"', b'cancel_after = "order.Requested Delivery"')
    assert content != shipped_map
    with pytest.raises(MapErrors) as wrong:
        load_map("own/order", lambda file: content if file == "own/order.toml" else load(file))
    (complaint,) = wrong.value.complaints
    assert (
        "header.cancel_after: order.Requested Delivery is the column of header.requested_delivery already" in complaint
    )
