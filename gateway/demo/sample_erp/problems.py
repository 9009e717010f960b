"""How the ERP says no: problem+json with a code, a sentence and every complaint."""

from __future__ import annotations

from typing import Any, cast

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from gateway.demo.sample_erp.booking import RefusedError
from gateway.demo.sample_erp.erp import BookedLaterError
from gateway.demo.sample_erp.feed import CursorUnknownError
from gateway.demo.sample_erp.fulfilment import StepImpossibleError, UnknownNumberError
from gateway.demo.sample_erp.idempotency import KeyReusedError
from gateway.demo.sample_erp.requests import Complaint

MOST_COMPLAINTS = 500


def problem(status: int, code: str, detail: str, complaints: list[Complaint] | None = None) -> JSONResponse:
    """Return the answer for something the ERP does not do.

    Source: RFC 9457.
    """
    body = {"title": code.replace("-", " "), "status": status, "detail": detail, "code": code}
    listed: dict[str, Any] = (
        {"complaints": [c.model_dump() for c in complaints[:MOST_COMPLAINTS]]} if complaints else {}
    )
    return JSONResponse({**body, **listed}, status_code=status, media_type="application/problem+json")


async def _refused(_: Request, error: Exception) -> JSONResponse:
    complaints = cast("RefusedError", error).complaints
    return problem(422, "refused", "; ".join(c.sentence for c in complaints if c.severity == "error"), complaints)


async def _key_reused(_: Request, error: Exception) -> JSONResponse:
    return problem(422, "key-reused", f"The key {error} was used for another request.")


async def _booked_later(_: Request, error: Exception) -> JSONResponse:
    return problem(504, "late", f"No answer from the booking of {error}.")


async def _step_impossible(_: Request, error: Exception) -> JSONResponse:
    return problem(409, "step-impossible", str(error))


async def _cursor_unknown(_: Request, error: Exception) -> JSONResponse:
    return problem(409, "cursor-unknown", f"The cursor {error} was made by another database.")


async def _not_found(_: Request, error: Exception) -> JSONResponse:
    return problem(404, "not-found", f"There is no {error}.")


async def _http(_: Request, error: Exception) -> JSONResponse:
    known = cast("HTTPException", error)
    return problem(known.status_code, "not-allowed" if known.status_code == 401 else "not-found", str(known.detail))


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    errors = cast("RequestValidationError", error).errors()
    sentences = [f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in errors]
    complaints = [Complaint(code="request-invalid", sentence=sentence) for sentence in sentences]
    return problem(422, "request-invalid", "; ".join(sentences[:20]), complaints)


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of the ERP a problem+json answer."""
    for error, handler in {
        RefusedError: _refused,
        KeyReusedError: _key_reused,
        BookedLaterError: _booked_later,
        StepImpossibleError: _step_impossible,
        CursorUnknownError: _cursor_unknown,
        UnknownNumberError: _not_found,
        HTTPException: _http,
        RequestValidationError: _invalid,
    }.items():
        app.add_exception_handler(error, handler)
