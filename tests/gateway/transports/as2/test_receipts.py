"""Rows 36 and 38: only a valid receipt about what we sent, from whom we sent it to, changes anything."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.transports.as2 import explained_mic, judge_mdn, read_as2, read_headers, read_mdn, write_as2, write_mdn
from gateway.transports.as2.algorithms import DIGESTS
from gateway.transports.as2.dispositions import (
    AUTHENTICATION_FAILED,
    DUPLICATE,
    SENTENCES,
    UNKNOWN_PARTNER,
    Disposition,
    read_disposition,
)
from gateway.transports.as2.mic import read_mic
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.terms import Terms
from gateway.transports.as2.values import (
    Answering,
    As2Headers,
    Evidence,
    Mic,
    Opened,
    Outcome,
    Receiving,
    Sealed,
    Sent,
    Verdict,
    WrittenMdn,
)
from tests.gateway.transports.as2 import openssl
from tests.gateway.transports.as2.forging import multipart, signed
from tests.gateway.transports.as2.parties import (
    EDI,
    NOW,
    acme,
    codes,
    opened,
    own_key,
    payload,
    pinned,
    receiving,
    sealed,
    sending,
    us,
)

MIC = Mic(hashlib.sha256(b"what was sent").digest(), "sha-256")
SENT = Sent("US", "ACME", "<4711@us.example>", MIC)
OPEN_TERMS = Terms(requires_signature=False, requires_encryption=False)
UNSIGNED = Terms(requires_signed_receipts=False)
HTTP = ((b"AS2-From", b"ACME"), (b"AS2-To", b"US"), (b"Message-ID", b"<mdn@acme.example>"))
FIELDS = (
    "Reporting-UA: somebody else\r\n"
    "Original-Recipient: rfc822; ACME\r\n"
    "Final-Recipient: rfc822; ACME\r\n"
    "Original-Message-ID: <4711@us.example>\r\n"
    "Disposition: automatic-action/MDN-sent-automatically; processed\r\n"
    f"Received-Content-MIC: {MIC}\r\n"
)


def report(fields: str = FIELDS, *, kind: str = "multipart/report; report-type=disposition-notification") -> bytes:
    return multipart(
        b"Content-Type: text/plain\r\n\r\nThank you.",
        b"Content-Type: message/disposition-notification\r\n\r\n" + fields.encode(),
        kind=kind,
        b=b"REPORT",
    )


def judged(
    entity: bytes, *, http: tuple[tuple[bytes, bytes], ...] = HTTP, sent: Sent = SENT, **changed: Any
) -> Verdict:
    """Return what we make of a receipt that came as this entity."""
    block, _, body = entity.partition(b"\r\n\r\n")
    fields = tuple((n, v.strip()) for n, _, v in (line.partition(b":") for line in block.split(b"\r\n")))
    ours = receiving(**changed)
    return judge_mdn(read_mdn((*http, *fields), body, ours), sent, ours)


def answer(
    disposition: Disposition, mic: Mic | None = MIC, what: Sealed | None = None
) -> tuple[As2Headers, WrittenMdn]:
    headers = read_headers((what or sealed()).headers)
    written = write_mdn(
        headers, Opened((), disposition, mic, Evidence()), Answering("<mdn@us.example>", NOW, sign_with=us())
    )
    assert written is not None
    return headers, written


def test_row_36_a_signed_receipt_that_says_yes_is_delivery() -> None:
    verdict = judged(signed(report()))
    assert (verdict.outcome, codes(verdict)) == (Outcome.DELIVERED, [])


FORMS = {
    "automatic-action/MDN-sent-automatically; processed": Outcome.DELIVERED,
    "Automatic-Action/mdn-sent-automatically;Processed": Outcome.DELIVERED,
    "AUTOMATIC-ACTION/MDN-SENT-AUTOMATICALLY; PROCESSED": Outcome.DELIVERED,
    "manual-action/MDN-sent-manually ; processed ": Outcome.DELIVERED,
    "automatic-action/MDN-sent-automatically; processed/warning: duplicate-document": Outcome.DELIVERED_WITH_WARNING,
    "automatic-action/MDN-sent-automatically; processed/Warning: authentication-failed, processing continued": (
        Outcome.DELIVERED_WITH_WARNING
    ),
    "automatic-action/MDN-sent-automatically; processed/error: authentication-failed": Outcome.REFUSED,
    "automatic-action/MDN-sent-automatically; processed/Error: decryption-failed": Outcome.REFUSED,
    "automatic-action/MDN-sent-automatically; PROCESSED/ERROR:unexpected-processing-error": Outcome.REFUSED,
    "automatic-action/MDN-sent-automatically; processed/error": Outcome.REFUSED,
    "automatic-action/MDN-sent-automatically; failed": Outcome.REFUSED,
    "automatic-action/MDN-sent-automatically; failed/Failure: unsupported MIC-algorithms": Outcome.REFUSED,
    "automatic-action/MDN-sent-automatically; failed/failure: unsupported format": Outcome.REFUSED,
    "automatic-action/MDN-sent-automatically; displayed": Outcome.REFUSED,
    "automatic-action/MDN-sent-automatically; processed/odd: words": Outcome.REFUSED,
    "processed": Outcome.UNUSABLE,
    "": Outcome.UNUSABLE,
    "; ; ;": Outcome.UNUSABLE,
}


@pytest.mark.parametrize(("form", "outcome"), FORMS.items())
def test_row_36_every_form_of_a_disposition(form: str, outcome: Outcome) -> None:
    fields = FIELDS.replace("automatic-action/MDN-sent-automatically; processed", form)
    verdict = judged(signed(report(fields)))
    assert verdict.outcome is outcome
    assert bool(codes(verdict)) == (outcome is not Outcome.DELIVERED)


@pytest.mark.parametrize("disposition", SENTENCES)
def test_row_36_what_we_write_we_read(disposition: Disposition) -> None:
    assert read_disposition(str(disposition)) == disposition
    _, written = answer(disposition)
    theirs = receiving(partner_certificates=(pinned(us()),))
    read = read_mdn(written.headers, written.body, theirs)
    assert (codes(read), read.evidence.signed_by) == (
        [],
        us().fingerprint if "format" not in disposition.reason else "",
    )
    assert read.mdn is not None
    assert (read.mdn.disposition, read.mdn.mic) == (disposition, replace(MIC, spelling="sha-256"))
    assert (read.mdn.original_message_id, read.mdn.final_recipient) == ("<1@acme.example>", "US")
    assert read.mdn.text == SENTENCES[disposition]


def test_row_36_a_wrong_mic_is_no_delivery() -> None:
    wrong = Mic(hashlib.sha256(b"something else").digest(), "sha-256")
    verdict = judged(signed(report(FIELDS.replace(str(MIC), str(wrong)))))
    assert (verdict.outcome, codes(verdict)) == (Outcome.MISMATCHED, ["AS2-MIC-DIFFERS"])


@pytest.mark.parametrize(
    "mic", ["", "garbage", f"{base64.b64encode(b'short').decode()}, sha-256", "%%%, sha256", "AAAA, md5"]
)
def test_row_36_no_mic_is_no_delivery(mic: str) -> None:
    fields = FIELDS.replace(f"Received-Content-MIC: {MIC}\r\n", f"Received-Content-MIC: {mic}\r\n" if mic else "")
    verdict = judged(signed(report(fields)))
    assert (verdict.outcome, codes(verdict)) == (Outcome.MISMATCHED, ["AS2-MIC-MISSING"])


def test_row_36_a_refusal_needs_no_mic() -> None:
    fields = FIELDS.replace("; processed", "; processed/error: decryption-failed").partition("Received-Content-MIC")[0]
    assert judged(signed(report(fields))).outcome is Outcome.REFUSED


@pytest.mark.parametrize("spelling", ["sha256", "SHA-256", "sha-256", "Sha_256"])
def test_row_36_the_mic_counts_however_its_algorithm_is_spelled(spelling: str) -> None:
    fields = FIELDS.replace(", sha-256", f",{spelling}")
    assert judged(signed(report(fields))).outcome is Outcome.DELIVERED


def test_row_36_unsigned_is_not_believed_where_signed_is_due() -> None:
    verdict = judged(report())
    assert (verdict.outcome, codes(verdict)) == (Outcome.UNUSABLE, ["AS2-MDN-UNSIGNED"])
    assert judged(report(), terms=UNSIGNED).outcome is Outcome.DELIVERED
    assert judged(report(), sent=replace(SENT, is_receipt_signed=False)).outcome is Outcome.DELIVERED


def test_row_36_forged() -> None:
    stranger = judged(signed(report(), key=own_key("stranger")))
    assert (stranger.outcome, codes(stranger)) == (Outcome.UNUSABLE, ["AS2-SIGNER-UNKNOWN"])
    ourselves = judged(signed(report(), key=us()))
    assert (ourselves.outcome, codes(ourselves)) == (Outcome.UNUSABLE, ["AS2-SIGNER-UNKNOWN"])
    refusal = signed(report(FIELDS.replace("; processed", "; failed")))
    turned = judged(refusal.replace(b"; failed", b"; processed"))
    assert (turned.outcome, codes(turned)) == (Outcome.UNUSABLE, ["AS2-DIGEST"])


def test_row_36_wrapped() -> None:
    """A signed refusal in or beside a forged yes: the unsigned part is never what is read."""
    yes, no = report(), signed(report(FIELDS.replace("; processed", "; failed")))
    kinds = ("multipart/report; report-type=disposition-notification", "multipart/mixed", "multipart/related")
    for kind in kinds:
        for parts in ((yes, no), (no, yes)):
            assert judged(multipart(*parts, kind=kind, b=b"OUTER")).outcome is Outcome.UNUSABLE
    nested = multipart(
        b"Content-Type: text/plain\r\n\r\nx",
        b"Content-Type: message/disposition-notification\r\n\r\n" + FIELDS.encode(),
        no,
        kind=kinds[0],
        b=b"OUTER",
    )
    assert judged(nested).outcome is Outcome.UNUSABLE
    assert judged(signed(multipart(yes, kind="multipart/mixed", b=b"IN"))).outcome is Outcome.UNUSABLE
    assert judged(signed(signed(report(), b=b"IN"))).outcome is Outcome.UNUSABLE
    two = report().replace(b"Content-Type: text/plain", b"Content-Type: message/disposition-notification")
    assert judged(signed(two)).outcome is Outcome.UNUSABLE


def test_row_36_a_signed_document_of_the_partner_is_no_receipt() -> None:
    verdict = judged(signed(b"Content-Type: message/disposition-notification\r\n\r\n" + FIELDS.encode()))
    assert (verdict.outcome, codes(verdict)) == (Outcome.UNUSABLE, ["AS2-MDN"])


def test_row_36_about_another_transmission_or_between_others() -> None:
    fields = FIELDS.replace("4711@", "4712@")
    assert codes(judged(signed(report(fields)))) == ["AS2-MDN-OTHER"]
    other = ((b"AS2-From", b"OTHER"), (b"AS2-To", b"US"), (b"Message-ID", b"<m>"))
    verdict = judged(signed(report()), http=other)
    assert (verdict.outcome, codes(verdict)) == (Outcome.UNUSABLE, ["AS2-MDN-OTHER"])
    assert judged(signed(report()), http=()).outcome is Outcome.DELIVERED


def test_row_36_an_id_without_its_brackets_is_the_same() -> None:
    fields = FIELDS.replace("<4711@us.example>", "4711@us.example")
    assert judged(signed(report(fields))).outcome is Outcome.DELIVERED


def test_row_36_two_dispositions_are_none() -> None:
    verdict = judged(signed(report(FIELDS + "Disposition: a; failed\r\n")))
    assert (verdict.outcome, codes(verdict)) == (Outcome.UNUSABLE, ["AS2-MIME"])


def test_row_36_how_others_write_reports() -> None:
    fields = FIELDS.replace("Disposition: ", "DISPOSITION:\r\n ").replace("\r\n", "\n") + "\nX-Extra: x\n\n"
    assert judged(signed(report(fields))).outcome is Outcome.DELIVERED
    third = report() + b""
    third = third.replace(
        b"\r\n--REPORT--", b"\r\n--REPORT\r\nContent-Type: text/rfc822-headers\r\n\r\nX: y\r\n--REPORT--"
    )
    assert judged(signed(third)).outcome is Outcome.DELIVERED
    encoded = report().replace(
        b"notification\r\n\r\n" + FIELDS.encode(),
        b"notification\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(FIELDS.encode()),
    )
    assert judged(signed(encoded)).outcome is Outcome.DELIVERED
    kind = 'Multipart/Report; Report-Type="disposition-notification"'
    assert judged(signed(report(kind=kind))).outcome is Outcome.DELIVERED


NO_RECEIPTS = {
    "nothing": b"Content-Type: text/plain\r\n\r\n",
    "a web page": b"Content-Type: text/html\r\n\r\n<h1>200 OK</h1>",
    "another report": report(kind="multipart/report; report-type=delivery-status"),
    "no report part": multipart(b"\r\nx", kind="multipart/report; report-type=disposition-notification", b=b"R"),
    "a megabyte": b"Content-Type: multipart/report; report-type=disposition-notification; boundary=R\r\n\r\n"
    + b"x" * 1_048_577,
    "fields without end": report("X: y\r\n" * 10_000),
}


@pytest.mark.parametrize("entity", NO_RECEIPTS.values(), ids=NO_RECEIPTS)
def test_row_36_what_is_no_receipt(entity: bytes) -> None:
    assert judged(entity, terms=UNSIGNED).outcome is Outcome.UNUSABLE


@pytest.mark.parametrize("days", [-1, 1])
def test_row_38_a_partners_clock_a_day_off_is_noted(days: int) -> None:
    result = opened(sealed(now=NOW + timedelta(days=days)))
    assert (result.is_accepted, codes(result)) == (True, ["AS2-SIGNING-TIME"])
    assert result.evidence.signed_at == NOW + timedelta(days=days)


def test_row_38_a_signing_time_after_2050_is_read() -> None:
    late = NOW.replace(year=2051)
    terms = Terms(accepts_expired=True)
    assert opened(sealed(now=late, terms=terms)).evidence.signed_at == late


def test_no_receipt_where_none_is_wanted() -> None:
    what = sealed(receipt="")
    headers = read_headers(what.headers)
    assert write_mdn(headers, read_as2(headers, what.body, receiving()), Answering("<m>", NOW, us())) is None


def test_an_unsigned_receipt_where_no_signed_one_is_wanted() -> None:
    what = sealed(receipt="unsigned")
    _, written = answer(DUPLICATE, what=what)
    assert dict(written.headers)[b"Content-Type"].startswith(b"multipart/report")


def test_a_receipt_for_headers_that_say_nothing() -> None:
    headers = read_headers(((b"Disposition-Notification-To", b"x"),))
    written = write_mdn(headers, Opened((), UNKNOWN_PARTNER, None, Evidence()), Answering("<m>", NOW, us()))
    assert written is not None
    assert b"Original-Message-ID" not in written.body
    assert b"unknown-trading-relationship" in written.body


@pytest.mark.parametrize("name", ['say "hi" \\ there', "A B"])
def test_row_40_names_with_quotes_stay_in_their_fields(name: str) -> None:
    what = sealed(as2_to=name)
    _, written = answer(AUTHENTICATION_FAILED, what=what)
    read = read_mdn(written.headers, written.body, receiving(partner_certificates=(pinned(us()),)))
    assert read.mdn is not None
    assert read.mdn.final_recipient == name
    assert read.headers.as2_from == name


def test_the_partner_is_told_nothing_of_our_findings() -> None:
    what = sealed(sign_with=own_key("stranger"))
    headers = read_headers(what.headers)
    result = read_as2(headers, what.body, receiving())
    written = write_mdn(headers, result, Answering("<m>", NOW, us()))
    assert written is not None
    assert codes(result) == ["AS2-SIGNER-UNKNOWN"]
    assert result.findings[0].sentence.encode() not in written.body
    assert b"authentication-failed" in written.body
    assert b"serial" not in written.body


MICS = {
    "with line ends as LF, with its MIME fields": lambda h, c: h + c.replace(b"\r\n", b"\n"),
    "with line ends as LF, without its MIME fields": lambda h, c: c.replace(b"\r\n", b"\n"),
    "as sent, without its MIME fields": lambda h, c: c,
    "with line ends as CRLF, without its MIME fields": lambda h, c: c.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "with its MIME fields ended by LF": lambda h, c: h.replace(b"\r\n", b"\n") + c,
    "with a line end added": lambda h, c: h + c + b"\r\n",
    "without its last line end": lambda h, c: h + c.removesuffix(b"\r\n"),
    "in base64": lambda h, c: base64.encodebytes(c).replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize(("words", "computed"), MICS.items(), ids=MICS)
def test_the_finding_says_over_what_a_wrong_mic_would_be_right(words: str, computed: Any) -> None:
    content = b"ISA*a~\r\nGS*b~\nSE~\r\n"
    what = write_as2([payload(content)], sending())
    theirs = Mic(hashlib.sha256(computed(what.payload_header, content)).digest(), "sha-256")
    fields = FIELDS.replace(str(MIC), str(theirs))
    block, _, body = signed(report(fields)).partition(b"\r\n\r\n")
    http = (*HTTP, (b"Content-Type", block.partition(b": ")[2]))
    sent = replace(SENT, mic=what.mic)
    ours: Receiving = receiving()
    verdict = judge_mdn(read_mdn(http, body, ours), sent, ours, what.payload_header, Octets.of(content))
    assert (verdict.outcome, codes(verdict)) == (Outcome.MISMATCHED, ["AS2-MIC-DIFFERS"])
    assert words in verdict.findings[0].sentence


def test_the_finding_says_that_base64_was_decoded() -> None:
    encoded = base64.encodebytes(EDI).replace(b"\n", b"\r\n")
    assert "base64 was decoded" in explained_mic(
        Mic(hashlib.sha256(EDI).digest(), "sha-256"), b"H: x\r\n\r\n", Octets.of(encoded)
    )
    assert explained_mic(Mic(hashlib.sha256(b"?").digest(), "sha-256"), b"", Octets.of(encoded)) == ""


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_a_mic_by_another_algorithm_is_computed_again(algorithm: str) -> None:
    what = write_as2([payload()], sending())
    digest = DIGESTS[algorithm].new()
    digest.update(what.payload_header + EDI)
    theirs = Mic(digest.digest(), algorithm)
    block, _, body = signed(report(FIELDS.replace(str(MIC), str(theirs)))).partition(b"\r\n\r\n")
    http = (*HTTP, (b"Content-Type", block.partition(b": ")[2]))
    sent, ours = replace(SENT, mic=what.mic), receiving()
    read = read_mdn(http, body, ours)
    assert judge_mdn(read, sent, ours, what.payload_header, Octets.of(EDI)).outcome is Outcome.DELIVERED
    without = judge_mdn(read, sent, ours)
    assert without.outcome is (Outcome.DELIVERED if algorithm == "sha-256" else Outcome.MISMATCHED)


def test_a_mic_is_read_as_written() -> None:
    assert read_mic(str(MIC)) == replace(MIC, spelling="sha-256")
    assert read_mic(" " + str(MIC).replace(",", " , ") + " ") == replace(MIC, spelling="sha-256")


@openssl.is_missing
def test_row_17_openssl_verifies_our_receipt(tmp_path: Path) -> None:
    _, written = answer(DUPLICATE)
    judge = openssl.OpenSsl(tmp_path, us=us())
    fields = b"Content-Type: " + dict(written.headers)[b"Content-Type"] + b"\r\n\r\n"
    content, signature = openssl.two_parts(fields + written.body)
    assert judge.verified(content, signature, by="us")
    assert content.startswith(b"Content-Type: multipart/report")


def test_row_37_a_receipt_signed_by_the_partners_new_key() -> None:
    new = own_key("acme, new")
    assert (
        judged(signed(report(), key=new), partner_certificates=(pinned(acme()), pinned(new))).outcome
        is Outcome.DELIVERED
    )
    old = own_key("acme, expired", -400, -1)
    verdict = judged(signed(report(), key=old), partner_certificates=(pinned(old),))
    assert (verdict.outcome, codes(verdict)) == (Outcome.UNUSABLE, ["AS2-CERTIFICATE-DATES"])
