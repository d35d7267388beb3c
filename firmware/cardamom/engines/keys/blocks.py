"""Key blocks (ASC X9 TR-31): keys that travel under another key, bound to their use."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from cardamom.values.secret import Key

PIN_KEY = "P0"
MAC_KEY = "M3"
"""Usage: ISO/IEC 9797-1 algorithm 3 MAC."""


class KeyBlockError(ValueError):
    """The key block does not hold; the text never holds the key."""


def wrap(protector: Key, key: Key, usage: str) -> str:
    """A block for transport: version B under a TDES key of 16 or 24 bytes, D under an AES-256 key
    of 32 bytes."""
    from psec import tr31

    mode = "E" if usage == PIN_KEY else "C"
    version = "D" if len(protector.reveal()) == 32 else "B"
    header = tr31.Header(version, usage, "T", mode, "00", "N")
    with _two_key_tdes():
        block: str = tr31.wrap(protector.reveal(), header, key.reveal())
    return block


def unwrap(protector: Key, block: str, usage: str) -> Key:
    """The key of a block, of the version it names, that must be for `usage`. Raises
    KeyBlockError."""
    from psec import tr31

    header, key = None, b""
    with _two_key_tdes():
        try:
            header, key = tr31.unwrap(protector.reveal(), block)
        except (tr31.KeyBlockError, tr31.HeaderError, ValueError):
            header = None
    if header is None:
        raise KeyBlockError("the key block is damaged or under another key")
    if header.key_usage != usage:
        raise KeyBlockError(f"the key block is for {header.key_usage}, expected {usage}")
    if len(key) != 16:
        raise KeyBlockError("the key is not a double-length TDES key")
    return Key(key)


@contextmanager
def _two_key_tdes() -> Iterator[None]:
    """psec hands 16-byte TDES keys on, which newer cryptography takes with a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
