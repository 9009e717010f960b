"""A new partner whose guide deviates is two files, one under partners/ and one under maps/; nothing else is touched."""

from __future__ import annotations

from gateway.states import Kind, State
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered
from translators.canonical import PurchaseOrder, Reference

FOURTH = "quarry-outfitters"
FILES = {
    f"partners/{FOURTH}.toml": """
name = "Quarry Outfitters"
role = "customer"
account = "C-1009"
connector = "erp"

[x12]
interchange_id = "12:5550100"
group_ids = ["QUARRY"]
release = "004030"
separators = "^>~|"

[transport]
kind = "folder"

[[agreements]]
document = "purchase_order"
direction = "in"
map = "guides/quarry-outfitters/850"
""",
    f"maps/guides/{FOURTH}/850.toml": """
[map]
extends = "x12/850"
title = "Purchase order of Quarry Outfitters"
source = "Quarry Outfitters vendor guide 3.2"
releases = ["004030"]

[header]
ship_not_before = "DTM[01=064]02"

[[guide]]
page = "page 8, REF"
require = "REF[01=DP]02"
""",
}


def test_a_partner_is_added_by_two_files_and_its_guide_is_held(gateway: GatewayUnderTest) -> None:
    before = {path for path in gateway.home.rglob("*.toml") if path.is_file()}
    for name, text in FILES.items():
        path = gateway.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert {str(p.relative_to(gateway.home)) for p in set(gateway.home.rglob("*.toml")) - before} == set(FILES)
    gateway.restart()
    partner = gateway.partner(FOURTH)
    good, bad = (_order(number, gateway) for number in ("Q-1", "Q-2"))
    partner.send(good.model_copy(update={"references": (Reference(kind="department", value="038"),)}))
    partner.send(bad.model_copy(update={"references": ()}))
    gateway.run()
    found = {d.order_number: d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER}
    assert found["Q-1"].state is State.POSTED
    assert found["Q-2"].state is State.PARKED
    assert [(f.code, f.reference) for f in gateway.findings(found["Q-2"])] == [("MAP-GUIDE", "page 8, REF")]
    assert (
        "keeps to the standard, but breaks a rule of Quarry Outfitters's guide: The department" in found["Q-2"].sentence
    )


def _order(number: str, gateway: GatewayUnderTest) -> PurchaseOrder:
    order = numbered(number, gateway)
    assert isinstance(order, PurchaseOrder)
    return order
