"""Message authentication codes."""

from __future__ import annotations

from psec import mac

from cardamom.values.secret import Key


def retail_mac(key: Key, data: bytes) -> bytes:
    """ANSI X9.19 (ISO/IEC 9797-1 algorithm 3, padding 1) under a double-length key: 8 bytes."""
    raw = key.reveal()
    code: bytes = mac.generate_retail_mac(raw[:8], raw[8:16], data, 1)
    return code
