"""Torn transactions at rest: sealed, found again by the next start, destroyed in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cardamom.engines.emv.contactless.torn import TornLog, TornRecord
from cardamom.engines.emv.session import Cryptogram
from cardamom.store.books import Books
from cardamom.store.journal import SqliteJournal
from cardamom.store.torn import drop_stale, keep_torn, kept_torn
from cardamom.values.secret import Key, Pan
from cardamom.values.tags import Tags
from cardamom.values.terminal_events import BatchClosed, BatchClosing
from support.emv import ORDER
from support.ledger import CARD, at, books_at, run_journal, sell

NUMBER = "6222020000412020"
ONE = TornRecord(
    pan=Pan(NUMBER),
    psn=b"\x01",
    order=ORDER,
    asked=Cryptogram.ARQC,
    signed=True,
    sent=bytes.fromhex("DEADBEEF"),
    recovery=bytes.fromhex("01020304"),
    tags=Tags({0x95: bytes(5), 0x9F37: b"\1\2\3\4"}),
)
TWO = replace(ONE, psn=b"\x02")
SECONDS = 300


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def same(kept: TornLog, *records: TornRecord) -> bool:
    return kept == TornLog(records) and [dict(r.tags) for r in kept.records] == [
        dict(r.tags) for r in records
    ]


def on_disk(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.glob(path.name + "*"))


def test_the_next_start_finds_it_whole(path: Path) -> None:
    with books_at(path) as books:
        keep_torn(books, TornLog((ONE, TWO)), SECONDS, at())
    with books_at(path) as books:
        assert same(kept_torn(books, at()), ONE, TWO)
        keep_torn(books, TornLog((TWO,)), SECONDS, at())
    with books_at(path) as books:
        assert same(kept_torn(books, at()), TWO)


def test_no_number_in_clear(path: Path) -> None:
    with books_at(path) as books:
        keep_torn(books, TornLog((ONE,)), SECONDS, at())
        held = on_disk(path)
        (row,) = books.torn_rows()
    assert row[-1] in held, "it was looked for where it lies"
    for clear in (NUMBER.encode(), bytes.fromhex(NUMBER), ONE.sent):
        assert clear not in held


def test_what_is_destroyed_is_nowhere_any_more(path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        journal.keep_torn(TornLog((ONE,)), seconds=SECONDS)
        assert same(await journal.torn(), ONE)
        journal.keep_torn(TornLog(), seconds=SECONDS)
        assert same(await journal.torn())

    with books_at(path) as books:
        keep_torn(books, TornLog((ONE,)), SECONDS, at())
        ((*_, sealed),) = books.torn_rows()
    assert sealed in on_disk(path)
    run_journal(path, script)
    with books_at(path):
        assert sealed not in on_disk(path)


@pytest.mark.parametrize(
    ("seconds", "left"), [(0, 1), (SECONDS, 1), (SECONDS + 1, 0), (-1, 0), (-10_000_000, 0)]
)
def test_its_time(path: Path, seconds: int, left: int) -> None:
    """One that was kept later than now is of a clock that was wrong."""
    with books_at(path) as books:
        keep_torn(books, TornLog((ONE,)), SECONDS, at())
        drop_stale(books, at() + timedelta(seconds=seconds))
        assert len(books.torn_rows()) == left
        assert books.scrub_owed() is not bool(left)


def test_a_later_record_does_not_keep_an_older_one(path: Path) -> None:
    with books_at(path) as books:
        keep_torn(books, TornLog((ONE,)), SECONDS, at())
        later = at() + timedelta(seconds=200)
        keep_torn(books, TornLog((ONE, TWO)), SECONDS, later)
        assert same(kept_torn(books, later + timedelta(seconds=200)), TWO)


def test_it_goes_with_its_batch(path: Path) -> None:
    with books_at(path) as books:
        sell(books)
        keep_torn(books, TornLog((ONE,)), SECONDS, at())
        closing = BatchClosing(at=at(20), batch=1, operator="01", totals=())
        books.note_all((closing, BatchClosed(at=at(21), batch=1, opened=2)))
        assert books.torn_rows() == []


def test_under_another_key_it_is_of_no_use(path: Path) -> None:
    with books_at(path) as books:
        keep_torn(books, TornLog((ONE,)), SECONDS, at())
    with books_at(path, Key(bytes(32))) as books:
        assert same(kept_torn(books, at()))
        keep_torn(books, TornLog((TWO,)), SECONDS, at())
        assert len(books.torn_rows()) == 1


def test_a_changed_one_is_of_no_use(path: Path) -> None:
    with books_at(path) as books:
        keep_torn(books, TornLog((ONE,)), SECONDS, at())
        ((number, kept, until, master, sealed),) = books.torn_rows()
        with books.commit():
            books.erase_torn()
            books.add_torn((number, kept, until, master, sealed[:-1] + bytes([sealed[-1] ^ 1])))
        assert same(kept_torn(books, at()))


def test_it_is_durable_before_what_is_committed_afterwards(path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        journal.keep_torn(TornLog((ONE,)), seconds=SECONDS)
        assert await journal.batch() == 1
        with books_at(path) as other:
            assert len(other.torn_rows()) == 1

    run_journal(path, script)


def test_nothing_is_written_where_nothing_changes(path: Path) -> None:
    def version(books: Books) -> int:
        return int(books._db.execute("PRAGMA data_version").fetchone()[0])

    with books_at(path) as books, books_at(path) as watcher:
        keep_torn(books, TornLog((ONE,)), SECONDS, at())
        before = version(watcher)
        keep_torn(books, TornLog((ONE,)), SECONDS, at())
        kept_torn(books, at())
        assert version(watcher) == before
        keep_torn(books, TornLog(), SECONDS, at())
        assert version(watcher) != before


def test_a_record_prints_no_number() -> None:
    assert NUMBER not in repr(ONE)
    assert CARD.pan.reveal() not in repr(TornLog((ONE,)))
