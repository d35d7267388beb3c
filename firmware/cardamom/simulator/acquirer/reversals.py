"""Reversals in the ledger: each undoes what it names once; one of the unknown is remembered."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cardamom.simulator.acquirer.entries import APPROVED, Entry, Reference, entry_of
from cardamom.simulator.acquirer.flags import Flag, Flags
from cardamom.values.kinds import KINDS, Kind

NOT_FOUND: Final = "25"
"""Unable to locate record on file (ISO 8583:1987, response codes)."""
INVALID: Final = "12"


@dataclass(frozen=True, slots=True)
class Reversed:
    """What became of a reversal: field 39, the row where there is one, whether it came again."""

    code: str
    entry: Entry | None = None
    again: bool = False


class Reversals:
    """Part of a ledger; what is called here is one commit of the caller."""

    def __init__(self, db: sqlite3.Connection, flags: Flags) -> None:
        self._db = db
        self._flags = flags

    def original(self, named: Reference) -> Entry | None:
        """The newest row that a message names by reference number or trace number."""
        by, value = ("rrn", named.rrn) if named.rrn else ("stan", named.stan)
        if not value:
            return None
        rows = self._db.execute(
            f"SELECT * FROM transactions WHERE merchant = ? AND {by} = ? ORDER BY id DESC",  # noqa: S608 one of two names
            (named.merchant, value),
        )
        return next((e for e in map(entry_of, rows) if named.names(e.itself)), None)

    def came_before(self, entry: Entry) -> bool:
        """Whether a reversal of this transaction was answered already: it may not be done now."""
        return self._remembered(entry.itself) is not None

    def reverse(self, named: Reference, amount_minor: int, currency: str) -> Reversed:
        """Undo what is named; once, however often it is asked."""
        found = self.original(named)
        known = self._remembered(named)
        if known is not None:
            self._db.execute("UPDATE reversals SET times = times + 1 WHERE id = ?", (known["id"],))
            return Reversed(known["code"], found, again=True)
        if found is None:
            self._remember(named, amount_minor, currency, NOT_FOUND, "")
            return Reversed(NOT_FOUND)
        why = _refusal(found, amount_minor, currency)
        if why is not None:
            self._flags.raise_(Flag.REVERSAL_DIFFERS, found.terminal, found.stan, why)
            return Reversed(INVALID, found)
        self._undo(found)
        self._remember(found.itself, amount_minor, currency, APPROVED, found.rrn)
        return Reversed(APPROVED, self.original(found.itself))

    def _undo(self, entry: Entry) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._db.execute(
            "UPDATE transactions SET reversed_at = ?,"
            " state = iif(state = 'approved', 'reversed', state) WHERE rrn = ?",
            (at, entry.rrn),
        )
        if entry.state != "approved":
            return
        if entry.settled_batch is not None:
            detail = f"reversed after batch {entry.settled_batch} was settled"
            self._flags.raise_(Flag.SETTLED_BATCH, entry.terminal, entry.stan, detail)
        match KINDS[Kind(entry.kind)].flow:
            case "cancel":
                self._db.execute(
                    "UPDATE transactions SET state = 'approved' WHERE rrn = ? AND state = 'voided'",
                    (entry.original,),
                )
            case "credit":
                self._db.execute(
                    "UPDATE transactions SET refunded_minor = refunded_minor - ? WHERE rrn = ?",
                    (entry.amount_minor, entry.original),
                )

    def _remember(
        self, named: Reference, amount_minor: int, currency: str, code: str, original: str
    ) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._db.execute(
            "INSERT INTO reversals (at, terminal, merchant, stan, batch, sent, local_date,"
            " local_time, amount_minor, currency, code, original, times)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (
                at,
                named.terminal,
                named.merchant,
                named.stan,
                named.batch,
                named.sent,
                named.local_date,
                named.local_time,
                amount_minor,
                currency,
                code,
                original,
            ),
        )

    def _remembered(self, named: Reference) -> sqlite3.Row | None:
        rows = self._db.execute(
            "SELECT * FROM reversals WHERE terminal = ? AND merchant = ? AND stan = ?"
            " ORDER BY id DESC",
            (named.terminal, named.merchant, named.stan),
        )
        return next((row for row in rows if _named_by(row).names(named)), None)


def _named_by(row: sqlite3.Row) -> Reference:
    return Reference(
        row["terminal"],
        row["merchant"],
        row["stan"],
        row["batch"],
        row["sent"],
        row["local_date"],
        row["local_time"],
        row["original"],
    )


def _refusal(entry: Entry, amount_minor: int, currency: str) -> str | None:
    """Why what is named is not undone."""
    if (entry.amount_minor, entry.currency) != (amount_minor, currency):
        return (
            f"a reversal of {amount_minor} {currency} names one of"
            f" {entry.amount_minor} {entry.currency}"
        )
    if entry.state == "voided":
        return "a reversal names what was voided"
    return "a reversal names what was refunded" if entry.refunded_minor else None
