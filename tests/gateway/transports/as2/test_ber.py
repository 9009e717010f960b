"""Row 16 and the limits of row 27: the reader of BER, by itself, and structures that are not those of CMS."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transports.as2 import ber
from gateway.transports.as2.ber import Element, Reader, der, der_header, element, oid, only
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.refusals import RefusedError
from gateway.transports.as2.signed import read_signer
from gateway.transports.as2.terms import Limits, Terms
from gateway.transports.as2.values import Evidence
from tests.gateway.transports.as2.forging import ENTITY, changed_signature, encoded, enveloped, nodes
from tests.gateway.transports.as2.parties import codes, opened_entity

LIMITS = Limits()
OPEN_TERMS = Terms(requires_signature=False, requires_encryption=False)


@st.composite
def strings(draw: Callable[..., Any], level: int = 0) -> tuple[bytes, bytes]:
    """Return an octet string in some BER encoding, and its content."""
    kind = draw(st.sampled_from(["whole", "segments", "indefinite"])) if level < 4 else "whole"
    if kind == "whole":
        content = draw(st.one_of(st.binary(max_size=20), st.integers(0, 70_000).map(bytes)))
        return der(ber.OCTET_STRING, content), content
    inner = draw(st.lists(strings(level + 1), max_size=3))
    body, content = b"".join(one for one, _ in inner), b"".join(one for _, one in inner)
    if kind == "segments":
        return der_header(0x24, len(body)) + body, content
    return b"\x24\x80" + body + b"\0\0", content


@given(strings(), st.booleans(), st.sampled_from([b"", b"\r\n", b"\n"]))
def test_row_16_an_octet_string_in_any_encoding(one: tuple[bytes, bytes], is_indefinite: bool, rest: bytes) -> None:
    string, content = one
    structure = b"\x30\x80" + string + b"\0\0" if is_indefinite else der(ber.SEQUENCE, string)
    reader = Reader(Octets.of(structure + rest), LIMITS)
    reader.enter(ber.SEQUENCE)
    assert b"".join(reader.pieces()) == content
    reader.leave()
    reader.finish()
    passing = Reader(Octets.of(structure + rest), LIMITS)
    passing.skip()
    passing.finish()
    held = only(structure + rest, 16).children(16)
    assert [child.joined_octets(16) for child in held] == [content]
    assert only(ber.definite(held[0], 16), 16).octets == content


@given(strings(), st.data())
def test_row_26_cut_off_anywhere(one: tuple[bytes, bytes], data: st.DataObject) -> None:
    structure = der(ber.SEQUENCE, one[0])
    cut = structure[: data.draw(st.integers(0, len(structure) - 1))]

    def walk() -> None:
        reader = Reader(Octets.of(cut), LIMITS)
        reader.enter(ber.SEQUENCE)
        for _ in reader.pieces():
            pass
        reader.leave()
        reader.finish()

    for read in (walk, lambda: only(cut, 16)):
        with pytest.raises(RefusedError, match="AS2-ASN1"):
            read()


@given(st.binary(max_size=300))
def test_whatever_the_bytes_nothing_but_a_refusal_is_raised(structure: bytes) -> None:
    def everything(one: Element, depth: int = 12) -> None:
        if one.tag & 0x20 and depth:
            for child in one.children(16):
                everything(child, depth - 1)

    for read in (
        lambda: everything(only(structure, 16)),
        lambda: Reader(Octets.of(structure), LIMITS).skip(),
        lambda: list(Reader(Octets.of(structure), LIMITS).pieces()),
        lambda: Reader(Octets.of(structure), LIMITS).small(),
    ):
        with contextlib.suppress(RefusedError):
            read()


WRONG = {
    "nothing": b"",
    "half an identifier": b"\x30",
    "high tag": b"\x3f\x81\x01\x00",
    "primitive of indefinite length": b"\x04\x80ab\0\0",
    "length of nine bytes": b"\x30\x89" + b"\0" * 9,
    "end of contents with a length": b"\x30\x80\x00\x01a\0\0",
    "no end of contents": b"\x30\x80\x04\x01a",
    "too much after it": b"\x30\x00ab",
    "too deep": b"\x30\x80" * 40 + b"\0\0" * 40,
}


@pytest.mark.parametrize("structure", WRONG.values(), ids=WRONG)
def test_row_27_what_is_no_ber(structure: bytes) -> None:
    def walk() -> None:
        reader = Reader(Octets.of(structure), LIMITS)
        reader.skip()
        reader.finish()

    for read in (walk, lambda: only(structure, 16)):
        with pytest.raises(RefusedError, match="AS2-ASN1"):
            read()


def test_values_of_the_wrong_kind() -> None:
    text = element(b"\x0c\x01a", 0, 3, 4)
    for read in (text.integer, text.oid, lambda: text.joined_octets(4), lambda: text.children(4)):
        with pytest.raises(RefusedError, match="AS2-ASN1"):
            read()
    mixed = element(b"\x24\x03\x0c\x01a", 0, 5, 4)
    with pytest.raises(RefusedError, match="AS2-ASN1"):
        mixed.joined_octets(4)
    with pytest.raises(RefusedError, match="AS2-ASN1"):
        list(Reader(Octets.of(b"\x24\x03\x0c\x01a"), LIMITS).pieces())
    with pytest.raises(RefusedError, match="AS2-ASN1"):
        Reader(Octets.of(b"\x24\x04\x24\x02\x04\x05ab"), LIMITS).enter(ber.SEQUENCE)


def test_a_segment_that_is_longer_than_what_it_is_in() -> None:
    structure = der(ber.SEQUENCE, b"\x24\x04\x24\x02\x04\x02ab")
    reader = Reader(Octets.of(structure), LIMITS)
    reader.enter(ber.SEQUENCE)
    with pytest.raises(RefusedError, match="AS2-ASN1"):
        list(reader.pieces())


@given(st.lists(st.integers(0, 2**70), min_size=1, max_size=8), st.integers(0, 2), st.integers(0, 39))
def test_object_identifiers_have_septets(arcs: list[int], first: int, second: int) -> None:
    octets = oid(".".join(map(str, (first, second, *arcs))))
    found, number = [], 0
    for octet in octets:
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            found.append(number)
            number = 0
    assert found == [first * 40 + second, *arcs]


Change = Callable[[list[Any], list[Any]], None]


def put(target: str, index: int, node: Any) -> Change:
    def change(parts: list[Any], signer: list[Any]) -> None:
        where = parts if target == "signed" else signer
        where[index] = node

    return change


NULL = (ber.NULL, b"")
SIGNERS: dict[str, Change] = {
    "SignedData without its version": put("signed", 0, NULL),
    "SignedData without digest algorithms": put("signed", 1, NULL),
    "signers that are no set": put("signed", -1, (ber.SEQUENCE, [])),
    "SignerInfo without its version": put("signer", 0, NULL),
    "a signer named by nothing": put("signer", 1, (0x80, b"")),
    "a signer named in an unknown way": put("signer", 1, (ber.SEQUENCE, [(ber.INTEGER, b"\1")])),
    "a name of the wrong shape": put(
        "signer", 1, (ber.SEQUENCE, [(ber.SEQUENCE, [(ber.SET, [(ber.SET, [])])]), (2, b"\1")])
    ),
    "a digest that is no algorithm": put("signer", 2, (ber.SEQUENCE, [])),
    "attributes that are none": put("signer", 3, (0xA0, [(ber.SEQUENCE, [NULL])])),
    "a signature of 3 KB": put("signer", 5, (ber.OCTET_STRING, bytes(3_000))),
    "something after the signature": lambda parts, signer: signer.append(NULL),
    "PSS with a salt that cannot be": put(
        *(
            "signer",
            4,
            (ber.SEQUENCE, [(6, oid("1.2.840.113549.1.1.10")), (ber.SEQUENCE, [(0xA2, [(2, b"\x7f\xff")])])]),
        ),
    ),
    "PSS with another mask": put(
        *("signer", 4),
        (
            ber.SEQUENCE,
            [(6, oid("1.2.840.113549.1.1.10")), (ber.SEQUENCE, [(0xA1, [(ber.SEQUENCE, [(6, oid("1.2.3"))])])])],
        ),
    ),
    "PSS with an unknown parameter": put(
        *("signer", 4, (ber.SEQUENCE, [(6, oid("1.2.840.113549.1.1.10")), (ber.SEQUENCE, [(ber.SET, [NULL])])])),
    ),
    "a signature algorithm of nobody": put("signer", 4, (ber.SEQUENCE, [(6, oid("1.2.3.4"))])),
}


@pytest.mark.parametrize("change", SIGNERS.values(), ids=SIGNERS)
def test_row_24_a_signed_data_of_another_shape(change: Change) -> None:
    with pytest.raises(RefusedError, match=r"AS2-(ASN1|ALGORITHM|SIGNERS)") as caught:
        read_signer(changed_signature(change), LIMITS, OPEN_TERMS)
    assert caught.value.disposition.reason == "authentication-failed"


def test_a_signing_time_that_is_none_is_left_out() -> None:
    def change(parts: list[Any], signer: list[Any]) -> None:
        for attribute in signer[3][1]:
            if attribute[1][0][1] == oid("1.2.840.113549.1.9.5"):
                attribute[1][1] = (ber.SET, [(ber.UTC_TIME, b"nonsense")])

    assert read_signer(changed_signature(change), LIMITS, OPEN_TERMS).signed_at is None


ENVELOPES: dict[str, Callable[[list[Any]], Any]] = {
    "a version that cannot be": lambda e: e.__setitem__(0, (ber.INTEGER, b"\x09")),
    "recipients that are no set": lambda e: e.__setitem__(1, (ber.SEQUENCE, [])),
    "no recipient": lambda e: e.__setitem__(1, (ber.SET, [])),
    "a recipient of another shape": lambda e: e[1][1][0][1].pop(),
    "key agreement only": lambda e: e.__setitem__(1, (ber.SET, [(0xA1, [NULL])])),
    "a key transport of nobody": lambda e: e[1][1][0][1].__setitem__(2, (ber.SEQUENCE, [(6, oid("1.2.3"))])),
    "another content type": lambda e: e[2][1].__setitem__(0, (6, oid("1.2.3"))),
    "a cipher of nobody": lambda e: e[2][1].__setitem__(1, (ber.SEQUENCE, [(6, oid("1.2.840.113549.3.2")), NULL])),
    "no initialization vector": lambda e: e[2][1][1][1].pop(),
    "a short initialization vector": lambda e: e[2][1][1][1].__setitem__(1, (ber.OCTET_STRING, b"short")),
    "no content": lambda e: e[2][1].pop(),
    "an empty content": lambda e: e[2][1].__setitem__(2, (0x80, b"")),
    "half a block": lambda e: e[2][1].__setitem__(2, (0x80, bytes(24))),
    "something after the content": lambda e: e.append((ber.INTEGER, b"\1")),
}


@pytest.mark.parametrize("change", ENVELOPES.values(), ids=ENVELOPES)
def test_row_26_an_enveloped_data_of_another_shape(change: Callable[[list[Any]], Any]) -> None:
    fields, _, structure = enveloped(ENTITY).partition(b"\r\n\r\n")
    tree = nodes(structure)
    change(tree[1][1][1][0][1])
    result = opened_entity(fields + b"\r\n\r\n" + encoded(tree), terms=OPEN_TERMS)
    assert (result.payloads, result.disposition.reason, result.mic) == ((), "decryption-failed", None)
    assert len(codes(result)) == 1
    assert result.evidence == Evidence()


def test_attributes_that_nobody_vouches_for_are_passed_over() -> None:
    fields, _, structure = enveloped(ENTITY).partition(b"\r\n\r\n")
    tree = nodes(structure)
    envelope = tree[1][1][1][0][1]
    envelope.insert(1, (0xA0, [(0xA0, [])]))  # originatorInfo
    envelope.append((0xA1, [(ber.SEQUENCE, [(6, oid("1.2.3")), (ber.SET, [NULL])])]))  # unprotectedAttrs
    assert opened_entity(fields + b"\r\n\r\n" + encoded(tree), terms=OPEN_TERMS).is_accepted


def test_gcm_with_a_tag_or_attributes_of_another() -> None:
    fields, _, structure = enveloped(ENTITY, "aes-128-gcm").partition(b"\r\n\r\n")
    for change in (
        lambda e: e.__setitem__(3, (ber.OCTET_STRING, bytes(16))),
        lambda e: e.__setitem__(3, (ber.OCTET_STRING, bytes(8))),
        lambda e: e.insert(3, (0xA1, [(ber.SEQUENCE, [(6, oid("1.2.3")), (ber.SET, [NULL])])])),
        lambda e: e[2][1][1][1][1][1].__setitem__(1, (ber.INTEGER, b"\x0c")),
        lambda e: e[2][1][1][1][1][1].__setitem__(0, (ber.OCTET_STRING, b"n")),
    ):
        tree = nodes(structure)
        change(tree[1][1][1][0][1])
        result = opened_entity(fields + b"\r\n\r\n" + encoded(tree), terms=OPEN_TERMS)
        assert (result.payloads, result.disposition.reason) == ((), "decryption-failed")
