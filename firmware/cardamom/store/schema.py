"""The journal's tables, as steps from each schema to the next. A released step never changes.

`events` is the truth, `transactions` the view that is built from it. A change of what
`values.record` makes of the same events is a step too (an empty one): each step rebuilds the view.
"""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x43415244
"""Marks the file as a journal of ours: `CARD`."""

Step = tuple[str, ...]
"""Statements, in order."""

_APPEND_ONLY: Final = """
    CREATE TRIGGER events_{action} BEFORE {action} ON events
    BEGIN SELECT RAISE(ABORT, 'events are only appended'); END
"""

FIRST: Final[Step] = (
    """
    CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "INSERT INTO meta VALUES ('batch', 1), ('stan', 0)",
    """
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        txn INTEGER NOT NULL,
        body TEXT NOT NULL,
        hash BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX events_of_txn ON events (txn)",
    # also keeps INSERT OR REPLACE out, which fires no DELETE trigger
    """
    CREATE TRIGGER events_insert BEFORE INSERT ON events
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
    BEGIN SELECT RAISE(ABORT, 'events are only appended'); END
    """,
    _APPEND_ONLY.format(action="update"),
    _APPEND_ONLY.format(action="delete"),
    """
    CREATE TABLE sealed_cards (
        seq INTEGER PRIMARY KEY REFERENCES events,
        data BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE card_keys (
        seq INTEGER PRIMARY KEY REFERENCES sealed_cards,
        master TEXT NOT NULL,
        wrapped BLOB NOT NULL
    ) STRICT
    """,
    # columns that can only say what the record says
    """
    CREATE TABLE transactions (
        txn INTEGER PRIMARY KEY,
        record TEXT NOT NULL,
        state TEXT AS (json_extract(record, '$.state')),
        batch INTEGER AS (json_extract(record, '$.batch')),
        stan INTEGER AS (json_extract(record, '$.stan')),
        reference TEXT AS (json_extract(record, '$.reference')),
        slips INTEGER AS (json_array_length(record, '$.receipts_owed'))
    ) STRICT
    """,
    "CREATE INDEX transactions_state ON transactions (state)",
    "CREATE INDEX transactions_stan ON transactions (stan) WHERE stan IS NOT NULL",
    """
    CREATE UNIQUE INDEX transactions_reference ON transactions (reference)
    WHERE reference IS NOT NULL
    """,
    "CREATE INDEX transactions_slips ON transactions (txn) WHERE slips > 0",
)

FOLLOWED: Final[Step] = (
    "ALTER TABLE transactions ADD original INTEGER AS (json_extract(record, '$.original'))",
    "ALTER TABLE transactions ADD owed_stan INTEGER AS (json_extract(record, '$.owed.stan'))",
    "ALTER TABLE transactions ADD card_hash TEXT AS (json_extract(record, '$.card_hash'))",
    "ALTER TABLE transactions ADD scripts TEXT AS (json_extract(record, '$.scripts'))",
    "CREATE INDEX transactions_original ON transactions (original) WHERE original IS NOT NULL",
    "CREATE INDEX transactions_owed_stan ON transactions (owed_stan) WHERE owed_stan IS NOT NULL",
    "CREATE INDEX transactions_scripts ON transactions (txn) WHERE scripts IS NOT NULL",
    "CREATE INDEX transactions_batch ON transactions (batch, stan)",
    # of the terminal's own events alone: a payment's commit does not touch it
    """
    CREATE INDEX events_of_batch
    ON events (json_extract(body, '$.type'), json_extract(body, '$.batch'), seq) WHERE txn = 0
    """,
    """
    CREATE TABLE books (
        batch INTEGER PRIMARY KEY,
        body TEXT NOT NULL
    ) STRICT
    """,
)
"""What follows a request: links, deliveries, settlement."""

SECURED: Final[Step] = (
    """
    CREATE TABLE key_slots (
        slot TEXT PRIMARY KEY,
        board TEXT NOT NULL,
        master TEXT NOT NULL,
        sealed BLOB NOT NULL,
        told TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # initial keys that were ever loaded: loaded again, they would start anew
    """
    CREATE TABLE dukpt_loaded (
        serial BLOB PRIMARY KEY
    ) STRICT, WITHOUT ROWID
    """,
    # txn: no transaction has a number up to this; scrub: destroyed data keys may still lie in the
    # log or in a copy
    "INSERT INTO meta VALUES ('txn', 0), ('scrub', 0)",
    "ALTER TABLE transactions ADD sealed TEXT AS (json_extract(record, '$.sealed'))",
    """
    ALTER TABLE transactions
    ADD script_stan INTEGER AS (json_extract(record, '$.script_message.stan'))
    """,
    "CREATE INDEX transactions_sealed ON transactions (txn) WHERE sealed IS NOT NULL",
    """
    CREATE INDEX transactions_script_stan ON transactions (script_stan)
    WHERE script_stan IS NOT NULL
    """,
    """
    CREATE INDEX transactions_card_hash ON transactions (card_hash, state)
    WHERE card_hash IS NOT NULL
    """,
)
"""Keys at rest, and card data that goes with its batch."""

TORN: Final[Step] = (
    # times are seconds since 1970; after `until`, or before `at`, a row is of no use
    """
    CREATE TABLE torn (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        until INTEGER NOT NULL,
        master TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT
    """,
)
"""Taps that a card left in the middle of."""

MEMBERS: Final[Step] = (
    """
    CREATE TABLE members (
        number TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        uid BLOB UNIQUE,
        issue INTEGER NOT NULL,
        until TEXT NOT NULL,
        blocked INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)
"""The merchant's own cards; records have a tender and a balance."""

STEPS: Final[tuple[Step, ...]] = (FIRST, FOLLOWED, SECURED, TORN, MEMBERS)
"""Step n leads from schema n to schema n + 1; their count is this firmware's schema."""
