"""Who asks: the key of a request, and whether it may do what the route does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from gateway.errors import GatewayError
from gateway.steps.station import Station
from gateway.store import api_keys
from gateway.store.api_keys import SCOPES, ApiKey

_BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="Authorization: Bearer gw_...")
_HEADER = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="key", description="The same key, where Bearer is in the way."
)


def station_of(request: Request) -> Station:
    """Return the station that the application was made with."""
    station: Station = request.app.state.station
    return station


FromStation = Annotated[Station, Depends(station_of)]


def needs(scope: str) -> Callable[..., ApiKey]:
    """Return the dependency that lets only keys with `scope` in."""
    assert scope in SCOPES  # noqa: S101

    def holder(
        request: Request,
        station: FromStation,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
        header: Annotated[str | None, Security(_HEADER)],
    ) -> ApiKey:
        secret = bearer.credentials if bearer is not None else header
        if not secret:
            raise GatewayError("GW-6001", "Send a key: Authorization: Bearer gw_... `gateway keys create` makes one.")
        with station.database.read() as connection:
            key = api_keys.authenticated(connection, secret, station.clock.now())
        if key is None:
            raise GatewayError("GW-6002", "The key is not known, was revoked, or its time is over.")
        request.state.key_name = key.name
        if scope not in key.scopes:
            raise GatewayError("GW-6003", f"The key {key.name} may not do that: it needs the scope {scope}.")
        return key

    return holder
