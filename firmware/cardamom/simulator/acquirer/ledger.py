"""The acquirer's books: one row a financial transaction, one line a message, in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardamom.faults import DeviceFault
from cardamom.simulator.acquirer.batches import Batches
from cardamom.simulator.acquirer.entries import (
    APPROVED,
    Entry,
    Reference,
    entry_of,
    values_of,
)
from cardamom.simulator.acquirer.flags import Flag, Flags
from cardamom.simulator.acquirer.reversals import Reversals
from cardamom.simulator.acquirer.schema import open_ledger
from cardamom.values.kinds import KINDS, Kind
from cardamom.values.money import CURRENCIES, Money

__all__ = ["APPROVED", "Entry", "Ledger", "Reference", "read_flags", "read_ledger", "read_messages"]


class Ledger:
    """Owns the file. Each write is durable when it returns."""

    def __init__(self, path: Path) -> None:
        self._db = open_ledger(path)
        self.flags = Flags(self._db)
        self.reversals = Reversals(self._db, self.flags)
        self.batches = Batches(self._db, self.flags, self._insert)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def commit(self) -> Iterator[None]:
        """What is written inside becomes durable together, or not at all."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def find(self, entry: Entry) -> Entry | None:
        """The row of the same terminal, batch, trace number and local time: `entry` is a repeat of
        it, or claims to be."""
        row = self._db.execute(
            "SELECT * FROM transactions WHERE terminal = ? AND merchant = ? AND batch = ?"
            " AND stan = ? AND local_date = ? AND local_time = ?",
            (
                entry.terminal,
                entry.merchant,
                entry.batch,
                entry.stan,
                entry.local_date,
                entry.local_time,
            ),
        ).fetchone()
        return entry_of(row) if row else None

    def original(self, named: Reference) -> Entry | None:
        """The newest row that a message names."""
        return self.reversals.original(named)

    def record(self, entry: Entry, code: str, auth_code: str) -> Entry:
        """Book the decision; the row with its reference number. The first of a repeat stands.

        What an approval does to the original (voided, refunded) is in the same commit.
        """
        booked = replace(
            entry,
            code=code,
            auth_code=auth_code,
            state="approved" if code == APPROVED else "declined",
        )
        with self.commit():
            if (known := self.find(entry)) is not None:
                return known
            booked = self._insert(booked)
            if booked.state == "approved":
                self._touch_original(booked)
                self.batches.note_new(booked)
        return booked

    def note_scripts(self, entry: Entry, results: str) -> None:
        """Issuer-script results of a row's card."""
        self._db.execute("UPDATE transactions SET scripts = ? WHERE rrn = ?", (results, entry.rrn))

    def spent(self, account: str, currency: str) -> int:
        """What approved transactions took from an account less what they gave back, in minor
        units."""
        rows = self._db.execute(
            "SELECT kind, sum(amount_minor) FROM transactions"
            " WHERE account = ? AND currency = ? AND state = 'approved' GROUP BY kind",
            (account, currency),
        ).fetchall()
        signs = {"debit": 1, "credit": -1, "cancel": 0}  # a void takes its original out of the sum
        return sum(signs[KINDS[Kind(kind)].flow] * int(minor) for kind, minor in rows)

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

    def _insert(self, entry: Entry) -> Entry:
        """Inside a commit: the row, with its time, and a reference number where it has none that
        is free."""
        now = datetime.now(UTC)
        number = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM transactions").fetchone()
        taken = self._db.execute(
            "SELECT 1 FROM transactions WHERE rrn = ?", (entry.rrn,)
        ).fetchone()
        rrn = entry.rrn if entry.rrn and not taken else f"{now:%y%j}{number[0] % 10_000_000:07d}"
        booked = replace(entry, at=now.isoformat(timespec="milliseconds"), rrn=rrn)
        values = asdict(booked)
        columns = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self._db.execute(f"INSERT INTO transactions ({columns}) VALUES ({marks})", values)  # noqa: S608 names are the dataclass's
        return booked

    def _touch_original(self, entry: Entry) -> None:
        match KINDS[Kind(entry.kind)].flow:
            case "cancel":
                self._db.execute(
                    "UPDATE transactions SET state = 'voided' WHERE rrn = ? AND state = 'approved'",
                    (entry.original,),
                )
            case "credit":
                self._db.execute(
                    "UPDATE transactions SET refunded_minor = refunded_minor + ? WHERE rrn = ?",
                    (entry.amount_minor, entry.original),
                )

    def flag_same_numbers(self, entry: Entry, known: Entry) -> None:
        """A message that claims to repeat another, and does not."""
        flag = Flag.ADVICE_DIFFERS if known.advice and entry.advice else Flag.SAME_NUMBERS
        detail = (
            f"{entry.kind} of {entry.amount_minor} {entry.currency},"
            f" before {known.kind} of {known.amount_minor} {known.currency}"
        )
        self.flags.raise_(flag, entry.terminal, entry.stan, detail)


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """All transactions, oldest first, of a ledger that may be in use: the keys of Entry, and
    `amount` as a decimal string of the currency, `12.34`."""
    return [_with_amount(row) for row in _rows(path, "SELECT * FROM transactions ORDER BY id")]


def read_messages(path: Path) -> list[dict[str, Any]]:
    """All messages, oldest first."""
    return _rows(path, "SELECT * FROM messages ORDER BY id")


def read_flags(path: Path) -> list[dict[str, Any]]:
    """All that was found odd, oldest first: `at`, `terminal`, `stan`, `flag`, `detail`."""
    return _rows(path, "SELECT * FROM flags ORDER BY id")


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
        try:
            return [values_of(row) for row in db.execute(query)]
        except sqlite3.OperationalError as e:
            raise DeviceFault(
                f"{path} cannot be read ({e}): start its acquirer once, which brings an older"
                " ledger up to date"
            ) from None
