"""The application: routes, problems, one log line for each request, and the description of it all (OpenAPI 3.1).

Every route that reads the database is a plain function, run in a small pool of threads, so that the event loop never waits for a disk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api import documents, events, health, inbox, orders
from gateway.api.problems import BY_STATUS, Problem, ProblemPart, problem_response
from gateway.errors import GatewayError
from gateway.steps.station import Station

log = structlog.get_logger("gateway.api")

READERS = 6  # threads that answer; with the workers' they stay below the database's pool of connections

_ALWAYS_SENT = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"private, no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_DESCRIPTION = (
    "What happened to every document and every order. A key is needed (`gateway keys create`), sent as `Authorization: Bearer gw_...` "
    "or as `X-API-Key`. Problems are answered as application/problem+json (RFC 9457); each code has a heading in the handbook. Within "
    "/v1 fields are added, never renamed or dropped."
)


def create_app(station: Station) -> FastAPI:
    """Return the status API over a station."""
    app = FastAPI(
        title="Partner Gateway",
        version="1",
        description=_DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its pages would load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        generate_unique_id_function=_operation_id,
        redirect_slashes=False,
    )
    app.state.station = station
    app.state.is_draining = False
    for router in (documents.router, documents.raw_router, orders.router, events.router, inbox.router, health.router):
        app.include_router(router)
    app.add_middleware(_Top, station=station)
    app.add_exception_handler(GatewayError, _of_the_world)
    app.add_exception_handler(RequestValidationError, _of_the_request)
    app.add_exception_handler(HTTPException, _of_the_framework)
    app.openapi = lambda: _description(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = READERS
    yield


def _operation_id(route: APIRoute) -> str:
    return route.name


def _description(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, made once."""
    if not app.openapi_schema:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            openapi_version="3.1.0",
        )
        parts = schema["components"]["schemas"]
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts |= problem.pop("$defs") | {"Problem": problem}
        for unused in ("HTTPValidationError", "ValidationError"):
            parts.pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema


async def _of_the_world(request: Request, wrong: Exception) -> JSONResponse:
    assert isinstance(wrong, GatewayError)  # noqa: S101
    response = problem_response(wrong.code, wrong.sentence, request.url.path)
    if response.status_code >= 500:
        log.warning("request-failed", code=wrong.code, sentence=wrong.sentence)
    return response


async def _of_the_request(request: Request, wrong: Exception) -> JSONResponse:
    assert isinstance(wrong, RequestValidationError)  # noqa: S101
    parts = [
        ProblemPart(pointer="/" + "/".join(str(step) for step in error["loc"]), detail=str(error["msg"]))
        for error in wrong.errors()
    ]
    detail = "; ".join(f"{part.pointer}: {part.detail}" for part in parts)
    return problem_response("GW-6006", detail, request.url.path, parts)


async def _of_the_framework(request: Request, wrong: Exception) -> JSONResponse:
    assert isinstance(wrong, HTTPException)  # noqa: S101
    code = BY_STATUS.get(wrong.status_code, "GW-6007")
    sentences = {
        "GW-6004": "There is nothing here; /v1/openapi.json lists every address.",
        "GW-6005": f"{request.method} is not possible here.",
    }
    return problem_response(code, sentences.get(code, ""), request.url.path, headers=wrong.headers)


class _Top:
    """Outermost of ours: sends what every answer carries, logs one line, and turns a mistake of ours into a problem."""

    def __init__(self, app: ASGIApp, station: Station) -> None:
        self._app = app
        self._clock = station.clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = self._clock.monotonic()
        status = 0

        async def sending(part: Message) -> None:
            nonlocal status
            if part["type"] == "http.response.start":
                status = part["status"]
                part["headers"] = [*part["headers"], *_ALWAYS_SENT]
            await send(part)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            log.exception("request-broke", method=scope["method"], route=_route(scope))
            if status:
                raise  # the answer has begun; it breaks off, which the caller sees
            response = problem_response("GW-6007", "", scope["path"])
            await response(scope, receive, sending)
        finally:
            log.info(
                "request",
                method=scope["method"],
                route=_route(scope),
                status=status,
                ms=round((self._clock.monotonic() - started) * 1000, 1),
                key=scope.get("state", {}).get("key_name", ""),
            )


def _route(scope: Scope) -> str:
    """Return the route's pattern, never the path itself: what callers put there does not belong in a log."""
    return getattr(scope.get("route"), "path", "")
