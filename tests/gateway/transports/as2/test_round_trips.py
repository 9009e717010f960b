"""Both sides are ours: what is written is read, byte for byte, in every combination the standards allow."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.transports.as2 import (
    ber,
    compressed,
    judge_mdn,
    mime,
    octets,
    read_as2,
    read_headers,
    read_mdn,
    write_as2,
    write_mdn,
)
from gateway.transports.as2.algorithms import CIPHERS, DIGESTS, KEY_TRANSPORTS
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.terms import Terms
from gateway.transports.as2.values import Answering, CodecError, Outcome, Sealed, Sent
from tests.gateway.transports.as2.parties import (
    EDI,
    LEGACY,
    NOW,
    acme,
    codes,
    contents,
    opened,
    opened_body,
    own_key,
    payload,
    pinned,
    receiving,
    sealed,
    sending,
    us,
)

OPEN_TERMS = Terms(requires_signature=False, requires_encryption=False)
SECURED = {
    "signed and encrypted": {},
    "signed": {"encrypt_to": None},
    "encrypted": {"sign_with": None},
    "plain": {"sign_with": None, "encrypt_to": None},
}


def answered(what: Sealed, **changed: object) -> Outcome:
    """Return what the sender makes of the receipt for what it sent."""
    headers = read_headers(what.headers)
    result = read_as2(headers, what.body, receiving(**changed))
    receipt = write_mdn(headers, result, Answering("<mdn@us.example>", NOW, us(), terms=receiving(**changed).terms))
    assert receipt is not None
    theirs = replace(receiving(**changed), partner_certificates=(pinned(us()),))
    sent = Sent("ACME", "US", "<1@acme.example>", what.mic)
    return judge_mdn(read_mdn(receipt.headers, receipt.body, theirs), sent, theirs).outcome


@pytest.mark.parametrize("secured", SECURED)
@pytest.mark.parametrize("compress", ["", "before-signing", "after-signing"])
def test_rows_5_to_8_and_13_every_combination_arrives_with_the_same_mic(secured: str, compress: str) -> None:
    what = sealed(**SECURED[secured], compress=compress)
    result = opened(what, terms=OPEN_TERMS)
    assert codes(result) == []
    assert contents(result) == [EDI]
    assert result.mic is not None
    assert result.mic.digest == what.mic.digest
    assert bool(result.evidence.signed_by) == bool(result.evidence.signature) == ("signed" in secured)
    assert bool(result.evidence.encrypted_to) == ("encrypted" in secured)
    assert bool(result.evidence.compressed) == bool(compress)
    assert answered(what, terms=OPEN_TERMS) is Outcome.DELIVERED


def test_rows_5_to_8_the_mic_is_over_what_the_standards_say() -> None:
    """RFC 4130, 7.3.1: with the MIME fields, but not where they went as HTTP headers; RFC 5402, 4: uncompressed, with them."""
    fields = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    with_fields, without = hashlib.sha256(fields + EDI).digest(), hashlib.sha256(EDI).digest()
    bare = {"sign_with": None, "encrypt_to": None}
    assert opened(sealed()).mic.digest == with_fields
    assert opened(sealed(compress="after-signing")).mic.digest == with_fields
    assert opened(sealed(sign_with=None), terms=OPEN_TERMS).mic.digest == with_fields
    assert opened(sealed(sign_with=None, compress="after-signing"), terms=OPEN_TERMS).mic.digest == with_fields
    assert opened(sealed(**bare, compress="after-signing"), terms=OPEN_TERMS).mic.digest == with_fields
    assert opened(sealed(**bare), terms=OPEN_TERMS).mic.digest == without
    assert opened(sealed(compress="before-signing")).mic.digest not in (with_fields, without)


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("signature", ["rsa-pkcs1", "rsa-pss"])
def test_rows_9_to_12_every_digest_signs(digest: str, signature: str) -> None:
    terms = LEGACY if DIGESTS[digest].is_legacy else Terms()
    what = sealed(digest=digest, signature=signature, terms=terms)
    result = opened(what, terms=terms)
    assert contents(result) == [EDI]
    assert result.evidence.signature == f"{digest} {signature}"
    assert result.mic is not None
    assert (result.mic.algorithm, result.mic.digest) == (digest, what.mic.digest)
    assert answered(what, terms=terms) is Outcome.DELIVERED


@pytest.mark.parametrize(("cipher", "transport"), list(itertools.product(CIPHERS, KEY_TRANSPORTS)))
def test_rows_9_to_12_every_cipher_encrypts(cipher: str, transport: str) -> None:
    terms = LEGACY if CIPHERS[cipher].is_legacy else Terms()
    result = opened(sealed(cipher=cipher, key_transport=transport, terms=terms), terms=terms)
    assert contents(result) == [EDI]
    assert result.evidence.encryption == f"{cipher} {transport}"


@pytest.mark.parametrize("legacy", [{"digest": "sha-1"}, {"cipher": "des-ede3-cbc"}])
def test_rows_9_to_12_legacy_is_neither_written_nor_read_without_the_flag(legacy: dict[str, str]) -> None:
    with pytest.raises(CodecError, match="legacy"):
        sealed(**legacy)
    result = opened(sealed(**legacy, terms=LEGACY))
    assert (codes(result)[-1], contents(result)) == ("AS2-ALGORITHM", [])
    assert str(result.disposition).endswith(("authentication-failed", "decryption-failed"))


def test_rows_9_to_12_sha_1_as_mic_alone_is_passed_over_without_the_flag() -> None:
    what = sealed(digest="sha-1", receipt="signed", sign_with=None, terms=LEGACY)
    for terms, algorithm, found in ((LEGACY, "sha-1", []), (Terms(), "sha-256", ["AS2-RECEIPT"])):
        result = opened(what, terms=replace(terms, requires_signature=False))
        assert result.mic is not None
        assert (result.mic.algorithm, codes(result), contents(result)) == (algorithm, found, [EDI])


CONTENTS = {
    "CRLF": b"a\r\nb\r\n",
    "LF": b"a\nb\n",
    "CR": b"a\rb\r",
    "no line end": b"abc",
    "line ends only": b"\r\n\r\n\n\r\r\n",
    "NUL and all bytes": bytes(range(256)) * 5,
    "UTF-8": "Ünïcødé €\n".encode(),
    "Latin-1": "Ünïcode\n".encode("latin-1"),
    "empty": b"",
    "one byte": b"x",
    "looks like a boundary": b"\r\n--\r\n--=-\r\n----\r\n",
    "looks like MIME": b"Content-Type: text/plain\r\n\r\nbody\r\n",
    "larger than a piece": b"0123456789abcdef\r\n" * 40_000,
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
@pytest.mark.parametrize("secured", SECURED)
def test_row_14_every_content_arrives_byte_for_byte(content: bytes, secured: str) -> None:
    for compress in ("", "before-signing"):
        result = opened(sealed(content, **SECURED[secured], compress=compress), terms=OPEN_TERMS)
        assert contents(result) == [content]
    what = write_as2([payload(content, transfer_encoding="base64")], sending(**SECURED[secured]))
    result = opened(what, terms=OPEN_TERMS)
    assert contents(result) == [content]
    assert result.mic is not None
    assert result.mic.digest == what.mic.digest


def test_row_20_file_names_arrive() -> None:
    for name in ("order 4711.edi", "Bestellung Müller.edi", 'say "hi".edi', "注文.edi", "a" * 251 + ".edi", "100%.edi"):
        what = write_as2([payload(filename=name)], sending())
        assert opened(what).payloads[0].filename == name


@pytest.mark.parametrize("secured", SECURED)
def test_row_21_several_files_arrive_each_under_one_mic(secured: str) -> None:
    files = [
        payload(EDI, filename="order.edi"),
        payload(bytes(range(256)), content_type="application/pdf", filename="drawing.pdf", transfer_encoding="base64"),
        payload(b"", content_type="text/plain"),
    ]
    what = write_as2(files, sending(**SECURED[secured]))
    result = opened(what, terms=OPEN_TERMS)
    assert contents(result) == [EDI, bytes(range(256)), b""]
    assert [one.filename for one in result.payloads] == ["order.edi", "drawing.pdf", ""]
    assert [one.content_type for one in result.payloads] == ["application/edi-x12", "application/pdf", "text/plain"]
    assert result.mic is not None
    assert result.mic.digest == what.mic.digest


def test_row_37_old_and_new_keys_serve_side_by_side() -> None:
    new_us, new_acme = own_key("us, new"), own_key("acme, new")
    both = {"own_keys": (us(), new_us), "partner_certificates": (pinned(acme()), pinned(new_acme))}
    for signer, recipient in itertools.product((acme(), new_acme), (us(), new_us)):
        result = opened(sealed(sign_with=signer, encrypt_to=pinned(recipient)), **both)
        assert contents(result) == [EDI]
        assert result.evidence.signed_by == signer.fingerprint
        assert result.evidence.encrypted_to == recipient.fingerprint


def test_row_37_outside_its_window_a_certificate_does_not_serve() -> None:
    before, after = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    for window, words in (({"use_from": after}, "not to be used before"), ({"use_until": before}, "was replaced at")):
        result = opened(sealed(), partner_certificates=(pinned(acme(), **window),))
        assert (codes(result), result.disposition.reason) == (["AS2-CERTIFICATE-DATES"], "authentication-failed")
        assert words in result.findings[0].sentence
        result = opened(sealed(), own_keys=(replace(us(), **window),))
        assert (codes(result), result.disposition.reason) == (["AS2-CERTIFICATE-DATES"], "decryption-failed")
    inside = {"use_from": before, "use_until": after}
    assert opened(sealed(), partner_certificates=(pinned(acme(), **inside),)).is_accepted
    with pytest.raises(CodecError, match="was replaced"):
        sealed(sign_with=replace(acme(), use_until=before))


@pytest.mark.parametrize("piece_bytes", [7, 64, 333])
def test_row_22_pieces_may_end_anywhere(piece_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read in pieces of a quarter megabyte is read right wherever such a piece ends."""
    for module in (octets, mime, compressed):
        monkeypatch.setattr(module, "CHUNK_BYTES", piece_bytes)
    monkeypatch.setattr(ber, "_WINDOW_BYTES", 16)
    monkeypatch.setattr(ber, "_JOINED_BYTES", 7)
    monkeypatch.setattr(Octets.chunks, "__defaults__", (piece_bytes,))
    content = bytes(range(256)) * 3 + b"\r\n--\r\n=3D=\r\n" + EDI
    for options in ({}, {"compress": "before-signing"}, {"compress": "after-signing"}, {"cipher": "aes-128-gcm"}):
        files = [payload(content, transfer_encoding="base64", filename="a"), payload(content), payload(b"")]
        what = write_as2(files, sending(**options))
        result = opened(what)
        assert (contents(result), codes(result)) == ([content, content, b""], [])
        assert answered(what) is Outcome.DELIVERED


def test_a_body_is_read_from_where_it_lies() -> None:
    what = sealed()
    file = io.BytesIO(b"before" + what.body.read() + b"after")
    result = read_as2(read_headers(what.headers), Octets(file, 6, what.body.size_bytes), receiving())
    assert contents(result) == [EDI]


def test_what_cannot_be_written_is_said() -> None:
    for wrong in (
        {"digest": "md5"},
        {"cipher": "rc2"},
        {"subject": "a\r\nX: y"},
        {"as2_to": "Ü"},
        {"as2_to": ""},
        {"message_id": "<ü>"},
        {"compress": "twice"},
    ):
        with pytest.raises(CodecError):
            sealed(**wrong)
    with pytest.raises(CodecError):
        write_as2([], sending())
    with pytest.raises(CodecError):
        write_as2([payload(content_type="a/b\r\nX: y")], sending())
    with pytest.raises(CodecError):
        write_as2([payload(transfer_encoding="uuencode")], sending())


def test_a_whole_body_in_base64_is_read() -> None:
    """RFC 4130, 5.3: some senders encode the HTTP body too."""
    what = sealed()
    fields = tuple((n, v) for n, v in what.headers if n.lower() != b"content-transfer-encoding")
    fields = tuple((n, v) for n, v in fields if n.startswith((b"Content", b"Disposition")))
    fields += ((b"content-transfer-encoding", b"Base64"),)
    result = opened_body(fields, base64.encodebytes(what.body.read()))
    assert (contents(result), codes(result)) == ([EDI], [])


def test_a_key_too_short_for_its_digest_is_said() -> None:
    short = own_key("short", bits=1024)
    for wrong in (
        {"sign_with": short, "signature": "rsa-pss", "digest": "sha-512"},
        {"encrypt_to": pinned(short), "key_transport": "rsa-oaep-sha-512"},
    ):
        with pytest.raises(CodecError, match="cannot be signed or encrypted"):
            sealed(**wrong)
