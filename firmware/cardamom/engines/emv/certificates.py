"""Recovery of public keys and signed data (EMV 4.4 Book 2, 5 and 6): RSA, SHA-1.

`CertificateError` is the only exception that leaves this module, whatever the bytes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

MAX_MODULUS: Final = 248
"""Bytes: 1984 bits (Book 2, D1)."""
MIN_MODULUS: Final = 64
EXPONENTS: Final = (b"\x03", b"\x01\x00\x01")
"""Book 2, D1.1."""

_ISSUER, _SIGNED_STATIC, _ICC, _SIGNED_DYNAMIC = 0x02, 0x03, 0x04, 0x05
_HASH: Final = 20


class CertificateError(ValueError):
    """A signature, certificate or key does not hold. The text names the check that failed."""


class RemainderMissing(CertificateError):
    """The certificate had no room for the whole key, and the rest of it is not there."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`exponent` as it was hashed: 03 or 010001."""

    modulus: bytes = field(repr=False)
    exponent: bytes

    @property
    def size(self) -> int:
        return len(self.modulus)


def recover(key: PublicKey, signature: bytes, data_format: int, name: str) -> bytes:
    """The signed block without header and trailer (Book 2, A2.1.2 and steps 1 to 4 of each kind).

    The last 20 bytes are its hash.
    """
    if key.exponent not in EXPONENTS:
        raise CertificateError(f"{name}: the key has another exponent than 3 and 65537")
    if len(signature) != key.size:
        raise CertificateError(f"{name}: the length differs from the key's")
    if not MIN_MODULUS <= key.size <= MAX_MODULUS or not any(key.modulus):
        raise CertificateError(f"{name}: the key has an unsuitable length")
    number = pow(
        int.from_bytes(signature), int.from_bytes(key.exponent), int.from_bytes(key.modulus)
    )
    block = number.to_bytes(key.size)
    if block[0] != 0x6A or block[-1] != 0xBC or block[1] != data_format:
        raise CertificateError(f"{name}: not signed with this key")
    return block[1:-1]


def check_hash(block: bytes, further: bytes, name: str) -> None:
    """Hash over the block but its own hash, then `further`."""
    # SHA-1 is what the cards in the field are signed with (Book 2, B2.1)
    digest = hashlib.sha1(block[:-_HASH] + further, usedforsecurity=False).digest()
    if not hmac.compare_digest(digest, block[-_HASH:]):
        raise CertificateError(f"{name}: the hash differs")


def check_date(expiry: bytes, today: bytes, name: str) -> None:
    """`expiry` MMYY against `today` YYMMDD, both BCD: valid to the end of its month."""
    text = expiry.hex()
    if not text.isdecimal() or not 1 <= int(text[:2]) <= 12:
        raise CertificateError(f"{name}: the expiry date is no date")
    if century(expiry[::-1]) < century(today[:2]):
        raise CertificateError(f"{name}: expired")


def century(date: bytes) -> str:
    """BCD YYMM or YYMMDD with its century: 50 to 99 are 1950 to 1999 (Book 4, 6.7.3)."""
    text = date.hex()
    return ("19" if text >= "50" else "20") + text


def issuer_key(
    ca: PublicKey,
    certificate: bytes,
    remainder: bytes,
    exponent: bytes,
    pan: str,
    today: bytes,
    revoked: Collection[bytes] = (),
) -> PublicKey:
    """The issuer's key from tags 90, 92, 9F32 (Book 2, 5.3). `revoked`: serial numbers, 3 bytes
    each, of this CA key's certificates that hold no more (5.3 step 10; 11.3)."""
    name = "issuer certificate"
    block = recover(ca, certificate, _ISSUER, name)
    _need_remainder(block[12], block[14:-_HASH], remainder, name)
    check_hash(block, remainder + exponent, name)
    identifier = block[1:5].hex().rstrip("f")
    if not 3 <= len(identifier) <= 8 or not pan.startswith(identifier):
        raise CertificateError(f"{name}: made for another issuer")
    check_date(block[5:7], today, name)
    if block[7:10] in revoked:
        raise CertificateError(f"{name}: revoked")
    return _key(block[10:14], block[14:-_HASH], remainder, exponent, name)


def icc_key(
    issuer: PublicKey,
    certificate: bytes,
    remainder: bytes,
    exponent: bytes,
    static_data: bytes,
    pan: str,
    today: bytes,
) -> PublicKey:
    """The card's key from tags 9F46, 9F48, 9F47 and what the issuer signed (Book 2, 6.4)."""
    name = "ICC certificate"
    block = recover(issuer, certificate, _ICC, name)
    _need_remainder(block[18], block[20:-_HASH], remainder, name)
    check_hash(block, remainder + exponent + static_data, name)
    if block[1:11].hex().rstrip("f") != pan:
        raise CertificateError(f"{name}: made for another card")
    check_date(block[11:13], today, name)
    return _key(block[16:20], block[20:-_HASH], remainder, exponent, name)


# Book 3, 7.5: what "ICC data missing" covers
def _need_remainder(size: int, leftmost: bytes, remainder: bytes, name: str) -> None:
    if size > len(leftmost) and not remainder:
        raise RemainderMissing(f"{name}: the rest of the key is missing")


def _key(
    algorithms: bytes, leftmost: bytes, remainder: bytes, exponent: bytes, name: str
) -> PublicKey:
    """The key whose leftmost digits a certificate holds; its rest is in the remainder.

    `algorithms`: hash (01), key algorithm (01), modulus length, exponent length.
    """
    if len(algorithms) != 4 or algorithms[0] != 0x01 or algorithms[1] != 0x01:
        raise CertificateError(f"{name}: another algorithm than SHA-1 with RSA")
    size = algorithms[2]
    if algorithms[3] != len(exponent) or not MIN_MODULUS <= size <= MAX_MODULUS:
        raise CertificateError(f"{name}: lengths that do not fit")
    if max(0, size - len(leftmost)) != len(remainder):
        raise CertificateError(f"{name}: a remainder of another length")
    return PublicKey((leftmost + remainder)[:size], exponent)


def static_code(issuer: PublicKey, signature: bytes, static_data: bytes) -> bytes:
    """The Data Authentication Code, tag 9F45, from tag 93 (Book 2, 5.4)."""
    name = "signed static data"
    block = recover(issuer, signature, _SIGNED_STATIC, name)
    check_hash(block, static_data, name)
    if block[1] != 0x01:
        raise CertificateError(f"{name}: another hash than SHA-1")
    return block[2:4]


def dynamic_data(icc: PublicKey, signature: bytes, terminal_data: bytes) -> bytes:
    """The ICC Dynamic Data from tag 9F4B (Book 2, 6.5.2, and 6.6.2 up to its step 5).

    `terminal_data`: for DDA what the DDOL asked for, for CDA the unpredictable number.
    """
    name = "signed dynamic data"
    block = recover(icc, signature, _SIGNED_DYNAMIC, name)
    check_hash(block, terminal_data, name)
    if block[1] != 0x01:
        raise CertificateError(f"{name}: another hash than SHA-1")
    size = block[2]
    if size > len(block) - 3 - _HASH:
        raise CertificateError(f"{name}: longer than its signature")
    return block[3 : 3 + size]


@dataclass(frozen=True, slots=True)
class Combined:
    """What a card signs with its cryptogram (Book 2, Table 19)."""

    number: bytes
    """ICC Dynamic Number, tag 9F4C."""
    cid: bytes
    cryptogram: bytes
    transaction_hash: bytes


# Book 2, 6.6.2
def combined_data(icc: PublicKey, signature: bytes, unpredictable: bytes) -> Combined:
    """The ICC Dynamic Data of CDA from tag 9F4B, up to step 9."""
    data = dynamic_data(icc, signature, unpredictable)
    number = dynamic_number(data)
    rest = data[1 + len(number) :]
    if len(rest) < 1 + 8 + _HASH:
        raise CertificateError("signed dynamic data: no cryptogram")
    return Combined(number, rest[:1], rest[1:9], rest[9 : 9 + _HASH])


def dynamic_number(data: bytes) -> bytes:
    """The ICC Dynamic Number, tag 9F4C: 2 to 8 bytes at the head of the dynamic data."""
    if not data or not 2 <= data[0] <= 8 or len(data) < 1 + data[0]:
        raise CertificateError("signed dynamic data: no dynamic number")
    return data[1 : 1 + data[0]]
