"""Routes about orders."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from gateway.api import problems
from gateway.api.access import FromStation, needs
from gateway.api.documents import Partner
from gateway.api.order_views import OrderChoice, OrderView, order_choice, order_view
from gateway.errors import GatewayError
from gateway.states import Direction
from gateway.store.order_life import agreed_answers, order_life, orders_named

router = APIRouter(
    prefix="/v1",
    tags=["orders"],
    dependencies=[Depends(needs("documents:read"))],
    responses=problems.told(*problems.ALWAYS),
)


@router.get(
    "/orders/{number:path}",
    summary="An order's life",
    response_model=OrderView,
    responses={
        300: {
            "model": OrderChoice,
            "description": "Several orders go by that number: ask again with `partner` and `direction`.",
        },
        **problems.told("GW-6105"),
    },
)
def get_order(
    station: FromStation,
    number: Annotated[
        str, Path(min_length=1, max_length=128, description="The order's number, or any other of its documents'.")
    ],
    partner: Partner = None,
    direction: Annotated[
        Direction | None, Query(description="in: a customer's order to us; out: ours to a supplier.")
    ] = None,
) -> OrderView | JSONResponse:
    """Return what happened to an order: every document, every acknowledgment, what became of each line, what is still to come."""
    with station.database.read() as connection:
        keys = [k for k in orders_named(connection, number, partner or "") if direction in (None, k.direction)]
        if len(keys) > 1:
            return JSONResponse(order_choice(keys).model_dump(mode="json"), 300)
        life = None
        if keys:
            profile = station.partners.by_id.get(keys[0].partner)
            life = order_life(connection, keys[0], agreed_answers(profile, keys[0].direction))
    if life is None:
        raise GatewayError("GW-6105", "No order goes by that number.")
    return order_view(life)
