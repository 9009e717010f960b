"""A day of business: what the demo's partners send, and what must become of it.

Each happening says what goes in and what is expected of it. The expectations are checked at the end, one by one, against the
gateway's database; the demo fails when one of them is not met.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.demo.expected import Expected
from gateway.demo.stage import Stage
from gateway.simulator.papers import (
    GLASS_JAR,
    GLOVES,
    HAMMER,
    KNIFE,
    SCREWDRIVERS,
    TAPE_MEASURE,
    UNKNOWN_ITEM,
    in_our_numbers,
    order,
)
from gateway.states import Direction, Kind, State

PO, ACK, ASN, INV = Kind.PURCHASE_ORDER, Kind.ORDER_ACKNOWLEDGMENT, Kind.SHIP_NOTICE, Kind.INVOICE
IN, OUT = Direction.IN, Direction.OUT


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the day.

    Args:
        what: went in.
        outcome: in words, what should become of it.
        act: does it.
        expected: what must be true in the end.
    """

    at: str
    who: str
    what: str
    outcome: str
    act: Callable[[Stage], None]
    expected: tuple[Expected, ...] = field(default=())


def sold(number: str, invoice: State = State.ACCEPTED, notice: State = State.ACCEPTED) -> tuple[Expected, ...]:
    """Return what must become of a good order: booked once, confirmed, shipped, invoiced, each acknowledged."""
    return (
        Expected(PO, IN, State.POSTED, number),
        Expected(ACK, OUT, State.ACCEPTED, number),
        Expected(ASN, OUT, notice, number),
        Expected(INV, OUT, invoice, number),
    )


def told(number: str, notice: State = State.SENT) -> tuple[Expected, ...]:
    """Return what must become of a good order that came as a file: answers go out, and nobody acknowledges a file."""
    return (
        Expected(PO, IN, State.POSTED, number),
        Expected(ACK, OUT, State.SENT, number),
        Expected(ASN, OUT, notice, number),
        Expected(INV, OUT, State.SENT, number),
    )


def the_day() -> list[Happening]:
    """Return the happenings, in order."""
    hill, lake, river = "hill-street", "lakeside", "riverside"
    rows, cxml = "prairie-garden", "bayside-campus"
    return [
        Happening(
            "08:00", hill, "two orders in one file", "booked once, answered by 997, 855, 856, 810", _two_orders,
            (*sold("HS-1001"), *sold("HS-1002")),
        ),
        Happening(
            "08:10", hill, "a good and a broken order in one file", "the good one is booked, the 997 says partly accepted", _half_broken,
            (*sold("HS-1003"), Expected(PO, IN, State.REFUSED, "", code="X12-ELEMENT-MISSING")),
        ),
        Happening(
            "08:20", hill, "the 08:00 file again", "known; nothing booked, the same 997 again", _same_file,
            (Expected(Kind.INTERCHANGE, IN, State.DUPLICATE, code="GW-2106"),),
        ),
        Happening(
            "08:25", hill, "HS-1002 again in a new envelope", "known; nothing booked", _same_order,
            (Expected(PO, IN, State.DUPLICATE, "HS-1002", code="GW-3103"),),
        ),
        Happening(
            "08:30", hill, "HS-1001 again with other quantities", "parked for a person to decide", _other_content,
            (Expected(PO, IN, State.PARKED, "HS-1001", code="GW-3104"),),
        ),
        Happening(
            "08:40", hill, "an order for an unknown item", "parked; the item is cross-referenced, retried, booked", _unknown_item,
            sold("HS-1005"),
        ),
        Happening(
            "08:45", hill, "an interchange cut off in the middle", "refused as a whole, TA1 023", _cut_off,
            (Expected(Kind.INTERCHANGE, IN, State.REFUSED, code="X12-IEA-MISSING"),),
        ),
        Happening(
            "08:50", hill, "an empty file", "refused with a ticket", lambda s: s.partner(hill).drop(b"", "empty.edi"),
            (Expected(Kind.INTERCHANGE, IN, State.REFUSED, code="GW-2101"),),
        ),
        Happening(
            "08:51", hill, "a file that is no EDI", "refused with a ticket",
            lambda s: s.partner(hill).drop(b"Dear team, please find our order attached. Regards", "mail.txt"),
            (Expected(Kind.INTERCHANGE, IN, State.REFUSED, code="GW-2102"),),
        ),
        Happening(
            "09:00", lake, "two orders in release 005010", "booked; one invoice is rejected, one ASN never acknowledged", _lakeside_orders,
            (*sold("LM-2001"), *sold("LM-2002", invoice=State.REJECTED, notice=State.SENT)),
        ),
        Happening(
            "09:10", lake, "a transaction set that nobody uses here", "acknowledged and parked", _unknown_set,
            (Expected(Kind.UNKNOWN, IN, State.PARKED, code="GW-2108"),),
        ),
        Happening(
            "09:15", lake, "an interchange from a stranger", "refused, TA1 006", _stranger,
            (Expected(Kind.INTERCHANGE, IN, State.REFUSED, code="GW-2103"),),
        ),
        Happening(
            "09:20", lake, "an order while the ERP is down", "tried again until it is up, booked once", _erp_down, sold("LM-2003")
        ),
        Happening(
            "09:30", lake, "an order whose file is written slowly", "taken when it is complete", _slow_writer, sold("LM-2004")
        ),
        Happening(
            "09:40", lake, "an order that asks for a TA1; its outbox folder is gone", "booked; the folder is made again",
            _folder_gone, sold("LM-2005"),
        ),
        Happening(
            "09:45", rows, "a CSV file with two orders and a broken one", "two booked and answered in rows; the receipt names the third",
            _rows_with_a_broken_order,
            (*told("PG-3001"), *told("PG-3002"), Expected(PO, IN, State.REFUSED, "", code="MAP-VALUE"),
             Expected(Kind.RECEIPT, OUT, State.SENT)),
        ),
        Happening(
            "09:50", cxml, "a cXML order; its buyer wants no ship notices", "booked; confirmed and invoiced in cXML, the ASN ends quietly",
            _cxml_order, told("BC-4001", notice=State.NOT_WANTED),
        ),
        Happening(
            "10:00", river, "purchasing raises two purchase orders", "sent as 850; their 855, 856 and 810 are booked", _purchasing,
            tuple(e for n in (0, 1) for e in bought(n)),
        ),
        Happening(
            "10:10", river, "a 997 for something we never sent", "parked", _stray_acknowledgment,
            (Expected(Kind.FUNCTIONAL_ACKNOWLEDGMENT, IN, State.PARKED, code="GW-3201"),),
        ),
        Happening(
            "11:00", lake, "an order over the credit limit", "the ERP refuses; parked with the reason", _over_credit,
            (Expected(PO, IN, State.PARKED, "LM-2006", code="ERP-CREDIT-EXCEEDED"),),
        ),
    ]  # fmt: skip


def bought(position: int) -> tuple[Expected, ...]:
    """Return what must become of a purchase order of ours; `position` stands for its number, which the ERP gives."""
    number = f"#{position}"
    return (
        Expected(PO, OUT, State.ACCEPTED, number),
        Expected(ACK, IN, State.POSTED, number),
        Expected(ASN, IN, State.POSTED, number),
        Expected(INV, IN, State.POSTED, number),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _two_orders(stage: Stage) -> None:
    first = order("HS-1001", _now(), (HAMMER, 24), (TAPE_MEASURE, 48), (KNIFE, 12), buyer_prefix="HSH-")
    second = order("HS-1002", _now(), (SCREWDRIVERS, 10), buyer_prefix="HSH-")
    stage.memory["08:00"] = stage.partner("hill-street").send(first, second)
    stage.memory["the order HS-1002"] = second


def _half_broken(stage: Stage) -> None:
    partner = stage.partner("hill-street")
    good = order("HS-1003", _now(), (GLOVES, 36), buyer_prefix="HSH-")
    bad = order("HS-1004", _now(), (GLOVES, 1), buyer_prefix="HSH-")
    content = partner.interchange([good, bad])
    date = f"{bad.issue_date:%Y%m%d}".encode()
    partner.drop(content.replace(b"BEG*00*SA*HS-1004**" + date, b"BEG*00*SA*HS-1004"), "half-broken.edi")


def _same_file(stage: Stage) -> None:
    hill = stage.partner("hill-street")
    stage.wait_until(lambda: hill.got["997"] >= 2, "the 997s of the first two files")
    hill.drop(stage.memory["08:00"], "hill-street-again.edi")


def _same_order(stage: Stage) -> None:
    stage.wait_for(Expected(PO, IN, State.POSTED, "HS-1002"))
    stage.partner("hill-street").send(stage.memory["the order HS-1002"])


def _other_content(stage: Stage) -> None:
    stage.wait_for(Expected(PO, IN, State.POSTED, "HS-1001"))
    stage.partner("hill-street").send(order("HS-1001", _now(), (HAMMER, 240), buyer_prefix="HSH-"))


def _unknown_item(stage: Stage) -> None:
    stage.partner("hill-street").send(order("HS-1005", _now(), (UNKNOWN_ITEM, 5), (HAMMER, 1), buyer_prefix="HSH-"))
    parked = stage.wait_for(Expected(PO, IN, State.PARKED, "HS-1005"))
    stage.erp.call("PUT", "/items/10050/cross-references", {"account": "C-1001", "their_number": "HSH-77777"})
    stage.retry(parked, "the item is our 10050; the cross-reference was added")


def _cut_off(stage: Stage) -> None:
    partner = stage.partner("hill-street")
    content = partner.interchange([order("HS-1006", _now(), (HAMMER, 1), buyer_prefix="HSH-")])
    partner.drop(content[: len(content) * 2 // 3], "cut-off.edi")


def _lakeside_orders(stage: Stage) -> None:
    lake = stage.partner("lakeside")
    lake.send(order("LM-2001", _now(), (GLASS_JAR, 144), (GLOVES, 12)), order("LM-2002", _now(), (KNIFE, 24)))


def _unknown_set(stage: Stage) -> None:
    lake = stage.partner("lakeside")
    content = lake.interchange([order("LM-2099", _now(), (KNIFE, 24))])
    grocery = content.replace(b"GS|PO|", b"GS|OG|").replace(b"ST|850|", b"ST|875|")
    lake.drop(grocery, "grocery-order.edi")


def _stranger(stage: Stage) -> None:
    lake = stage.partner("lakeside")
    lake.drop(lake.interchange([order("XX-1", _now(), (KNIFE, 24))], sender="ZZ:NOBODYWEKNOW"), "from-a-stranger.edi")


def _erp_down(stage: Stage) -> None:
    stage.erp.call("POST", "/trouble", {"gone_seconds": 4.0})
    stage.partner("lakeside").send(order("LM-2003", _now(), (KNIFE, 12)))
    stage.wait_for(Expected(PO, IN, State.POSTED, "LM-2003"))


def _slow_writer(stage: Stage) -> None:
    lake = stage.partner("lakeside")
    content = lake.interchange([order("LM-2004", _now(), (KNIFE, 6), (HAMMER, 6))])
    with (lake.inbox / "slow.edi").open("wb", buffering=0) as file:
        for start in range(0, len(content), 100):
            file.write(content[start : start + 100])
            time.sleep(0.1)


def _folder_gone(stage: Stage) -> None:
    lake = stage.partner("lakeside")
    stage.pump()
    stage.remove_outbox("lakeside")
    lake.send(order("LM-2005", _now(), (KNIFE, 6)), wants_ta1=True)


def _rows_with_a_broken_order(stage: Stage) -> None:
    rows = stage.partner("prairie-garden")
    good = [order("PG-3001", _now(), (GLOVES, 24), (KNIFE, 12)), order("PG-3002", _now(), (HAMMER, 6))]
    (content,) = rows.written(*good, order("PG-3003", _now(), (TAPE_MEASURE, 777)))
    rows.drop(content.replace(b",777,", b",a few,"), "orders.csv")


def _cxml_order(stage: Stage) -> None:
    campus = stage.partner("bayside-campus")
    campus.send(in_our_numbers(order("BC-4001", _now(), (GLOVES, 12), (HAMMER, 2))))


def _purchasing(stage: Stage) -> None:
    for number, item in enumerate(("10010", "10020")):
        body = {"vendor": "V-2001", "lines": [{"item": item, "quantity": str(100 + number), "unit": "EA"}]}
        raised = stage.erp.call("POST", "/purchase-orders", body, key=f"demo-po-{number}")
        stage.memory[f"#{number}"] = str(raised["number"])


def _stray_acknowledgment(stage: Stage) -> None:
    river = stage.partner("riverside")
    content = river.acknowledgment_of("PO", 4711)
    river.drop(content, "997-stray.edi")


def _over_credit(stage: Stage) -> None:
    for number in ("LM-2001", "LM-2002", "LM-2003", "LM-2004", "LM-2005"):
        stage.wait_for(Expected(PO, IN, State.POSTED, number))
    stage.erp.call("PUT", "/accounts/C-1002/credit", {"limit": "1000.00"})
    stage.partner("lakeside").send(order("LM-2006", _now(), (HAMMER, 4000)))
