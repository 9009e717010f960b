"""What [transport] takes in the file of a partner that uses folders."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from gateway.transports.options import TransportOptions


class FolderOptions(TransportOptions):
    """The keys of `kind = "folder"`."""

    folder: str = Field("", description="Its folder under inbox/ and outbox/. Default: the partner's id.")
    after: Literal["archive", "delete"] = Field(
        "archive",
        description="What becomes of a file after the commit: moved to .archive beside it, or deleted; the store has it.",
    )
    is_share: bool = Field(
        False,
        description="The inbox is a network share: notifications of other machines do not arrive and a close that is seen proves "
        "nothing, so only a size and time that stay the same count.",
    )
    stable_seconds: float | None = Field(
        None, ge=0, le=3600, description="How long a file must stay the same. Default: the setting of that name."
    )
    trailer_seconds: float | None = Field(
        None, ge=0, le=86400, description="How long a file without its IEA is given. Default: the setting of that name."
    )

    @field_validator("folder")
    @classmethod
    def _lies_inside(cls, folder: str) -> str:
        if Path(folder).is_absolute() or ".." in Path(folder).parts:
            raise ValueError("must lie inside the inbox and outbox folders")
        return folder
