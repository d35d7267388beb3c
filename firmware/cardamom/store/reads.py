"""What can be asked of an open journal. Blocking; one thread's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from cardamom.faults import JournalFault
from cardamom.store import reports, view
from cardamom.store.chain import GENESIS, DamageFault, decode
from cardamom.store.vault import Vault, read_key
from cardamom.values.batch import Book
from cardamom.values.events import AnyEvent
from cardamom.values.record import Record
from cardamom.values.secret import Key, Pan
from cardamom.values.states import OWES
from cardamom.values.terminal_events import TerminalEvent


class Reads:
    """Reads one open journal. Every method may raise sqlite3.Error and DamageFault."""

    def __init__(self, db: sqlite3.Connection, key: Key | Path) -> None:
        self._db = db
        self._key = key
        self._vault: Vault | None = None

    def vault(self) -> Vault:
        """The vault. Raises JournalFault while there is no key; a key file is read once."""
        if self._vault is None:
            self._vault = Vault(self._key if isinstance(self._key, Key) else read_key(self._key))
        return self._vault

    def rows(self, statement: str, *values: str | bytes | int | None) -> list[Any]:
        """Of a table beside the chain; what it changes belongs into the caller's commit."""
        return self._db.execute(statement, values).fetchall()

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
            "WHERE txn IN (SELECT txn FROM transactions WHERE state IN (SELECT value FROM "
            "json_each(?)) UNION SELECT txn FROM transactions WHERE scripts IS NOT NULL) "
            "ORDER BY txn",
            names(OWES),
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
            names(states),
            self.vault().hash_of(pan),
        )

    def in_states(self, states: Iterable[str]) -> list[Record]:
        """Oldest first."""
        return self._records(
            "WHERE state IN (SELECT value FROM json_each(?)) ORDER BY txn", names(states)
        )

    def receipts_owed(self) -> list[Record]:
        return self._records("WHERE slips > 0 ORDER BY txn")

    def events(self, txn: int) -> list[AnyEvent]:
        return [view.event_of(body) for _, body in view.of_txn(self._db, txn)]

    def batch(self) -> int:
        return self._one("SELECT value FROM meta WHERE name = 'batch'")

    def book(self) -> Book:
        """As ports.Journal.book."""
        row = self._db.execute("SELECT body FROM books WHERE batch = ?", (self.batch(),)).fetchone()
        return view.read_book(row[0]) if row is not None else Book(batch=self.batch())

    def batch_story(self, batch: int) -> list[TerminalEvent]:
        """As ports.Journal.batch_story."""
        return reports.batch_story(self._db, batch)

    def z_owed(self) -> list[int]:
        """As ports.Journal.z_owed."""
        return reports.z_owed(self._db)

    def head(self) -> tuple[int, bytes]:
        """Sequence number and hash of the last event."""
        row = self._db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return row if row is not None else (0, GENESIS)

    def last_at(self) -> datetime | None:
        """As ports.Journal.last_at."""
        row = self._db.execute(
            "SELECT CAST(body AS BLOB) FROM events ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return decode(row[0]).at if row is not None else None

    def opened_at(self) -> datetime | None:
        """When the case was last opened; None: never."""
        row = self._db.execute(
            "SELECT json_extract(body, '$.at') FROM events WHERE txn = 0 "
            "AND json_extract(body, '$.type') = 'tampered' ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return datetime.fromisoformat(row[0]) if row is not None else None

    def folded(self, txn: int) -> Record:
        """From the events, not from the view: what is decided on it moves money."""
        bodies = view.of_txn(self._db, txn)
        if not bodies:
            raise JournalFault(f"there is no transaction {txn}")
        return view.built(txn, bodies)

    def _records(self, where: str, *values: str | int) -> list[Record]:
        rows = self._db.execute(f"SELECT record FROM transactions {where}", values)  # noqa: S608
        return [view.read(row[0]) for row in rows]

    def _one(self, query: str, *values: str | int) -> int:
        row = self._db.execute(query, values).fetchone()
        if row is None:
            raise DamageFault("the journal lacks a row of its own: call support")
        return int(row[0])


def names(states: Iterable[str]) -> str:
    """The states as one bound value, for json_each."""
    return msgspec.json.encode(sorted(states)).decode()
