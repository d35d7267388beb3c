"""From an older schema to this firmware's: forward only, after a verified copy, in one commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cardamom.store import view
from cardamom.store.books import Books
from cardamom.store.chain import DamageFault
from cardamom.store.database import copy_name, keep_copy, open_for_writing, writing
from cardamom.store.guard import UNBOUND, Binding
from cardamom.store.keyring import Handed
from cardamom.store.schema import STEPS, Step
from cardamom.story import tell
from cardamom.values.secret import Key
from cardamom.values.terminal_events import Migrated


def open_books(
    path: Path,
    key: Key | Path,
    now: Callable[[], datetime],
    steps: tuple[Step, ...] = STEPS,
    binding: Binding = UNBOUND,
    handed: Handed | None = None,
) -> Books:
    """The journal, created or migrated where needed, and held to what it is bound to.

    Raises JournalFault, or sqlite3.Error and OSError for what the disk does.
    """
    db, schema = open_for_writing(path, steps)
    try:
        books = Books(db, key, binding, handed)
        if 0 < schema < len(steps):
            copy = keep_copy(db, path, schema)
            _migrate(db, books, schema, steps, now())
            tell("journal_migrated", schema=len(steps), was=schema, copy=str(copy))
        books.guard.start(now())
        scrub(books, path)
    except BaseException:
        db.close()
        raise
    return books


def drop_copies(path: Path) -> None:
    """Removes what migrations kept: a copy holds data keys that were to be destroyed."""
    for copy in path.parent.glob(copy_name(path, "*").name):
        copy.unlink()


def scrub(books: Books, path: Path) -> None:
    """Sees to it that no destroyed data key is left in the log or in a copy; where a reader holds
    the log, a later call does."""
    if books.scrub_owed() and books.checkpoint(truncate=True):
        drop_copies(path)
        books.scrubbed()


def _migrate(
    db: sqlite3.Connection, books: Books, schema: int, steps: tuple[Step, ...], at: datetime
) -> None:
    from importlib.metadata import version  # heavy, and rarely needed

    with writing(db):
        db.execute("PRAGMA defer_foreign_keys = ON")
        for step in steps[schema:]:
            for statement in step:
                db.execute(statement)
        view.rebuild(db)
        books.note(
            Migrated(at=at, from_schema=schema, to_schema=len(steps), firmware=version("cardamom"))
        )
        if db.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise DamageFault("the migrated journal is not sound: nothing was migrated")
        db.execute(f"PRAGMA user_version = {len(steps)}")
