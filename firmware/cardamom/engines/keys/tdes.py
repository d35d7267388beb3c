"""TDES of single blocks.

Over cryptography's own path for TDES, with 24-byte keys: psec's warns at each call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cardamom.values.secret import Key

if TYPE_CHECKING:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher


def encrypt(key: Key, data: bytes) -> bytes:
    """Whole blocks of 8 bytes, ECB, under 8 (single DES), 16 or 24 bytes of key. Raises
    ValueError for anything else."""
    encryptor = _cipher(key).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def decrypt(key: Key, data: bytes) -> bytes:
    """Whole blocks of 8 bytes, ECB. Raises ValueError for anything else."""
    decryptor = _cipher(key).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def algorithm(key: Key) -> TripleDES:
    """The key for cryptography, in the 24 bytes that it takes without a warning."""
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

    raw = key.reveal()
    # single DES is TDES with three equal keys
    triple = {8: raw * 3, 16: raw + raw[:8]}.get(len(raw), raw)
    return TripleDES(triple)


def _cipher(key: Key) -> Cipher[Any]:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    return Cipher(algorithm(key), modes.ECB())  # noqa: S305 single blocks
