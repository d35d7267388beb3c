"""The acquirer's books: one row a financial transaction, one line a message, in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cardamom.faults import DeviceFault
from cardamom.values.money import CURRENCIES, Money

APPROVED: Final = "00"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS transactions (
    id INTEGER PRIMARY KEY,
    terminal TEXT NOT NULL, merchant TEXT NOT NULL, stan TEXT NOT NULL,
    local_date TEXT NOT NULL, local_time TEXT NOT NULL,
    mti TEXT NOT NULL, processing TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL,
    pan TEXT NOT NULL, account TEXT NOT NULL,
    code TEXT NOT NULL, auth_code TEXT NOT NULL, rrn TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('approved', 'declined')),
    at TEXT NOT NULL,
    UNIQUE (terminal, merchant, stan, local_date, local_time)
);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL, terminal TEXT NOT NULL, stan TEXT NOT NULL, mti TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS pin_tries (account TEXT PRIMARY KEY, wrong INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A financial transaction. `pan` is masked; `account` names the issuer's account."""

    terminal: str
    merchant: str
    stan: str
    local_date: str
    local_time: str
    mti: str
    processing: str
    amount_minor: int
    currency: str
    pan: str
    account: str = ""
    code: str = ""
    auth_code: str = ""
    rrn: str = ""
    state: str = ""
    at: str = ""


class Ledger:
    """Owns the file. Each write is durable when it returns."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def find(self, entry: Entry) -> Entry | None:
        """The row of the same terminal, trace number and local time: `entry` is a repeat of it."""
        row = self._db.execute(
            "SELECT * FROM transactions WHERE terminal = ? AND merchant = ? AND stan = ?"
            " AND local_date = ? AND local_time = ?",
            (entry.terminal, entry.merchant, entry.stan, entry.local_date, entry.local_time),
        ).fetchone()
        return _entry(row) if row else None

    def record(self, entry: Entry, code: str, auth_code: str) -> Entry:
        """Book the decision; the row with its reference number. The first of a repeat stands."""
        now = datetime.now(UTC)
        booked = replace(
            entry,
            code=code,
            auth_code=auth_code,
            state="approved" if code == APPROVED else "declined",
            at=now.isoformat(timespec="milliseconds"),
        )
        with self._transaction():
            if (known := self.find(entry)) is not None:
                return known
            number = self._db.execute(
                "SELECT coalesce(max(id), 0) + 1 FROM transactions"
            ).fetchone()
            booked = replace(booked, rrn=f"{now:%y%j}{number[0] % 10_000_000:07d}")
            values = asdict(booked)
            columns = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            self._db.execute(f"INSERT INTO transactions ({columns}) VALUES ({marks})", values)  # noqa: S608 names are the dataclass's
        return booked

    def spent(self, account: str, currency: str) -> int:
        """What approved transactions took from an account, in minor units."""
        row = self._db.execute(
            "SELECT coalesce(sum(amount_minor), 0) FROM transactions"
            " WHERE account = ? AND currency = ? AND state = 'approved'",
            (account, currency),
        ).fetchone()
        return int(row[0])

    def wrong_pins(self, account: str) -> int:
        """Wrong PINs since the last right one."""
        row = self._db.execute(
            "SELECT wrong FROM pin_tries WHERE account = ?", (account,)
        ).fetchone()
        return int(row[0]) if row else 0

    def note_pin(self, account: str, *, right: bool) -> None:
        wrong = 0 if right else self.wrong_pins(account) + 1
        self._db.execute(
            "INSERT INTO pin_tries VALUES (?, ?)"
            " ON CONFLICT (account) DO UPDATE SET wrong = excluded.wrong",
            (account, wrong),
        )

    def note(self, terminal: str, stan: str, mti: str, outcome: str) -> None:
        """One message and what became of it: `booked 00`, `repeated`, `network 001`."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._db.execute(
            "INSERT INTO messages (at, terminal, stan, mti, outcome) VALUES (?, ?, ?, ?, ?)",
            (at, terminal, stan, mti, outcome),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """All transactions, oldest first, of a ledger that may be in use: the keys of Entry, and
    `amount` as a decimal string of the currency, `12.34`."""
    return [_with_amount(row) for row in _rows(path, "SELECT * FROM transactions ORDER BY id")]


def read_messages(path: Path) -> list[dict[str, Any]]:
    """All messages, oldest first."""
    return _rows(path, "SELECT * FROM messages ORDER BY id")


def _with_amount(row: dict[str, Any]) -> dict[str, Any]:
    """The minor units alone where the currency is none that this project knows."""
    minor, currency = row["amount_minor"], row["currency"]
    amount = Money(minor, currency).digits() if currency in CURRENCIES else str(minor)
    return {**row, "amount": amount}


def _rows(path: Path, query: str) -> list[dict[str, Any]]:
    if not path.exists():
        raise DeviceFault(f"there is no ledger {path}: name the demo's folder")
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [{k: row[k] for k in row.keys() if k != "id"} for row in db.execute(query)]  # noqa: SIM118 a Row iterates values


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(**{name: row[name] for name in row.keys() if name != "id"})  # noqa: SIM118
