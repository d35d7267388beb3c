"""Schemas go forward only: after a verified copy, whole or not at all, never back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cardamom.faults import JournalFault
from cardamom.store.chain import TERMINAL, decode
from cardamom.store.database import copy_name, open_for_reading
from cardamom.store.migrate import drop_copies, open_books
from cardamom.store.schema import STEPS, Step
from cardamom.store.verify import verify
from cardamom.values.batch import Book
from cardamom.values.events import ReversalSent
from cardamom.values.record import Record
from cardamom.values.states import State
from cardamom.values.terminal_events import Migrated
from support.ledger import CARD, MASTER, at, books_at, first_schema, sell, unguarded

WIDER: tuple[Step, ...] = (
    *STEPS,
    ("CREATE TABLE operators (name TEXT PRIMARY KEY) STRICT",),
    ("ALTER TABLE operators ADD COLUMN role TEXT",),
)
NOW = len(STEPS)
LATER = len(WIDER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "j.db"
    with books_at(file) as books:
        sell(books, "r1")
        sell(books, "r2")
    return file


def _records(path: Path, steps: tuple[Step, ...]) -> list[Record]:
    with closing(open_books(path, MASTER, at, steps)) as books:
        return books.recent(99)


def test_newer_firmware_migrates_and_says_so_in_the_chain(path: Path) -> None:
    before = _records(path, STEPS)
    assert _records(path, WIDER) == before
    assert verify(path, WIDER).ok
    with open_for_reading(path, WIDER) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == LATER
        body = db.execute(
            "SELECT CAST(body AS BLOB) FROM events WHERE txn = ?", (TERMINAL,)
        ).fetchall()
    [event] = [decode(row[0]) for row in body]
    assert isinstance(event, Migrated)
    assert (event.from_schema, event.to_schema, event.at) == (NOW, LATER, at())
    assert _records(path, WIDER) == before


def test_a_journal_of_the_first_firmware_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    first_schema(path)
    with books_at(path) as books:
        states = {r.txn: r.state for r in books.recent(99)}
        assert states == {
            1: State.APPROVED,
            2: State.REVERSING,
            3: State.DECLINED,
            4: State.DECLINED,
            5: State.WITHDRAWN,
            6: State.APPROVED,
            7: State.IN_FLIGHT,
        }
        assert [r.txn for r in books.owing()] == [2]
        assert [r.txn for r in books.receipts_owed()] == [3]
        held = books.card(2)
        assert held is not None
        assert held.pan == CARD.pan
        assert books.card(6) is None
        assert books.book() == Book(batch=1)
        found = books.by_reference("till-2")
        assert found is not None
        assert (found.txn, found.host, found.owed) == (2, "acquirer.test:8583", None)
        again = books.append(2, (ReversalSent(at=at(60), host=found.host or ""),), None)
        assert again.owed is not None
        assert again.owed.stan == 7
        assert sell(books) == 8
    assert verify(path).ok
    assert copy_name(path, 1).exists()


def test_the_copy_is_the_old_journal_whole_and_private(path: Path) -> None:
    report = verify(path)
    _records(path, WIDER)
    copy = copy_name(path, NOW)
    assert verify(copy) == report
    assert copy.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_mode & 0o777 == 0o600
    with books_at(copy) as books:
        assert books.card(1) is not None


def test_a_new_journal_is_made_in_the_newest_schema_without_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    assert _records(path, WIDER) == []
    assert verify(path, WIDER).ok
    assert not copy_name(path, 0).exists()
    assert verify(path, WIDER).events == 0


def test_older_firmware_refuses_a_newer_schema_and_leaves_it_alone(path: Path) -> None:
    _records(path, WIDER)
    before = path.read_bytes()
    for refused in (lambda: _records(path, STEPS), lambda: verify(path)):
        with pytest.raises(JournalFault, match="newer firmware") as refusal:
            refused()
        assert f"(schema {LATER}, this firmware knows {NOW})" in str(refusal.value)
    assert path.read_bytes() == before


def test_a_reader_does_not_migrate(path: Path) -> None:
    wanted = f"schema {NOW}, this firmware {LATER}: start the terminal once"
    with pytest.raises(JournalFault, match=wanted):
        verify(path, WIDER)
    assert verify(path).ok


def test_a_step_that_fails_changes_nothing(path: Path) -> None:
    report = verify(path)
    broken: tuple[Step, ...] = (*WIDER, ("CREATE TABLE half (a)", "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        _records(path, broken)
    assert verify(path) == report
    assert len(_records(path, WIDER)) == 2


def test_a_step_may_not_touch_events(path: Path) -> None:
    report = verify(path)
    with pytest.raises(sqlite3.IntegrityError, match="only appended"):
        _records(path, (*STEPS, ("UPDATE events SET txn = 1",)))
    assert verify(path) == report


def test_a_damaged_journal_is_not_migrated(path: Path) -> None:
    with unguarded(path) as db:
        db.execute("UPDATE events SET body = '{}' WHERE seq = 3")
    with pytest.raises(JournalFault, match="event 3 is not what was written"):
        _records(path, WIDER)
    assert not copy_name(path, NOW).exists()


def test_migrating_builds_the_view_anew(path: Path) -> None:
    before = _records(path, STEPS)
    with unguarded(path) as db:
        db.execute("UPDATE transactions SET record = replace(record, '1234', '1')")
    assert _records(path, STEPS) != before
    assert _records(path, WIDER) == before


def test_a_copy_left_half_written_is_in_nobodys_way(path: Path) -> None:
    half = copy_name(path, NOW).with_suffix(f".schema{NOW}.part")
    half.write_bytes(b"half")
    _records(path, WIDER)
    assert not half.exists()
    assert verify(copy_name(path, NOW)).ok


def test_copies_go_when_card_data_must(path: Path) -> None:
    _records(path, WIDER)
    drop_copies(path)
    assert not copy_name(path, NOW).exists()
    assert path.exists()


def test_a_file_that_is_no_journal_is_not_touched(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE t (a)")
        db.commit()
    before = other.read_bytes()
    with pytest.raises(JournalFault, match="no journal of this firmware"):
        _records(other, STEPS)
    assert other.read_bytes() == before


def test_an_empty_file_left_by_a_power_cut_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    path.touch()
    assert _records(path, STEPS) == []
    assert verify(path).ok
