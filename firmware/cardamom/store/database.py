"""The SQLite file: opened so that a commit is durable, created, migrated, refused."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cardamom.faults import JournalFault
from cardamom.store.chain import DamageFault
from cardamom.store.schema import APPLICATION_ID, STEPS, Step
from cardamom.story import tell

AUTOCHECKPOINT_PAGES: Final = 4000
"""A stop for a log that nobody checkpoints (16 MB); checkpoints belong to idle time."""

LOG_LIMIT_BYTES: Final = 4 << 20

_SENTENCES: Final = {
    sqlite3.SQLITE_FULL: "the disk is full: free space on it",
    sqlite3.SQLITE_READONLY: "the disk or file is read-only: check the SD card and the owner",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: run `cardamom journal verify`, call support",
    sqlite3.SQLITE_NOTADB: "the file is no journal: check the path",
    sqlite3.SQLITE_IOERR: "the disk fails: replace the SD card",
    sqlite3.SQLITE_BUSY: "another program holds it: stop that program",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened: check its folder and its owner",
}


class SchemaFault(JournalFault):
    """The journal is another firmware's, and may be sound."""


class RoomFault(JournalFault):
    """There is no room for what is to be written, or too little to begin anything."""

    def __init__(self, text: str, *, doubtful: bool = True) -> None:
        super().__init__(text)
        self.doubtful = doubtful


def fault_of(error: sqlite3.Error | OSError, path: Path) -> JournalFault:
    """What the disk or SQLite did, as a sentence: what is wrong with the journal, what to do."""
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return RoomFault(f"the journal {path}: {_SENTENCES[sqlite3.SQLITE_FULL]}")
        return JournalFault(f"the journal {path}: {error.strerror}: check disk and folder")
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if primary == sqlite3.SQLITE_CANTOPEN and _read_only(path.parent):
        primary = sqlite3.SQLITE_READONLY
    if primary == sqlite3.SQLITE_IOERR and _full(path.parent):
        primary = sqlite3.SQLITE_FULL  # the index of the log has no such code of its own
    why = _SENTENCES.get(primary) if primary is not None else None
    kind = RoomFault if primary == sqlite3.SQLITE_FULL else JournalFault
    return kind(f"the journal {path}: {why or error}")


def see_room(path: Path, needed: int) -> None:
    """Raises RoomFault where fewer than `needed` bytes are free beside `path`; OSError."""
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise RoomFault(
            f"the journal's disk has {free >> 20} MB left: free space on it, {needed >> 20} MB are "
            "needed",
            doubtful=False,
        )


def _read_only(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    return False


def _full(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.statvfs(folder).f_bavail == 0
    return False


def open_for_writing(path: Path, steps: tuple[Step, ...] = STEPS) -> tuple[sqlite3.Connection, int]:
    """The connection that writes, and the schema that was found: 0 in a new file.

    A found schema between 0 and `len(steps)` is still to be migrated. Raises JournalFault for a
    newer schema or a foreign file, sqlite3.Error or OSError for what the disk does.
    """
    if not path.exists():
        _create(path)
    # psow=0: each commit ends on a sector of its own, so that a power cut while the next one is
    # written cannot take it along on a card that rewrites whole sectors
    db = _connect(path, "mode=rw&psow=0")
    try:
        schema = _schema(db, path, len(steps))
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {LOG_LIMIT_BYTES}")
        db.execute(f"PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT_PAGES}")
        db.execute("PRAGMA secure_delete = ON")
        if schema == 0:
            _fill(db, steps)
            tell("journal_created", path=str(path), schema=len(steps))
    except BaseException:
        db.close()
        raise
    return db, schema


@contextlib.contextmanager
def open_for_reading(
    path: Path, steps: tuple[Step, ...] = STEPS, *, older: bool = False
) -> Iterator[sqlite3.Connection]:
    """A read-only connection, beside a running daemon or without one. `older`: a journal that is
    still to be migrated will do, for a table that it may have.

    Raises JournalFault when there is no journal of this firmware's schema.
    """
    if not path.is_file():
        raise JournalFault(f"there is no journal {path}")
    try:
        with contextlib.closing(_connect(path, "mode=ro")) as db:
            schema = _schema(db, path, len(steps))
            if schema < len(steps) and not older:
                raise SchemaFault(
                    f"the journal {path} has schema {schema}, this firmware {len(steps)}: start "
                    "the terminal once to migrate it"
                )
            yield db
    except sqlite3.Error as e:
        raise fault_of(e, path) from e


@contextlib.contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """One durable commit of all that is done inside, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            with contextlib.suppress(sqlite3.Error):  # the first error says more
                db.execute("ROLLBACK")
        raise


def keep_copy(db: sqlite3.Connection, path: Path, schema: int) -> Path:
    """A verified copy beside the journal, named after its schema. Raises as a commit does."""
    kept = copy_name(path, schema)
    part = kept.with_name(kept.name + ".part")
    part.unlink(missing_ok=True)
    _create(part)
    with contextlib.closing(_connect(part, "mode=rw")) as copy:
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        sound = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        last = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"
        if not sound or copy.execute(last).fetchone() != db.execute(last).fetchone():
            raise DamageFault(f"the copy of the journal {path} is not sound: nothing was migrated")
    _sync(part)
    part.rename(kept)
    _sync(kept.parent)
    return kept


def copy_name(path: Path, schema: int | str) -> Path:
    """Where the copy of a journal of that schema lies; with `*` a pattern for all of them."""
    return path.with_name(f"{path.name}.schema{schema}")


def _connect(path: Path, options: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        f"file:{quote(str(path))}?{options}", uri=True, isolation_level=None, timeout=2.0
    )
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _schema(db: sqlite3.Connection, path: Path, known: int) -> int:
    """The file's schema; 0 where nothing is in it yet."""
    mark = db.execute("PRAGMA application_id").fetchone()[0]
    if mark != APPLICATION_ID:
        if mark or db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise JournalFault(f"{path} is no journal of this firmware: check the path")
        return 0
    schema = int(db.execute("PRAGMA user_version").fetchone()[0])
    if schema > known:
        raise SchemaFault(
            f"the journal {path} was written by newer firmware (schema {schema}, this firmware "
            f"knows {known}): install the newer firmware again"
        )
    return schema


def _create(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    _sync(path.parent)


def _fill(db: sqlite3.Connection, steps: tuple[Step, ...]) -> None:
    with writing(db):
        for step in steps:
            for statement in step:
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(steps)}")


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
