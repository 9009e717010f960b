"""Everything that is answered instead of what was asked for: RFC 9457 problem details, one code for each kind.

The sentence of a problem that is the caller's is passed on; of one that is ours only the title is, as the log has the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"


class ProblemPart(BaseModel):
    """One thing wrong with a request. `pointer` names the parameter: "/query/limit"."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """Why there is no answer. `code` has a heading in the handbook's page of errors."""

    type: str = Field(examples=["urn:partner-gateway:GW-6101"])
    title: str = Field(examples=["No such document"])
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str = Field(description="The path that was asked for.")
    code: str = Field(examples=["GW-6101"])
    errors: list[ProblemPart] = []


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a code is answered."""

    status: int
    title: str


MEANINGS: dict[str, Meaning] = {
    "GW-5001": Meaning(503, "The database cannot be used at the moment"),
    "GW-5003": Meaning(503, "There is no room for the document at the moment"),
    "GW-5004": Meaning(500, "The payload is gone from the store"),
    "GW-6001": Meaning(401, "A key is needed"),
    "GW-6002": Meaning(401, "The key is not valid"),
    "GW-6003": Meaning(403, "The key may not do that"),
    "GW-6004": Meaning(404, "Nothing is at that address"),
    "GW-6005": Meaning(405, "That cannot be done with this address"),
    "GW-6006": Meaning(422, "The request has mistakes"),
    "GW-6007": Meaning(500, "The gateway made a mistake"),
    "GW-6008": Meaning(503, "The gateway is not ready"),
    "GW-6101": Meaning(404, "No such document"),
    "GW-6104": Meaning(404, "The document has no such part"),
    "GW-6105": Meaning(404, "Nothing goes by that number"),
    "GW-6106": Meaning(422, "The cursor was not handed out"),
    "GW-6108": Meaning(403, "The key has no inbox there"),
    "GW-6109": Meaning(409, "The first request with this key is still worked on"),
    "GW-6110": Meaning(422, "The Idempotency-Key was used for another request"),
    "GW-6111": Meaning(413, "The document is too large"),
    "GW-6112": Meaning(415, "The document is compressed"),
    "GW-6130": Meaning(422, "There is no such event type"),
}
# What other errors of the world are to a caller.
_OTHER = Meaning(500, "The gateway could not answer")
# The framework's own refusals, by status.
BY_STATUS: dict[int, str] = {404: "GW-6004", 405: "GW-6005"}
_RETRY_SECONDS = 5


def problem_response(
    code: str, detail: str, path: str, errors: Sequence[ProblemPart] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return the response that tells a problem."""
    meaning = MEANINGS.get(code, _OTHER)
    is_ours = meaning.status >= 500 and code != "GW-6008"
    problem = Problem(
        type=f"urn:partner-gateway:{code}",
        title=meaning.title,
        status=meaning.status,
        detail=f"{meaning.title}; the gateway's log says more." if is_ours else detail,
        instance=path,
        code=code,
        errors=list(errors),
    )
    sent = dict(headers or {})
    if meaning.status == 401:
        sent["WWW-Authenticate"] = 'Bearer realm="partner-gateway"'
    if meaning.status == 503:
        sent["Retry-After"] = str(_RETRY_SECONDS)
    return JSONResponse(problem.model_dump(), meaning.status, sent, MEDIA_TYPE)


def told(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of the problems that a route may answer with."""
    by_status: dict[int | str, list[str]] = {}
    for code in codes:
        meaning = MEANINGS[code]
        by_status.setdefault(meaning.status, []).append(f"{code} {meaning.title}.")
    return {
        status: {
            "description": " ".join(sentences),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, sentences in by_status.items()
    }


ALWAYS = ("GW-6001", "GW-6002", "GW-6003", "GW-6006", "GW-6007", "GW-5001")
