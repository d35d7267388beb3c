"""What may be written into the journal. Blocking; one thread's own."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from cardamom.faults import JournalFault, LinkRefused, ReferenceUsed
from cardamom.store import view
from cardamom.store.cards import Cards, needs_card
from cardamom.store.chain import GENESIS, TERMINAL, DamageFault, breaks, encode, link
from cardamom.store.database import writing
from cardamom.store.guard import UNBOUND, Binding, Guard
from cardamom.store.keyring import Handed
from cardamom.store.tamper import flagged, refuse_tampered
from cardamom.values.batch import Book, advance_book
from cardamom.values.events import (
    AnyEvent,
    CardDataErased,
    CardRead,
    FollowUp,
    Intent,
    RepeatSent,
    ScriptSent,
    Started,
)
from cardamom.values.links import refusal
from cardamom.values.online import CardData
from cardamom.values.record import Record, apply
from cardamom.values.secret import Key
from cardamom.values.terminal_events import (
    BatchClosed,
    BatchTotalsSent,
    NumberedTerminalEvent,
    RecordUploadSent,
    TerminalEvent,
)

TAIL: Final = 200
"""Events whose chain is checked at every start; the whole chain takes `cardamom journal verify`."""


TornRow = tuple[int, int, int, str, bytes]
"""Number, when, until when, the key that sealed it, and what it sealed."""


class Books(Cards):
    """Reads and writes one open journal. Every method may raise sqlite3.Error and DamageFault."""

    def __init__(
        self,
        db: sqlite3.Connection,
        key: Key | Path,
        binding: Binding = UNBOUND,
        handed: Handed | None = None,
    ) -> None:
        super().__init__(db, key)
        self.guard = Guard(db, self, binding, handed or Handed())
        self.check_tail()

    def begin(self, events: Sequence[AnyEvent], card: CardData | None) -> Record:
        """As ports.Journal.begin. Raises ReferenceUsed when the reference names a transaction."""
        if not events or not isinstance(events[0], Started):
            raise JournalFault("a transaction begins with Started: the firmware is at fault")
        started = events[0]
        with self.commit():
            if started.reference is not None:
                known = self.by_reference(started.reference)
                if known is not None:
                    raise ReferenceUsed(known.txn)
            refuse_tampered(self._db)
            self.guard.hold()
            if started.batch != self.batch():
                raise JournalFault(f"batch {started.batch} is not the open one: start again")
            if self.book().closing:
                raise JournalFault("the batch is being settled: wait until it is closed")
            self._refuse_link(started)
            return self.write(self._next_txn(), None, events, card)

    def append(self, txn: int, events: Sequence[AnyEvent], card: CardData | None) -> Record:
        """As ports.Journal.append."""
        with self.commit():
            return self.write(txn, self.folded(txn), events, card)

    def note(self, event: TerminalEvent) -> None:
        """Appends what happened to the terminal itself, in the caller's commit."""
        self._chain([(TERMINAL, encode(event))])

    def note_all(self, events: Sequence[TerminalEvent]) -> tuple[TerminalEvent, ...]:
        """As ports.Journal.note. With BatchClosed the card data goes that nothing needs."""
        with self.commit():
            return tuple(self.noted(event) for event in events)

    def noted(self, given: TerminalEvent) -> TerminalEvent:
        """Appends an event that may move the batch on, in the caller's commit; as it is written."""
        book, event = self.book(), given
        if isinstance(event, NumberedTerminalEvent):
            event = self._numbered(book, event)
        after = advance_book(book, event)
        self.note(event)
        if after != book:
            view.keep_book(self._db, after)
        if isinstance(event, BatchClosed):
            self.guard.opened(after.batch)
            self._erase_all(event.at)
            self.erase_torn()
        return event

    def erase(self, txns: Iterable[int], at: datetime) -> None:
        """Destroys the card data of these transactions, all in one commit.

        Raises JournalFault, and erases nothing, where one of them may still need it.
        """
        with self.commit():
            for txn in txns:
                record = self.folded(txn)
                if needs_card(record):
                    raise JournalFault(f"transaction {txn} still needs its card data")
                self._erase(record, at)

    def torn_rows(self) -> list[TornRow]:
        """Torn transactions as they are sealed, oldest first."""
        return self._db.execute("SELECT id, at, until, master, sealed FROM torn").fetchall()

    def add_torn(self, row: TornRow) -> None:
        """In the caller's commit."""
        self._db.execute("INSERT INTO torn VALUES (?, ?, ?, ?, ?)", row)

    def erase_torn(self, ids: Iterable[int] | None = None) -> None:
        """Destroys these, or all of them, in the caller's commit."""
        doomed = [row[0] for row in self.torn_rows()] if ids is None else list(ids)
        if doomed:
            self._db.executemany("DELETE FROM torn WHERE id = ?", [(id_,) for id_ in doomed])
            self._db.execute("UPDATE meta SET value = 1 WHERE name = 'scrub'")

    def scrub_owed(self) -> bool:
        """Whether destroyed data keys may still lie in the log or in a copy."""
        return bool(self._one("SELECT value FROM meta WHERE name = 'scrub'"))

    def tampered(self) -> bool:
        """Whether the case was opened and nobody has cleared it."""
        return flagged(self._db)

    def flag(self, name: str, *, on: bool) -> None:
        """In the caller's commit."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, int(on)))

    def scrubbed(self) -> None:
        """Neither log nor copies hold a destroyed key any more."""
        if self.scrub_owed():
            with self.commit():
                self._db.execute("UPDATE meta SET value = 0 WHERE name = 'scrub'")

    def probe(self) -> None:
        """Commits a row as it is, to learn whether the disk takes writes again."""
        with self.commit():
            self._db.execute("UPDATE meta SET value = value WHERE name = 'batch'")
            self.guard.probe()

    def checkpoint(self, *, truncate: bool = False) -> bool:
        """Moves committed pages into the file, as far as readers let it; whether it got through.
        Passive: never waits for a reader."""
        mode = "TRUNCATE" if truncate else "PASSIVE"
        return not self._one(f"PRAGMA wal_checkpoint({mode})")

    def close(self) -> None:
        self._db.close()

    @contextlib.contextmanager
    def commit(self) -> Iterator[None]:
        """One durable commit, or nothing; keys taken in it can be used when it stands."""
        with writing(self._db):
            self.guard.began(self.head())
            yield
        self.guard.keyring.committed()

    def begin_at(self, *, txn: int, stan: int, batch: int) -> None:
        """In the caller's commit, of a new journal: numbers go on behind these, with this batch."""
        for name, value in (("txn", txn), ("batch", batch)):
            self._db.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
        self.guard.pass_stan(stan)

    def write(
        self,
        txn: int,
        record: Record | None,
        events: Sequence[AnyEvent],
        card: CardData | None,
        *,
        verbatim: bool = False,
    ) -> Record:
        """Appends to a transaction in the caller's commit; `verbatim`: with the numbers and keys
        that the events have, or have not."""
        first = self.head()[0] + 1
        bodies: list[tuple[int, bytes]] = []
        sealed = None
        for seq, given in enumerate(events, first):
            event: AnyEvent = given
            if isinstance(event, CardRead):
                if event.sealed is not None:
                    raise JournalFault("only the journal seals card data: the firmware is at fault")
                if card is not None and sealed is None:
                    sealed = seq, self.vault().seal(card, seq)
                    event = msgspec.structs.replace(
                        event, sealed=sealed[1].digest, card_hash=self.vault().hash_of(card.pan)
                    )
            elif not verbatim:
                event = self._with_numbers(record, event)
            record = apply(record, txn, event)
            bodies.append((txn, encode(event)))
        if record is None or record.state is None:
            raise JournalFault("a transaction needs a first step: the firmware is at fault")
        if card is not None and sealed is None:
            raise JournalFault("card data came without CardRead: the firmware is at fault")
        _refuse_number(bodies, card)
        self._chain(bodies)
        if sealed is not None:
            seq, box = sealed
            self._db.execute("INSERT INTO sealed_cards VALUES (?, ?)", (seq, box.data))
            self._db.execute(
                "INSERT INTO card_keys VALUES (?, ?, ?)", (seq, self.vault().key_id, box.wrapped)
            )
        view.keep(self._db, record)
        return record

    def _with_numbers(self, record: Record | None, event: AnyEvent) -> AnyEvent:
        """A trace number and a key, where the event takes them and the caller gave none."""
        if not isinstance(event, Intent | FollowUp):
            return event
        self.guard.hold()
        return msgspec.structs.replace(
            event,
            stan=event.stan or self._number_for(record, event),
            ksn=event.ksn or self.guard.ksn(),
        )

    def _number_for(self, record: Record | None, event: Intent | FollowUp) -> int:
        """The next trace number; a later attempt of a follow-up keeps the first one's."""
        if record is not None and isinstance(event, RepeatSent):
            return record.stan or 0
        before = None
        if record is not None and not isinstance(event, Intent):
            before = record.script_message if isinstance(event, ScriptSent) else record.owed
        return before.stan if before is not None else self.guard.stan(self.batch())

    def _numbered(
        self, book: Book, event: BatchTotalsSent | RecordUploadSent
    ) -> BatchTotalsSent | RecordUploadSent:
        """The same for what is said of a batch: a repeat keeps the first sending's number."""
        self.guard.hold()
        if isinstance(event, BatchTotalsSent):
            told = book.told(event.currency, end=event.upload_end)
            before = told.stan if told is not None else 0
        else:
            begun = (u.stan for u in book.uploading if u.txn == event.uploaded)
            before = next(begun, 0)
        return msgspec.structs.replace(
            event,
            stan=event.stan or before or self.guard.stan(book.batch),
            ksn=event.ksn or self.guard.ksn(),
        )

    def _next_txn(self) -> int:
        last = self._one("SELECT coalesce(max(txn), 0) FROM events")
        return max(last, self._one("SELECT value FROM meta WHERE name = 'txn'")) + 1

    def _refuse_link(self, started: Started) -> None:
        """What may be done to an original is decided in the commit that begins it."""
        original, linked = None, []
        if started.original is not None:
            if self.get(started.original) is not None:
                original = self.folded(started.original)
            linked = self.linked(started.original)
        why = refusal(started.kind, started.amount, original, linked, started.batch)
        if why is not None:
            raise LinkRefused(why)

    def _erase(self, record: Record, at: datetime) -> None:
        if kept := self._kept(record.txn):
            self._db.execute(
                "DELETE FROM card_keys WHERE seq IN (SELECT seq FROM events WHERE txn = ?)",
                (record.txn,),
            )
            erased = [CardDataErased(at=at, sealed=digest) for digest in kept]
            self.write(record.txn, record, erased, None)
            self._db.execute("UPDATE meta SET value = 1 WHERE name = 'scrub'")

    def _erase_all(self, at: datetime) -> None:
        """Of every transaction that no message can follow any more."""
        for record in self._records("WHERE sealed IS NOT NULL ORDER BY txn"):
            if not needs_card(record):
                self._erase(self.folded(record.txn), at)

    def _chain(self, bodies: Iterable[tuple[int, bytes]]) -> None:
        seq, previous = self.head()
        for txn, body in bodies:
            seq += 1
            previous = link(previous, seq, txn, body)
            self._db.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?)", (seq, txn, body.decode(), previous)
            )

    def check_tail(self) -> int:
        """Checks the chain's last TAIL events; how many there were. Raises DamageFault."""
        seq = max(0, self.head()[0] - TAIL)
        previous = GENESIS
        if seq:
            row = self._db.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
            previous = row[0] if row is not None else b""
        rows = self._db.execute(
            "SELECT seq, txn, CAST(body AS BLOB), hash FROM events WHERE seq > ? ORDER BY seq",
            (seq,),
        )
        for _, what in breaks(rows, seq, previous):
            raise DamageFault(
                f"the journal was changed: {what}; run `cardamom journal verify`, call support"
            )
        return self.head()[0] - seq


def _refuse_number(bodies: Iterable[tuple[int, bytes]], card: CardData | None) -> None:
    """The last guard: no event of this commit may hold the number. A short one may be anything."""
    number = card.pan.reveal().encode() if card is not None else b""
    if len(number) >= 13 and any(number in body for _, body in bodies):
        raise JournalFault("an event holds the card number: it is not written")
