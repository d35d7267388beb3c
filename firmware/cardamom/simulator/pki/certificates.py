"""Issuer and ICC certificates, signed static and dynamic data (EMV 4.4 Book 2, 5, 6 and B2).

All use SHA-1 and the RSA scheme with recovery of Annex A2.1: header 6A, trailer BC.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cardamom.simulator.pki.rsa import RsaKey

SHA1 = b"\x01"
RSA = b"\x01"
HEADER = b"\x6a"
TRAILER = b"\xbc"


@dataclass(frozen=True, slots=True)
class Certificate:
    """`signed`: tag 90 or 9F46. `remainder`: what of the modulus did not fit (92, 9F48)."""

    signed: bytes = field(repr=False)
    remainder: bytes = field(repr=False)
    exponent: bytes


def seal(key: RsaKey, message: bytes, rest: bytes) -> bytes:
    """`message` signed with recovery, its hash taken over `message` and `rest`."""
    digest = hashlib.sha1(message + rest).digest()  # noqa: S324 EMV says SHA-1
    return key.sign(HEADER + message + digest + TRAILER)


def issuer_certificate(
    ca: RsaKey, issuer: RsaKey, *, pan: str, expires: str, serial: int
) -> Certificate:
    """Book 2, Table 6. `expires` is MMYY; the issuer identifier is the PAN's first 8 digits."""
    head = (
        b"\x02"
        + bytes.fromhex(pan[:8])
        + bytes.fromhex(expires)
        + serial.to_bytes(3)
        + SHA1
        + RSA
        + bytes((issuer.size, len(issuer.exponent_bytes)))
    )
    return _certify(ca, head, issuer, room=ca.size - 36)


def icc_certificate(
    issuer: RsaKey, icc: RsaKey, *, pan: str, expires: str, serial: int, static: bytes
) -> Certificate:
    """Book 2, Table 14. `static`: the static data to be authenticated, which the hash covers."""
    head = (
        b"\x04"
        + bytes.fromhex(pan.ljust(20, "F"))
        + bytes.fromhex(expires)
        + serial.to_bytes(3)
        + SHA1
        + RSA
        + bytes((icc.size, len(icc.exponent_bytes)))
    )
    return _certify(issuer, head, icc, room=issuer.size - 42, static=static)


def signed_static_data(issuer: RsaKey, *, code: bytes, static: bytes) -> bytes:
    """Tag 93 (Book 2, Table 3). `code`: the Data Authentication Code, 2 bytes."""
    message = b"\x03" + SHA1 + code + b"\xbb" * (issuer.size - 26)
    return seal(issuer, message, static)


def signed_dynamic_data(icc: RsaKey, *, dynamic: bytes, terminal: bytes) -> bytes:
    """Tag 9F4B (Book 2, Table 17). `dynamic`: the ICC Dynamic Data; `terminal`: by the DDOL."""
    pad = b"\xbb" * (icc.size - len(dynamic) - 25)
    return seal(icc, b"\x05" + SHA1 + bytes((len(dynamic),)) + dynamic + pad, terminal)


def _certify(
    signer: RsaKey, head: bytes, subject: RsaKey, *, room: int, static: bytes = b""
) -> Certificate:
    modulus = subject.modulus
    remainder = modulus[room:]
    message = head + modulus[:room].ljust(room, b"\xbb")
    signed = seal(signer, message, remainder + subject.exponent_bytes + static)
    return Certificate(signed, remainder, subject.exponent_bytes)
