"""Message authentication codes."""

from __future__ import annotations

from functools import reduce

from cardamom.engines.keys import tdes
from cardamom.values.secret import Key


def retail_mac(key: Key, data: bytes) -> bytes:
    """ANSI X9.19 (ISO/IEC 9797-1 algorithm 3, padding 1) under a double-length key: 8 bytes.

    Not psec's: it hands on single DES keys, which cryptography is about to refuse.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    left, right = Key(key.reveal()[:8]), Key(key.reveal()[8:16])
    padded = data + bytes(-len(data) % 8) if data else bytes(8)
    chain = Cipher(tdes.algorithm(left), modes.CBC(bytes(8))).encryptor().update(padded)[-8:]
    return tdes.encrypt(left, tdes.decrypt(right, chain))


def cmac_aes(key: Key, data: bytes) -> bytes:
    """CMAC with AES (NIST SP 800-38B; ISO/IEC 9797-1:2011 algorithm 5): 16 bytes."""
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.cmac import CMAC

    code = CMAC(AES(key.reveal()))
    code.update(data)
    return code.finalize()


def cmac_tdes(key: Key, data: bytes) -> bytes:
    """CMAC with TDES of two or three keys (NIST SP 800-38B): 8 bytes."""
    from cryptography.hazmat.primitives.cmac import CMAC

    code = CMAC(tdes.algorithm(key))
    code.update(data)
    return code.finalize()


def unionpay_mac(key: Key, data: bytes) -> bytes:
    """The ECB scheme of UnionPay's POS specification, over MTI to field 63, under a single- or
    double-length key: 8 ASCII characters.

    The data's 8-byte blocks, the last filled with zeros, are added by XOR; the sum is written as
    16 hex digits; the first 8 are enciphered, the second 8 added, the sum enciphered again; the
    result is the first 8 of its hex digits.
    """
    padded = data + bytes(-len(data) % 8)
    blocks = (padded[at : at + 8] for at in range(0, len(padded), 8))
    digits = reduce(_xor, blocks, bytes(8)).hex().upper().encode()
    once = tdes.encrypt(key, digits[:8])
    twice = tdes.encrypt(key, _xor(once, digits[8:]))
    return twice.hex().upper().encode()[:8]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
