"""Secrets in partners' files: only where they are found."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def _reference(secret: str) -> str:
    if secret and secret.partition(":")[0] not in ("env", "file"):
        raise ValueError("a secret is written as env:NAME or file:/path, never as the secret itself")
    return secret


SecretReference = Annotated[str, AfterValidator(_reference)]
