"""Where a document came from, so that every error can point at the wire; and what no field exists for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, PlainSerializer

from translators.canonical.model import CanonicalModel
from translators.canonical.positions import plain_positions


class Extension(CanonicalModel):
    """A value received for which no field exists. `path` is the wire path in the map language ("PO1[1]/PID[1]/PID05")."""

    path: str
    value: str


class Source(CanonicalModel):
    """The wire document behind a canonical one.

    `positions` maps a canonical path ("lines/0/quantity") to a wire position ("7:PO1:2": segment number, id, element).
    """

    standard: str = ""
    release: str = ""
    document: str = ""
    interchange_control_number: str = ""
    group_control_number: str = ""
    set_control_number: str = ""
    payload_sha256: str = ""
    map_name: str = ""
    map_version: str = ""
    positions: Annotated[Mapping[str, str], PlainSerializer(plain_positions, return_type=dict[str, str])] = Field(
        default_factory=dict
    )
