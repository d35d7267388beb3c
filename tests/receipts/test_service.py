"""Owed slips: printed once each, whatever the printer does meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import msgspec
import pytest

from cardamom.receipts.samples import approved, merchant
from cardamom.receipts.service import PAUSES_S, SlipPrinter
from cardamom.values.batch import Book
from cardamom.values.events import Reason
from cardamom.values.health import Condition
from cardamom.values.merchant import Language
from cardamom.values.record import Record
from cardamom.values.report import x_report, z_report
from cardamom.values.states import State
from cardamom.values.terminal_events import BatchClosed, BatchClosing, TerminalEvent, ZReportPrinted
from support.receipts import MemoryJournal, RushedClock, ScriptedPaper, numbered

RECORD = approved(Language.EN)


class Bench:
    """A slip printer between its drivers."""

    def __init__(self, *records: Record) -> None:
        self.paper = ScriptedPaper()
        self.journal = MemoryJournal(*records)
        self.clock = RushedClock()
        self.slips = SlipPrinter(self.paper, self.journal, self.clock, merchant(Language.EN))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.slips.run())
        try:
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def until(self, reached: Callable[[], bool]) -> None:
        for _ in range(20_000):
            if reached():
                return
            await asyncio.sleep(0.001)
        pytest.fail("it never came to that")

    async def drained(self) -> None:
        await self.until(lambda: self.slips.waiting() == 0)


def all_printed(bench: Bench) -> bool:
    return not any(record.receipts_owed for record in bench.journal.records.values())


def drain(bench: Bench) -> None:
    async def scene() -> None:
        async with bench.running():
            await bench.until(lambda: all_printed(bench))
            await bench.drained()

    asyncio.run(scene())


def test_what_was_owed_before_the_start_is_printed_oldest_first() -> None:
    bench = Bench(numbered(RECORD, 7, "merchant"), numbered(RECORD, 3, "merchant", "customer"))
    drain(bench)
    assert bench.journal.printed == [(3, "merchant"), (3, "customer"), (7, "merchant")]
    assert len(bench.paper.slips) == 3
    assert bench.journal.records[3].receipts_printed == ("merchant", "customer")


def test_what_is_owed_while_running_is_printed() -> None:
    bench = Bench()
    record = numbered(RECORD, 9, "merchant", "customer")

    async def scene() -> None:
        async with bench.running():
            await asyncio.sleep(0)
            bench.journal.records[9] = record
            bench.slips.owe(record)
            assert bench.slips.waiting() == 2
            await bench.drained()

    asyncio.run(scene())
    assert bench.journal.printed == [(9, "merchant"), (9, "customer")]


@pytest.mark.parametrize("condition", [c for c in Condition if c not in ("ok", "paper_low")])
def test_a_printer_that_cannot_is_waited_for(condition: Condition) -> None:
    bench = Bench(numbered(RECORD, 1, "merchant"))
    bench.paper.conditions.extend([condition] * 7)
    drain(bench)
    assert bench.clock.sleeps == [*PAUSES_S, PAUSES_S[-1], PAUSES_S[-1]]
    assert len(bench.paper.slips) == 1


UNKNOWN = msgspec.structs.replace(RECORD, state=State.REVERSING, reason=Reason.NO_ANSWER, code=None)
REVERSED = msgspec.structs.replace(UNKNOWN, state=State.REVERSED)


def test_a_slip_that_waited_for_paper_says_how_things_stand_when_it_is_out() -> None:
    bench = Bench(numbered(UNKNOWN, 4, "unknown"))
    bench.paper.conditions.extend([Condition.PAPER_OUT] * 5000)

    async def scene() -> None:
        async with bench.running():
            await bench.until(lambda: bool(bench.clock.sleeps))
            bench.journal.records[4] = numbered(REVERSED, 4, "unknown", "reversed")
            bench.paper.conditions.clear()
            bench.paper.conditions.append(Condition.PAPER_OUT)  # to the slip in hand
            await bench.drained()

    asyncio.run(scene())
    straight = Bench(numbered(REVERSED, 4, "reversed"))
    drain(straight)
    assert bench.paper.slips == straight.paper.slips
    assert bench.journal.records[4].receipts_printed == ("unknown", "reversed")


def test_who_is_told_unknown_while_it_is_reversed_is_told_that_too() -> None:
    bench = Bench(numbered(UNKNOWN, 4, "unknown"))

    async def scene() -> None:
        bench.paper.gate = asyncio.Event()
        async with bench.running():
            await bench.paper.writing.wait()
            bench.journal.records[4] = numbered(REVERSED, 4, "unknown", "reversed")
            bench.paper.gate.set()
            await bench.drained()

    asyncio.run(scene())
    assert bench.journal.printed == [(4, "unknown"), (4, "reversed")]
    assert len(set(bench.paper.slips)) == 2


def test_low_paper_prints() -> None:
    bench = Bench(numbered(RECORD, 1, "merchant"))
    bench.paper.conditions.extend([Condition.PAPER_LOW] * 2)
    drain(bench)
    assert bench.clock.sleeps == []


def test_a_slip_that_broke_off_is_printed_again_whole() -> None:
    bench = Bench(numbered(RECORD, 1, "merchant"))
    bench.paper.breaks = 2
    drain(bench)
    assert len(bench.paper.slips) == 1
    assert bench.journal.printed == [(1, "merchant")]


def test_paper_that_ran_out_in_the_slip_is_no_receipt() -> None:
    bench = Bench(numbered(RECORD, 1, "merchant"))
    bench.paper.conditions.extend([Condition.OK, Condition.PAPER_OUT])
    drain(bench)
    assert len(bench.paper.slips) == 2
    assert bench.journal.printed == [(1, "merchant")]


def test_a_journal_that_fails_does_not_print_twice() -> None:
    bench = Bench(numbered(RECORD, 1, "merchant"))
    bench.journal.faults = 4
    drain(bench)
    assert len(bench.paper.slips) == 1
    assert bench.journal.printed == [(1, "merchant")]


def test_a_journal_that_goes_on_failing_does_not_hold_up_the_end() -> None:
    bench = Bench(numbered(RECORD, 1, "merchant"))

    async def scene() -> None:
        bench.journal.faults = 1 << 60
        async with bench.running() as task:
            await bench.until(lambda: bool(bench.paper.slips))
            task.cancel()
            async with asyncio.timeout(2):
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(task)

    asyncio.run(scene())
    assert bench.journal.records[1].receipts_owed == ("merchant",)


def test_owed_twice_is_printed_once() -> None:
    record = numbered(RECORD, 1, "merchant")
    bench = Bench(record)

    async def scene() -> None:
        async with bench.running():
            await bench.until(lambda: bool(bench.journal.printed))
            bench.slips.owe(record)
            await bench.drained()

    asyncio.run(scene())
    assert len(bench.paper.slips) == 1


def test_the_slip_in_hand_is_finished_before_the_end() -> None:
    bench = Bench(numbered(RECORD, 1, "merchant", "customer"))

    async def scene() -> None:
        bench.paper.gate = asyncio.Event()
        async with bench.running() as task:
            await bench.paper.writing.wait()
            task.cancel()
            await asyncio.sleep(0)
            bench.paper.gate.set()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    asyncio.run(scene())
    assert bench.journal.printed == [(1, "merchant")]
    assert bench.journal.records[1].receipts_owed == ("customer",)


def test_a_withdrawn_sale_prints_nothing() -> None:
    record = msgspec.structs.replace(RECORD, state=State.WITHDRAWN)
    bench = Bench(record)
    bench.slips.owe(record)
    assert bench.slips.waiting() == 0


def test_one_bad_record_stops_no_other() -> None:
    bench = Bench(numbered(RECORD, 1, "poster"), numbered(RECORD, 2, "merchant"))

    async def scene() -> None:
        async with bench.running():
            await bench.until(lambda: bool(bench.journal.printed))

    asyncio.run(scene())
    assert bench.journal.printed == [(2, "merchant")]
    assert bench.slips.waiting() == 1, "the bad one is still owed, and counted"


def z_story() -> tuple[TerminalEvent, ...]:
    at = datetime(2025, 11, 22, 14, 0, tzinfo=UTC)
    return (
        BatchClosing(at=at, batch=12, operator="01", totals=()),
        BatchClosed(at=at, batch=12, opened=13),
    )


def printed_z(bench: Bench) -> list[int]:
    return [e.batch for e in bench.journal.terminal if isinstance(e, ZReportPrinted)]


def print_z(bench: Bench) -> None:
    bench.journal.terminal += z_story()

    async def scene() -> None:
        async with bench.running():
            await bench.until(lambda: printed_z(bench) == [12])
            await bench.drained()

    asyncio.run(scene())


def test_a_z_report_owed_before_the_start_is_printed_after_the_slips() -> None:
    bench = Bench(numbered(RECORD, 1, "merchant"))
    bench.paper.conditions.extend([Condition.PAPER_OUT] * 3)
    print_z(bench)
    assert bench.journal.printed == [(1, "merchant")]
    assert len(bench.paper.slips) == 2


def test_paper_that_ran_out_in_it_is_no_z_report() -> None:
    bench = Bench()
    bench.paper.conditions.extend([Condition.OK, *[Condition.PAPER_OUT] * 3])
    print_z(bench)
    assert len(bench.paper.slips) == 2


def test_a_journal_that_fails_prints_no_z_report_twice() -> None:
    bench = Bench()
    bench.journal.faults = 3
    print_z(bench)
    assert len(bench.paper.slips) == 1


def test_an_x_report_and_a_reprint_leave_no_trace_in_the_journal() -> None:
    bench = Bench()
    again = z_report(z_story(), (), reprint=True)
    assert again is not None
    x = x_report(Book(batch=13), (), "01", again.at)

    async def scene() -> None:
        async with bench.running():
            for report in (x, again, x):
                bench.slips.report(report)
            assert bench.slips.waiting() == 2, "the same report is queued once"
            await bench.drained()

    asyncio.run(scene())
    assert len(bench.paper.slips) == 2
    assert bench.journal.terminal == []


def test_what_is_owed_twice_before_it_is_out_is_printed_once() -> None:
    bench = Bench(numbered(RECORD, 1, "merchant", "merchant"))
    drain(bench)
    assert len(bench.paper.slips) == 1
