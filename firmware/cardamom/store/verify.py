"""Checks a whole journal, read-only, beside a running daemon or without one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from cardamom.store import view
from cardamom.store.chain import GENESIS, TERMINAL, DamageFault, breaks, decode
from cardamom.store.database import open_for_reading
from cardamom.store.schema import STEPS, Step
from cardamom.store.vault import digest_of
from cardamom.values.batch import Book
from cardamom.values.events import CardDataErased, CardRead
from cardamom.values.record import Record

MAX_PROBLEMS: Final = 20


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong. `seq` the event, `txn` the transaction, where it is about one."""

    what: str
    seq: int | None = None
    txn: int | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` found; at most 20 problems are listed."""

    events: int
    transactions: int
    sealed: int
    """Records whose card data can still be opened."""
    head: str
    """Hash of the last event, hex: noted elsewhere, it shows a tail that was cut off later."""
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def first_bad(self) -> int | None:
        """The lowest sequence number that is wrong."""
        return min((p.seq for p in self.problems if p.seq is not None), default=None)


def verify(path: Path, steps: tuple[Step, ...] = STEPS) -> Report:
    """Chain and sequence, view against events, sealed data against digests, the file itself.

    One snapshot: what the daemon writes meanwhile does not disturb. Raises JournalFault when there
    is no journal of this firmware's schema or the disk fails; all else is a problem in the report.
    """
    with open_for_reading(path, steps) as db:
        db.execute("BEGIN")
        problems: list[Problem] = []
        for problem in _problems(db, steps):
            problems.append(problem)
            if len(problems) == MAX_PROBLEMS:
                break
        head = db.execute("SELECT hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return Report(
            events=_count(db, "events"),
            transactions=_count(db, "transactions"),
            sealed=_count(db, "card_keys"),
            head=(head[0] if head is not None else GENESIS).hex(),
            problems=tuple(problems),
        )


def _problems(db: sqlite3.Connection, steps: tuple[Step, ...]) -> Iterator[Problem]:
    for check in (_chain, _view, _batches, _sealed, partial(_tables, steps=steps), _file):
        try:
            yield from check(db)
        except sqlite3.DatabaseError as e:
            yield Problem(what=f"the file is damaged: {e}")


def _chain(db: sqlite3.Connection) -> Iterator[Problem]:
    rows = db.execute("SELECT seq, txn, CAST(body AS BLOB), hash FROM events ORDER BY seq")
    for seq, what in breaks(rows, 0, GENESIS):
        yield Problem(seq=seq, what=what)


def _view(db: sqlite3.Connection) -> Iterator[Problem]:
    """Both sides in order of transaction number: whatever the size, little is in memory."""
    shown = db.execute("SELECT txn, CAST(record AS BLOB) FROM transactions ORDER BY txn")
    at = shown.fetchone()
    for txn, bodies in view.by_txn(db):
        while at is not None and at[0] < txn:
            yield Problem(txn=at[0], what=f"transaction {at[0]} has no events")
            at = shown.fetchone()
        try:
            record = view.built(txn, bodies)
        except DamageFault as e:
            yield Problem(txn=txn, seq=e.seq, what=str(e))
            record = None
        if at is None or at[0] != txn:
            yield Problem(txn=txn, what=f"transaction {txn} is not in the view")
            continue
        if record is not None and not _same(record, at[1]):
            yield Problem(txn=txn, what=f"the view of transaction {txn} is not what happened")
        at = shown.fetchone()
    while at is not None:
        yield Problem(txn=at[0], what=f"transaction {at[0]} has no events")
        at = shown.fetchone()


def _same(record: Record, stored: bytes) -> bool:
    try:
        return view.read(stored) == record
    except DamageFault:
        return False


def _batches(db: sqlite3.Connection) -> Iterator[Problem]:
    """Each batch's book and the open batch's number, against the terminal's events."""
    try:
        told = view.books(db)
    except DamageFault as e:
        yield Problem(seq=e.seq, what=str(e))
        return
    kept = dict(db.execute("SELECT batch, CAST(body AS BLOB) FROM books ORDER BY batch"))
    for batch in sorted(told.keys() | kept.keys()):
        if batch not in told or batch not in kept or not _same_book(told[batch], kept[batch]):
            yield Problem(what=f"the book of batch {batch} is not what happened")
    row = db.execute("SELECT value FROM meta WHERE name = 'batch'").fetchone()
    if row is None or (told and row[0] != list(told)[-1]):
        yield Problem(what="the open batch's number is not what happened")


def _same_book(book: Book, stored: bytes) -> bool:
    try:
        return view.read_book(stored) == book
    except DamageFault:
        return False


def _sealed(db: sqlite3.Connection) -> Iterator[Problem]:
    """Every digest in the chain has its data, and a key until the chain says it is erased."""
    erased: set[str] = set()
    wanted: dict[int, tuple[int, str]] = {}
    for txn, bodies in view.by_txn(db):
        for seq, body in bodies:
            try:
                event = decode(body)
            except DamageFault:
                continue
            if isinstance(event, CardRead) and event.sealed is not None:
                wanted[seq] = txn, event.sealed
            elif isinstance(event, CardDataErased):
                erased.add(event.sealed)
        yield from _boxes(db, wanted, erased)
        wanted.clear()
        erased.clear()
    strangers = db.execute(
        "SELECT s.seq FROM sealed_cards s LEFT JOIN events e ON e.seq = s.seq "
        "WHERE e.seq IS NULL OR e.txn = ? OR json_extract(e.body, '$.sealed') IS NULL",
        (TERMINAL,),
    )
    for (seq,) in strangers:
        yield Problem(seq=seq, what=f"sealed card data {seq} belongs to no event")


def _boxes(
    db: sqlite3.Connection, wanted: dict[int, tuple[int, str]], erased: set[str]
) -> Iterator[Problem]:
    for seq, (txn, told) in wanted.items():
        row = db.execute(
            "SELECT s.data, k.seq FROM sealed_cards s LEFT JOIN card_keys k ON k.seq = s.seq "
            "WHERE s.seq = ?",
            (seq,),
        ).fetchone()
        if row is None:
            yield Problem(seq=seq, txn=txn, what=f"the sealed card data of event {seq} is missing")
        elif digest_of(row[0]) != told:
            yield Problem(seq=seq, txn=txn, what=f"the sealed card data of event {seq} was changed")
        elif (row[1] is None) != (told in erased):
            what = "is missing" if row[1] is None else "was to be destroyed"
            yield Problem(seq=seq, txn=txn, what=f"the data key of event {seq} {what}")


def _tables(db: sqlite3.Connection, steps: tuple[Step, ...]) -> Iterator[Problem]:
    """Tables, indexes and the triggers that keep events append-only, as the steps made them."""
    query = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    with closing(sqlite3.connect(":memory:")) as fresh:
        for step in steps:
            for statement in step:
                fresh.execute(statement)
        wanted = dict(fresh.execute(query))
    found = dict(db.execute(query))
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            yield Problem(what=f"table, index or trigger {name} is not this firmware's")


def _file(db: sqlite3.Connection) -> Iterator[Problem]:
    for (line,) in db.execute(f"PRAGMA quick_check({MAX_PROBLEMS})"):
        if line != "ok":
            yield Problem(what=f"the file is damaged: {line}")


def _count(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 own names
