"""The published test keys, which production settings refuse."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files

from cardamom.values.secret import Key


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


def is_test_initial_key(key: bytes, serial: bytes) -> bool:
    """Whether it is the DUKPT initial key of this key serial number under a published base
    derivation key."""
    from cardamom.engines.keys import dukpt_aes, dukpt_tdes
    from cardamom.engines.keys.registers import DukptError

    for base in base_derivation_keys().values():
        for initial_key in (dukpt_tdes.initial_key, dukpt_aes.initial_key):
            try:
                if initial_key(base, serial) == Key(key):
                    return True
            except DukptError:
                continue  # a serial number of the other kind
    return False


@cache
def base_derivation_keys() -> dict[str, Key]:
    """Those that are published, by the cipher of the DUKPT that they are for: tdes, aes."""
    text = files("cardamom").joinpath("data", "testkeys", "base-derivation.toml").read_text("utf-8")
    return {name: Key(bytes.fromhex(digits)) for name, digits in tomllib.loads(text).items()}
