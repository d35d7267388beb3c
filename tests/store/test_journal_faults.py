"""What goes wrong with disk, key or file is a sentence; state tells it, check gets over it."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections.abc import Awaitable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cardamom.faults import JournalFault
from cardamom.store.database import fault_of
from cardamom.store.journal import SqliteJournal
from cardamom.store.schema import STEPS
from cardamom.store.verify import verify
from cardamom.values.alarms import Cause
from cardamom.values.health import Condition
from cardamom.values.secret import Key
from cardamom.values.states import State
from support.ledger import (
    CARD,
    MASTER,
    NUMBER,
    answer,
    asked,
    books_at,
    rows,
    run_journal,
    sell_through,
    unguarded,
)


@pytest.mark.parametrize(
    ("name", "match"),
    [("absent/j.db", "No such file or directory"), ("", "the file cannot be opened")],
)
def test_a_journal_that_cannot_be_opened_says_so_and_comes_back(
    tmp_path: Path, name: str, match: str
) -> None:
    path = tmp_path / name if name else tmp_path

    async def script(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert seen.condition is Condition.FAULT
        assert match in seen.detail
        assert journal.state() == seen
        with pytest.raises(JournalFault, match=match):
            await journal.begin(*asked(), card=CARD)
        if name:
            path.parent.mkdir()
            assert (await journal.check()).condition is Condition.OK
            await sell_through(journal)

    if name:
        run_journal(path, script, low_space_bytes=0)
    else:
        run_journal(path, script)


def test_a_key_that_appears_later_is_picked_up(tmp_path: Path) -> None:
    file = tmp_path / "journal.key"

    async def script(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert seen.condition is Condition.FAULT
        assert "journal.key cannot be read" in seen.detail
        with pytest.raises(JournalFault, match="cannot be read"):
            await journal.begin(*asked(), card=CARD)
        file.write_text(MASTER.reveal().hex())
        assert (await journal.check()).condition is Condition.OK
        await sell_through(journal)

    run_journal(tmp_path / "j.db", script, key=file)


def test_a_lost_key_is_told_where_a_reversal_needs_it(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        books.begin(asked(), CARD)

    async def script(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert seen.condition is Condition.FAULT
        assert "give it its old key back" in seen.detail
        with pytest.raises(JournalFault, match="give it its old key back"):
            await journal.card(1)
        assert (await journal.get(1)) is not None

    run_journal(path, script, key=Key(bytes(32)))


def test_a_new_key_is_fine_where_nothing_needs_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    run_journal(path, lambda journal: _ignore(sell_through(journal)))

    async def script(journal: SqliteJournal) -> None:
        assert (await journal.check()).condition is Condition.OK
        await sell_through(journal)
        with pytest.raises(JournalFault, match="give it its old key back"):
            await journal.card(1)

    run_journal(path, script, key=Key(bytes(32)))


async def _ignore(work: Awaitable[object]) -> None:
    await work


def test_newer_schema_is_a_fault_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    wider = (*STEPS, ("CREATE TABLE more (a)",))
    run_journal(path, lambda journal: _ignore(journal.recent(1)), steps=wider)

    async def script(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert seen.condition is Condition.FAULT
        assert "newer firmware" in seen.detail

    run_journal(path, script)


def test_a_tampered_tail_stops_payment_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    run_journal(path, lambda journal: _ignore(sell_through(journal)))
    with unguarded(path) as db:
        db.execute("UPDATE events SET body = replace(body, '1234', '1') WHERE seq = 1")

    async def script(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert seen.condition is Condition.FAULT
        assert "event 1 is not what was written" in seen.detail
        with pytest.raises(JournalFault):
            await journal.begin(*asked(), card=CARD)

    run_journal(path, script)


@contextmanager
def _no_growth_past(size: int) -> Iterator[None]:
    """No file of this process grows past `size` bytes: writes fail as on a failing disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fails_in_mid_sale_stops_payment_until_it_works_again(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        await journal.check()
        opened = await journal.begin(*asked("till-1"), card=CARD)
        before = rows(path)
        with _no_growth_past(1024):
            with pytest.raises(JournalFault, match="the disk fails") as refusal:
                await journal.append(opened.txn, answer())
            assert NUMBER not in str(refusal.value)
            assert journal.state().condition is Condition.FAULT
            assert (await journal.check()).condition is Condition.FAULT
            with pytest.raises(JournalFault):
                await journal.begin(*asked("till-2"), card=CARD)
        assert rows(path) == before
        assert (await journal.check()).condition is Condition.OK
        assert await journal.unfinished() == [opened]
        assert (await journal.append(opened.txn, answer())).state is State.HOST_APPROVED

    run_journal(path, script)
    assert verify(path).ok


def test_too_little_room_stops_payment_before_the_disk_is_full(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert seen.condition is Condition.FAULT
        assert "MB left: free space on it" in seen.detail
        with pytest.raises(JournalFault, match="MB left: free space on it") as refused:
            await journal.begin(*asked(), card=CARD)
        assert not refused.value.doubtful
        (alarm,) = journal.alarms()
        assert (alarm.cause, alarm.blocks) == (Cause.DISK_FULL, True)
        assert len(await journal.recent(1)) == 0

    run_journal(tmp_path / "j.db", script, low_space_bytes=1 << 60)


def test_another_writer_that_holds_the_file_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        await journal.check()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalFault, match="another program holds it"):
                await journal.begin(*asked(), card=CARD)
            assert journal.state().condition is Condition.FAULT
            other.execute("ROLLBACK")
        assert (await journal.check()).condition is Condition.OK

    run_journal(path, script)


def test_a_disk_that_does_not_answer_is_given_up_and_tried_again(tmp_path: Path) -> None:
    hold = threading.Event()

    async def script(journal: SqliteJournal) -> None:
        await journal.check()
        stuck = journal._line.worker
        stuck.post(lambda: _ignore_bool(hold.wait(30)))
        with pytest.raises(JournalFault, match="does not answer"):
            await journal.begin(*asked("till-1"), card=CARD)
        assert journal.state().condition is Condition.FAULT
        with pytest.raises(JournalFault, match="does not answer"):
            await journal.recent(1)
        assert (await journal.check()).condition is Condition.OK
        await sell_through(journal)
        hold.set()
        stuck.close()
        assert await journal.by_reference("till-1") is None

    run_journal(tmp_path / "j.db", script, call_deadline_s=0.2)


def _ignore_bool(_: bool) -> None:
    return None


@pytest.mark.parametrize(
    ("before", "cause", "sentence"),
    [
        ("max_page_count = 8", "INSERT INTO t VALUES (zeroblob(20000))", "the disk is full: free"),
        ("query_only = ON", "INSERT INTO t VALUES (1)", "read-only: check the SD card"),
        ("query_only = ON", "SELECT * FROM t", "the file is damaged"),
        ("query_only = ON", "SELECT * FROM nowhere", "no such table"),
    ],
)
def test_each_error_of_the_disk_has_its_sentence(
    tmp_path: Path, before: str, cause: str, sentence: str
) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE t (a)")
        db.execute("INSERT INTO t VALUES (zeroblob(20000))")
    if "damaged" in sentence:
        whole = bytearray(path.read_bytes())
        whole[4096:8192] = b"\xa5" * 4096
        path.write_bytes(whole)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA {before}")
        with pytest.raises(sqlite3.Error) as caught:
            db.execute(cause)
    fault = fault_of(caught.value, path)
    assert sentence in str(fault)
    assert str(path) in str(fault)
