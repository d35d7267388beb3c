"""Owed slips to paper. A printer's fault leaves a slip owed; it never touches an outcome."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any, Final

from cardamom.faults import DeviceFault, Fault, JournalFault
from cardamom.ports import Clock, Journal, Paper
from cardamom.receipts.escpos import encode_slip, warm
from cardamom.receipts.layout import lay_out
from cardamom.receipts.lines import PaperWidth
from cardamom.story import tell
from cardamom.values.events import ReceiptPrinted
from cardamom.values.merchant import Merchant
from cardamom.values.record import Record
from cardamom.values.states import State
from cardamom.worker import Worker

PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Between tries while the printer cannot; the last one repeats."""
FINISH_S: Final = 20.0
"""For the slip in hand when the terminal stops."""


class SlipPrinter:
    """ports.Receipts: prints what records owe, oldest first, and journals each copy.

    `run()` is the daemon's task and the only one that touches the printer's paper. A copy counts as
    printed once the printer has taken it and is well after it; a power cut between the two prints
    it once more.
    """

    def __init__(
        self,
        paper: Paper,
        journal: Journal,
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
        self._trouble = ""
        self._wake = asyncio.Event()
        self._worker = Worker("slips")

    def owe(self, record: Record) -> None:
        """Queues the record's slips, and looks at the printer at once where it had to wait."""
        if record.receipts_owed and record.state is not State.WITHDRAWN:
            self._owed[record.txn] = record
        self._wake.set()

    def waiting(self) -> int:
        """Slips still to print."""
        records = (*self._owed.values(), *self._broken.values())
        return sum(len(record.receipts_owed) for record in records)

    async def run(self) -> None:
        """Prints until cancelled; a slip that has begun is finished and journalled first.

        Raises nothing that printer or journal do.
        """
        await self._worker.call(warm)
        await self._recall()
        while True:
            self._wake.clear()
            if not self._owed:
                await self._wake.wait()
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
        for copy in record.receipts_owed:
            layout = lay_out(record, self._merchant, copy, zone=zone, width=self._width)
            data = await self._worker.call(encode_slip, layout)
            tries = 0
            while why := await self._try(record.txn, copy, data):
                tries = await self._pause(tries, why)
            self._trouble = ""

    async def _try(self, txn: int, copy: str, data: bytes) -> str:
        """One slip where the printer can; why not, where it cannot."""
        health = await self._paper.check()
        if not health.usable:
            return health.detail
        return await _to_the_end(self._put(txn, copy, data))

    async def _put(self, txn: int, copy: str, data: bytes) -> str:
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
                event = ReceiptPrinted(at=self._clock.now(), copies=(copy,))
                record = await self._journal.append(txn, event)
            except JournalFault as fault:
                tries = await self._pause(tries, str(fault))
            else:
                break
        tell("receipt_printed", txn=txn, copy=copy)
        if record.receipts_owed:
            self._owed[txn] = record
        else:
            self._owed.pop(txn, None)
        return ""

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
