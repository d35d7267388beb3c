"""AES of single blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cardamom.values.secret import Key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher


def encrypt(key: Key, data: bytes) -> bytes:
    """Whole blocks of 16 bytes, ECB, under 16, 24 or 32 bytes of key. Raises ValueError for
    anything else."""
    encryptor = _cipher(key).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def decrypt(key: Key, data: bytes) -> bytes:
    """Whole blocks of 16 bytes, ECB. Raises ValueError for anything else."""
    decryptor = _cipher(key).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _cipher(key: Key) -> Cipher[Any]:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    return Cipher(AES(key.reveal()), modes.ECB())  # noqa: S305 single blocks
