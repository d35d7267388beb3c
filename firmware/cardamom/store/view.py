"""The transactions table: each record as its events tell it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby

import msgspec

from cardamom.store.chain import TERMINAL, DamageFault, decode
from cardamom.values.batch import BatchOrderError, Book, advance_book
from cardamom.values.events import AnyEvent
from cardamom.values.record import FirstEventError, Record, apply
from cardamom.values.states import ForbiddenStepError
from cardamom.values.terminal_events import BatchClosing, TerminalEvent

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)
_book_decoder = msgspec.json.Decoder(Book)


def keep(db: sqlite3.Connection, record: Record) -> None:
    """Puts the record into the view, in the caller's commit."""
    db.execute(
        "INSERT INTO transactions (txn, record) VALUES (?, ?) "
        "ON CONFLICT (txn) DO UPDATE SET record = excluded.record",
        (record.txn, _encoder.encode(record).decode()),
    )


def read(text: str | bytes) -> Record:
    """The record that `keep` wrote. Raises DamageFault."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        raise DamageFault(
            "the journal holds a record that this firmware cannot read: call support"
        ) from None


def keep_book(db: sqlite3.Connection, book: Book) -> None:
    """Puts the open batch's book into its table, in the caller's commit, and its number aside."""
    db.execute(
        "INSERT INTO books VALUES (?, ?) ON CONFLICT (batch) DO UPDATE SET body = excluded.body",
        (book.batch, _encoder.encode(book).decode()),
    )
    db.execute("UPDATE meta SET value = ? WHERE name = 'batch'", (book.batch,))


def read_book(text: str | bytes) -> Book:
    """The book that `keep_book` wrote. Raises DamageFault."""
    try:
        return _book_decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        raise DamageFault(
            "the journal holds a batch that this firmware cannot read: call support"
        ) from None


def of_txn(db: sqlite3.Connection, txn: int) -> list[tuple[int, bytes]]:
    """Sequence numbers and bodies of one transaction's events, in order."""
    return db.execute(
        "SELECT seq, CAST(body AS BLOB) FROM events WHERE txn = ? ORDER BY seq", (txn,)
    ).fetchall()


def by_txn(db: sqlite3.Connection) -> Iterator[tuple[int, list[tuple[int, bytes]]]]:
    """Every transaction's number with its sequence numbers and bodies, in order of number."""
    rows = db.execute(
        "SELECT txn, seq, CAST(body AS BLOB) FROM events WHERE txn <> ? ORDER BY txn, seq",
        (TERMINAL,),
    )
    for txn, group in groupby(rows, key=lambda row: row[0]):
        yield txn, [(seq, body) for _, seq, body in group]


def built(txn: int, bodies: list[tuple[int, bytes]]) -> Record:
    """The record that events build. Raises DamageFault where no firmware can have written them."""
    record: Record | None = None
    for seq, body in bodies:
        try:
            record = apply(record, txn, event_of(body))
        except (FirstEventError, ForbiddenStepError) as e:
            raise DamageFault(f"event {seq} of transaction {txn} cannot be: {e}", seq) from None
        except DamageFault as e:
            raise DamageFault(f"event {seq} of transaction {txn}: {e}", seq) from None
    if record is None:
        raise DamageFault(f"transaction {txn} has no events")
    return record


def rebuild(db: sqlite3.Connection) -> None:
    """Builds the view anew from the events, in the caller's commit."""
    db.execute("DELETE FROM transactions")
    for txn, bodies in by_txn(db):
        keep(db, built(txn, bodies))
    for book in books(db).values():
        keep_book(db, book)


def books(db: sqlite3.Connection) -> dict[int, Book]:
    """The last book of each batch that the events tell of, in order: the open one comes last.

    Raises DamageFault where no firmware can have written them.
    """
    found: dict[int, Book] = {}
    book: Book | None = None
    for seq, body in of_txn(db, TERMINAL):
        before, book = book, _advanced(book, seq, decode(body))
        if book is not None and book != before:
            found.pop(book.batch, None)  # a number that came round again comes last
            found[book.batch] = book
    return found


def _advanced(book: Book | None, seq: int, event: AnyEvent | TerminalEvent) -> Book | None:
    """A batch's first event opens its book: numbers of batches are the journal's own."""
    if not isinstance(event, TerminalEvent):
        raise DamageFault(f"event {seq}: an event of a transaction stands beside them", seq)
    if book is None:
        if not isinstance(event, BatchClosing):
            return None
        book = Book(batch=event.batch)
    try:
        return advance_book(book, event)
    except BatchOrderError as e:
        raise DamageFault(f"event {seq} cannot be: {e}", seq) from None


def event_of(body: bytes) -> AnyEvent:
    """A transaction's event. Raises DamageFault."""
    event = decode(body)
    if isinstance(event, TerminalEvent):
        raise DamageFault("an event of the terminal stands in a transaction")
    return event
