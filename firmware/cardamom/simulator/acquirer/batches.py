"""Batches in the ledger: its own totals beside the terminal's, uploads, and what is settled."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from cardamom.simulator.acquirer.entries import Entry, entry_of
from cardamom.simulator.acquirer.flags import Flag, Flags
from cardamom.values.kinds import KINDS, Kind
from cardamom.values.totals import Totals

LAST: Final = 999_999
"""After this batch number comes 1."""

_HELD: Final = "state IN ('approved', 'voided')"
"""What counts in totals: a voided sale beside the void that takes it back."""


class Batches:
    """Part of a ledger; what is called here is one commit of the caller."""

    def __init__(
        self, db: sqlite3.Connection, flags: Flags, insert: Callable[[Entry], Entry]
    ) -> None:
        self._db = db
        self._flags = flags
        self._insert = insert

    def held(self, terminal: str, merchant: str, batch: str, currency: str) -> Totals:
        """The ledger's own totals of a terminal's batch."""
        rows = self._db.execute(
            "SELECT kind, count(*), sum(amount_minor) FROM transactions"  # noqa: S608 ours
            f" WHERE terminal = ? AND merchant = ? AND batch = ? AND currency = ? AND {_HELD}"
            " GROUP BY kind",
            (terminal, merchant, batch, currency),
        )
        sums = {"debit": (0, 0), "credit": (0, 0), "cancel": (0, 0)}
        for kind, count, minor in rows:
            flow = KINDS[Kind(kind)].flow
            sums[flow] = (sums[flow][0] + count, sums[flow][1] + minor)
        return Totals(
            currency=currency,
            debits=sums["debit"][0],
            debit_minor=sums["debit"][1],
            debit_reversals=sums["cancel"][0],
            debit_reversal_minor=sums["cancel"][1],
            credits=sums["credit"][0],
            credit_minor=sums["credit"][1],
        )

    def compare(
        self, terminal: str, merchant: str, batch: str, held: Totals, told: str, *, agreed: bool
    ) -> None:
        """The terminal told its totals; where they are the ledger's, its rows of the currency are
        settled."""
        self._note(terminal, merchant, batch, told, held, "agreed" if agreed else "differs")
        if agreed:
            self._settle(terminal, merchant, batch, held.currency, uploaded_only=False)

    def upload(self, entry: Entry, known: Entry | None, *, settles: bool = False) -> Entry:
        """One record of the terminal's batch, approved there: it stands, and what the ledger had
        otherwise is flagged. `known`: the ledger's row of it; `settles`: no message ends the
        upload."""
        batch = entry.batch if settles else None
        if known is None:
            added = self._insert(replace(entry, uploaded=True, settled_batch=batch))
            self._flag(Flag.UPLOAD_ADDED, added, f"{_what(added)} is in the terminal's batch only")
            return added
        if (known.amount_minor, known.currency, known.kind) != (
            entry.amount_minor,
            entry.currency,
            entry.kind,
        ) or known.state not in ("approved", "voided"):
            self._flag(
                Flag.UPLOAD_DIFFERS,
                known,
                f"{_what(known)} is {known.state} in the ledger, {_what(entry)} in the upload",
            )
            state = known.state if known.state == "voided" else "approved"
            self._db.execute(
                "UPDATE transactions SET amount_minor = ?, currency = ?, kind = ?, state = ?"
                " WHERE rrn = ?",
                (entry.amount_minor, entry.currency, entry.kind, state, known.rrn),
            )
        self._db.execute(
            "UPDATE transactions SET uploaded = 1, batch = ?,"
            " settled_batch = coalesce(?, settled_batch) WHERE rrn = ?",
            (entry.batch, batch, known.rrn),
        )
        return known

    def end_upload(self, terminal: str, merchant: str, batch: str, currency: str | None) -> None:
        """The terminal has sent all: what it uploaded is settled, what it did not is flagged.
        `currency` None: of all currencies."""
        rows = self._db.execute(
            "SELECT * FROM transactions WHERE terminal = ? AND merchant = ? AND batch = ?"  # noqa: S608 ours
            f" AND settled_batch IS NULL AND {_HELD}",
            (terminal, merchant, batch),
        ).fetchall()
        entries = [entry_of(row) for row in rows]
        for one in sorted({e.currency for e in entries}):
            if currency not in (None, one):
                continue
            self._settle(terminal, merchant, batch, one, uploaded_only=True)
            held = self.held(terminal, merchant, batch, one)
            self._note(terminal, merchant, batch, "", held, "uploaded")
            for entry in entries:
                if entry.currency == one and not entry.uploaded:
                    detail = f"{_what(entry)} of batch {batch} was not uploaded"
                    self._flag(Flag.NOT_UPLOADED, entry, detail)

    def note_new(self, entry: Entry) -> None:
        """Something of a terminal's open batch came: an upload of an earlier one is over, and what
        comes for a batch that is settled is flagged."""
        batches = self._db.execute(
            "SELECT batch, currency, state FROM batches WHERE terminal = ? AND merchant = ?",
            (entry.terminal, entry.merchant),
        ).fetchall()
        for batch, currency, state in batches:
            if state == "differs" and batch != entry.batch:
                self.end_upload(entry.terminal, entry.merchant, batch, currency)
            if state != "differs" and (batch, currency) == (entry.batch, entry.currency):
                detail = f"{_what(entry)} for batch {batch}, which is settled"
                self._flag(Flag.SETTLED_BATCH, entry, detail)

    def open_batch(self, terminal: str) -> str:
        """The number that the terminal's open batch should have, six digits."""
        row = self._db.execute(
            "SELECT batch FROM batches WHERE terminal = ? AND state IN ('agreed', 'uploaded')"
            " ORDER BY id DESC",
            (terminal,),
        ).fetchone()
        settled = int(row[0]) if row and row[0].isdigit() else 0
        return f"{settled % LAST + 1:06d}"

    def _settle(
        self, terminal: str, merchant: str, batch: str, currency: str, *, uploaded_only: bool
    ) -> None:
        more = " AND uploaded = 1" if uploaded_only else ""
        self._db.execute(
            "UPDATE transactions SET settled_batch = batch WHERE terminal = ? AND merchant = ?"  # noqa: S608 ours
            f" AND batch = ? AND currency = ? AND settled_batch IS NULL AND {_HELD}{more}",
            (terminal, merchant, batch, currency),
        )

    def _note(
        self,
        terminal: str,
        merchant: str,
        batch: str,
        told: str,
        held: Totals,
        state: str,
    ) -> None:
        """An empty `told` keeps what the terminal told before."""
        self._db.execute(
            "INSERT INTO batches (at, terminal, merchant, batch, currency, state, told, held)"
            " VALUES (:at, :terminal, :merchant, :batch, :currency, :state, :told, :held)"
            " ON CONFLICT (terminal, merchant, batch, currency) DO UPDATE SET"
            " at = excluded.at, state = excluded.state, held = excluded.held,"
            " told = iif(excluded.told = '', told, excluded.told)",
            {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "terminal": terminal,
                "merchant": merchant,
                "batch": batch,
                "currency": held.currency,
                "state": state,
                "held": msgspec.json.encode(held).decode(),
                "told": told,
            },
        )

    def _flag(self, flag: Flag, entry: Entry, detail: str) -> None:
        self._flags.raise_(flag, entry.terminal, entry.stan, detail)


def _what(entry: Entry) -> str:
    return f"trace {entry.stan}, {entry.kind} of {entry.amount_minor} {entry.currency}"
