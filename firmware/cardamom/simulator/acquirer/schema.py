"""The ledger's file: its tables, and what brings an older one up to them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from cardamom.faults import DeviceFault

VERSION: Final = 2

_TRANSACTIONS: Final = """
CREATE TABLE transactions (
    id INTEGER PRIMARY KEY,
    terminal TEXT NOT NULL, merchant TEXT NOT NULL, stan TEXT NOT NULL,
    local_date TEXT NOT NULL, local_time TEXT NOT NULL,
    mti TEXT NOT NULL, processing TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL,
    pan TEXT NOT NULL, account TEXT NOT NULL,
    code TEXT NOT NULL, auth_code TEXT NOT NULL, rrn TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('approved', 'declined', 'reversed', 'voided')),
    at TEXT NOT NULL,
    kind TEXT NOT NULL, batch TEXT NOT NULL, sent TEXT NOT NULL, original TEXT NOT NULL,
    advice INTEGER NOT NULL, reversed_at TEXT, refunded_minor INTEGER NOT NULL,
    settled_batch TEXT, uploaded INTEGER NOT NULL, scripts TEXT NOT NULL,
    UNIQUE (terminal, merchant, batch, stan, local_date, local_time)
);
CREATE INDEX by_stan ON transactions (merchant, stan);
CREATE INDEX by_account ON transactions (account, currency);
"""

_REST: Final = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL, terminal TEXT NOT NULL, stan TEXT NOT NULL, mti TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS pin_tries (account TEXT PRIMARY KEY, wrong INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS reversals (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL, terminal TEXT NOT NULL, merchant TEXT NOT NULL,
    stan TEXT NOT NULL, batch TEXT NOT NULL, sent TEXT NOT NULL,
    local_date TEXT NOT NULL, local_time TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL,
    code TEXT NOT NULL, original TEXT NOT NULL, times INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS reversals_by_stan ON reversals (terminal, merchant, stan);
CREATE TABLE IF NOT EXISTS batches (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL, terminal TEXT NOT NULL, merchant TEXT NOT NULL, batch TEXT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('agreed', 'differs', 'uploaded')),
    told TEXT NOT NULL, held TEXT NOT NULL,
    UNIQUE (terminal, merchant, batch, currency)
);
CREATE TABLE IF NOT EXISTS flags (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL, terminal TEXT NOT NULL, stan TEXT NOT NULL, flag TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS certificates (
    terminal TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (terminal, fingerprint)
);
CREATE TABLE IF NOT EXISTS key_serials (ksn TEXT PRIMARY KEY, stan TEXT NOT NULL);
"""

_FROM_1: Final = """
INSERT INTO transactions SELECT
    id, terminal, merchant, stan, local_date, local_time, mti, processing, amount_minor, currency,
    pan, account, code, auth_code, rrn, state, at,
    'sale', '', '', '', 0, NULL, 0, NULL, 0, ''
FROM transactions_1;
DROP TABLE transactions_1;
"""


def open_ledger(path: Path) -> sqlite3.Connection:
    """The file, of this schema; an older one is brought up to it in one transaction.

    Raises DeviceFault for a file that is no ledger, or that a newer simulator wrote.
    """
    db = sqlite3.connect(path, isolation_level=None)
    db.row_factory = sqlite3.Row
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        _bring_up(db, path)
    except sqlite3.DatabaseError as e:
        db.close()
        raise DeviceFault(f"{path} is no ledger ({e}): move it away") from None
    except DeviceFault:
        db.close()
        raise
    return db


def _bring_up(db: sqlite3.Connection, path: Path) -> None:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise DeviceFault(
            f"{path} is a ledger of schema {version}, this simulator knows {VERSION}: "
            "use the newer simulator, or another folder"
        )
    if version == VERSION:
        return
    old = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'transactions'").fetchone()
    steps = ["ALTER TABLE transactions RENAME TO transactions_1;"] if old else []
    steps += [_TRANSACTIONS, _REST, *([_FROM_1] if old else [])]
    # executescript would commit what is open: it gets its own BEGIN and COMMIT
    db.executescript(f"BEGIN IMMEDIATE; {' '.join(steps)} PRAGMA user_version = {VERSION}; COMMIT;")
