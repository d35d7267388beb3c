"""Keys that a technician brings in, on the journal of a terminal that is stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from cardamom.engines.keys.blocks import (
    INITIAL_KEY,
    PROTECTION_KEY,
    WRAPPING_KEY,
    KeyBlock,
    KeyBlockError,
    initial_key,
)
from cardamom.engines.keys.blocks import read as read_block
from cardamom.engines.keys.check import check_value
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.components import Component
from cardamom.engines.keys.registers import DukptError
from cardamom.engines.keys.working import Scheme
from cardamom.faults import JournalFault
from cardamom.store.books import Books
from cardamom.store.database import open_for_reading
from cardamom.store.guard import Binding
from cardamom.store.keyring import Handed, Keyring, Slot, serial_of
from cardamom.store.reads import Reads
from cardamom.store.rearm import rearm
from cardamom.store.tamper import SENTENCE
from cardamom.values.secret import Key
from cardamom.values.terminal_events import KeysChanged, OperatorAct


class KeyRefused(JournalFault):
    """The key is not taken; nothing was written."""


class Injected(msgspec.Struct, frozen=True, kw_only=True):
    """What came in."""

    slot: str
    check_values: tuple[str, ...]
    rearmed: bool
    """The journal was taken into use again."""


Forbidden = Callable[[bytes, bytes], bool]
"""Whether a key may not come in, whoever brings it: a published one. Its key serial number beside
it, empty for a key that has none."""


def anything(_key: bytes, _serial: bytes) -> bool:
    """Nothing is forbidden."""
    return False


def import_block(
    books: Books, block: str, operator: str, at: datetime, *, forbidden: Forbidden = anything
) -> Injected:
    """A TR-31 block under the key block protection key: a DUKPT initial key with its key serial
    number (B1), or the key under which session keys come in (K0, K1).

    Raises KeyRefused, and JournalFault where the protection key is missing.
    """
    protector = protection(books)
    if protector is None:
        raise JournalFault(
            "there is no key block protection key here: two persons type it with "
            "`cardamom keys components`"
        )
    try:
        found = read_block(protector[1], block)
        _refuse(found.key, forbidden, found.serial or b"")
        if found.usage == INITIAL_KEY:
            return _dukpt(books, initial_key(protector[1], block), operator, at)
    except (KeyBlockError, DukptError) as e:
        raise KeyRefused(f"{e}: nothing was taken") from None
    if found.usage not in (WRAPPING_KEY, PROTECTION_KEY):
        raise KeyRefused(
            f"the key block is for {found.usage}: a DUKPT initial key (B1) or a terminal master "
            "key (K0, K1) is injected, session keys come from the host"
        )
    told = (check_value(found.key, found.cipher).digits,)
    with _injecting(books, Slot.MASTER, told, operator, at) as rearmed:
        _put_key(books, Slot.MASTER, found.key, found.cipher, told, at)
    return Injected(slot=Slot.MASTER, check_values=told, rearmed=rearmed)


def take_protection(
    books: Books, made: Component, operator: str, at: datetime, *, forbidden: Forbidden = anything
) -> Injected:
    """The key block protection key that persons typed."""
    _refuse(made.key, forbidden)
    told = (made.check.digits,)
    with _injecting(books, Slot.PROTECTION, told, operator, at) as rearmed:
        _put_key(books, Slot.PROTECTION, made.key, made.cipher, told, at)
    return Injected(slot=Slot.PROTECTION, check_values=told, rearmed=rearmed)


def erase_keys(books: Books, operator: str, at: datetime) -> tuple[str, ...]:
    """Destroys every key; the slots that held one."""
    slots = tuple(h.slot for h in books.guard.keyring.held() if h.slot != Slot.BOARD)
    with books.commit():
        books.guard.keyring.drop(slots)
        for slot in slots:
            books.note(KeysChanged(at=at, slot=slot, check_values=(), how="erased"))
        books.note(OperatorAct(at=at, operator=operator, act="keys_erase"))
    books.checkpoint(truncate=True)
    return slots


def protection(books: Books) -> tuple[Cipher, Key] | None:
    """The key block protection key. Raises JournalFault where it does not open here."""
    return _key(books, Slot.PROTECTION)


def master(books: Books) -> tuple[Cipher, Key] | None:
    """The injected terminal master key. Raises JournalFault where it does not open here."""
    return _key(books, Slot.MASTER)


def injected_master(path: Path, key: Key | Path, binding: Binding) -> Key | None:
    """The terminal master key as a terminal finds it at its start, after an update before the
    journal is migrated; None where there is none."""
    try:
        with open_for_reading(path, older=True) as db:
            reads = Reads(db, key)
            held = _opened(Keyring(db, reads.vault, binding.board, Handed()), Slot.MASTER)
    except JournalFault:
        return None  # the journal's health says why
    return held[1] if held is not None else None


def _dukpt(books: Books, found: KeyBlock, operator: str, at: datetime) -> Injected:
    from cardamom.engines.keys import dukpt

    scheme = books.guard.scheme
    if not scheme.dukpt:
        raise KeyRefused("the acquirer's profile takes no DUKPT keys: check acquirer.profile")
    wanted = Cipher.TDES if scheme is Scheme.DUKPT_TDES else Cipher.AES
    if found.cipher is not wanted:
        raise KeyRefused(
            f"the initial key is for {found.cipher.words}, the acquirer's profile takes one for "
            f"{wanted.words}"
        )
    state = dukpt.load(scheme, found.key, found.serial or b"")
    name = serial_of(state)
    told = (check_value(found.key, found.cipher).digits, name.hex().upper())
    with _injecting(books, Slot.DUKPT, told, operator, at) as rearmed:
        if not books.guard.loads(name):
            raise KeyRefused(
                f"the initial key {name.hex().upper()} was loaded before: its keys would be used "
                "twice; ask the acquirer for another one"
            )
        books.guard.keyring.put(Slot.DUKPT, state.to_bytes(), told, at)
    return Injected(slot=Slot.DUKPT, check_values=told, rearmed=rearmed)


@contextlib.contextmanager
def _injecting(
    books: Books, slot: Slot, told: tuple[str, ...], operator: str, at: datetime
) -> Iterator[bool]:
    """One commit of the key, what tells of it, and where it is needed the taking into use."""
    if books.tampered():
        raise KeyRefused(f"{SENTENCE}: nothing was taken")
    barred = books.guard.barred is not None
    with books.commit():
        if barred:
            rearm(books, operator, at)
        yield barred
        books.note(KeysChanged(at=at, slot=slot, check_values=told, how="injected"))
        books.note(OperatorAct(at=at, operator=operator, act=f"keys_{slot}"))
    if barred:
        books.guard.renewed()


def _refuse(key: Key, forbidden: Forbidden, serial: bytes = b"") -> None:
    if forbidden(key.reveal(), serial):
        raise KeyRefused("this is a published test key: not allowed in production")


def _put_key(
    books: Books, slot: Slot, key: Key, cipher: Cipher, told: tuple[str, ...], at: datetime
) -> None:
    books.guard.keyring.put(slot, cipher.value.encode() + key.reveal(), told, at)


def _key(books: Books, slot: Slot) -> tuple[Cipher, Key] | None:
    return _opened(books.guard.keyring, slot)


def _opened(keyring: Keyring, slot: Slot) -> tuple[Cipher, Key] | None:
    plain = keyring.get(slot)
    return None if plain is None else (Cipher(plain[:1].decode()), Key(plain[1:]))
