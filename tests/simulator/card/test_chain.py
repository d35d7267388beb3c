"""The certificate chain, recovered step by step from what the card reads out (Book 2, 5 and 6)."""

from __future__ import annotations

import hashlib

import pyemv
import pytest

from cardamom.engines.apdu import Reply, command
from cardamom.engines.tlv import walk
from cardamom.settings.emv import load_rules, published_parameters
from cardamom.simulator.card.card import Card
from support.cards import (
    AAC,
    ARQC,
    CDOL_DATA,
    OPTIONS,
    TC,
    UN,
    arpc,
    generate_ac,
    initiate,
    objects,
    powered,
    read_all,
    send,
    session,
)

# pyemv hands double-length keys to cryptography as they are
pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES:Warning")
SIGNED = 0x10
"""P1's bit that asks for CDA."""

BY_DDA = [
    "debit",
    "signature",
    "offline-pin",
    "no-cvm",
    "expired",
    "declines-second",
    "two-applications",
]


def recover(signed: bytes, modulus: bytes, exponent: int) -> bytes:
    """Book 2, A2.1, by plain exponentiation."""
    assert len(signed) == len(modulus)
    block = pow(int.from_bytes(signed), exponent, int.from_bytes(modulus)).to_bytes(len(modulus))
    assert block[0] == 0x6A
    assert block[-1] == 0xBC
    return block


def hashed(block: bytes, *rest: bytes) -> None:
    expected = hashlib.sha1(block[1:-21] + b"".join(rest)).digest()  # noqa: S324 EMV says SHA-1
    assert block[-21:-1] == expected


def issuer_key(data: dict[int, bytes], pan: str) -> tuple[bytes, int]:
    rules = load_rules(published_parameters())
    ca = next(k for k in rules.ca_keys if k.index == data[0x8F][0])
    block = recover(data[0x90], ca.modulus, ca.exponent)
    hashed(block, data.get(0x92, b""), data[0x9F32])
    assert block[1] == 0x02
    assert block[2:6].hex() == pan[:8]
    assert block[11:13] == b"\x01\x01"
    size = block[13]
    room = len(block) - 36
    modulus = (block[15 : 15 + room] + data.get(0x92, b""))[:size]
    if size < room:
        assert set(block[15 + size : 15 + room]) == {0xBB}
    return modulus, int.from_bytes(data[0x9F32])


def icc_key(card: Card) -> tuple[bytes, int]:
    """Initiates, reads, and recovers the card's key."""
    options = objects(initiate(card))
    everything, signed = read_all(card, options[0x94])
    data = _flat(everything)
    pan = data[0x5A].hex().upper().rstrip("F")
    assert options[0x82][0] & 0x60 == 0x20
    modulus, exponent = issuer_key(data, pan)
    block = recover(data[0x9F46], modulus, exponent)
    hashed(block, data[0x9F48], data[0x9F47], signed, options[0x82])
    assert block[1] == 0x04
    assert block[2:12].hex().upper() == pan.ljust(20, "F")
    return (block[21:-21] + data[0x9F48])[: block[19]], int.from_bytes(data[0x9F47])


@pytest.mark.parametrize("profile", BY_DDA)
def test_icc_key_and_dynamic_signature(profile: str) -> None:
    card = powered(profile)
    modulus, exponent = icc_key(card)
    answer = send(card, command(0x00, 0x88, 0, 0, UN, 0))
    dynamic = recover(objects(answer)[0x9F4B], modulus, exponent)
    hashed(dynamic, UN)
    assert dynamic[1:5] == bytes.fromhex("05010908")


def combined(key: tuple[bytes, int], answer: Reply, sent: bytes) -> dict[int, bytes]:
    """The objects of an answer that CDA signed, its signature and both hashes checked by hand
    (Book 2, 6.6); 9F26 comes out of the signature."""
    found = objects(answer)
    assert [tag for tag, _ in walk(answer.data)] == [0x77, 0x9F27, 0x9F36, 0x9F4B, 0x9F10]
    block = recover(found[0x9F4B], *key)
    hashed(block, UN)
    assert block[1:5] == bytes.fromhex("05012608")
    assert block[13:14] == found[0x9F27]
    raw = answer.data[2 if answer.data[1] < 0x80 else 3 :]
    signature = raw.index(bytes.fromhex("9F4B"))
    behind = signature + 2 + 2 + len(found[0x9F4B])
    said = hashlib.sha1(sent + raw[:signature] + raw[behind:]).digest()  # noqa: S324
    assert block[22:42] == said
    return {**found, 0x9F26: block[14:22]}


def test_both_cryptograms_signed() -> None:
    card = powered("cda")
    key = icc_key(card)
    first = generate_ac(card, ARQC | SIGNED)
    sent = OPTIONS[2:] + CDOL_DATA
    request = combined(key, first, sent)
    message = CDOL_DATA + bytes.fromhex("3900") + request[0x9F36] + request[0x9F10]
    profile = card.profile.applications[0]
    right = pyemv.ac.generate_ac(session(profile, request[0x9F36]), message)
    assert request[0x9F26] == right
    data = arpc(profile, request) + b"00" + CDOL_DATA
    last = combined(key, generate_ac(card, TC | SIGNED, data), sent + data)
    assert last[0x9F27] == b"\x40"
    assert last[0x9F10][-1] & 0x01


@pytest.mark.parametrize(
    ("profile", "asked"), [("cda", ARQC), ("cda", AAC | SIGNED), ("debit", ARQC | SIGNED)]
)
def test_unsigned_where_it_was_not_asked_for_or_cannot_be(profile: str, asked: int) -> None:
    card = powered(profile)
    initiate(card)
    answer = objects(generate_ac(card, asked))
    assert 0x9F4B not in answer
    assert len(answer[0x9F26]) == 8


def test_a_card_with_cda_does_dda_as_well() -> None:
    card = powered("cda")
    key = icc_key(card)
    answer = send(card, command(0x00, 0x88, 0, 0, UN, 0))
    hashed(recover(objects(answer)[0x9F4B], *key), UN)


def test_each_dynamic_signature_is_new() -> None:
    card = powered()
    initiate(card)
    first, second = (send(card, command(0x00, 0x88, 0, 0, UN, 0)).data for _ in range(2))
    assert first != second


def test_signed_static_data() -> None:
    card = powered("sda")
    options = initiate(card).data
    assert options[:2] == b"\x80\x0e"
    aip, afl = options[2:4], options[4:]
    assert aip[0] & 0x60 == 0x40
    everything, signed = read_all(card, afl)
    data = _flat(everything)
    modulus, exponent = issuer_key(data, data[0x5A].hex())
    assert len(data[0x92]) == 4  # the issuer's 144 bytes do not fit the smaller CA key's 140
    block = recover(data[0x93], modulus, exponent)
    assert block[1:3] == b"\x03\x01"
    hashed(block, signed, aip)
    assert send(card, command(0x00, 0x88, 0, 0, UN, 0)).sw == 0x6985


def _flat(records: bytes) -> dict[int, bytes]:
    return {tag: value for tag, value in walk(records) if tag != 0x70}
