"""What was agreed with a partner about AS2, and the bounds that hold for everybody."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1_048_576


@dataclass(frozen=True, slots=True)
class Terms:
    """What a partner's transmissions and receipts must be.

    Args:
        requires_signature: refuse what is not signed.
        requires_encryption: refuse what is not encrypted.
        requires_signed_receipts: a receipt without a signature is not believed.
        is_legacy: SHA-1 and 3DES are read and written for this partner. MD5 and RC2 never are.
        accepts_expired: a certificate out of its dates is still used, and that is noted.
    """

    requires_signature: bool = True
    requires_encryption: bool = True
    requires_signed_receipts: bool = True
    is_legacy: bool = False
    accepts_expired: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of anything is read before a transmission is refused.

    Args:
        payload_bytes: of all payloads of one transmission together, decrypted and inflated.
        inflated_times: inflated bytes per compressed byte. EDI compresses 5 to 30 times; zlib can reach 1,032.
        inflated_free_bytes: up to here the ratio is not looked at, for small documents that repeat one line.
        header_bytes: of one block of MIME fields; real ones stay below 2 KB.
        header_fields: of one block.
        parts: of a multipart/related.
        asn1_depth: of structures in structures; CMS needs 9.
        control_bytes: of what is held in memory of one CMS structure: recipients, signers, certificates.
        recipients: of one encrypted transmission.
        mdn_bytes: of a whole receipt.
    """

    payload_bytes: int = 2_048 * MEBIBYTE
    inflated_times: int = 100
    inflated_free_bytes: int = MEBIBYTE
    header_bytes: int = 65_536
    header_fields: int = 200
    parts: int = 100
    asn1_depth: int = 16
    control_bytes: int = 262_144
    recipients: int = 50
    mdn_bytes: int = MEBIBYTE
