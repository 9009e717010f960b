"""What a receipt says became of a transmission, in the words of the standards.

The partner is told one of these and nothing else; the true reason is a finding of ours. Everything that goes wrong between the
ciphertext and a verified signature is DECRYPTION_FAILED, in the same words, so that nobody can try ciphertexts on us and learn from
the answers.

Source: RFC 4130 section 7.4, RFC 8098 section 3.2.6, draft-ietf-ediint-rfc4130bis.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MODE = "automatic-action/MDN-sent-automatically"
_FORM = re.compile(
    r"""\s*(?P<mode>[^;]*?)\s*;\s*
    (?P<type>[a-z-]+)\s*
    (?:/\s*(?P<modifier>[a-z-]+)\s*(?::\s*(?P<reason>.*?))?)?\s*""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Disposition:
    """One disposition.

    Args:
        type: "processed" or "failed", in lower case; a receipt of somebody else may hold other words.
        modifier: "", "error", "failure" or "warning", in lower case.
        reason: "authentication-failed"; as received.
    """

    type: str
    modifier: str = ""
    reason: str = ""

    @property
    def is_positive(self) -> bool:
        """Return whether the transmission was taken, with or without a warning."""
        return self.type == "processed" and self.modifier in ("", "warning")

    def __str__(self) -> str:
        """Return the value of the Disposition field."""
        modifier = self.modifier.capitalize() if self.modifier == "failure" else self.modifier
        reason = f": {self.reason}" if self.reason else ""
        return f"{_MODE}; {self.type}" + (f"/{modifier}{reason}" if self.modifier else "")


PROCESSED = Disposition("processed")
DUPLICATE = Disposition("processed", "warning", "duplicate-document")
AUTHENTICATION_FAILED = Disposition("processed", "error", "authentication-failed")
DECOMPRESSION_FAILED = Disposition("processed", "error", "decompression-failed")
DECRYPTION_FAILED = Disposition("processed", "error", "decryption-failed")
INSUFFICIENT_SECURITY = Disposition("processed", "error", "insufficient-message-security")
INTEGRITY_CHECK_FAILED = Disposition("processed", "error", "integrity-check-failed")
UNEXPECTED_ERROR = Disposition("processed", "error", "unexpected-processing-error")
UNKNOWN_PARTNER = Disposition("processed", "error", "unknown-trading-relationship")
UNSUPPORTED_FORMAT = Disposition("failed", "failure", "unsupported format")
UNSUPPORTED_MIC = Disposition("failed", "failure", "unsupported MIC-algorithms")

# What a person at the partner reads in the first part of a receipt.
SENTENCES: dict[Disposition, str] = {
    PROCESSED: "The AS2 message was received. This is no statement about the documents in it.",
    DUPLICATE: "The AS2 message was received before; it was not taken a second time.",
    AUTHENTICATION_FAILED: "The signature of the AS2 message could not be verified with the certificate agreed upon.",
    DECOMPRESSION_FAILED: "The AS2 message could not be decompressed.",
    DECRYPTION_FAILED: "The AS2 message could not be decrypted.",
    INSUFFICIENT_SECURITY: "The AS2 message is not signed or encrypted as agreed.",
    INTEGRITY_CHECK_FAILED: "The content of the AS2 message is not what was signed.",
    UNEXPECTED_ERROR: "The AS2 message could not be read.",
    UNKNOWN_PARTNER: "The sender or the receiver of the AS2 message is not known here.",
    UNSUPPORTED_FORMAT: "The receipt that was asked for cannot be given: its signature format is not supported.",
    UNSUPPORTED_MIC: "The receipt that was asked for cannot be given: none of its MIC algorithms is supported.",
}


def read_disposition(field: str) -> Disposition | None:
    """Return what a Disposition field says, whatever its case and spacing; None when it has no such form."""
    found = _FORM.fullmatch(field)
    if found is None:
        return None
    return Disposition(found["type"].lower(), (found["modifier"] or "").lower(), (found["reason"] or "").strip())
