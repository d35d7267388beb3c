"""Key check values (ANSI X9.24-1:2017, 7.7.2 and Annex A)."""

from __future__ import annotations

import hmac
import string
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardamom.engines.keys import aes, tdes
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.mac import cmac_aes, cmac_tdes
from cardamom.values.secret import Key

_FEWEST: Final = 4
"""Hex digits that a check value has at least; UnionPay sends 8."""


class Method(StrEnum):
    """How it is computed over a block of zeros."""

    ZEROS = "zeros"
    """Enciphered: three bytes are shown. Of TDES keys."""
    CMAC = "CMAC"
    """CMAC: five bytes are shown. Of AES keys."""


@dataclass(frozen=True, slots=True)
class CheckValue:
    """What may be shown of a key."""

    method: Method
    digits: str
    """6 or 10 hex digits, upper case."""

    def __str__(self) -> str:
        return f"{self.digits} ({self.method})"


def check_value(key: Key, cipher: Cipher) -> CheckValue:
    """By the cipher's own method."""
    method = Method.ZEROS if cipher is Cipher.TDES else Method.CMAC
    shown = 6 if method is Method.ZEROS else 10
    return CheckValue(method, _block(key, cipher, method)[:shown])


def holds(key: Key, cipher: Cipher, digits: str, method: Method | None = None) -> bool:
    """Whether `digits`, 4 or more, are the first of the key's check value. `method`: else the
    cipher's own."""
    if len(digits) < _FEWEST or not set(digits) <= set(string.hexdigits):
        return False
    own = Method.ZEROS if cipher is Cipher.TDES else Method.CMAC
    whole = _block(key, cipher, method or own)
    return hmac.compare_digest(whole[: len(digits)], digits.upper())


def _block(key: Key, cipher: Cipher, method: Method) -> str:
    match cipher, method:
        case Cipher.TDES, Method.ZEROS:
            block = tdes.encrypt(key, bytes(8))
        case Cipher.TDES, _:
            block = cmac_tdes(key, bytes(8))
        case _, Method.ZEROS:
            block = aes.encrypt(key, bytes(16))
        case _:
            block = cmac_aes(key, bytes(16))
    return block.hex().upper()
