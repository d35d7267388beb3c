"""Trace numbers: each new message has one that nothing open holds."""

from __future__ import annotations

import sqlite3
from typing import Final

from cardamom.faults import JournalFault
from cardamom.store.chain import DamageFault
from cardamom.store.reads import names
from cardamom.values.states import NEEDS_CARD

MAX_STAN: Final = 999_999

_TAKEN: Final = """
    WITH held (batch, state) AS (
        SELECT batch, state FROM transactions WHERE stan = ?1
        UNION ALL SELECT batch, state FROM transactions WHERE owed_stan = ?1
        UNION ALL SELECT batch, state FROM transactions WHERE script_stan = ?1
    )
    SELECT EXISTS (
        SELECT 1 FROM held
        WHERE +batch = ?2 OR +state IN (SELECT value FROM json_each(?3))
    )
"""
"""Found by number: the signs keep SQLite from walking through the whole batch instead."""


def next_stan(db: sqlite3.Connection, batch: int) -> int:
    """The next number that neither the open batch nor anything open holds; kept for good in the
    caller's commit. Raises JournalFault when the batch has used them all."""
    row = db.execute("SELECT value FROM meta WHERE name = 'stan'").fetchone()
    if row is None:
        raise DamageFault("the journal lacks a row of its own: call support")
    stan, still_open = int(row[0]), names(NEEDS_CARD)
    for _ in range(MAX_STAN):
        stan = stan % MAX_STAN + 1
        if not db.execute(_TAKEN, (stan, batch, still_open)).fetchone()[0]:
            db.execute("UPDATE meta SET value = ? WHERE name = 'stan'", (stan,))
            return stan
    raise JournalFault("every trace number of this batch is used: settle the batch")
