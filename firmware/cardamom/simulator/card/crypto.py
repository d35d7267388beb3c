"""The card's own cryptography (EMV 4.4 Book 2, Annex A1), apart from what the issuer computes
with another library, so that the two check each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardamom.values.secret import Key

if TYPE_CHECKING:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES


def tdes(key: Key, data: bytes) -> bytes:
    """Double-length TDES of whole blocks, ECB."""
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    material = key.reveal()
    cipher = Cipher(_algorithm(material + material[:8]), modes.ECB())  # noqa: S305 blocks alone
    return cipher.encryptor().update(data)


def card_key(master: Key, pan: str, psn: int) -> Key:
    """Option A (A1.4.1): from the rightmost 16 digits of PAN and PAN sequence number."""
    y = bytes.fromhex(f"{pan}{psn:02d}"[-16:].rjust(16, "0"))
    return Key(_odd(tdes(master, y + bytes(b ^ 0xFF for b in y))))


def session_key(key: Key, diversifier: bytes) -> Key:
    """The common session key (A1.3.1). `diversifier`, 8 bytes: the ATC followed by zeros for
    cryptograms, the application cryptogram for secure messaging."""
    a, rest = diversifier[:2], diversifier[3:]
    return Key(_odd(tdes(key, a + b"\xf0" + rest + a + b"\x0f" + rest)))


def cryptogram_key(key: Key, atc: int) -> Key:
    return session_key(key, atc.to_bytes(2) + bytes(6))


def mac(key: Key, message: bytes) -> bytes:
    """ISO/IEC 9797-1 algorithm 3 with padding method 2 (A1.2.1), 8 bytes."""
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    left, right = key.reveal()[:8], key.reveal()[8:]
    padded = message + b"\x80"
    padded += bytes(-len(padded) % 8)
    chain = Cipher(_algorithm(left * 3), modes.CBC(bytes(8))).encryptor().update(padded)
    middle = Cipher(_algorithm(right * 3), modes.ECB()).decryptor().update(chain[-8:])  # noqa: S305
    return Cipher(_algorithm(left * 3), modes.ECB()).encryptor().update(middle)  # noqa: S305


def decipher(key: Key, data: bytes) -> bytes | None:
    """Script data enciphered by TDES in CBC with padding method 2 (A1.1); None where the padding
    is none."""
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    material = key.reveal()
    cipher = Cipher(_algorithm(material + material[:8]), modes.CBC(bytes(8)))
    padded = cipher.decryptor().update(data).rstrip(b"\0")
    return padded[:-1] if padded.endswith(b"\x80") else None


def arpc(session: Key, arqc: bytes, response_code: bytes) -> bytes:
    """Method 1 (8.2.1): over the ARQC and the 2-byte authorisation response code."""
    mixed = bytes(a ^ b for a, b in zip(arqc, response_code + bytes(6), strict=True))
    return tdes(session, mixed)


def _odd(key: bytes) -> bytes:
    """Each byte with odd parity in its last bit."""
    return bytes(b ^ 1 ^ (b.bit_count() & 1) for b in key)


def _algorithm(material: bytes) -> TripleDES:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

    return TripleDES(material)
