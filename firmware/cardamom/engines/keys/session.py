"""Session keys as the host delivers them at sign-on, in field 62 of 0810."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.engines.keys.blocks import MAC_KEY, PIN_KEY, KeyBlockError, unwrap, wrap
from cardamom.values.secret import Key

NAMES = {"PK": PIN_KEY, "MK": MAC_KEY}
"""Names in field 62 and the TR-31 usage that each must have."""


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The working keys; None where the host delivered none."""

    pin: Key | None = None
    mac: Key | None = None


def read_session_keys(field: str, master: Key) -> SessionKeys:
    """Field 62: name (2), length (3 digits), key block, and again. Raises KeyBlockError."""
    found: dict[str, Key] = {}
    rest = field
    while rest:
        name, size, rest = rest[:2], rest[2:5], rest[5:]
        if name not in NAMES or not (size.isascii() and size.isdigit()) or int(size) > len(rest):
            raise KeyBlockError("field 62 holds no key blocks")
        found[name] = unwrap(master, rest[: int(size)], NAMES[name])
        rest = rest[int(size) :]
    return SessionKeys(found.get("PK"), found.get("MK"))


def write_session_keys(keys: SessionKeys, master: Key) -> str:
    """The other way: what a host sends."""
    parts = []
    for name, key in (("PK", keys.pin), ("MK", keys.mac)):
        if key is not None:
            block = wrap(master, key, NAMES[name])
            parts.append(f"{name}{len(block):03d}{block}")
    return "".join(parts)
