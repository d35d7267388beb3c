"""TDES keys as the libraries want them, and key check values."""

from __future__ import annotations

from cardamom.values.secret import Key


def triple(key: Key) -> bytes:
    """A double-length key as K1 K2 K1: newer libraries take 24 bytes only."""
    raw = key.reveal()
    return raw + raw[:8] if len(raw) == 16 else raw


def check_value(key: Key) -> str:
    """Six hex digits: the first three bytes of zeros enciphered (ANSI X9.24-1, 7.4)."""
    from psec import des

    value: bytes = des.generate_kcv(triple(key), 3)
    return value.hex().upper()
