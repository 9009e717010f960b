"""Rows 16 and 17: what openssl writes we read, what we write openssl verifies and decrypts."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from gateway.transports.as2.algorithms import CIPHERS, DIGESTS, KEY_TRANSPORTS
from gateway.transports.as2.ber import OCTET_STRING, element
from gateway.transports.as2.terms import Terms
from gateway.transports.as2.values import Opened
from tests.gateway.transports.as2 import openssl
from tests.gateway.transports.as2.parties import (
    EDI,
    LEGACY,
    acme,
    codes,
    contents,
    opened_body,
    opened_entity,
    own_key,
    sealed,
    us,
)

pytestmark = openssl.is_missing

ENTITY = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\n" + EDI
OPEN_TERMS = Terms(requires_signature=False, requires_encryption=False)
PSS = ("-keyopt", "rsa_padding_mode:pss")
OAEP = {
    "sha-1": ("-keyopt", "rsa_padding_mode:oaep"),
    "sha-256": ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"),
    "sha-512": ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha512"),
    "sha-256, mask by sha-1": (
        *("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha1"),
    ),
    "with a label": ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_label:4a4b"),
}


@pytest.fixture
def judge(tmp_path: Path) -> openssl.OpenSsl:
    return openssl.OpenSsl(tmp_path, acme=acme(), us=us(), stranger=own_key("stranger"))


def opened_structure(structure: bytes, kind: str = "enveloped-data", terms: Terms = OPEN_TERMS) -> Opened:
    fields = ((b"Content-Type", f"application/pkcs7-mime; smime-type={kind}; name=smime.p7m".encode()),)
    return opened_body(fields, structure, terms=terms)


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("options", [(), PSS, ("-nocerts",), ("-nosmimecap",), ("-keyid",), ("-stream",)], ids=" ".join)
def test_row_17_we_verify_what_openssl_signs(judge: openssl.OpenSsl, digest: str, options: tuple[str, ...]) -> None:
    terms = LEGACY if DIGESTS[digest].is_legacy else Terms()
    terms = Terms(requires_encryption=False, is_legacy=terms.is_legacy)
    result = opened_entity(judge.signed(ENTITY, "-md", DIGESTS[digest].python_name, *options), terms=terms)
    assert (codes(result), contents(result)) == ([], [EDI])
    assert result.evidence.signature == f"{digest} {'rsa-pss' if options == PSS else 'rsa-pkcs1'}"
    assert result.evidence.signed_by == acme().fingerprint
    assert result.evidence.signed_at is not None


@pytest.mark.parametrize("salt", ["digest", "max", "auto", "0", "20"])
def test_row_17_we_verify_pss_with_any_salt(judge: openssl.OpenSsl, salt: str) -> None:
    options = (*PSS, "-keyopt", f"rsa_pss_saltlen:{salt}", "-keyopt", "rsa_mgf1_md:sha512")
    result = opened_entity(judge.signed(ENTITY, "-md", "sha256", *options), terms=OPEN_TERMS)
    assert (codes(result), contents(result)) == ([], [EDI])


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("stream", [(), ("-stream",)], ids=["DER", "BER"])
def test_rows_16_and_17_we_decrypt_what_openssl_encrypts(
    judge: openssl.OpenSsl, cipher: str, stream: tuple[str, ...]
) -> None:
    name = {"des-ede3-cbc": "-des3"}.get(cipher, f"-{cipher}")
    terms = Terms(requires_signature=False, is_legacy=CIPHERS[cipher].is_legacy)
    for content in (EDI, EDI * 5_000):
        structure = judge.enveloped(ENTITY[: -len(EDI)] + content, name, *stream)
        assert (structure[1] == 0x80) == bool(stream), "indefinite length is what -stream is for"
        result = opened_structure(structure, "authEnveloped-data" if "gcm" in cipher else "enveloped-data", terms)
        assert (codes(result), contents(result)) == ([], [content])


@pytest.mark.parametrize("options", OAEP.values(), ids=OAEP)
def test_row_17_we_decrypt_oaep(judge: openssl.OpenSsl, options: tuple[str, ...]) -> None:
    structure = judge.cms(ENTITY, "-encrypt", "-binary", "-outform", "DER", "-aes128", "-recip", "us.pem", *options)
    result = opened_structure(structure)
    assert (codes(result), contents(result)) == ([], [EDI])
    assert "rsa-oaep-" in result.evidence.encryption


def test_we_find_ours_among_several_recipients(judge: openssl.OpenSsl) -> None:
    several = ("-recip", "stranger.pem", "-recip", "us.pem", "-keyid")
    structure = judge.cms(ENTITY, "-encrypt", "-binary", "-outform", "DER", "-aes128", *several)
    assert contents(opened_structure(structure)) == [EDI]


def test_rows_16_and_17_signed_and_encrypted_and_streamed(judge: openssl.OpenSsl) -> None:
    structure = judge.enveloped(judge.signed(ENTITY, "-stream"), "-aes256", "-stream")
    result = opened_structure(structure, terms=Terms())
    assert (codes(result), contents(result)) == ([], [EDI])


def test_row_16_a_body_signed_in_ber_is_verified(judge: openssl.OpenSsl) -> None:
    """BouncyCastle's stream writer gives the SignedData, too, indefinite lengths."""
    signed = judge.signed(ENTITY)
    before, found, after = signed.rpartition(b'smime.p7s"\r\n\r\n')
    encoded, delimiter, rest = after.partition(b"\r\n--")
    assert found
    indefinite = base64.encodebytes(_indefinite(base64.b64decode(encoded)))
    result = opened_entity(before + found + indefinite + delimiter + rest, terms=OPEN_TERMS)
    assert (codes(result), contents(result)) == ([], [EDI])


def _indefinite(structure: bytes) -> bytes:
    """Return DER with indefinite lengths wherever BER allows them, and octet strings in segments."""

    def one(value: object) -> bytes:
        if value.tag & 0x20:
            return bytes((value.tag, 0x80)) + b"".join(map(one, value.children(16))) + b"\0\0"
        if value.tag == OCTET_STRING and len(value.octets) < 100:
            segments = [value.octets[i : i + 7] for i in range(0, len(value.octets), 7)]
            return b"\x24\x80" + b"".join(bytes((4, len(s))) + s for s in segments) + b"\0\0"
        return value.encoded

    return one(element(structure, 0, len(structure), 16))


@pytest.mark.parametrize("signature", ["rsa-pkcs1", "rsa-pss"])
@pytest.mark.parametrize("digest", DIGESTS)
def test_row_17_openssl_verifies_what_we_sign(judge: openssl.OpenSsl, digest: str, signature: str) -> None:
    what = sealed(encrypt_to=None, digest=digest, signature=signature, terms=LEGACY)
    fields = dict(what.headers)
    entity = b"Content-Type: " + fields[b"Content-Type"] + b"\r\n\r\n" + what.body.read()
    content, signature_der = openssl.two_parts(entity)
    assert content == ENTITY
    assert judge.verified(content, signature_der)
    assert not judge.verified(content.replace(b"ISA", b"ISB"), signature_der)


@pytest.mark.parametrize("transport", KEY_TRANSPORTS)
@pytest.mark.parametrize("cipher", CIPHERS)
def test_row_17_openssl_decrypts_what_we_encrypt(judge: openssl.OpenSsl, cipher: str, transport: str) -> None:
    for content in (EDI, b"", EDI * 3_000):
        what = sealed(content, sign_with=None, cipher=cipher, key_transport=transport, terms=LEGACY)
        plain = judge.cms(
            what.body.read(), "-decrypt", "-binary", "-inform", "DER", "-recip", "us.pem", "-inkey", "us.key"
        )
        assert plain == ENTITY[: -len(EDI)] + content


def test_row_17_openssl_takes_what_we_sign_and_encrypt(judge: openssl.OpenSsl) -> None:
    what = sealed()
    inner = judge.cms(what.body.read(), "-decrypt", "-binary", "-inform", "DER", "-recip", "us.pem", "-inkey", "us.key")
    content, signature = openssl.two_parts(inner)
    assert content == ENTITY
    assert judge.verified(content, signature)


def test_text_that_openssl_made_canonical_is_verified_as_it_stands(judge: openssl.OpenSsl) -> None:
    """Without -binary openssl gives the signed part CRLF and leaves LF around it."""
    signed = judge.cms(ENTITY.replace(b"\r\n", b"\n"), "-sign", "-signer", "acme.pem", "-inkey", "acme.key")
    result = opened_entity(signed, terms=OPEN_TERMS)
    assert (codes(result), contents(result)) == ([], [EDI])


def test_the_finding_says_which_line_ends_were_signed(judge: openssl.OpenSsl) -> None:
    result = opened_entity(judge.signed(ENTITY).replace(b"\r\n", b"\n"), terms=OPEN_TERMS)
    assert codes(result) == ["AS2-DIGEST"]
    assert "line ends as CRLF" in result.findings[0].sentence
    assert result.disposition.reason == "integrity-check-failed"
