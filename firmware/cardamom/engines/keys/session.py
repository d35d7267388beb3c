"""Session keys as the host delivers them at sign-on, in field 62 of 0810."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.engines.keys import tdes
from cardamom.engines.keys.blocks import (
    CBC_MAC_KEY,
    CMAC_KEY,
    MAC_KEY,
    PIN_KEY,
    KeyBlockError,
    unwrap,
    wrap,
)
from cardamom.engines.keys.check import holds
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.working import Scheme, WorkingKeys
from cardamom.values.secret import Key

_MAC_USAGE: Final = {
    Scheme.X9_19: MAC_KEY,
    Scheme.UNIONPAY: CBC_MAC_KEY,
    Scheme.CMAC: CMAC_KEY,
}
_CHECK: Final = 4
"""Bytes of a check value beside a UnionPay key."""
_DOUBLE: Final = 16 + _CHECK
_SINGLE: Final = 8 + _CHECK


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The working keys; None where the host delivered none."""

    pin: Key | None = None
    mac: Key | None = None

    def working(self, scheme: Scheme = Scheme.X9_19) -> WorkingKeys:
        """One MAC key for both directions."""
        return WorkingKeys(scheme, pin=self.pin, request=self.mac, answer=self.mac)


def read_session_keys(field: str, master: Key, scheme: Scheme = Scheme.X9_19) -> SessionKeys:
    """Field 62: name (2), length (3 digits), key block, and again. Raises KeyBlockError."""
    usages = _usages(scheme)
    found: dict[str, Key] = {}
    rest = field
    while rest:
        name, size, rest = rest[:2], rest[2:5], rest[5:]
        if name not in usages or not (size.isascii() and size.isdigit()) or int(size) > len(rest):
            raise KeyBlockError("field 62 holds no key blocks")
        found[name] = unwrap(master, rest[: int(size)], usages[name], scheme.cipher)
        rest = rest[int(size) :]
    return _double(SessionKeys(found.get("PK"), found.get("MK")), scheme)


def write_session_keys(keys: SessionKeys, master: Key, scheme: Scheme = Scheme.X9_19) -> str:
    """The other way: what a host sends."""
    usages = _usages(scheme)
    version = "D" if scheme.cipher is Cipher.AES else ""
    parts = []
    for name, key in (("PK", keys.pin), ("MK", keys.mac)):
        if key is not None:
            block = wrap(master, key, usages[name], scheme.cipher, version=version)
            parts.append(f"{name}{len(block):03d}{block}")
    return "".join(parts)


def read_unionpay_keys(field: bytes, master: Key) -> SessionKeys:
    """Field 62 of UnionPay's sign-on: PIN key and MAC key, each enciphered under the terminal's
    double-length master key and followed by 4 bytes of its check value.

    40 bytes: keys of 16 bytes, a MAC key whose second half is zeros being a single-length one; 60:
    a track key behind them, which is not used; 24: single-length keys, refused. Raises
    KeyBlockError.
    """
    if len(master.reveal()) != 16:
        raise KeyBlockError("UnionPay's session keys come under a double-length TDES key")
    if len(field) == 2 * _SINGLE:
        raise KeyBlockError("the host sends single-length keys: ask it for double-length ones")
    if len(field) not in (2 * _DOUBLE, 3 * _DOUBLE):
        raise KeyBlockError("field 62 holds no session keys: expected 40 or 60 bytes")
    pin, mac = (field[at : at + _DOUBLE] for at in (0, _DOUBLE))
    return SessionKeys(_unionpay_key(pin, master, "PIN"), _unionpay_key(mac, master, "MAC"))


def write_unionpay_keys(keys: SessionKeys, master: Key) -> bytes:
    """The other way: what a host sends. Both keys are needed."""
    if keys.pin is None or keys.mac is None:
        raise KeyBlockError("UnionPay's sign-on carries a PIN key and a MAC key")
    parts = []
    for key in (keys.pin, keys.mac):
        check = tdes.encrypt(key, bytes(8))[:_CHECK]
        parts.append(tdes.encrypt(master, key.reveal()).ljust(16, b"\0") + check)
    return b"".join(parts)


def _unionpay_key(part: bytes, master: Key, name: str) -> Key:
    enciphered, check = part[:16], part[16:]
    single = name == "MAC" and enciphered[8:] == bytes(8)
    key = Key(tdes.decrypt(master, enciphered[:8] if single else enciphered))
    if not holds(key, Cipher.TDES, check.hex()):
        raise KeyBlockError(f"the check value of the {name} key does not hold")
    return key


def _usages(scheme: Scheme) -> dict[str, str]:
    """Names in field 62 and the usage that each must have."""
    return {"PK": PIN_KEY, "MK": _MAC_USAGE[scheme]}


def _double(keys: SessionKeys, scheme: Scheme) -> SessionKeys:
    """What X9.19 and UnionPay's MAC are computed with has two parts."""
    for key in (keys.pin, keys.mac):
        if scheme.cipher is Cipher.TDES and key is not None and len(key.reveal()) != 16:
            raise KeyBlockError("the key is not a double-length TDES key")
    return keys
