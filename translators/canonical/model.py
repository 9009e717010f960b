"""The one model class all canonical documents share: frozen, closed, tuples for lists."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class CanonicalModel(BaseModel):
    """A frozen value. An unknown field is an error: what has no field goes to `extensions`, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False, ser_json_inf_nan="strings")
