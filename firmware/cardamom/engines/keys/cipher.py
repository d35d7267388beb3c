"""The two block ciphers that keys are for, by their letters in a key block."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise

from cardamom.values.secret import Key


class Cipher(StrEnum):
    """Letters of ANSI X9.143:2021, table of algorithms."""

    TDES = "T"
    AES = "A"

    @property
    def sizes(self) -> tuple[int, ...]:
        """Key lengths in bytes."""
        return (16, 24) if self is Cipher.TDES else (16, 24, 32)

    @property
    def words(self) -> str:
        return "TDES" if self is Cipher.TDES else "AES"


def in_disguise(key: Key) -> bool:
    """Whether two DES keys that stand beside each other in a TDES key are one, parity bits apart:
    it is then no stronger than the rest."""
    raw = bytes(byte & 0xFE for byte in key.reveal())
    parts = [raw[at : at + 8] for at in range(0, len(raw), 8)]
    return any(one == other for one, other in pairwise(parts))
