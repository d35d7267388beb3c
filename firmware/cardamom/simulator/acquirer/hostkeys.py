"""The host's side of keys: session keys that it gives, DUKPT keys that it derives."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from cardamom.engines.iso8583.codec import Mac, Message
from cardamom.engines.iso8583.profile import Profile
from cardamom.engines.keys.dukpt import derive
from cardamom.engines.keys.session import SessionKeys, write_session_keys, write_unionpay_keys
from cardamom.engines.keys.working import NoKeyError, Scheme, WorkingKeys
from cardamom.values.secret import Key, Pan, Pin, PinBlock

_SERIAL: Final = "KS"
_BLOCK: Final = "PB"


@dataclass(slots=True)
class Terminal:
    """What the host knows of one terminal between its connections."""

    signed_on: bool = False
    keys: SessionKeys = field(default_factory=SessionKeys)


@dataclass(frozen=True, slots=True)
class BaseKeys:
    """Base derivation keys, by the cipher of the DUKPT that they serve."""

    tdes: Key
    aes: Key


class HostKeys:
    """Keys of all terminals. A restart forgets session keys: terminals sign on again."""

    def __init__(self, profile: Profile, master: Key, base: BaseKeys | None) -> None:
        self._profile = profile
        self._scheme = profile.keys.scheme
        self._master = master
        self._base = base
        self._terminals: dict[str, Terminal] = {}

    def terminal(self, name: str) -> Terminal:
        """By terminal id."""
        return self._terminals.setdefault(name, Terminal())

    def fresh(self) -> SessionKeys:
        """Keys for a sign-on, as the profile's switches ask for them."""
        if self._scheme.dukpt:
            return SessionKeys()
        switches = self._profile.switches
        return SessionKeys(
            Key(secrets.token_bytes(16)) if switches.pin_key else None,
            Key(secrets.token_bytes(16)) if switches.mac else None,
        )

    def delivered(self, keys: SessionKeys) -> str:
        """Field 62 of a sign-on's answer; empty where it brings none."""
        if keys == SessionKeys():
            return ""
        if self._profile.keys.delivery == "unionpay":
            return write_unionpay_keys(keys, self._master).hex().upper()
        return write_session_keys(keys, self._master, self._scheme)

    def working(self, message: Message) -> WorkingKeys | None:
        """Of this message: the terminal's session keys, or those that its key serial number names.
        None where the host has none."""
        if not self._scheme.dukpt:
            keys = self.terminal(message.get(41) or "").keys
            return None if keys == SessionKeys() else keys.working(self._scheme)
        serial = self.serial(message)
        if serial is None or self._base is None:
            return None
        try:
            base = self._base.tdes if self._scheme is Scheme.DUKPT_TDES else self._base.aes
            return derive(self._scheme, base, bytes.fromhex(serial))
        except ValueError:  # DukptError is one
            return None

    def serial(self, message: Message) -> str | None:
        """The key serial number of a message, hex."""
        return _named(message.get(62) or "").get(_SERIAL) if self._scheme.dukpt else None

    def pin(self, message: Message, pan: Pan, keys: WorkingKeys | None) -> tuple[Pin | None, bool]:
        """The clear PIN, None where there is none or its block cannot be read; and whether there
        is a block."""
        block = message.get(52) or _named(message.get(62) or "").get(_BLOCK)
        if block is None:
            return None, False
        if keys is None:
            return None, True
        try:
            return keys.read_pin(PinBlock(bytes.fromhex(block)), pan), True
        except (NoKeyError, ValueError):  # PinBlockError is one
            return None, True

    def request_mac(self, keys: WorkingKeys | None) -> Mac | None:
        """None where the profile has no MAC, or the host no key for it."""
        if keys is None or keys.request is None or not self._profile.switches.mac:
            return None
        return keys.mac

    def answer_mac(self, keys: WorkingKeys | None) -> Mac | None:
        if keys is None or keys.answer is None or not self._profile.switches.mac:
            return None
        return keys.answer_mac


def _named(text: str) -> dict[str, str]:
    """Field 62 of a request: a name of two letters, three digits of length, a value, and again."""
    found = {}
    while len(text) > 5 and text[2:5].isdigit():
        size = int(text[2:5])
        found[text[:2]] = text[5 : 5 + size]
        text = text[5 + size :]
    return found
