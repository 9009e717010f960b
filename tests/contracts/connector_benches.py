"""One bench per connector: the system behind it, seen also from behind. A new connector needs a row in BENCHES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

from gateway.clock import SystemClock
from gateway.connectors import CONNECTORS
from gateway.demo.sample_erp.process import SampleErpProcess
from gateway.ports import Connector, Posting
from tests.contracts.connector_contract import SECRET, ConnectorBench
from translators.canonical import Identifier, Item, Money, OrderLine, PurchaseOrder, Quantity


class SampleErpBench:
    """The sample ERP in its own process."""

    def __init__(self, erp: SampleErpProcess, connector: Connector) -> None:
        self.connector = connector
        self._erp = erp
        self._numbers = count(1)

    def _order(self, upc: str) -> Posting:
        number = f"CONTRACT-{next(self._numbers)}"
        line = OrderLine(
            line_id="1",
            quantity=Quantity(value=Decimal(2)),
            price=Money(amount=Decimal("12.50")),
            item=Item(identifiers=(Identifier(scheme="gtin", value=upc),)),
        )
        order = PurchaseOrder(order_number=number, issue_date=date(2026, 11, 20), lines=(line,))
        return Posting(order, "C-1001", f"key-of-{number}")

    def order(self) -> Posting:
        return self._order("614141000012")

    def refused_order(self) -> Posting:
        return self._order("012345678905")

    def booked(self, posting: Posting) -> int:
        assert isinstance(posting.document, PurchaseOrder)
        query = f"customer={posting.account}&customer_order={posting.document.order_number}"
        return len(self._erp.call("GET", f"/sales-orders?{query}")["sales_orders"])

    def go_down(self) -> None:
        self._erp.kill()

    def be_busy(self, retry_after_seconds: int) -> None:
        self._erp.call("POST", "/trouble", {"refuse_status": 503, "retry_after_seconds": retry_after_seconds})

    def lose_answers(self) -> None:
        self._erp.call("POST", "/trouble", {"hang_up": True})

    def talk_nonsense(self) -> None:
        self._erp.call("POST", "/trouble", {"garbage": "html"})

    def recover(self) -> None:
        if not self._erp.is_running:
            self._erp.start()
        self._erp.call("DELETE", "/trouble")

    def produce(self, count: int) -> list[str]:
        order = {"vendor": "V-2001", "lines": [{"item": "10010", "quantity": "12"}]}
        return [f"purchase-order:{self._erp.call('POST', '/purchase-orders', order)['number']}" for _ in range(count)]


@contextmanager
def sample_erp_bench(home: Path) -> Iterator[SampleErpBench]:
    erp = SampleErpProcess(home)
    erp.token = SECRET
    (home / "secret").write_text(SECRET)
    options = {"base_url": erp.url, "token": f"file:{home / 'secret'}", "timeout_seconds": 10}
    connector = CONNECTORS["sample-erp"]("contract", options, SystemClock())
    with erp:
        erp.call("POST", "/day")
        yield SampleErpBench(erp, connector)
    connector.close()  # type: ignore[attr-defined]


BENCHES: dict[str, Callable[[Path], AbstractContextManager[ConnectorBench]]] = {"sample-erp": sample_erp_bench}
