"""The ERP's HTTP API. The handbook describes it (gateway/handbook/sample-erp.md); /openapi.json says it exactly.

Handlers are `async` and call the database directly: one thread, so one thing happens after the other.
"""

from __future__ import annotations

import hmac
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gateway.demo.sample_erp import booking, catalog, day, feed, fulfilment, purchasing
from gateway.demo.sample_erp.erp import VENDOR_PATHS, SampleErp
from gateway.demo.sample_erp.problems import add_problem_handlers
from gateway.demo.sample_erp.requests import (
    Automatic,
    Complaint,
    CreditLimit,
    CrossReference,
    PurchaseOrderRequest,
    SalesOrderRequest,
    StockCount,
    VendorDocument,
)
from gateway.demo.sample_erp.trouble import NO_TROUBLE, Trouble

Answer = dict[str, Any]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
BEARER = HTTPBearer(auto_error=False, description="The token in the file `token` of the ERP's home.")
MOST_COMPLAINTS = 500  # an answer stays readable and under a megabyte


def create_app(erp: SampleErp) -> FastAPI:
    """Return the API of this ERP."""
    app = FastAPI(title="Sample ERP", version="1", description="A distributor's ERP for trying the gateway.")

    async def check_token(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> None:
        if credentials is None or not hmac.compare_digest(credentials.credentials.encode(), erp.token.encode()):
            raise HTTPException(401, "The bearer token is missing or wrong.")

    @app.get("/health", tags=["operation"])
    async def health() -> Answer:
        """Say that the ERP is there."""
        return {"status": "up", "instance": erp.db.instance}

    for router in (_lookups(erp), _sales(erp), _purchasing(erp), _outgoing(erp), _control(erp)):
        app.include_router(router, dependencies=[Depends(check_token)])
    add_problem_handlers(app)
    return app


def _trouble(request: Request) -> Trouble:
    trouble: Trouble = request.scope.get("trouble", NO_TROUBLE)
    return trouble


def _complaints(complaints: list[Complaint]) -> Answer:
    would_book = all(c.severity != "error" for c in complaints)
    return {"would_book": would_book, "complaints": [c.model_dump() for c in complaints[:MOST_COMPLAINTS]]}


def _found(row: Any) -> Answer:
    if row is None:
        raise HTTPException(404, "There is none with this number.")
    return dict(row)


def _lookups(erp: SampleErp) -> APIRouter:
    router = APIRouter(tags=["master data"])

    @router.get("/accounts/{number}")
    async def get_account(number: str) -> Answer:
        """Return a customer or vendor."""
        return _found(
            erp.db.one(
                "SELECT number, kind, name, currency, price_list, is_blocked FROM accounts WHERE number = ?", number
            )
        )

    @router.get("/accounts/{number}/credit")
    async def get_credit(number: str) -> Answer:
        """Return a customer's limit (null: none) and what is open."""
        return _found(erp.db.one("SELECT number, credit_limit, open_amount FROM accounts WHERE number = ?", number))

    @router.put("/accounts/{number}/credit")
    async def put_credit(number: str, credit: CreditLimit) -> Answer:
        """Set a customer's limit."""
        _found(catalog.account(erp.db, number, "customer"))
        limit = None if credit.limit is None else str(credit.limit)
        with erp.db.commit():
            erp.db.run("UPDATE accounts SET credit_limit = ? WHERE number = ?", limit, number)
        return {"number": number, "credit_limit": limit}

    @router.put("/items/{number}/cross-references")
    async def put_cross_reference(number: str, reference: CrossReference) -> CrossReference:
        """Say what an account calls this item."""
        _found(catalog.item(erp.db, number))
        _found(erp.db.one("SELECT number FROM accounts WHERE number = ?", reference.account))
        with erp.db.commit():
            values = (reference.account, reference.their_number, number)
            erp.db.run("INSERT OR REPLACE INTO item_cross_references VALUES (?, ?, ?)", *values)
        return reference

    @router.get("/items/{number}")
    async def get_item(number: str) -> Answer:
        """Return an item with the units it comes in."""
        item = _found(catalog.item(erp.db, number))
        return {**item, "units": catalog.units_of(erp.db, number)}

    @router.get("/items/{number}/price")
    async def get_price(number: str, account: str) -> Answer:
        """Return what an account pays (or, for a vendor, is paid) for one stock unit."""
        row = _found(erp.db.one("SELECT price_list FROM accounts WHERE number = ?", account))
        price = catalog.price(erp.db, row["price_list"], number)
        return {"item": number, "account": account, "price": None if price is None else str(price)}

    @router.get("/items/{number}/stock")
    async def get_stock(number: str) -> Answer:
        """Return what is on the shelf and what of it is promised."""
        return _found(erp.db.one("SELECT item, on_hand, reserved FROM stock WHERE item = ?", number))

    @router.put("/items/{number}/stock")
    async def put_stock(number: str, count: StockCount) -> Answer:
        """Set what is on the shelf; orders that wait for it wake up."""
        stock = _found(erp.db.one("SELECT on_hand FROM stock WHERE item = ?", number))
        with erp.db.commit():
            fulfilment.receive_stock(erp.db, number, count.on_hand - Decimal(stock["on_hand"]), erp.clock.now())
        return {"item": number, "on_hand": str(count.on_hand)}

    return router


def _sales(erp: SampleErp) -> APIRouter:
    router = APIRouter(tags=["sales"])

    @router.post("/sales-orders/check")
    async def check_sales_order(order: SalesOrderRequest) -> Answer:
        """Return what there is to say against an order; books nothing."""
        return _complaints(booking.assess(erp.db, order)[0])

    @router.post("/sales-orders", status_code=201)
    async def book_sales_order(
        order: SalesOrderRequest, request: Request, response: Response, key: Key = None
    ) -> Answer:
        """Book an order. A repeat with the same key and body gets the first answer with status 200."""
        answer, is_repeat = erp.book("/sales-orders", order, key, _trouble(request))
        response.status_code = 200 if is_repeat else 201
        return answer

    @router.get("/sales-orders")
    async def find_sales_orders(
        key: Annotated[str, Query(max_length=200)] = "",
        customer: Annotated[str, Query(max_length=80)] = "",
        customer_order: Annotated[str, Query(max_length=80)] = "",
    ) -> Answer:
        """Return orders by idempotency key, or by customer and the customer's order number."""
        columns = "number, customer, customer_order, state, total, idempotency_key, booked_at"
        if key:
            rows = erp.db.all(f"SELECT {columns} FROM sales_orders WHERE idempotency_key = ?", key)  # noqa: S608 a constant
        else:
            rows = erp.db.all(
                f"SELECT {columns} FROM sales_orders WHERE customer = ? AND customer_order = ? ORDER BY booked_at LIMIT 100",  # noqa: S608
                customer,
                customer_order,
            )
        return {"sales_orders": [dict(row) for row in rows]}

    @router.get("/sales-orders/{number}")
    async def get_sales_order(number: str) -> Answer:
        """Return an order with its lines, shipments and invoices."""
        order = dict(fulfilment.sales_order(erp.db, number))
        order.pop("request")
        shipments = erp.db.all("SELECT * FROM shipments WHERE sales_order = ? ORDER BY number", number)
        return {
            **order,
            "lines": [dict(line) for line in fulfilment.order_lines(erp.db, number)],
            "shipments": [dict(shipment) for shipment in shipments],
        }

    @router.post("/sales-orders/{number}/confirm")
    async def confirm(number: str) -> Answer:
        """Promise stock and tell the customer."""
        with erp.db.commit():
            return fulfilment.confirm(
                erp.db, number, erp.clock.now(), erp.due_at(lambda automatic: automatic.ship_seconds)
            )

    @router.post("/sales-orders/{number}/reject")
    async def reject(
        number: str, reason: Annotated[str, Query(max_length=200)] = "We cannot deliver this order."
    ) -> Answer:
        """Refuse a booked order and tell the customer."""
        with erp.db.commit():
            return fulfilment.reject(erp.db, number, reason, erp.clock.now())

    @router.post("/sales-orders/{number}/ship")
    async def ship(number: str) -> Answer:
        """Ship what stock there is; the rest stays on back order."""
        with erp.db.commit():
            return fulfilment.ship(
                erp.db, number, erp.clock.now(), erp.due_at(lambda automatic: automatic.invoice_seconds)
            )

    @router.post("/sales-orders/{number}/invoice")
    async def invoice(number: str) -> Answer:
        """Invoice what was shipped and is not invoiced."""
        with erp.db.commit():
            return fulfilment.invoice_order(erp.db, number, erp.clock.now())

    return router


def _purchasing(erp: SampleErp) -> APIRouter:
    router = APIRouter(tags=["purchasing"])

    @router.post("/purchase-orders", status_code=201)
    async def raise_purchase_order(
        order: PurchaseOrderRequest, request: Request, response: Response, key: Key = None
    ) -> Answer:
        """Raise a purchase order; it goes to the vendor through the feed."""
        answer, is_repeat = erp.book("/purchase-orders", order, key, _trouble(request))
        response.status_code = 200 if is_repeat else 201
        return answer

    @router.get("/purchase-orders/{number}")
    async def get_purchase_order(number: str) -> Answer:
        """Return a purchase order with what was confirmed, shipped and invoiced of each line."""
        order = _found(erp.db.one("SELECT * FROM purchase_orders WHERE number = ?", number))
        lines = erp.db.all(
            "SELECT * FROM purchase_order_lines WHERE purchase_order = ? ORDER BY CAST(line_id AS INTEGER)", number
        )
        return {**order, "lines": [dict(line) for line in lines]}

    for path, kind in VENDOR_PATHS.items():
        _vendor_routes(router, erp, path, kind)
    return router


def _vendor_routes(router: APIRouter, erp: SampleErp, path: str, kind: purchasing.VendorDocumentKind) -> None:
    async def check(document: VendorDocument) -> Answer:
        """Return what there is to say against a vendor's document; records nothing."""
        return _complaints(purchasing.assess(erp.db, kind, document)[0])

    async def record(document: VendorDocument, request: Request, response: Response, key: Key = None) -> Answer:
        """Record a vendor's document. A repeat with the same key and body gets the first answer with status 200."""
        answer, is_repeat = erp.book(path, document, key, _trouble(request))
        response.status_code = 200 if is_repeat else 201
        return answer

    async def find(
        key: Annotated[str, Query(max_length=200)] = "",
        vendor: Annotated[str, Query(max_length=80)] = "",
        vendor_number: Annotated[str, Query(max_length=80)] = "",
    ) -> Answer:
        """Return vendor documents by idempotency key, or by vendor and the vendor's number."""
        columns = "number, vendor, vendor_number, idempotency_key, complaints, recorded_at"
        where, values = (
            ("idempotency_key = ?", [key]) if key else ("vendor = ? AND vendor_number = ?", [vendor, vendor_number])
        )
        statement = f"SELECT {columns} FROM vendor_documents WHERE {where} AND kind = ? ORDER BY recorded_at LIMIT 100"  # noqa: S608
        return {"vendor_documents": [dict(row) for row in erp.db.all(statement, *values, kind)]}

    name = path.strip("/").replace("-", " ")
    router.add_api_route(f"{path}/check", check, methods=["POST"], summary=f"Check {name}")
    router.add_api_route(path, record, methods=["POST"], status_code=201, summary=f"Record {name}")
    router.add_api_route(path, find, methods=["GET"], summary=f"Find {name}")


def _outgoing(erp: SampleErp) -> APIRouter:
    router = APIRouter(tags=["outgoing"])

    @router.get("/outgoing")
    async def outgoing(
        after: Annotated[str, Query(max_length=80)] = "", limit: Annotated[int, Query(ge=1, le=500)] = 50
    ) -> Answer:
        """Return what has to be carried out to partners after the cursor, in the order in which it was committed."""
        return feed.page(erp.db, after, limit)

    return router


def _control(erp: SampleErp) -> APIRouter:
    router = APIRouter(tags=["operation"])

    @router.post("/day")
    async def seed_day() -> Answer:
        """Put the demo's customers, vendors, items, prices and stock in."""
        with erp.db.commit():
            return day.seed(erp.db)

    @router.put("/automatic")
    async def put_automatic(automatic: Automatic) -> Automatic:
        """Let booked orders be confirmed, shipped and invoiced by themselves."""
        erp.set_automatic(automatic)
        return automatic

    @router.delete("/automatic", status_code=204)
    async def delete_automatic() -> None:
        """Leave every step to somebody."""
        erp.set_automatic(None)

    @router.get("/trouble")
    async def get_trouble() -> Trouble:
        """Return what goes wrong just now."""
        return erp.trouble_maker.trouble

    @router.post("/trouble")
    async def begin_trouble(trouble: Trouble) -> Trouble:
        """Let things go wrong from now on."""
        erp.trouble_maker.begin(trouble)
        if trouble.gone_seconds:
            erp.gone.set()
        return trouble

    @router.delete("/trouble", status_code=204)
    async def end_trouble() -> None:
        """Let everything work again."""
        erp.trouble_maker.begin(NO_TROUBLE)

    return router
