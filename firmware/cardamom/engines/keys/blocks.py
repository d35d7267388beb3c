"""Key blocks (ASC X9 TR-31): keys that travel under another key, bound to their use."""

from __future__ import annotations

from psec import tr31

from cardamom.values.secret import Key

PIN_KEY = "P0"
MAC_KEY = "M3"
"""Usage: ISO/IEC 9797-1 algorithm 3 MAC."""


class KeyBlockError(ValueError):
    """The key block does not hold; the text never holds the key."""


def wrap(protector: Key, key: Key, usage: str) -> str:
    """A version B block: TDES key derivation binding."""
    mode = "E" if usage == PIN_KEY else "C"
    header = tr31.Header("B", usage, "T", mode, "00", "N")
    block: str = tr31.wrap(protector.reveal(), header, key.reveal())
    return block


def unwrap(protector: Key, block: str, usage: str) -> Key:
    """The key of a block that must be for `usage`. Raises KeyBlockError."""
    try:
        header, key = tr31.unwrap(protector.reveal(), block)
    except (tr31.KeyBlockError, tr31.HeaderError, ValueError):
        raise KeyBlockError("the key block is damaged or under another key") from None
    if header.key_usage != usage:
        raise KeyBlockError(f"the key block is for {header.key_usage}, expected {usage}")
    if len(key) != 16:
        raise KeyBlockError("the key is not a double-length TDES key")
    return Key(key)
