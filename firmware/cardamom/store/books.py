"""What may be written into the journal, and what can be asked of it. Blocking; one thread's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from cardamom.faults import JournalFault, LinkRefused, ReferenceUsed
from cardamom.store import reports, view
from cardamom.store.chain import GENESIS, TERMINAL, DamageFault, breaks, encode, link
from cardamom.store.database import writing
from cardamom.store.vault import Vault, digest_of, read_key
from cardamom.values.batch import Book, advance_book
from cardamom.values.events import (
    AnyEvent,
    CardDataErased,
    CardRead,
    Intent,
    Numbered,
    RepeatSent,
    ScriptSent,
    Started,
)
from cardamom.values.links import refusal
from cardamom.values.online import CardData
from cardamom.values.record import Record, apply
from cardamom.values.secret import Key, Pan
from cardamom.values.states import NEEDS_CARD, OWES
from cardamom.values.terminal_events import NumberedTerminalEvent, TerminalEvent

MAX_STAN: Final = 999_999
TAIL: Final = 200
"""Events whose chain is checked at every start; the whole chain takes `cardamom journal verify`."""


class Books:
    """Reads and writes one open journal. Every method may raise sqlite3.Error and DamageFault."""

    def __init__(self, db: sqlite3.Connection, key: Key | Path) -> None:
        self._db = db
        self._key = key
        self._vault: Vault | None = None
        self._check_tail()

    def vault(self) -> Vault:
        """The vault. Raises JournalFault while there is no key; a key file is read once."""
        if self._vault is None:
            self._vault = Vault(self._key if isinstance(self._key, Key) else read_key(self._key))
        return self._vault

    def begin(self, events: Sequence[AnyEvent], card: CardData | None) -> Record:
        """As ports.Journal.begin. Raises ReferenceUsed when the reference names a transaction."""
        if not events or not isinstance(events[0], Started):
            raise JournalFault("a transaction begins with Started: the firmware is at fault")
        started = events[0]
        with writing(self._db):
            if started.reference is not None:
                known = self.by_reference(started.reference)
                if known is not None:
                    raise ReferenceUsed(known.txn)
            if started.batch != self.batch():
                raise JournalFault(f"batch {started.batch} is not the open one: start again")
            self._refuse_link(started)
            txn = self._one("SELECT coalesce(max(txn), 0) + 1 FROM events")
            return self._write(txn, None, events, card)

    def append(self, txn: int, events: Sequence[AnyEvent], card: CardData | None) -> Record:
        """As ports.Journal.append."""
        with writing(self._db):
            return self._write(txn, self._folded(txn), events, card)

    def note(self, event: TerminalEvent) -> None:
        """Appends what happened to the terminal itself, in the caller's commit."""
        self._chain([(TERMINAL, encode(event))])

    def note_all(self, events: Sequence[TerminalEvent]) -> tuple[TerminalEvent, ...]:
        """As ports.Journal.note."""
        with writing(self._db):
            book = self.book()
            noted: list[TerminalEvent] = []
            for given in events:
                event = given
                if isinstance(event, NumberedTerminalEvent) and event.stan == 0:
                    event = msgspec.structs.replace(event, stan=self._next_stan(book.batch))
                book = advance_book(book, event)
                self.note(event)
                noted.append(event)
            view.keep_book(self._db, book)
            return tuple(noted)

    def book(self) -> Book:
        """As ports.Journal.book."""
        row = self._db.execute("SELECT body FROM books WHERE batch = ?", (self.batch(),)).fetchone()
        return view.read_book(row[0]) if row is not None else Book(batch=self.batch())

    def erase(self, txns: Iterable[int], at: datetime) -> None:
        """Destroys the card data of these transactions, all in one commit.

        Raises JournalFault, and erases nothing, where one of them may still need it.
        """
        with writing(self._db):
            for txn in txns:
                record = self._folded(txn)
                if record.state in NEEDS_CARD or record.scripts is not None:
                    raise JournalFault(f"transaction {txn} still needs its card data")
                if kept := self._kept(txn):
                    self._db.execute(
                        "DELETE FROM card_keys WHERE seq IN (SELECT seq FROM events WHERE txn = ?)",
                        (txn,),
                    )
                    erased = [CardDataErased(at=at, sealed=digest) for digest in kept]
                    self._write(txn, record, erased, None)

    def card(self, txn: int) -> CardData | None:
        """The sealed card data, without track 2; None where there is none or it was erased.

        Raises JournalFault when the key that sealed it is not at hand.
        """
        row = self._db.execute(
            "SELECT c.seq, c.data, k.master, k.wrapped FROM events e JOIN sealed_cards c "
            "ON c.seq = e.seq JOIN card_keys k ON k.seq = e.seq WHERE e.txn = ? "
            "ORDER BY e.seq DESC LIMIT 1",
            (txn,),
        ).fetchone()
        if row is None:
            return None
        seq, data, master, wrapped = row
        vault = self.vault()
        if master != vault.key_id:
            raise JournalFault(_other_key(master, vault.key_id))
        if digest_of(data) != self._folded(txn).sealed:
            raise DamageFault(f"the sealed card data of transaction {txn} was changed")
        return vault.open(seq, data, wrapped)

    def get(self, txn: int) -> Record | None:
        return next(iter(self._records("WHERE txn = ?", txn)), None)

    def by_reference(self, reference: str) -> Record | None:
        return next(iter(self._records("WHERE reference = ?", reference)), None)

    def recent(self, limit: int) -> list[Record]:
        return self._records("ORDER BY txn DESC LIMIT ?", max(0, limit))

    def linked(self, txn: int) -> list[Record]:
        """Transactions that name this one as their original, oldest first."""
        return self._records("WHERE original = ? ORDER BY txn", txn)

    def owing(self) -> list[Record]:
        """As ports.Journal.owing."""
        return self._records(
            "WHERE state IN (SELECT value FROM json_each(?)) OR scripts IS NOT NULL ORDER BY txn",
            _names(OWES),
        )

    def of_batch(self, batch: int) -> list[Record]:
        """As ports.Journal.of_batch."""
        return self._records("WHERE batch = ? ORDER BY txn", batch)

    def with_stan(self, stan: int) -> list[Record]:
        """As ports.Journal.with_stan."""
        return self._records("WHERE stan = ? ORDER BY txn DESC", stan)

    def asked_in(self, batch: int) -> int:
        """As ports.Journal.asked_in."""
        return self._one(
            "SELECT count(*) FROM transactions WHERE batch = ? AND stan IS NOT NULL", batch
        )

    def same_card(self, pan: Pan, states: Iterable[str]) -> list[Record]:
        """As ports.Journal.same_card."""
        return self._records(
            "WHERE state IN (SELECT value FROM json_each(?)) AND card_hash = ? ORDER BY txn",
            _names(states),
            self.vault().hash_of(pan),
        )

    def in_states(self, states: Iterable[str]) -> list[Record]:
        """Oldest first."""
        return self._records(
            "WHERE state IN (SELECT value FROM json_each(?)) ORDER BY txn", _names(states)
        )

    def receipts_owed(self) -> list[Record]:
        return self._records("WHERE slips > 0 ORDER BY txn")

    def events(self, txn: int) -> list[AnyEvent]:
        return [view.event_of(body) for _, body in view.of_txn(self._db, txn)]

    def batch_story(self, batch: int) -> list[TerminalEvent]:
        """As ports.Journal.batch_story."""
        return reports.batch_story(self._db, batch)

    def z_owed(self) -> list[int]:
        """As ports.Journal.z_owed."""
        return reports.z_owed(self._db)

    def batch(self) -> int:
        return self._one("SELECT value FROM meta WHERE name = 'batch'")

    def other_key(self) -> str | None:
        """A sentence where a transaction that may need its card data has it under another key."""
        vault = self.vault()
        row = self._db.execute(
            "SELECT k.master FROM transactions t JOIN events e ON e.txn = t.txn JOIN card_keys k "
            "ON k.seq = e.seq WHERE t.state IN (SELECT value FROM json_each(?)) AND k.master <> ? "
            "LIMIT 1",
            (_names(NEEDS_CARD), vault.key_id),
        ).fetchone()
        return None if row is None else _other_key(row[0], vault.key_id)

    def probe(self) -> None:
        """Commits a row as it is, to learn whether the disk takes writes again."""
        with writing(self._db):
            self._db.execute("UPDATE meta SET value = value WHERE name = 'batch'")

    def checkpoint(self, *, truncate: bool = False) -> None:
        """Moves committed pages into the file. Passive: never waits for a reader."""
        self._db.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if truncate else 'PASSIVE'})")

    def close(self) -> None:
        self._db.close()

    def _write(
        self, txn: int, record: Record | None, events: Sequence[AnyEvent], card: CardData | None
    ) -> Record:
        first = self._head()[0] + 1
        bodies: list[tuple[int, bytes]] = []
        sealed = None
        for seq, given in enumerate(events, first):
            event = given
            if isinstance(event, Numbered) and event.stan == 0:
                event = msgspec.structs.replace(event, stan=self._number_for(record, event))
            elif isinstance(event, CardRead):
                if event.sealed is not None:
                    raise JournalFault("only the journal seals card data: the firmware is at fault")
                if card is not None and sealed is None:
                    sealed = seq, self.vault().seal(card, seq)
                    event = msgspec.structs.replace(
                        event, sealed=sealed[1].digest, card_hash=self.vault().hash_of(card.pan)
                    )
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

    def _number_for(self, record: Record | None, event: Numbered) -> int:
        """The next trace number; a later attempt of a follow-up keeps the first one's."""
        if record is not None and isinstance(event, RepeatSent):
            return record.stan or 0
        before = None
        if record is not None and not isinstance(event, Intent):
            before = record.script_message if isinstance(event, ScriptSent) else record.owed
        return before.stan if before is not None else self._next_stan(self.batch())

    def _refuse_link(self, started: Started) -> None:
        """What may be done to an original is decided in the commit that begins it."""
        original = None if started.original is None else self._folded(started.original)
        linked = self.linked(started.original) if started.original is not None else []
        batch = self.batch()
        why = refusal(started.kind, started.amount, original, linked, batch)
        if why is not None:
            raise LinkRefused(why)

    def _chain(self, bodies: Iterable[tuple[int, bytes]]) -> None:
        seq, previous = self._head()
        for txn, body in bodies:
            seq += 1
            previous = link(previous, seq, txn, body)
            self._db.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?)", (seq, txn, body.decode(), previous)
            )

    def _head(self) -> tuple[int, bytes]:
        row = self._db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return row if row is not None else (0, GENESIS)

    def _folded(self, txn: int) -> Record:
        """From the events, not from the view: what is decided on it moves money."""
        bodies = view.of_txn(self._db, txn)
        if not bodies:
            raise JournalFault(f"there is no transaction {txn}")
        return view.built(txn, bodies)

    def _kept(self, txn: int) -> list[str]:
        """Digests of the transaction's card data that was not yet erased."""
        kept: list[str] = []
        for event in self.events(txn):
            if isinstance(event, CardRead) and event.sealed is not None:
                kept.append(event.sealed)
            elif isinstance(event, CardDataErased):
                kept.remove(event.sealed)
        return kept

    def _next_stan(self, batch: int) -> int:
        """The next number that neither the open batch nor anything open holds; kept for good."""
        taken = (
            "SELECT EXISTS (SELECT 1 FROM transactions WHERE (stan = ?1 OR owed_stan = ?1) "
            "AND (batch = ?2 OR state IN (SELECT value FROM json_each(?3))))"
        )
        open_names = _names(NEEDS_CARD)
        stan = self._one("SELECT value FROM meta WHERE name = 'stan'")
        for _ in range(MAX_STAN):
            stan = stan % MAX_STAN + 1
            if not self._one(taken, stan, batch, open_names):
                self._db.execute("UPDATE meta SET value = ? WHERE name = 'stan'", (stan,))
                return stan
        raise JournalFault("every trace number of this batch is used: settle the batch")

    def _check_tail(self) -> None:
        seq = max(0, self._head()[0] - TAIL)
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

    def _records(self, where: str, *values: str | int) -> list[Record]:
        rows = self._db.execute(f"SELECT record FROM transactions {where}", values)  # noqa: S608
        return [view.read(row[0]) for row in rows]

    def _one(self, query: str, *values: str | int) -> int:
        row = self._db.execute(query, values).fetchone()
        if row is None:
            raise DamageFault("the journal lacks a row of its own: call support")
        return int(row[0])


def _names(states: Iterable[str]) -> str:
    """The states as one bound value, for json_each."""
    return msgspec.json.encode(sorted(states)).decode()


def _refuse_number(bodies: Iterable[tuple[int, bytes]], card: CardData | None) -> None:
    """The last guard: no event of this commit may hold the number. A short one may be anything."""
    number = card.pan.reveal().encode() if card is not None else b""
    if len(number) >= 13 and any(number in body for _, body in bodies):
        raise JournalFault("an event holds the card number: it is not written")


def _other_key(sealed_under: str, held: str) -> str:
    return (
        f"card data is sealed under journal key {sealed_under}, this terminal holds {held}: "
        "give it its old key back"
    )
