"""DUKPT keys that run low are told before the last is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cardamom.engines.keys import dukpt_tdes
from cardamom.engines.keys.dukpt_tdes import COUNTERS
from cardamom.engines.keys.working import Scheme
from cardamom.store.guard import Binding
from cardamom.store.journal import SqliteJournal
from cardamom.values.alarms import FEW_KEYS, Cause
from support.keyed import BOARD, bound, initial_block, inject
from support.ledger import run_journal

MANY, FEW = 0x1C0000, 0x1FC000


@pytest.mark.parametrize("counter", [0, MANY, FEW])
def test_the_alarm_comes_with_the_last_thousand(tmp_path: Path, counter: int) -> None:
    path = tmp_path / "j.db"
    with bound(path, scheme=Scheme.DUKPT_TDES, orderly=True) as books:
        inject(books, initial_block())
        keyring = books.guard.keyring
        state = keyring.dukpt()
        assert isinstance(state, dukpt_tdes.State)
        if counter:
            # a million keys take hours: as many registers as a state that far on would have
            registers = state.registers[: len(COUNTERS.held(counter))]
            keyring._keep(replace(state, counter=counter, registers=registers))

    async def script(journal: SqliteJournal) -> None:
        await journal.check()
        left = COUNTERS.left(counter or 1)
        told = [(alarm.cause, alarm.blocks) for alarm in journal.alarms()]
        assert told == ([(Cause.KEYS_FEW, False)] if left < FEW_KEYS else [])
        for alarm in journal.alarms():
            assert alarm.detail.startswith(f"{left} DUKPT keys are left: `cardamom keys import`")

    assert COUNTERS.left(MANY) >= FEW_KEYS > COUNTERS.left(FEW) > 0
    run_journal(path, script, binding=Binding(board=BOARD, scheme=Scheme.DUKPT_TDES))
