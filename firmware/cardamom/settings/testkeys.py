"""The published test keys, which production settings refuse."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files


@cache
def digests() -> frozenset[str]:
    """SHA-256, hex, of every key and certificate that the project publishes."""
    text = files("cardamom").joinpath("data", "testkeys", "digests.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return frozenset(line.split(maxsplit=1)[0].lower() for line in lines)


def is_test_key(material: bytes) -> bool:
    """Whether `material` is one of them: a TDES or AES key, a BDK, an RSA modulus, a certificate
    or private key in DER, or RID, index and modulus of a CA key one behind the other."""
    return hashlib.sha256(material).hexdigest() in digests()
