"""Rows 15 and 18 to 21: how others write MIME and headers. Signatures hold over the bytes as they came."""

from __future__ import annotations

import base64
import quopri
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transports.as2 import read_headers
from gateway.transports.as2.algorithms import DIGESTS
from gateway.transports.as2.filenames import kept_filename
from gateway.transports.as2.headers import quoted_name
from gateway.transports.as2.mime import parameterized, parts_of
from gateway.transports.as2.octets import CHUNK_BYTES, Octets
from gateway.transports.as2.signed import digests, signed_data
from gateway.transports.as2.terms import Terms
from gateway.transports.as2.values import Opened
from tests.gateway.transports.as2.parties import EDI, NOW, acme, codes, contents, opened_entity

OPEN_TERMS = Terms(requires_signature=False, requires_encryption=False)
DIGEST = DIGESTS["sha-256"]


def signature_over(content: bytes) -> bytes:
    found = digests([content], [DIGEST])["sha-256"]
    return signed_data(found, acme(), DIGEST, "rsa-pkcs1", NOW)


def multipart(
    content: bytes,
    *,
    kind: str = 'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="B"',
    end: bytes = b"\r\n",
    preamble: bytes = b"",
    epilogue: bytes = b"",
    signature_fields: bytes = b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64",
    padding: bytes = b"",
) -> bytes:
    """Return a multipart/signed as somebody else may write it."""
    signature = base64.encodebytes(signature_over(content))
    if b"base64" not in signature_fields.lower():
        signature = signature_over(content)
    lines = [
        b"Content-Type: " + kind.encode(),
        b"",
        preamble + b"--B" + padding,
        content,
        b"--B" + padding,
        signature_fields.replace(b"\r\n", end),
        b"",
        signature,
        b"--B--" + padding,
        epilogue,
    ]
    return end.join(lines)


def opened_multipart(content: bytes, **changed: Any) -> Opened:
    return opened_entity(multipart(content, **changed), terms=OPEN_TERMS)


FIELDS = {
    "none": (b"\r\n" + EDI, EDI),
    "no transfer encoding": (b"Content-Type: application/edi-x12\r\n\r\n" + EDI, EDI),
    "7bit": (b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + EDI, EDI),
    "8bit": (b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: 8BIT\r\n\r\n" + EDI, EDI),
    "binary": (b"Content-Type: a/b\r\nContent-Transfer-Encoding: Binary\r\n\r\n\0\xff\n\r", b"\0\xff\n\r"),
    "base64": (b"Content-Type: a/b\r\nContent-Transfer-Encoding: BASE64\r\n\r\n" + base64.b64encode(EDI), EDI),
    "base64 in lines": (
        b"Content-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n\r\n" + base64.encodebytes(EDI * 9),
        EDI * 9,
    ),
    "quoted-printable": (
        b"Content-Type: a/b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quopri.encodestring(EDI),
        EDI,
    ),
    "no space after the colon": (b"Content-Type:application/edi-x12\r\n\r\n" + EDI, EDI),
    "space before the colon": (b"Content-Type : application/edi-x12\r\n\r\n" + EDI, EDI),
    "lower case": (b"content-type: APPLICATION/EDI-X12\r\n\r\n" + EDI, EDI),
    "folded": (b'Content-Type: application/edi-x12;\r\n\tname="a.edi"\r\n  ; charset=utf-8\r\n\r\n' + EDI, EDI),
    "LF fields": (b"Content-Type: application/edi-x12\nX: y\n\n" + EDI, EDI),
    "other fields": (b"X-A: b\r\nMIME-Version: 1.0\r\nContent-Type: a/b\r\nContent-ID: <1>\r\n\r\n" + EDI, EDI),
}


@pytest.mark.parametrize(("content", "expected"), FIELDS.values(), ids=FIELDS)
def test_row_15_whatever_the_inner_part_looks_like_it_is_verified_as_it_came(content: bytes, expected: bytes) -> None:
    result = opened_multipart(content)
    assert (codes(result), contents(result)) == ([], [expected])
    assert result.mic is not None
    assert result.mic.digest == digests([content], [DIGEST])["sha-256"]


STYLES: dict[str, dict[str, Any]] = {
    "preamble": {"preamble": b"This is an S/MIME signed message\r\n\r\n"},
    "line ends after the end": {"epilogue": b"\r\n\r\n"},
    "LF": {"end": b"\n"},
    "blanks after the delimiters": {"padding": b" \t "},
    "boundary without quotes": {"kind": "multipart/signed; boundary=B; protocol=application/x-pkcs7-signature"},
    "parameters in another order": {
        "kind": 'Multipart/Signed ;boundary = "B" ; micalg="SHA256"; Protocol="application/pkcs7-signature";'
    },
    "parameters folded": {"kind": "multipart/signed;\r\n micalg=sha256;\r\n\tboundary=B"},
    "no protocol": {"kind": "multipart/signed; boundary=B"},
    "binary signature": {"signature_fields": b"Content-Type: application/pkcs7-signature; name=smime.p7s"},
    "x-pkcs7-signature": {
        "signature_fields": b"Content-Type: application/x-pkcs7-signature\r\ncontent-transfer-encoding: Base64"
    },
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_row_15_whatever_the_multipart_looks_like_it_is_verified(style: dict[str, Any]) -> None:
    result = opened_multipart(b"Content-Type: application/edi-x12\r\n\r\n" + EDI, **style)
    assert (codes(result), contents(result)) == ([], [EDI])


MALFORMED = {
    "no blank line": b"Content-Type: a/b\r\nContent-Transfer-Encoding: binary",
    "a line that is no field": b"Content-Type: a/b\r\nnonsense\r\n\r\nx",
    "a fold at the start": b" folded\r\nContent-Type: a/b\r\n\r\nx",
    "two content types": b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\nx",
    "two transfer encodings": b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nx",
    "unknown transfer encoding": b"Content-Transfer-Encoding: x-uuencode\r\n\r\nx",
    "no base64": b"Content-Transfer-Encoding: base64\r\n\r\n%%%%",
    "base64 cut off": b"Content-Transfer-Encoding: base64\r\n\r\nQUJ",
    "base64 with something after it": b"Content-Transfer-Encoding: base64\r\n\r\nQQ==QUJD",
    "no type": b"Content-Type: nonsense\r\n\r\nx",
    "a parameter twice": b"Content-Type: a/b; x=1; x=2\r\n\r\nx",
    "a quote without end": b'Content-Type: a/b; x="1\r\n\r\nx',
    "sections missing": b"Content-Disposition: attachment; filename*1=b\r\n\r\nx",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_row_15_what_is_malformed_is_refused_even_when_signed(content: bytes) -> None:
    result = opened_multipart(content)
    assert (codes(result), contents(result)) == (["AS2-MIME"], [])
    assert result.disposition.reason == "unexpected-processing-error"


BASE = {b"AS2-From": b"ACME", b"AS2-To": b"US", b"Message-ID": b"<1@a>", b"Content-Type": b"a/b"}


def headers_with(**changed: bytes | None) -> Any:
    pairs = BASE | {name.replace("_", "-").encode(): value for name, value in changed.items()}
    return read_headers(tuple((name, value) for name, value in pairs.items() if value is not None))


def test_row_18_header_names_in_any_case() -> None:
    for change in (bytes.lower, bytes.upper, bytes.swapcase):
        headers = read_headers(tuple((change(name), value) for name, value in BASE.items()))
        assert (headers.is_readable, headers.as2_from, headers.message_id) == (True, "ACME", "<1@a>")


NAMES = {
    b"ACME": "ACME",
    b'"ACME"': "ACME",
    b'"Acme Trading Co."': "Acme Trading Co.",
    b"Acme Trading Co.": "Acme Trading Co.",
    b'"say \\"hi\\""': 'say "hi"',
    b'"back\\\\slash"': "back\\slash",
    b"  ACME  ": "ACME",
    b"a@b:c;d": "a@b:c;d",
    b"x" * 128: "x" * 128,
}


@pytest.mark.parametrize(("written", "name"), NAMES.items())
def test_row_19_names_with_spaces_and_quotes(written: bytes, name: str) -> None:
    headers = headers_with(**{"AS2-From": written})
    assert (headers.as2_from, headers.findings) == (name, ())


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=128).filter(str.strip))
def test_row_19_any_name_comes_back_as_it_was_written(name: str) -> None:
    headers = headers_with(**{"AS2-From": quoted_name(name).encode(), "AS2-To": quoted_name(name[::-1]).encode()})
    assert (headers.as2_from, headers.as2_to) == (name, name[::-1])


BAD_HEADERS: dict[str, dict[str, bytes | None]] = {
    "no AS2-From": {"AS2-From": None},
    "no AS2-To": {"AS2-To": None},
    "no Message-ID": {"Message-ID": None},
    "empty Message-ID": {"Message-ID": b" "},
    "no Content-Type": {"Content-Type": None},
    "non-ASCII name": {"AS2-From": "Müller".encode()},
    "name too long": {"AS2-To": b"x" * 129},
    "quote without end": {"AS2-To": b'"x'},
    "empty name": {"AS2-To": b'""'},
    "control character": {"AS2-To": b"a\0b"},
    "non-ASCII Message-ID": {"Message-ID": b"<\xff>"},
    "Message-ID too long": {"Message-ID": b"<" + b"x" * 999 + b">"},
}


@pytest.mark.parametrize("changed", BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_row_28_wrong_headers_are_findings(changed: dict[str, bytes | None]) -> None:
    headers = headers_with(**changed)
    assert not headers.is_readable
    assert set(codes(headers)) == {"AS2-HEADER"}


def test_row_28_a_header_twice_is_refused() -> None:
    pairs = (*BASE.items(), (b"as2-to", b"SOMEBODY"))
    headers = read_headers(pairs)
    assert not headers.is_readable
    assert headers.as2_to == "US"


def test_row_19_the_receipt_that_is_wanted() -> None:
    def request(options: bytes) -> Any:
        changed = {"Disposition-Notification-To": b"x", "Disposition-Notification-Options": options}
        return headers_with(**changed).receipt

    assert headers_with().receipt is None
    assert not request(b"").wants_signature
    usual = request(b"signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha256, sha1")
    assert (usual.wants_signature, usual.protocol, usual.mic_algorithms) == (
        True,
        "pkcs7-signature",
        ("sha256", "sha1"),
    )
    swapped = request(b"Signed-Receipt-Micalg = required ,SHA-512 ;signed-receipt-protocol=REQUIRED,PKCS7-Signature;")
    assert (swapped.protocol, swapped.mic_algorithms) == ("pkcs7-signature", ("SHA-512",))
    assert swapped.is_mic_required
    assert swapped.is_protocol_required
    bare = request(b"signed-receipt-protocol=pkcs7-signature; signed-receipt-micalg=sha256")
    assert (bare.wants_signature, bare.mic_algorithms) == (True, ("sha256",))


@pytest.mark.parametrize(
    ("listed", "algorithm", "spelling"),
    [
        (b"sha256", "sha-256", "sha256"),
        (b"sha-256", "sha-256", "sha-256"),
        (b"SHA512, sha256", "sha-512", "SHA512"),
        (b"md5, sha1, sha-384", "sha-384", "sha-384"),
        (b"rsa-md5,SHA_256", "sha-256", "SHA_256"),
    ],
)
def test_row_19_the_first_mic_algorithm_that_is_accepted_is_used_as_spelled(
    listed: bytes, algorithm: str, spelling: str
) -> None:
    options = b"signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=required, " + listed
    more = ((b"Disposition-Notification-To", b"x"), (b"Disposition-Notification-Options", options))
    result = opened_entity(b"Content-Type: a/b\r\n\r\nx", more=more, terms=OPEN_TERMS)
    assert result.mic is not None
    assert (result.mic.algorithm, result.mic.spelling) == (algorithm, spelling)
    assert str(result.mic).endswith(f", {spelling}")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (b"signed-receipt-micalg=required, md5; signed-receipt-protocol=optional, pkcs7-signature", "MIC-algorithms"),
        (b"signed-receipt-protocol=required, pgp; signed-receipt-micalg=optional, sha256", "unsupported format"),
    ],
)
def test_row_19_a_receipt_that_cannot_be_given_fails(options: bytes, words: str) -> None:
    more = ((b"Disposition-Notification-To", b"x"), (b"Disposition-Notification-Options", options))
    result = opened_entity(b"Content-Type: a/b\r\n\r\nx", more=more, terms=OPEN_TERMS)
    assert (codes(result), result.payloads) == (["AS2-RECEIPT"], ())
    assert (result.disposition.type, result.disposition.modifier) == ("failed", "failure")
    assert words in result.disposition.reason


FILENAMES = {
    b'attachment; filename="order 1.edi"': "order 1.edi",
    b"attachment; filename=order.edi": "order.edi",
    b"attachment; FILENAME*=UTF-8''M%C3%BCller%20%26.edi": "Müller &.edi",
    b"attachment; filename*=iso-8859-1'de'M%FCller.edi": "Müller.edi",
    b"attachment; filename=plain.edi; filename*=utf-8''b%C3%A4.edi": "bä.edi",
    b"attachment; filename*0*=utf-8''M%C3%BC; filename*1=ller; filename*2*=%2Eedi": "Müller.edi",
    'attachment; filename="Müller.edi"'.encode(): "Müller.edi",
    'attachment; filename="Müller.edi"'.encode("latin-1"): "Müller.edi",
    b'attachment; filename="say \\"hi\\".edi"': 'say "hi".edi',
    b'attachment; filename="' + b"a" * 255 + b'"': "a" * 255,
    b"attachment; filename==?UTF-8?Q?M=C3=BCller_1.edi?=": "Müller 1.edi",
    b'attachment; filename="=?iso-8859-1?B?TfxsbGVy?= =?utf-8?q?=2Eedi?="': "Müller.edi",
    b'attachment; filename="=?utf-8?b?!!!?="': "=?utf-8?b?!!!?=",
    b"attachment; filename*=punycode''Mller-kva.edi": "Mller-kva.edi",
    b"attachment": "",
    b'attachment; filename=""': "",
}


@pytest.mark.parametrize(("disposition", "name"), FILENAMES.items())
def test_row_20_a_file_name_is_kept(disposition: bytes, name: str) -> None:
    entity = b"Content-Type: a/b\r\nContent-Disposition: " + disposition + b"\r\n\r\nx"
    result = opened_multipart(entity)
    assert (result.payloads[0].filename, codes(result)) == (name, [])


def test_row_20_a_name_in_the_content_type_counts_too() -> None:
    assert opened_multipart(b'Content-Type: a/b; name="x.edi"\r\n\r\nx').payloads[0].filename == "x.edi"


HOSTILE_NAMES = [
    *("=?utf-8?q?=2E=2E=2Fx?=", "=?utf-8?b?Li4vLi4veA==?=", "=?utf-8?q?a=00b?="),
    *(
        "../x",
        "..",
        ".",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "..\\..\\x",
        "C:\\x",
        "C:x",
        "x\0y",
        "a\nb",
        "a\x7f",
        "\u202etxt.exe",
    ),
    *("x" * 256, "é" * 128, "a\u2028b", "file:///x", "%2e%2e/x", "\ud800", "\ue000"),
]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_row_20_a_hostile_file_name_is_not_kept_and_the_file_goes_on(name: str) -> None:
    kept, findings = kept_filename(name)
    assert (kept, [one.code for one in findings]) == ("", ["AS2-FILENAME"])
    assert findings[0].value.isascii()


@given(st.text(max_size=300))
def test_row_20_whatever_is_kept_is_a_mere_name(name: str) -> None:
    kept, _ = kept_filename(name)
    assert not set(kept) & set("/\\:\0\r\n")
    assert kept not in (".", "..")
    assert len(kept.encode()) <= 255


def test_row_20_a_refused_name_does_not_stop_the_file() -> None:
    for field in (
        b'Content-Disposition: attachment; filename="../../x"',
        b'Content-Disposition: a; filename="C:\\d\\x"',
    ):
        result = opened_multipart(b"Content-Type: a/b\r\n" + field + b"\r\n\r\nx")
        assert (contents(result), result.payloads[0].filename, codes(result)) == ([b"x"], "", ["AS2-FILENAME"])
        assert result.disposition.is_positive


@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from([b"\r\n", b"\n"]), st.integers(-40, 40))
def test_row_21_parts_are_found_wherever_pieces_end(parts: list[bytes], end: bytes, shift: int) -> None:
    filler = b"x" * (CHUNK_BYTES + shift)
    parts = [one.replace(b"--B", b"") for one in (filler, *parts)]
    body = b"".join(b"--B" + end + one + end for one in parts) + b"--B--" + end
    found = [part.read() for part in parts_of(Octets.of(body), "B", 100)]
    assert found == [one.removesuffix(b"\r") if end == b"\n" else one for one in parts]


def test_parameters_with_everything_in_them() -> None:
    value = parameterized('Text/Plain; a="b;c=\\"d\\""; e=f ;; G = h')
    assert value == ("text/plain", {"a": 'b;c="d"', "e": "f", "g": "h"})
