"""The certificate chain, recovered step by step from what the card reads out (Book 2, 5 and 6)."""

from __future__ import annotations

import hashlib

import pytest

from cardamom.engines.apdu import command
from cardamom.engines.tlv import walk
from cardamom.settings.emv import load_rules, published_parameters
from support.cards import UN, initiate, objects, powered, read_all, send

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


@pytest.mark.parametrize("profile", BY_DDA)
def test_icc_key_and_dynamic_signature(profile: str) -> None:
    card = powered(profile)
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
    icc = (block[21:-21] + data[0x9F48])[: block[19]]
    answer = send(card, command(0x00, 0x88, 0, 0, UN, 0))
    dynamic = recover(objects(answer)[0x9F4B], icc, int.from_bytes(data[0x9F47]))
    hashed(dynamic, UN)
    assert dynamic[1:5] == bytes.fromhex("05010908")


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
