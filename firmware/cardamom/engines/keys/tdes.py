"""TDES of single blocks, and key check values.

Over cryptography's own path for TDES, with 24-byte keys: psec's warns at each call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cardamom.values.secret import Key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher


def encrypt(key: Key, data: bytes) -> bytes:
    """Whole blocks of 8 bytes, ECB. Raises ValueError for anything else."""
    encryptor = _cipher(key).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def decrypt(key: Key, data: bytes) -> bytes:
    """Whole blocks of 8 bytes, ECB. Raises ValueError for anything else."""
    decryptor = _cipher(key).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def check_value(key: Key) -> str:
    """Six hex digits: the first three bytes of zeros enciphered (ANSI X9.24-1, 7.4)."""
    return encrypt(key, bytes(8))[:3].hex().upper()


def _cipher(key: Key) -> Cipher[Any]:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    raw = key.reveal()
    triple = raw + raw[:8] if len(raw) == 16 else raw
    return Cipher(TripleDES(triple), modes.ECB())  # noqa: S305 single blocks
