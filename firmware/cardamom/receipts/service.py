"""Owed slips to paper. A printer's fault leaves a slip owed; it never touches an outcome."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, Protocol

from cardamom.faults import DeviceFault, Fault, JournalFault
from cardamom.ports import Clock, Paper
from cardamom.receipts.escpos import encode_slip, warm
from cardamom.receipts.layout import lay_out
from cardamom.receipts.lines import PaperWidth
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
        self._ending = False

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
            txn = min(self._owed)
            try:
                await self._print(txn)
            except Exception as e:  # noqa: BLE001 one bad record must not stop all others' slips
                why = str(e) if isinstance(e, Fault) else type(e).__name__
                tell("receipt_broken", txn=txn, why=why)
                self._broken[txn] = self._owed.pop(txn)

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

    async def _print(self, txn: int) -> None:
        """All slips that the transaction owes, each until it is out. Each try tells of it as it
        stands then."""
        zone = self._clock.local().tzinfo
        tries = 0
        while (record := self._owed.get(txn)) is not None:
            with contextlib.suppress(JournalFault):
                record = await self._journal.get(txn) or record
            copies = next_slip(record)
            if not copies:
                del self._owed[txn]
                return
            original = None
            if record.original is not None:
                with contextlib.suppress(JournalFault):
                    original = await self._journal.get(record.original)
            layout = lay_out(
                record, self._merchant, copies[-1], zone=zone, width=self._width, original=original
            )
            data = await self._worker.call(encode_slip, layout)
            why = await self._try(data, lambda copies=copies: self._printed(txn, copies))  # type: ignore[misc]
            tries = await self._pause(tries, why) if why else self._well()

    async def _print_report(self, report: Report) -> None:
        zone = self._clock.local().tzinfo
        try:
            layout = lay_out_report(report, self._merchant, zone=zone, width=self._width)
            data = await self._worker.call(encode_slip, layout)
            tries = 0
            while why := await self._try(data, lambda: self._report_printed(report)):
                tries = await self._pause(tries, why)
            self._well()
        except Exception as e:  # noqa: BLE001 it must not stop all others' slips
            why = str(e) if isinstance(e, Fault) else type(e).__name__
            tell("report_broken", batch=report.batch, why=why)
        self._reports.remove(report)

    async def _try(self, data: bytes, printed: Callable[[], Awaitable[None]]) -> str:
        """One slip where the printer can; why not, where it cannot."""
        health = await self._paper.check()
        if not health.usable:
            return health.detail
        return await self._to_the_end(self._put(data, printed))

    async def _to_the_end(self, work: Coroutine[Any, Any, str]) -> str:
        """Its result; where the caller is cancelled, `work` has FINISH_S to end first."""
        task = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._ending = True
            self._wake.set()
            await asyncio.wait((task,), timeout=FINISH_S)
            task.cancel()
            raise

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
                if self._ending:
                    return str(fault)  # the next start prints it once more
                tries = await self._pause(tries, str(fault))
            else:
                return ""

    async def _printed(self, txn: int, copies: tuple[str, ...]) -> None:
        event = ReceiptPrinted(at=self._clock.now(), copies=copies)
        record = await self._journal.append(txn, event)
        tell("receipt_printed", txn=txn, copy=copies[-1])
        if record.receipts_owed:
            self._owed[txn] = record
        else:
            self._owed.pop(txn, None)

    async def _report_printed(self, report: Report) -> None:
        if report.kind is ReportKind.Z and not report.reprint:
            await self._journal.note(ZReportPrinted(at=self._clock.now(), batch=report.batch))
        tell("report_printed", report=report.kind.value, batch=report.batch, reprint=report.reprint)

    def _well(self) -> int:
        """A slip is out: no tries, no trouble."""
        self._trouble = ""
        return 0

    async def _pause(self, tries: int, why: str) -> int:
        """Waits its turn, or less where somebody owes or nudges; the tries so far."""
        if why != self._trouble:
            tell("receipts_wait", why=why, slips=self.waiting())
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


def next_slip(record: Record) -> tuple[str, ...]:
    """The copies that the next slip stands for, the one that it is last; empty where none is owed.

    Nobody needs to be told "unknown" any more where a slip that says how it ended waits behind.
    """
    copies = tuple(dict.fromkeys(record.receipts_owed))
    known = [copy for copy in copies if copy != "unknown"]
    if "unknown" in copies and known:
        return "unknown", known[0]
    return copies[:1]
