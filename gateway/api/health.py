"""Whether the process lives and can do its work; without a key and without detail, for whoever watches over it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

from gateway.api import problems
from gateway.api.access import FromStation
from gateway.errors import GatewayError
from gateway.store import queries

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """It is well."""

    status: str = "ok"


@router.get("/livez", summary="The process lives")
async def livez() -> Health:
    """Return as long as the process answers at all."""
    return Health()


@router.get("/readyz", summary="The gateway can work", responses=problems.told("GW-6008", "GW-5001"))
def readyz(request: Request, station: FromStation) -> Health:
    """Return when the database answers and the gateway is not stopping."""
    if request.app.state.is_draining:
        raise GatewayError("GW-6008", "The gateway is stopping.")
    with station.database.read() as connection:
        queries.page(connection, queries.Filters(), 1)
    return Health()
