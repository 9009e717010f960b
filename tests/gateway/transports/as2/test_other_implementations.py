"""pyas2lib and libas2 as independent writers and readers; `make judges` brings them, without them these tests skip."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.transports.as2 import judge_mdn, read_as2, read_headers, read_mdn, write_mdn
from gateway.transports.as2.certificates import OwnKey
from gateway.transports.as2.terms import Terms
from gateway.transports.as2.values import Answering, Opened, Outcome, Sent
from tests.gateway.transports.as2.parties import (
    EDI,
    LEGACY,
    NOW,
    acme,
    codes,
    contents,
    opened,
    opened_body,
    pinned,
    receiving,
    sealed,
    us,
)
from tools.as2_judges import NODE_PATH, PYTHON

OTHERS = Path(__file__).parent / "others"
PROGRAMS: dict[str, tuple[list[str], bool]] = {
    "pyas2lib": ([str(PYTHON), str(OTHERS / "pyas2lib_judge.py")], PYTHON.exists()),
    "libas2": (["node", str(OTHERS / "libas2_judge.js")], NODE_PATH.exists() and shutil.which("node") is not None),
}
OPEN_TERMS = Terms(requires_signature=False, requires_encryption=False, is_legacy=True)
Pairs = tuple[tuple[bytes, bytes], ...]


def asked(name: str, act: str, own: OwnKey, partner: OwnKey, **job: Any) -> Any:
    """Return what another implementation makes of a job, in the place of `own`."""
    command, is_there = PROGRAMS[name]
    if not is_there:
        pytest.skip(f"needs {name}: make judges")
    names = ("US", "ACME") if own is us() else ("ACME", "US")
    whole = job | {
        "act": act,
        "own_name": names[0],
        "partner_name": names[1],
        "own_key": own.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "own_certificate": own.certificate.public_bytes(Encoding.PEM).decode(),
        "partner_certificate": partner.certificate.public_bytes(Encoding.PEM).decode(),
    }
    environment = os.environ | {"NODE_PATH": str(NODE_PATH)}
    done = subprocess.run(
        command, input=json.dumps(whole), capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def on_the_wire(headers: Pairs, body: bytes) -> dict[str, Any]:
    pairs = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]
    return {"headers": pairs, "body": base64.b64encode(body).decode()}


def off_the_wire(found: Any) -> tuple[Pairs, bytes]:
    pairs = tuple((name.encode(), " ".join(value.split()).encode()) for name, value in found["headers"])
    return pairs, base64.b64decode(found["body"])


STYLES: dict[str, dict[str, Any]] = {
    "signed and encrypted": {},
    "signed": {"encrypt_to": None},
    "encrypted": {"sign_with": None},
    "sha-512 and aes-256": {"digest": "sha-512", "cipher": "aes-256-cbc"},
    "sha-1 and 3des": {"digest": "sha-1", "cipher": "des-ede3-cbc", "terms": LEGACY},
}
COMPRESSED: dict[str, dict[str, Any]] = {
    "compressed, signed and encrypted": {"compress": "before-signing"},
    "signed, compressed and encrypted": {"compress": "after-signing"},
}
CASES = [
    *(("pyas2lib", name) for name in (*STYLES, *COMPRESSED)),
    *(("libas2", name) for name in STYLES if name != "sha-1 and 3des"),
]


@pytest.mark.parametrize(("name", "style"), CASES)
def test_others_open_what_we_send(name: str, style: str) -> None:
    options = {"digest_spelling": "sha512" if "512" in style else "sha256"}
    if name == "libas2":  # Node.js decrypts by PKCS#1 v1.5 no more
        options["key_transport"] = "rsa-oaep-sha-512"
    what = sealed(**(STYLES | COMPRESSED)[style], **options)
    found = asked(name, "open", us(), acme(), **on_the_wire(what.headers, what.body.read()))
    assert (found["status"], found.get("error", "")) == ("processed", "")
    # The MIME parser that libas2 uses gives back whole lines, the last one's end included.
    assert base64.b64decode(found["payload"]) in (EDI, EDI + b"\r\n" * (name == "libas2"))


WISHES: dict[str, dict[str, Any]] = {
    "plain": {},
    "signed": {"sign": True},
    "encrypted by 3des": {"encrypt": True},
    "signed and encrypted": {"sign": True, "encrypt": True, "enc_alg": "aes_128_cbc"},
    "sha-512 and aes-256": {"sign": True, "encrypt": True, "enc_alg": "aes_256_cbc", "digest_alg": "sha512"},
    "compressed": {"compress": True},
    "compressed and signed": {"compress": True, "sign": True},
    "all": {"compress": True, "sign": True, "encrypt": True, "enc_alg": "aes_192_cbc"},
    "pss and oaep": {
        "sign": True,
        "encrypt": True,
        "enc_alg": "aes_128_cbc",
        "sign_alg": "rsassa_pss",
        "key_enc_alg": "rsaes_oaep",
    },
}


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_we_open_what_pyas2lib_sends_and_it_takes_our_receipt(wish: dict[str, Any]) -> None:
    # It computes the MIC by the digest it signs with, whatever it asks for.
    options = wish | {"mdn_mode": "SYNC", "mdn_digest_alg": wish.get("digest_alg", "sha256")}
    found = asked("pyas2lib", "seal", acme(), us(), payload=base64.b64encode(EDI).decode(), options=options)
    headers, body = off_the_wire(found)
    result = _opened(headers, body)
    assert (contents(result), codes(result)) == ([EDI], [])
    assert result.payloads[0].filename == "order.edi"
    read = read_headers(headers)
    receipt = write_mdn(read, result, Answering("<mdn@us.example>", NOW, us()))
    assert receipt is not None
    if found["mic"]:  # it knows none for what is neither signed nor compressed
        assert result.mic is not None
        assert base64.b64encode(result.mic.digest).decode() == found["mic"]
    job = on_the_wire(receipt.headers, receipt.body) | {"message_id": read.message_id.strip("<>"), "mic": found["mic"]}
    verdict = asked("pyas2lib", "judge", acme(), us(), **job)
    assert (verdict["status"], verdict["detail"]) == ("processed", None)


def _opened(headers: Pairs, body: bytes) -> Opened:
    return read_as2(read_headers(headers), io.BytesIO(body), receiving(terms=OPEN_TERMS))


@pytest.mark.parametrize("cipher", ["aes128-CBC", "aes192-CBC", "aes256-CBC"])
@pytest.mark.parametrize("digest", ["sha-256", "sha-512"])
def test_row_17_we_open_what_libas2_sends(cipher: str, digest: str) -> None:
    """It encrypts the key by OAEP with SHA-512."""
    options = {"sign": digest, "encrypt": cipher}
    found = asked("libas2", "seal", acme(), us(), payload=base64.b64encode(EDI).decode(), options=options)
    headers, body = off_the_wire(found)
    result = opened_body(headers, body, terms=Terms())
    assert (contents(result), codes(result)) == ([EDI], [])
    assert "rsa-oaep-sha-512" in result.evidence.encryption


def test_gcm_without_its_own_structure_is_refused() -> None:
    """libas2 puts GCM into EnvelopedData with the tag behind the content; RFC 5084 has a place for it in AuthEnvelopedData only."""
    options = {"sign": "sha-256", "encrypt": "aes128-GCM"}
    found = asked("libas2", "seal", acme(), us(), payload=base64.b64encode(EDI).decode(), options=options)
    headers, body = off_the_wire(found)
    assert codes(opened_body(headers, body, terms=Terms())) == ["AS2-ALGORITHM"]


def test_we_believe_pyas2libs_receipt() -> None:
    what = sealed(digest_spelling="sha256")
    found = asked("pyas2lib", "open", us(), acme(), **on_the_wire(what.headers, what.body.read()))
    headers, body = off_the_wire(found["receipt"])
    ours = receiving(partner_certificates=(pinned(us()),))
    sent = Sent("ACME", "US", "<1@acme.example>", what.mic)
    verdict = judge_mdn(read_mdn(headers, body, ours), sent, ours)
    assert (verdict.outcome, codes(verdict)) == (Outcome.DELIVERED, [])


def test_libas2_reads_our_receipt() -> None:
    what = sealed()
    headers = read_headers(what.headers)
    receipt = write_mdn(headers, opened(what), Answering("<mdn@us.example>", NOW, us()))
    assert receipt is not None
    found = asked("libas2", "judge", acme(), us(), **on_the_wire(receipt.headers, receipt.body))
    assert found["status"] == "processed"
    assert found["originalMessageId"] == "<1@acme.example>"
