"""The journal's own trial: on the real file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cardamom.engines.keys.session import SessionKeys
from cardamom.faults import JournalFault
from cardamom.store.books import TAIL
from cardamom.store.journal import SqliteJournal
from cardamom.values.secret import Key
from cardamom.values.selftest import HeldKey
from cardamom.values.terminal_events import OperatorAct
from support.ledger import run_journal
from support.messages import AT


def test_a_probe_leaves_no_event_and_the_tail_is_counted(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        await journal.batch()
        first = await journal.selftest()
        again = await journal.selftest()
        assert (first.tail, first.last) == (again.tail, again.last)
        assert first.free_bytes > 0
        assert (first.keys, first.dukpt, first.dukpt_left) == ((), False, None)
        await journal.note(*[OperatorAct(at=AT, operator="x", act="y")] * (TAIL + 5))
        longer = await journal.selftest()
        assert (longer.tail, longer.last) == (TAIL, first.last + TAIL + 5)

    run_journal(tmp_path / "j.db", script)


def test_keys_by_check_value(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        await journal.keep(SessionKeys(Key(bytes(range(16))), Key(bytes(range(16, 32)))))
        seen = await journal.selftest()
        assert [key.slot for key in seen.keys] == ["session"]
        assert [len(value) for value in seen.keys[0].check_values] == [6, 6]
        assert isinstance(seen.keys[0], HeldKey)
        assert seen.keys[0].opens

    run_journal(tmp_path / "j.db", script)


def test_an_event_that_was_changed_under_it(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        await journal.note(OperatorAct(at=AT, operator="x", act="honest"))
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("DROP TRIGGER events_update")
            db.execute("UPDATE events SET body = replace(body, 'honest', 'forged')")
        with pytest.raises(JournalFault, match=r"^the journal was changed: .*call support$"):
            await journal.selftest()

    run_journal(path, script)
