"""A full, read-only or damaged disk: no payment, the reason in words, and on when it is mended."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path

import pytest

from cardamom.faults import JournalFault
from cardamom.store.database import fault_of
from cardamom.store.guard import Binding
from cardamom.store.journal import SqliteJournal
from cardamom.store.verify import verify
from cardamom.values.health import Condition
from support.ledger import CARD, answer, asked, books_at, run_journal, sell, sell_through

PAGE = 4096


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, 600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not _mount("-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)):
        pytest.skip("only root may mount a disk of its own")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _mount(*arguments: str) -> bool:
    done = subprocess.run(["mount", *arguments], check=False, capture_output=True)
    return done.returncode == 0


def test_a_full_disk_stops_payment_and_loses_nothing(disk: Path) -> None:
    path = disk / "j.db"

    async def script(journal: SqliteJournal) -> None:
        assert (await journal.check()).condition is Condition.OK
        done: list[int] = []
        with pytest.raises(JournalFault, match="the disk is full: free space on it"):
            await _sell_until_it_fails(journal, done)
        assert done
        assert journal.state().condition is Condition.FAULT
        assert _mount("-o", "remount,size=4m", str(disk))
        assert (await journal.check()).condition is Condition.OK
        # the commit that failed is there whole or not at all, as after a cut
        found = [r.txn for r in await journal.unfinished()]
        assert found in (done, [*done, len(done) + 1])
        await journal.append(done[0], answer())
        await sell_through(journal)

    run_journal(path, script, low_space_bytes=0)
    assert verify(path).ok


def test_a_disk_full_from_the_start_is_told(disk: Path) -> None:
    (disk / "other").write_bytes(bytes(600_000))

    async def script(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert seen.condition is Condition.FAULT
        assert "full" in seen.detail or "No space left" in seen.detail
        (disk / "other").unlink()
        assert (await journal.check()).condition is Condition.OK
        await sell_through(journal)

    run_journal(disk / "j.db", script, low_space_bytes=0)


def test_an_index_of_the_log_without_room_is_a_full_disk_too(disk: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert "the disk fails" in str(fault_of(error, disk / "j.db"))
    with (disk / "other").open("wb", buffering=0) as other:
        _fill(other)
    assert "the disk is full" in str(fault_of(error, disk / "j.db"))


def test_a_disk_that_turns_read_only_stops_payment(disk: Path) -> None:
    path = disk / "j.db"

    async def script(journal: SqliteJournal) -> None:
        await sell_through(journal)
        await journal.close()

    run_journal(path, script, low_space_bytes=0)
    assert _mount("-o", "remount,ro", str(disk))

    async def stopped(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert seen.condition is Condition.FAULT
        assert "read-only" in seen.detail.lower()
        with pytest.raises(JournalFault, match=r"(?i)read-only"):
            await journal.begin(*asked(), card=CARD)
        assert _mount("-o", "remount,rw", str(disk))
        assert (await journal.check()).condition is Condition.OK
        await sell_through(journal)

    run_journal(path, stopped, low_space_bytes=0)
    assert verify(path).ok


def test_a_mark_on_a_full_disk_stops_payment_before_numbers_run_out(
    disk: Path, tmp_path: Path
) -> None:
    binding = Binding(board="b1", mark=disk / "mark")

    async def script(journal: SqliteJournal) -> None:
        assert (await journal.check()).condition is Condition.OK
        with (disk / "other").open("wb", buffering=0) as other:
            _fill(other)
        with pytest.raises(JournalFault, match=r"security\.mark_file"):
            await _sell_until_it_fails(journal, [])
        assert journal.state().condition is Condition.FAULT
        assert "No space left" in (await journal.check()).detail
        (disk / "other").unlink()
        assert (await journal.check()).condition is Condition.OK
        await sell_through(journal)

    run_journal(tmp_path / "j.db", script, binding=binding, low_space_bytes=0)


async def _sell_until_it_fails(journal: SqliteJournal, done: list[int]) -> None:
    while True:
        done.append((await journal.begin(*asked(), card=CARD)).txn)


def _fill(file: RawIOBase) -> None:
    """To the last byte."""
    try:
        while True:
            file.write(bytes(PAGE))
    except OSError:
        pass


def test_whatever_page_is_damaged_only_a_sentence_comes_out(tmp_path: Path) -> None:
    """A damaged page is met or is not; a payment over it is taken whole or refused with words."""
    sound, path = tmp_path / "sound.db", tmp_path / "j.db"
    with books_at(sound) as books:
        for _ in range(20):
            sell(books)
        books.checkpoint(truncate=True)
    told: set[str] = set()

    async def script(journal: SqliteJournal) -> None:
        await journal.check()
        try:
            record = await journal.begin(*asked(), card=CARD)
        except JournalFault as fault:
            told.add(str(fault).split(": ", 1)[-1])
            assert journal.state().condition is Condition.FAULT
        else:
            assert record.txn == 21

    for page in range(sound.stat().st_size // PAGE):
        for side in tmp_path.glob("j.db*"):
            side.unlink()
        shutil.copy(sound, path)
        with path.open("r+b") as file:
            file.seek(page * PAGE)
            file.write(b"\x5a" * PAGE)
        run_journal(path, script, low_space_bytes=0)
    assert "the file is damaged: run `cardamom journal verify`, call support" in told
    assert "the file is no journal: check the path" in told
    assert len(told) < 8
