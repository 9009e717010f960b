"""The HTTP headers of a transmission: who, to whom, which Message-ID, which receipt.

Read before the body, so that the partner and a duplicate are known before anything is decrypted.
Source: RFC 4130 sections 6 and 7.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.transports.as2.mime import Fields, text_of
from gateway.transports.as2.values import As2Headers, RawHeaders, ReceiptRequest
from translators.findings import Finding

_QUOTED_NAME = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_PLAIN_NAME = re.compile(r"[!#-\[\]-~](?:[ !#-\[\]-~]*[!#-\[\]-~])?")
_NAME_CHARACTERS = 128
_IDENTIFIER = re.compile(r"[!-~](?:[ -~]{0,996}[!-~])?")
_ONCE = (
    "as2-from",
    "as2-to",
    "as2-version",
    "message-id",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "disposition-notification-to",
    "disposition-notification-options",
    "receipt-delivery-option",
)
_LIST_ITEMS = 20


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> As2Headers:
    """Return what the headers say; what is wrong with them is in `findings`."""
    raw = tuple(raw)
    findings: list[Finding] = []
    values: dict[str, str] = {}
    for name, octets in raw:
        key = name.decode("latin-1").lower()
        if key not in _ONCE and key not in ("subject", "date"):
            continue
        value = octets.decode("latin-1").strip()
        if key in values and key in _ONCE:
            findings.append(Finding("AS2-HEADER", f"The header {key} came twice.", value=ascii(value)[:200]))
        elif not value.isascii() and key not in ("subject", "content-disposition", "content-type"):
            findings.append(Finding("AS2-HEADER", f"The header {key} is not ASCII.", value=ascii(value)[:200]))
        else:
            values[key] = value
    findings += [
        Finding("AS2-HEADER", f"The header {name} is missing.")
        for name in ("AS2-From", "AS2-To", "Message-ID", "Content-Type")
        if not values.get(name.lower()) and not any(name.lower() in finding.sentence for finding in findings)
    ]
    as2_from, as2_to = (_as2_name(values.get(name, ""), name, findings) for name in ("as2-from", "as2-to"))
    identifier = values.get("message-id", "")
    if identifier and not _IDENTIFIER.fullmatch(identifier):
        findings.append(
            Finding("AS2-HEADER", "The Message-ID is not in the standard's form.", value=ascii(identifier)[:200])
        )
        identifier = ""
    return As2Headers(
        as2_from,
        as2_to,
        identifier,
        values.get("as2-version", ""),
        values.get("subject", ""),
        _receipt_request(values),
        raw,
        tuple(findings),
    )


def content_fields(raw: RawHeaders) -> Fields:
    """Return the headers that belong to the body, as MIME fields."""
    wanted = (b"content-type", b"content-transfer-encoding", b"content-disposition")
    return Fields(
        tuple((name.decode("latin-1").lower(), text_of(value)) for name, value in raw if name.lower() in wanted)
    )


def quoted_name(name: str) -> str:
    """Return an AS2 name as a header holds it: in quotes where it needs them.

    Raises:
        ValueError: it is longer than 128 characters or holds what no AS2 name may hold.
    """
    if not 1 <= len(name) <= _NAME_CHARACTERS or any(not " " <= character <= "~" for character in name):
        raise ValueError(f"no AS2 name: {name!r}")
    if re.search(r'[ "\\]', name):
        return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return name


def _as2_name(text: str, header: str, findings: list[Finding]) -> str:
    if not text:
        return ""
    quoted = _QUOTED_NAME.fullmatch(text)
    name = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if not 1 <= len(name) <= _NAME_CHARACTERS or (not quoted and not _PLAIN_NAME.fullmatch(text)):
        findings.append(
            Finding("AS2-HEADER", f"The header {header} is not in the standard's form.", value=ascii(text)[:200])
        )
        return ""
    return name


def _receipt_request(values: dict[str, str]) -> ReceiptRequest | None:
    if not values.get("disposition-notification-to"):
        return None
    options: dict[str, list[str]] = {}
    for option in values.get("disposition-notification-options", "").split(";"):
        name, _, listed = option.partition("=")
        words = [word.strip().strip('"') for word in listed.split(",")]
        options.setdefault(name.strip().lower(), [word for word in words if word][:_LIST_ITEMS])
    is_protocol_required, protocols = _importance(options.get("signed-receipt-protocol", []))
    is_mic_required, algorithms = _importance(options.get("signed-receipt-micalg", []))
    return ReceiptRequest(
        notification_to=values["disposition-notification-to"],
        wants_signature=bool(protocols),
        protocol=protocols[0].lower() if protocols else "",
        is_protocol_required=is_protocol_required,
        mic_algorithms=tuple(algorithms),
        is_mic_required=is_mic_required,
        async_url=values.get("receipt-delivery-option", ""),
    )


def _importance(words: list[str]) -> tuple[bool, list[str]]:
    """Return whether the first word says "required", and the words after it."""
    if words and words[0].lower() in ("required", "optional"):
        return words[0].lower() == "required", words[1:]
    return False, words
