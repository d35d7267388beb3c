"""Pins of a host's public key: SHA-256 over its SubjectPublicKeyInfo (RFC 7469, 2.4)."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from cardamom.faults import HostFault, SettingsError

_SEQUENCE: Final = 0x30
_VERSION: Final = 0xA0
_BEFORE_KEY: Final = 5
"""Serial number, signature, issuer, validity and subject (RFC 5280, 4.1)."""


def read_pin(text: str) -> bytes:
    """The digest, given in base64 or hex. Raises SettingsError."""
    try:
        digest = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise SettingsError("acquirer.pins: expected SHA-256 of a public key, in base64 or hex")
    return digest


def check_pin(certificate: bytes, pins: tuple[bytes, ...]) -> None:
    """Raises HostFault unless the certificate (DER) has a pinned key, or nothing is pinned."""
    if not pins:
        return
    try:
        found = hashlib.sha256(public_key(certificate)).digest()
    except ValueError:
        raise HostFault("the host's certificate cannot be read") from None
    if found not in pins:
        raise HostFault(
            "the host's key is not one of acquirer.pins: its SHA-256 is "
            f"{base64.b64encode(found).decode()} ({found.hex()}); "
            "ask the acquirer whether it is theirs"
        )


def public_key(certificate: bytes) -> bytes:
    """SubjectPublicKeyInfo of a certificate, as its bytes stand there (RFC 5280, 4.1). Raises
    ValueError."""
    _, outer, _ = _element(certificate)
    _, fields, _ = _element(outer)
    tag, _, size = _element(fields)
    if tag == _VERSION:
        fields = fields[size:]
    for _ in range(_BEFORE_KEY):
        fields = fields[_element(fields)[2] :]
    tag, _, size = _element(fields)
    if tag != _SEQUENCE:
        raise ValueError("no public key")
    return fields[:size]


def _element(data: bytes) -> tuple[int, bytes, int]:
    """Tag, content and whole length of the first element (X.690, 8.1; tags of one byte)."""
    if len(data) < 2:
        raise ValueError("the element is cut off")
    start, size = 2, data[1]
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start])
    if start + size > len(data):
        raise ValueError("the element is cut off")
    return data[0], data[start : start + size], start + size
