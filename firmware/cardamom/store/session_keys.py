"""Session keys in the keyring: what the last sign-on brought, over restarts."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cardamom.engines.keys.check import check_value
from cardamom.engines.keys.session import SessionKeys
from cardamom.faults import JournalFault
from cardamom.store.books import Books
from cardamom.store.keyring import Slot
from cardamom.values.secret import Key
from cardamom.values.terminal_events import KeysChanged


class _Inside(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed."""

    pin: bytes | None
    mac: bytes | None

    def __repr__(self) -> str:
        return "<_Inside hidden>"


def keep_session(books: Books, keys: SessionKeys, at: datetime) -> None:
    """Replaces them and says so in the chain, in one commit. Once the case was opened nothing is
    kept: the link has them in memory."""
    if books.tampered():
        return
    pin, mac = (key.reveal() if key is not None else None for key in (keys.pin, keys.mac))
    plain = msgspec.msgpack.encode(_Inside(pin, mac))
    cipher = books.guard.scheme.cipher
    told = tuple(check_value(key, cipher).digits for key in (keys.pin, keys.mac) if key is not None)
    event = KeysChanged(at=at, slot=Slot.SESSION, check_values=told, how="sign_on")
    with books.commit():
        books.guard.keyring.put(Slot.SESSION, plain, told, at)
        books.note(event)


def kept_session(books: Books) -> SessionKeys | None:
    """None where there are none that open here: a sign-on brings new ones."""
    try:
        plain = books.guard.keyring.get(Slot.SESSION)
        inside = None if plain is None else msgspec.msgpack.decode(plain, type=_Inside)
    except (JournalFault, msgspec.MsgspecError):
        return None
    if inside is None:
        return None
    return SessionKeys(*(Key(raw) if raw is not None else None for raw in (inside.pin, inside.mac)))
