"""The journal that flows see: one SQLite file, one thread of its own."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.keys.session import SessionKeys
from cardamom.engines.keys.working import WorkingKeys
from cardamom.faults import JournalFault
from cardamom.store.books import Books
from cardamom.store.chain import DamageFault
from cardamom.store.database import RoomFault, fault_of, see_room
from cardamom.store.guard import UNBOUND, Binding
from cardamom.store.keyring import Handed
from cardamom.store.mark import MarkFault
from cardamom.store.migrate import drop_copies, open_books, scrub
from cardamom.store.schema import STEPS, Step
from cardamom.store.selftest import try_books
from cardamom.store.session_keys import keep_session, kept_session
from cardamom.store.tamper import erase_tampered
from cardamom.store.torn import drop_stale, keep_torn, kept_torn
from cardamom.store.vault import KeyTrouble
from cardamom.story import tell
from cardamom.values.alarms import FEW_KEYS, MAKE_ROOM, Alarm, Cause
from cardamom.values.batch import Book
from cardamom.values.events import AnyEvent
from cardamom.values.health import Condition, Health, Part
from cardamom.values.online import CardData
from cardamom.values.record import Record
from cardamom.values.secret import Key, Pan
from cardamom.values.selftest import JournalFacts
from cardamom.values.states import UNFINISHED, State
from cardamom.values.terminal_events import TerminalEvent
from cardamom.worker import StuckError, Worker

T = TypeVar("T")

OPEN_DEADLINE_S: Final = 300.0
"""A migration copies the whole file."""
CALL_DEADLINE_S: Final = 10.0
LOW_SPACE_BYTES: Final = 32 << 20
"""Less than this free, and a sale under way might not find room for its outcome."""
CHECKPOINT_COMMITS: Final = 64
"""Commits after which `idle` moves the log into the file: rarely, as the log that starts anew costs
its first commit a second fsync."""
MAX_ABANDONED: Final = 3


def utc_now() -> datetime:
    return datetime.now(UTC)


class SqliteJournal:
    """Implements ports.Journal, ports.SessionKeyStore and ports.TransactionKeys.

    Opens at the first call; nothing is touched before. `key` is the master key of the sealed card
    data or the file that has it. After a fault of the disk each call raises JournalFault until
    `check` finds that writing works again; the commit that failed is then there whole or not at
    all, as after a power cut. A refused step raises ForbiddenStepError or FirstEventError and
    writes nothing.
    """

    def __init__(
        self,
        path: Path,
        key: Key | Path,
        *,
        now: Callable[[], datetime] = utc_now,
        call_deadline_s: float = CALL_DEADLINE_S,
        low_space_bytes: int = LOW_SPACE_BYTES,
        steps: tuple[Step, ...] = STEPS,
        binding: Binding = UNBOUND,
    ) -> None:
        self._path = path
        self._deadline_s = call_deadline_s
        self._low_space = low_space_bytes
        self._now = now
        self._abandoned = 0
        self._closed = False
        self._commits = 0
        self._handed = Handed()
        self._open = partial(open_books, path, key, now, steps, binding, self._handed)
        self._line = _Line(self._open)
        self._health = self._seen(Condition.CONNECTING, "the journal is not yet open")
        self._alarms: tuple[Alarm, ...] = ()

    def state(self) -> Health:
        return self._health

    @property
    def answers(self) -> bool:
        """False while its disk has swallowed a call: a process started anew may get further."""
        return not self._line.worker.stuck

    async def check(self) -> Health:
        """Opens a lost file again, looks for room on the disk and for the key."""
        if self._line.worker.stuck and self._abandoned < MAX_ABANDONED:
            self._abandoned += 1
            self._line = _Line(self._open)
        doubt = self._health.condition is not Condition.OK
        try:
            left = await self._call(lambda books: self._look(books, doubt=doubt))
        except JournalFault as fault:
            self._health = self._seen(Condition.FAULT, str(fault))
            self._alarms = _alarms(fault)
        else:
            self._health = self._seen(Condition.OK)
            self._alarms = _few(left)
        return self._health

    def alarms(self) -> tuple[Alarm, ...]:
        """What is wrong with keys or room, as seen last."""
        return self._alarms

    async def begin(self, *events: AnyEvent, card: CardData | None = None) -> Record:
        """Also raises ReferenceUsed when the caller's reference names a transaction already. On a
        disk with too little room for a whole transaction none is begun."""

        def work(books: Books) -> Record:
            see_room(self._path, self._low_space)
            return books.begin(events, card)

        record = await self._call(work)
        self._commits += 1
        return record

    async def append(self, txn: int, *events: AnyEvent, card: CardData | None = None) -> Record:
        record = await self._call(lambda books: books.append(txn, events, card))
        self._commits += 1
        return record

    async def torn(self) -> TornLog:
        at = self._now()
        return await self._call(lambda books: kept_torn(books, at))

    def keep_torn(self, log: TornLog, *, seconds: int) -> None:
        at, line = self._now(), self._line

        def work() -> None:
            try:
                line.run(lambda books: keep_torn(books, log, seconds, at))
            except Exception as e:  # noqa: BLE001 the thread serves others too
                tell("torn_not_kept", error=e)

        line.worker.post(work)
        self._commits += 1

    async def get(self, txn: int) -> Record | None:
        return await self._call(lambda books: books.get(txn))

    async def by_reference(self, reference: str) -> Record | None:
        return await self._call(lambda books: books.by_reference(reference))

    async def recent(self, limit: int) -> Sequence[Record]:
        return await self._call(lambda books: books.recent(limit))

    async def unfinished(self) -> Sequence[Record]:
        return await self._call(lambda books: books.in_states(UNFINISHED))

    async def owing(self) -> Sequence[Record]:
        return await self._call(Books.owing)

    async def last_at(self) -> datetime | None:
        return await self._call(Books.last_at)

    async def in_states(self, states: Iterable[State]) -> Sequence[Record]:
        return await self._call(lambda books: books.in_states(states))

    async def linked(self, txn: int) -> Sequence[Record]:
        return await self._call(lambda books: books.linked(txn))

    async def of_batch(self, batch: int) -> Sequence[Record]:
        return await self._call(lambda books: books.of_batch(batch))

    async def with_stan(self, stan: int) -> Sequence[Record]:
        return await self._call(lambda books: books.with_stan(stan))

    async def asked_in(self, batch: int) -> int:
        return await self._call(lambda books: books.asked_in(batch))

    async def same_card(self, pan: Pan, states: Iterable[State]) -> Sequence[Record]:
        return await self._call(lambda books: books.same_card(pan, states))

    async def note(self, *events: TerminalEvent) -> Sequence[TerminalEvent]:
        def work(books: Books) -> Sequence[TerminalEvent]:
            noted = books.note_all(events)
            scrub(books, self._path)
            return noted

        noted = await self._call(work)
        self._commits += 1
        return noted

    async def kept(self) -> SessionKeys | None:
        """As ports.SessionKeyStore.kept."""
        return await self._call(kept_session)

    async def keep(self, keys: SessionKeys) -> None:
        """As ports.SessionKeyStore.keep."""
        at = self._now()
        await self._call(lambda books: keep_session(books, keys, at))
        self._commits += 1

    def take(self, ksn: str) -> WorkingKeys | None:
        """As ports.TransactionKeys.take."""
        return self._handed.take(ksn)

    async def book(self) -> Book:
        return await self._call(Books.book)

    async def batch_story(self, batch: int) -> Sequence[TerminalEvent]:
        return await self._call(lambda books: books.batch_story(batch))

    async def z_owed(self) -> Sequence[int]:
        return await self._call(Books.z_owed)

    async def receipts_owed(self) -> Sequence[Record]:
        return await self._call(Books.receipts_owed)

    async def batch(self) -> int:
        return await self._call(Books.batch)

    async def events(self, txn: int) -> Sequence[AnyEvent]:
        """One transaction's whole story, oldest first; empty where there is no such transaction."""
        return await self._call(lambda books: books.events(txn))

    async def card(self, txn: int) -> CardData | None:
        """The card's number, expiry and sequence number; None where none was kept or it is erased.

        Raises JournalFault when the key that sealed them is not at hand.
        """
        return await self._call(lambda books: books.card(txn))

    async def erase(self, txns: Iterable[int]) -> None:
        """Destroys the card data of transactions that owe nothing any more, in log and copies too.

        Raises JournalFault, and erases nothing, where one of them may still need it.
        """
        at = self._now()

        def work(books: Books) -> None:
            books.erase(txns, at)
            books.checkpoint(truncate=True)
            drop_copies(self._path)

        await self._call(work)

    async def tampered(self) -> bool:
        """As duties.tamper.TamperJournal.tampered."""
        return await self._call(Books.tampered)

    async def erase_keys(self, at: datetime) -> tuple[str, ...]:
        """As duties.tamper.TamperJournal.erase_keys."""

        def work(books: Books) -> tuple[str, ...]:
            slots = erase_tampered(books, at)
            scrub(books, self._path)
            return slots

        erased = await self._call(work)
        await self.check()
        return erased

    async def selftest(self) -> JournalFacts:
        """Commits a probe and checks the chain's end. Raises JournalFault."""
        return await self._call(lambda books: try_books(books, self._path))

    async def idle(self) -> None:
        """For moments when no sale is under way: keeps the log short so that no sale has to."""
        if self._commits >= CHECKPOINT_COMMITS:
            await self._call(self._tidy)
            self._commits = 0

    async def close(self) -> None:
        """Lets what is queued finish and closes the file; each later call raises JournalFault."""
        if self._closed:
            return
        self._closed = True
        worker = self._line.worker
        with contextlib.suppress(StuckError, sqlite3.Error, JournalFault):
            await worker.call(self._line.finish, deadline_s=self._deadline_s)
        worker.close()

    async def run(self, work: Callable[[Books], T]) -> T:
        """What else is kept in this file. Raises JournalFault."""
        return await self._call(work)

    async def _call(self, work: Callable[[Books], T]) -> T:
        if self._closed:
            raise JournalFault("the journal is closed: the terminal is stopping")
        line = self._line
        deadline = self._deadline_s if line.opened else OPEN_DEADLINE_S
        try:
            return await line.worker.call(line.run, work, deadline_s=deadline)
        except StuckError:
            line.abandoned.set()
            fault = JournalFault("the journal's disk does not answer: restart the terminal")
        except (sqlite3.Error, OSError) as e:
            fault = fault_of(e, self._path)
        except (DamageFault, MarkFault, RoomFault) as e:
            fault = e
        self._health = self._seen(Condition.FAULT, str(fault))
        self._alarms = _alarms(fault)
        raise fault

    def _tidy(self, books: Books) -> None:
        books.checkpoint()
        scrub(books, self._path)

    def _look(self, books: Books, *, doubt: bool) -> int | None:
        """How many DUKPT keys are left, where there are any."""
        see_room(self._path, self._low_space)
        if doubt:
            books.probe()
        drop_stale(books, self._now())
        books.guard.check(self._now())
        if (sentence := books.other_key()) is not None:
            raise KeyTrouble(sentence)
        return books.guard.dukpt_left()

    def _seen(self, condition: Condition, detail: str = "") -> Health:
        return Health(part=Part.JOURNAL, condition=condition, detail=detail, name=str(self._path))


def _alarms(fault: JournalFault) -> tuple[Alarm, ...]:
    if isinstance(fault, KeyTrouble):
        return (Alarm(cause=fault.cause, detail=str(fault)),)
    if isinstance(fault, RoomFault):
        detail = (
            f"{fault} ({MAKE_ROOM}), or move to a larger card; then payments go on by themselves"
        )
        return (Alarm(cause=Cause.DISK_FULL, detail=detail),)
    return ()


def _few(left: int | None) -> tuple[Alarm, ...]:
    if left is None or left >= FEW_KEYS:
        return ()
    detail = f"{left} DUKPT keys are left: `cardamom keys import` a new initial key before the last"
    return (Alarm(cause=Cause.KEYS_FEW, detail=detail),)


class _Line:
    """A thread and the file it holds open.

    An abandoned one may still finish the call it is in, begins none of those that wait behind it,
    and closes its file.
    """

    def __init__(self, opener: Callable[[], Books]) -> None:
        self.worker = Worker("journal")
        self.opened = False
        self.abandoned = threading.Event()
        self._opener = opener
        self._books: Books | None = None

    def run(self, work: Callable[[Books], T]) -> T:
        """In the thread. What the disk did wrong closes the file: the next call opens it anew."""
        if self.abandoned.is_set():
            self.drop()
            raise JournalFault("given up before it began")
        if self._books is None:
            self._books = self._opener()
            self.opened = True
        try:
            return work(self._books)
        except (sqlite3.Error, DamageFault, OSError):
            self.drop()
            raise
        finally:
            if self.abandoned.is_set():
                self.drop()

    def finish(self) -> None:
        """In the thread: an orderly end."""
        try:
            if self._books is not None:
                self._books.guard.release()
        finally:
            self.drop()

    def drop(self) -> None:
        """In the thread."""
        if self._books is not None:
            self._books.close()
            self._books = None
            self.opened = False
