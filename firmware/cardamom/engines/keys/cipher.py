"""The two block ciphers that keys are for, by their letters in a key block."""

from __future__ import annotations

from enum import StrEnum


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
