"""A new journal in the place of one that is lost, with what the old one still owed."""

from __future__ import annotations

import itertools
import os
from base64 import b64decode
from binascii import Error
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

from cardamom.faults import JournalFault
from cardamom.store.books import Books
from cardamom.store.cards import needs_card
from cardamom.store.chain import decode
from cardamom.store.database import SchemaFault
from cardamom.store.guard import Binding
from cardamom.store.migrate import open_books
from cardamom.store.rearm import MAX_BATCH, NO_CARD, park
from cardamom.store.salvage import Salvaged, SealedCard, Story
from cardamom.store.schema import STEPS
from cardamom.store.verify import verify
from cardamom.values.events import AnyEvent, CardDataErased, CardRead
from cardamom.values.online import CardData
from cardamom.values.record import Record
from cardamom.values.secret import Key
from cardamom.values.states import WAITS_FOR_SUPERVISOR, State
from cardamom.values.terminal_events import OperatorAct, TerminalEvent

DAMAGED = "the journal was damaged: ask the host what became of it"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What the new journal begins with."""

    batch: int
    last_stan: int
    open: tuple[int, ...]
    """Transactions whose messages are still sent."""
    parked: tuple[int, ...]
    """Those that wait for a supervisor."""
    kept: str | None
    """Where the old journal lies now."""


def begin_anew(
    path: Path,
    key: Key,
    binding: Binding,
    salvaged: Salvaged,
    technician: str,
    at: datetime,
) -> Begun:
    """The new journal at `path`, above every number that was or may have been used.

    A damaged journal there is put aside, never removed. Raises JournalFault where a sound one is.
    """
    if path.exists() and _sound(path):
        raise JournalFault(f"{path} is a sound journal: it is not replaced")
    part = path.with_name(path.name + ".new")
    for old in part.parent.glob(part.name + "*"):
        old.unlink()
    with closing(open_books(part, key, lambda: at, STEPS, binding)) as books:
        marked = books.guard.marked_batch()
        with books.commit():
            books.guard.renew(at)
            carried = _fill(books, salvaged, marked, technician, at)
        books.guard.renewed()
        batch, last_stan = books.batch(), books.guard.last_stan()
        books.guard.release()
        books.checkpoint(truncate=True)
    kept = _keep_aside(path, at)
    part.rename(path)
    _sync(path.parent)
    return Begun(
        batch=batch,
        last_stan=last_stan,
        open=tuple(r.txn for r in carried if needs_card(r) and not _waits(r)),
        parked=tuple(r.txn for r in carried if _waits(r)),
        kept=str(kept) if kept is not None else None,
    )


def _sound(path: Path) -> bool:
    """Raises SchemaFault for another firmware's, which may be sound."""
    try:
        return verify(path).ok
    except SchemaFault:
        raise
    except JournalFault:
        return False


def _fill(
    books: Books, salvaged: Salvaged, marked: int, technician: str, at: datetime
) -> list[Record]:
    books.begin_at(
        txn=salvaged.last_txn,
        stan=salvaged.last_stan,
        batch=max(salvaged.last_batch, marked) % MAX_BATCH + 1,
    )
    for serial in salvaged.loaded:
        books.guard.loads(_serial(serial))
    books.note(OperatorAct(at=at, operator=technician, act="journal_new"))
    return [_carry(books, story, at) for story in salvaged.stories]


def _serial(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise JournalFault("the salvaged file was changed: salvage again") from None


def _waits(record: Record) -> bool:
    return record.state in WAITS_FOR_SUPERVISOR


def _carry(books: Books, story: Story, at: datetime) -> Record:
    card = _card(books, story.card)
    events: list[AnyEvent] = []
    for body in story.events:
        event = decode(body.encode())
        if isinstance(event, TerminalEvent):
            raise JournalFault(f"transaction {story.txn} was not salvaged by this firmware")
        if isinstance(event, CardDataErased):
            continue
        if isinstance(event, CardRead):
            event = msgspec.structs.replace(event, sealed=None)
        events.append(event)
    record = books.write(story.txn, None, events, card, verbatim=True)
    sure = story.sound or record.state is State.OFFLINE_APPROVED  # the host applies it once
    if not needs_card(record) or (sure and card is not None):
        return record
    park(books, record, DAMAGED if not sure else NO_CARD, at)
    return books.folded(story.txn)


def _card(books: Books, sealed: SealedCard | None) -> CardData | None:
    """None where it was erased, or does not open under the key at hand."""
    if sealed is None:
        return None
    vault = books.vault()
    try:
        data, wrapped = b64decode(sealed.data), b64decode(sealed.wrapped)
        return vault.open(sealed.seq, data, wrapped) if sealed.master == vault.key_id else None
    except (Error, ValueError, JournalFault):
        return None


def _keep_aside(path: Path, at: datetime) -> Path | None:
    """The damaged journal with its log, under a name of its own. The file stays under the old name
    as well until the new one takes it: where a cut left none, a start would make an empty one."""
    there = path.exists()
    name = f"{path.name}.damaged-{at:%Y%m%dT%H%M%S}"
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    kept = next(
        each
        for each in map(path.with_name, names)
        if not each.exists() or (there and each.samefile(path))
    )
    for suffix in ("-wal", "-shm"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(kept.with_name(kept.name + suffix))
    if there and not kept.exists():
        os.link(path, kept)
    return kept if there else None


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
