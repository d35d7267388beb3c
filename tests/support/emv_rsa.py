"""A certification authority, an issuer and a card with keys of their own, signing as Book 2 says.

Independent of the kernel and of the card simulator: it only signs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from cardamom.engines.emv.rules import CaKey

RID = bytes.fromhex("A000000003")


@dataclass(frozen=True)
class Pair:
    modulus: bytes
    private: int
    exponent: int

    def sign(self, head: bytes, further: bytes, pad: bytes = b"\xbb") -> bytes:
        """Signs `head` padded to the key, with the hash over that and `further` (A2.1.2)."""
        size = len(self.modulus)
        body = head.ljust(size - 22, pad)
        digest = hashlib.sha1(body + further, usedforsecurity=False).digest()
        block = b"\x6a" + body + digest + b"\xbc"
        number = pow(int.from_bytes(block), self.private, int.from_bytes(self.modulus))
        return number.to_bytes(size)

    @property
    def exponent_bytes(self) -> bytes:
        return self.exponent.to_bytes((self.exponent.bit_length() + 7) // 8)


@cache
def pair(bits: int, exponent: int = 3, serial: int = 0) -> Pair:
    """A fresh key for this test run; `serial` tells apart those of one size."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    del serial
    numbers = rsa.generate_private_key(exponent, bits).private_numbers()
    return Pair(numbers.public_numbers.n.to_bytes(bits // 8), numbers.d, exponent)


def ca_key(ca: Pair, index: int = 0x94) -> CaKey:
    return CaKey(RID, index, ca.modulus, ca.exponent)


def issuer_certificate(
    ca: Pair, issuer: Pair, *, identifier: str = "476173FF", expiry: str = "1230"
) -> tuple[bytes, bytes]:
    """Tags 90 and 92."""
    room = len(ca.modulus) - 36
    head = bytes.fromhex(f"02{identifier}{expiry}0000010101")
    head += bytes((len(issuer.modulus), len(issuer.exponent_bytes))) + issuer.modulus[:room]
    remainder = issuer.modulus[room:]
    return ca.sign(head, remainder + issuer.exponent_bytes), remainder


def icc_certificate(
    issuer: Pair, icc: Pair, static_data: bytes, *, pan: str, expiry: str = "1230"
) -> tuple[bytes, bytes]:
    """Tags 9F46 and 9F48."""
    room = len(issuer.modulus) - 42
    head = bytes.fromhex(f"04{pan.ljust(20, 'F')}{expiry}0000010101")
    head += bytes((len(icc.modulus), len(icc.exponent_bytes))) + icc.modulus[:room]
    remainder = icc.modulus[room:]
    return issuer.sign(head, remainder + icc.exponent_bytes + static_data), remainder


def signed_static(issuer: Pair, static_data: bytes, code: str = "DAC0") -> bytes:
    """Tag 93."""
    return issuer.sign(bytes.fromhex("0301" + code), static_data)


def signed_dynamic(icc: Pair, terminal_data: bytes, number: str = "0102030405") -> bytes:
    """Tag 9F4B."""
    raw = bytes.fromhex(number)
    data = bytes((len(raw),)) + raw
    return icc.sign(b"\x05\x01" + bytes((len(data),)) + data, terminal_data)


def signed_combined(
    icc: Pair,
    *,
    cid: int,
    unpredictable: bytes,
    sent: bytes,
    back: bytes,
    cryptogram: str = "1122334455667788",
    number: str = "0102030405060708",
) -> bytes:
    """Tag 9F4B of CDA (Book 2, Tables 18 and 19). `sent`: the values of PDOL and CDOLs; `back`: the
    objects of the answer beside the signature."""
    digest = hashlib.sha1(sent + back, usedforsecurity=False).digest()
    data = bytes((len(number) // 2,)) + bytes.fromhex(number) + bytes((cid,))
    data += bytes.fromhex(cryptogram) + digest
    return icc.sign(b"\x05\x01" + bytes((len(data),)) + data, unpredictable)
