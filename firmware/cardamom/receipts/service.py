"""Owed slips to paper. A printer's fault leaves a slip owed; it never touches an outcome."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, Protocol

from cardamom.faults import DeviceFault, Fault, JournalFault
from cardamom.ports import Clock, Paper
from cardamom.receipts.escpos import encode_slip, warm
from cardamom.receipts.layout import lay_out
from cardamom.receipts.lines import Layout, PaperWidth
from cardamom.receipts.reports import lay_out_report
from cardamom.story import tell
from cardamom.values.events import AnyEvent, ReceiptPrinted
from cardamom.values.merchant import Merchant
from cardamom.values.record import Record
from cardamom.values.report import Report, ReportKind, z_report
from cardamom.values.states import State
from cardamom.values.terminal_events import TerminalEvent, ZReportPrinted
from cardamom.worker import Worker

PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Between tries while the printer cannot; the last one repeats."""
FINISH_S: Final = 20.0
"""For the slip in hand when the terminal stops."""


class SlipJournal(Protocol):
    """What it needs of ports.Journal."""

    async def get(self, txn: int) -> Record | None: ...

    async def append(self, txn: int, *events: AnyEvent) -> Record: ...

    async def note(self, *events: TerminalEvent) -> Sequence[TerminalEvent]: ...

    async def receipts_owed(self) -> Sequence[Record]: ...

    async def z_owed(self) -> Sequence[int]: ...

    async def batch_story(self, batch: int) -> Sequence[TerminalEvent]: ...

    async def of_batch(self, batch: int) -> Sequence[Record]: ...


class SlipPrinter:
    """ports.Receipts: prints what records owe, oldest first, then reports, and journals each copy.

    `run()` is the daemon's task and the only one that touches the printer's paper. A copy counts as
    printed once the printer has taken it and is well after it; a power cut between the two prints
    it once more. At the start it recalls what slips and Z reports were owed before.
    """

    def __init__(
        self,
        paper: Paper,
        journal: SlipJournal,
        clock: Clock,
        merchant: Merchant,
        *,
        width: PaperWidth = 58,
    ) -> None:
        self._paper = paper
        self._journal = journal
        self._clock = clock
        self._merchant = merchant
        self._width = width
        self._owed: dict[int, Record] = {}
        self._broken: dict[int, Record] = {}
        self._reports: list[Report] = []
        self._trouble = ""
        self._wake = asyncio.Event()
        self._worker = Worker("slips")

    def owe(self, record: Record) -> None:
        """Queues the record's slips, and looks at the printer at once where it had to wait."""
        if record.receipts_owed and record.state is not State.WITHDRAWN:
            self._owed[record.txn] = record
        self._wake.set()

    def report(self, report: Report) -> None:
        """As ports.Receipts. A Z report that waits already is not queued twice."""
        if report not in self._reports:
            self._reports.append(report)
        self._wake.set()

    def waiting(self) -> int:
        """Slips and reports still to print."""
        records = (*self._owed.values(), *self._broken.values())
        return sum(len(record.receipts_owed) for record in records) + len(self._reports)

    async def run(self) -> None:
        """Prints until cancelled; a slip that has begun is finished and journalled first.

        Raises nothing that printer or journal do.
        """
        await self._worker.call(warm)
        await self._recall()
        while True:
            self._wake.clear()
            if not self._owed and not self._reports:
                await self._wake.wait()
                continue
            if not self._owed:
                await self._print_report(self._reports[0])
                continue
            record = self._owed[min(self._owed)]
            try:
                await self._print(record)
            except Exception as e:  # noqa: BLE001 one bad record must not stop all others' slips
                why = str(e) if isinstance(e, Fault) else type(e).__name__
                tell("receipt_broken", level=logging.ERROR, txn=record.txn, why=why)
                self._broken[record.txn] = self._owed.pop(record.txn)

    async def _recall(self) -> None:
        """What was owed before the start."""
        tries = 0
        while True:
            try:
                for record in await self._journal.receipts_owed():
                    self.owe(record)
                for batch in await self._journal.z_owed():
                    story = await self._journal.batch_story(batch)
                    report = z_report(story, await self._journal.of_batch(batch))
                    if report is not None:
                        self.report(report)
            except JournalFault as fault:
                tries = await self._pause(tries, str(fault))
            else:
                return

    async def _print(self, record: Record) -> None:
        """All copies that the record owes, each until it is out."""
        with contextlib.suppress(JournalFault):
            record = await self._journal.get(record.txn) or record
        if not record.receipts_owed:
            del self._owed[record.txn]
        zone = self._clock.local().tzinfo
        original = None
        if record.original is not None:
            with contextlib.suppress(JournalFault):
                original = await self._journal.get(record.original)
        for copy in dict.fromkeys(record.receipts_owed):
            layout = lay_out(
                record, self._merchant, copy, zone=zone, width=self._width, original=original
            )
            await self._out(layout, lambda copy=copy: self._printed(record.txn, copy))  # type: ignore[misc]

    async def _print_report(self, report: Report) -> None:
        zone = self._clock.local().tzinfo
        try:
            layout = lay_out_report(report, self._merchant, zone=zone, width=self._width)
            await self._out(layout, lambda: self._report_printed(report))
        except Exception as e:  # noqa: BLE001 it must not stop all others' slips
            why = str(e) if isinstance(e, Fault) else type(e).__name__
            tell("report_broken", level=logging.ERROR, batch=report.batch, why=why)
        self._reports.remove(report)

    async def _out(self, layout: Layout, printed: Callable[[], Awaitable[None]]) -> None:
        """One slip, tried until it is out; `printed` then journals it."""
        data = await self._worker.call(encode_slip, layout)
        tries = 0
        while why := await self._try(data, printed):
            tries = await self._pause(tries, why)
        self._trouble = ""

    async def _try(self, data: bytes, printed: Callable[[], Awaitable[None]]) -> str:
        """One slip where the printer can; why not, where it cannot."""
        health = await self._paper.check()
        if not health.usable:
            return health.detail
        return await _to_the_end(self._put(data, printed))

    async def _put(self, data: bytes, printed: Callable[[], Awaitable[None]]) -> str:
        try:
            await self._paper.write(data)
        except DeviceFault as fault:
            return str(fault)
        health = await self._paper.check()
        if not health.usable:
            return health.detail
        tries = 0
        while True:  # the paper is out: only the journal is tried again
            try:
                await printed()
            except JournalFault as fault:
                tries = await self._pause(tries, str(fault))
            else:
                return ""

    async def _printed(self, txn: int, copy: str) -> None:
        event = ReceiptPrinted(at=self._clock.now(), copies=(copy,))
        record = await self._journal.append(txn, event)
        tell("receipt_printed", txn=txn, copy=copy)
        if record.receipts_owed:
            self._owed[txn] = record
        else:
            self._owed.pop(txn, None)

    async def _report_printed(self, report: Report) -> None:
        if report.kind is ReportKind.Z and not report.reprint:
            await self._journal.note(ZReportPrinted(at=self._clock.now(), batch=report.batch))
        tell("report_printed", report=report.kind.value, batch=report.batch, reprint=report.reprint)

    async def _pause(self, tries: int, why: str) -> int:
        """Waits its turn, or less where somebody owes or nudges; the tries so far."""
        if why != self._trouble:
            tell("receipts_wait", level=logging.WARNING, why=why, slips=self.waiting())
            self._trouble = why
        self._wake.clear()
        pause = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
        waits = [
            asyncio.ensure_future(self._clock.sleep(pause)),
            asyncio.ensure_future(self._wake.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return tries + 1


async def _to_the_end(work: Coroutine[Any, Any, str]) -> str:
    """Its result; where the caller is cancelled, `work` has FINISH_S to end first."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=FINISH_S)
        task.cancel()
        raise
