"""The journal as flows have it: one chain, one file, many callers."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from cardamom.faults import JournalFault, ReferenceUsed
from cardamom.store import journal as module
from cardamom.store.database import copy_name
from cardamom.store.journal import SqliteJournal
from cardamom.store.verify import verify
from cardamom.values.health import Condition
from cardamom.values.states import ForbiddenStepError, State
from support.ledger import (
    CARD,
    answer,
    asked,
    card_result,
    receipt_owed,
    run_journal,
    sell_through,
)


def test_a_sale_through_the_port(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        assert journal.state().condition is Condition.CONNECTING
        assert (await journal.check()).condition is Condition.OK
        assert await journal.batch() == 1
        opened = await journal.begin(*asked("till-1"), card=CARD)
        assert await journal.unfinished() == [opened]
        await journal.append(opened.txn, answer())
        done = await journal.append(opened.txn, card_result(), receipt_owed("merchant"))
        assert done.state is State.APPROVED
        assert await journal.get(done.txn) == done
        assert await journal.by_reference("till-1") == done
        assert await journal.recent(5) == [done]
        assert await journal.receipts_owed() == [done]
        assert await journal.unfinished() == []
        assert await journal.owing() == []
        assert len(await journal.events(done.txn)) == 6
        kept = await journal.card(done.txn)
        assert kept is not None
        assert kept.pan == CARD.pan

    run_journal(tmp_path / "j.db", script)
    assert verify(tmp_path / "j.db").ok


def test_the_file_is_private_and_only_opened_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        assert not path.exists()
        await journal.recent(1)
        assert path.exists()

    run_journal(path, script)
    assert path.stat().st_mode & 0o077 == 0


def test_many_callers_at_once_share_one_chain(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        txns = await asyncio.gather(*(sell_through(journal) for _ in range(20)))
        assert sorted(txns) == list(range(1, 21))
        records = await journal.recent(50)
        assert sorted(r.stan or 0 for r in records) == list(range(1, 21))

    run_journal(tmp_path / "j.db", script)
    assert verify(tmp_path / "j.db").ok


def test_of_two_with_one_reference_only_one_opens_a_transaction(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        both = await asyncio.gather(
            *(journal.begin(*asked("till-1"), card=CARD) for _ in range(2)), return_exceptions=True
        )
        assert [isinstance(r, ReferenceUsed) for r in both] == [False, True]
        assert (await journal.check()).condition is Condition.OK

    run_journal(tmp_path / "j.db", script)


def test_a_refused_step_is_no_fault_of_the_journal(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        await journal.check()
        txn = await sell_through(journal)
        with pytest.raises(ForbiddenStepError):
            await journal.append(txn, answer())
        assert journal.state().condition is Condition.OK
        assert await sell_through(journal) == txn + 1

    run_journal(tmp_path / "j.db", script)


def test_a_cancelled_wait_does_not_cancel_the_commit(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        await journal.check()
        task = asyncio.create_task(journal.begin(*asked("till-1"), card=CARD))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await journal.by_reference("till-1") is not None

    run_journal(tmp_path / "j.db", script)


def test_verify_reads_beside_a_journal_that_writes(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        await sell_through(journal)
        done = threading.Event()

        def look() -> list[bool]:
            found = []
            while not done.is_set():
                found.append(verify(path).ok)
            return found

        looking = asyncio.create_task(asyncio.to_thread(look))
        for _ in range(30):
            await sell_through(journal)
            await journal.idle()
        done.set()
        found = await looking
        assert found
        assert all(found)

    run_journal(path, script)


def test_a_long_reader_does_not_stop_sales_or_checkpoints(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        await sell_through(journal)
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM transactions").fetchone() == (1,)
            for _ in range(20):
                await sell_through(journal)
            await journal.idle()
            assert reader.execute("SELECT count(*) FROM transactions").fetchone() == (1,)
        assert len(await journal.recent(50)) == 21

    run_journal(path, script)


def test_idle_empties_the_log_rarely(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        await sell_through(journal)
        size = path.stat().st_size
        await journal.idle()
        assert path.stat().st_size == size
        for _ in range(module.CHECKPOINT_COMMITS):
            await sell_through(journal)
        assert path.stat().st_size == size
        await journal.idle()
        assert path.stat().st_size > size

    run_journal(path, script)


def _anywhere(key: bytes, folder: Path) -> bool:
    return any(key in file.read_bytes() for file in folder.iterdir())


def test_erasing_leaves_no_data_key_in_file_log_or_copy(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        txn = await sell_through(journal)
        with closing(sqlite3.connect(path)) as db:
            [key] = db.execute("SELECT wrapped FROM card_keys").fetchone()
        assert _anywhere(key, tmp_path)
        copy_name(path, 1).write_bytes(key)
        await journal.erase([txn])
        assert await journal.card(txn) is None
        assert not _anywhere(key, tmp_path)

    run_journal(path, script)
    assert verify(path).ok


def test_a_closed_journal_says_so_at_once(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        txn = await sell_through(journal)
        both = asyncio.gather(sell_through(journal), journal.get(txn), return_exceptions=True)
        await asyncio.sleep(0)
        await journal.close()
        assert len(await both) == 2
        with pytest.raises(JournalFault, match="is stopping"):
            await journal.get(txn)
        assert (await journal.check()).condition is Condition.FAULT

    run_journal(tmp_path / "j.db", script)
    assert verify(tmp_path / "j.db").ok
