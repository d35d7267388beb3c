"""Message authentication codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardamom.values.secret import Key

if TYPE_CHECKING:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES


def retail_mac(key: Key, data: bytes) -> bytes:
    """ANSI X9.19 (ISO/IEC 9797-1 algorithm 3, padding 1) under a double-length key: 8 bytes.

    Over cryptography alone: psec hands it single DES keys, which it is about to refuse.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    left, right = key.reveal()[:8], key.reveal()[8:16]
    padded = data + bytes(-len(data) % 8) if data else bytes(8)
    chain = Cipher(_single(left), modes.CBC(bytes(8))).encryptor().update(padded)[-8:]
    middle = Cipher(_single(right), modes.ECB()).decryptor().update(chain)  # noqa: S305 one block
    return Cipher(_single(left), modes.ECB()).encryptor().update(middle)  # noqa: S305 one block


def _single(key: bytes) -> TripleDES:
    """DES as the special case of TDES with three equal keys."""
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

    return TripleDES(key * 3)
