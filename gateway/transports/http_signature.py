"""The signature of what we post: HMAC-SHA256 over id, time and body; several while a secret is changed.

Source: Standard Webhooks 1.0.0, sections "Signature scheme" and "Secret".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"


def signature_headers(delivery_id: str, body: bytes, now: datetime, secrets: Iterable[bytes]) -> dict[str, str]:
    """Return the three headers."""
    timestamp = str(int(now.timestamp()))
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    signatures = [base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode() for secret in secrets]
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def secret_bytes(secret: str) -> bytes:
    """Return the bytes of a secret as people keep it: "whsec_" and base64. Raises ValueError; the secret is not in its words."""
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        found = b""
    if not 16 <= len(found) <= 64:
        raise ValueError("a secret is whsec_ and the base64 of 24 to 64 bytes")
    return found
