"""Message authentication codes."""

from __future__ import annotations

from cardamom.engines.keys.tdes import decrypt, encrypt
from cardamom.values.secret import Key


def retail_mac(key: Key, data: bytes) -> bytes:
    """ANSI X9.19 (ISO/IEC 9797-1 algorithm 3, padding 1) under a double-length key: 8 bytes.

    Not psec's: it hands on single DES keys, which cryptography is about to refuse.
    """
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    # single DES is TDES with three equal keys
    left, right = key.reveal()[:8] * 3, key.reveal()[8:16] * 3
    padded = data + bytes(-len(data) % 8) if data else bytes(8)
    chain = Cipher(TripleDES(left), modes.CBC(bytes(8))).encryptor().update(padded)[-8:]
    return encrypt(Key(left), decrypt(Key(right), chain))
