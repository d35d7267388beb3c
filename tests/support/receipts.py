"""Drivers of the ports that the slip printer sees: a journal in memory, paper that a script moves,
a clock that never waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import msgspec

from cardamom.faults import DeviceFault, JournalFault
from cardamom.values.events import AnyEvent, ReceiptPrinted
from cardamom.values.health import Condition, Health, Part
from cardamom.values.record import Record, apply
from cardamom.values.terminal_events import BatchClosed, TerminalEvent, ZReportPrinted


class MemoryJournal:
    """What the slip printer needs of a journal, over a dict. `faults` is how many of the next
    commits fail."""

    def __init__(self, *records: Record) -> None:
        self.records = {r.txn: r for r in records}
        self.printed: list[tuple[int, str]] = []
        self.faults = 0
        self.terminal: list[TerminalEvent] = []
        """The terminal's own events."""

    async def append(self, txn: int, *events: AnyEvent) -> Record:
        if self.faults:
            self.faults -= 1
            raise JournalFault("the disk is full")
        for event in events:
            self.records[txn] = apply(self.records[txn], txn, event)
            if isinstance(event, ReceiptPrinted):
                self.printed += [(txn, copy) for copy in event.copies]
        return self.records[txn]

    async def get(self, txn: int) -> Record | None:
        return self.records.get(txn)

    async def of_batch(self, batch: int) -> Sequence[Record]:
        return [r for r in self.records.values() if r.batch == batch]

    async def note(self, *events: TerminalEvent) -> Sequence[TerminalEvent]:
        if self.faults:
            self.faults -= 1
            raise JournalFault("the disk is full")
        self.terminal += events
        return events

    async def batch_story(self, batch: int) -> Sequence[TerminalEvent]:
        return [e for e in self.terminal if getattr(e, "batch", None) == batch]

    async def z_owed(self) -> Sequence[int]:
        printed = {e.batch for e in self.terminal if isinstance(e, ZReportPrinted)}
        closed = [e.batch for e in self.terminal if isinstance(e, BatchClosed)]
        return [batch for batch in closed if batch not in printed]

    async def receipts_owed(self) -> Sequence[Record]:
        return [r for r in self.records.values() if r.receipts_owed]


class ScriptedPaper:
    """ports.Paper. `conditions` is what the next looks find, then OK; `breaks` how many of the next
    writes fail."""

    def __init__(self) -> None:
        self.conditions: deque[Condition] = deque()
        self.breaks = 0
        self.slips: list[bytes] = []
        self.gate: asyncio.Event | None = None
        """Where set, a write waits for it."""
        self.writing = asyncio.Event()

    def state(self) -> Health:
        return Health(part=Part.PRINTER, condition=Condition.OK)

    async def check(self) -> Health:
        condition = self.conditions.popleft() if self.conditions else Condition.OK
        return Health(part=Part.PRINTER, condition=condition, detail=f"it is {condition}")

    async def write(self, data: bytes) -> None:
        self.writing.set()
        if self.gate:
            await self.gate.wait()
        if self.breaks:
            self.breaks -= 1
            raise DeviceFault("the cable is out")
        self.slips.append(data)


class RushedClock:
    """ports.Clock on which every sleep is over at once; `sleeps` are the seconds asked for."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        return datetime(2025, 11, 22, 5, 37, 5, tzinfo=UTC) + timedelta(seconds=sum(self.sleeps))

    def local(self) -> datetime:
        return self.now().astimezone(timezone(timedelta(hours=8)))

    def monotonic(self) -> float:
        return sum(self.sleeps)

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        await asyncio.sleep(0)


def numbered(record: Record, txn: int, *copies: str) -> Record:
    """The record under another number, owing `copies`."""
    return msgspec.structs.replace(record, txn=txn, receipts_owed=copies)
