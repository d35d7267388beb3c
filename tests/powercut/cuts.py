"""Drivers that cut the power: a journal and a host that pass everything on, and kill the process.

A point is a place in a run: before or after a journal write, before a message, with the message
sent and its answer not yet read, or with its answer read and not yet durable. Points are counted
as they are passed; a cut names the one at which the process is killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from cardamom.ports import Host
from cardamom.store.journal import SqliteJournal
from cardamom.values.events import AnyEvent
from cardamom.values.health import Health
from cardamom.values.online import (
    CardData,
    HostTraits,
    OnlineRequest,
    OnlineResult,
    TotalsRequest,
)
from cardamom.values.record import Record
from cardamom.values.terminal_events import TerminalEvent

TURNS: Final = 8
"""Turns of the loop after which a message that was asked for has left and no answer can be back."""


class Power:
    """Counts points into a trace file, a line each, and cuts at the one that is asked for; `disk`
    is a process whose memory the same cut takes, before this one."""

    def __init__(self, trace: Path, cut: str, disk: int = 0) -> None:
        self._disk = disk
        self._fd = os.open(trace, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        self._at = int(cut) if cut else 0
        self._passed = 0

    def point(self, name: str) -> None:
        self._passed += 1
        os.write(self._fd, f"{self._passed} {name}\n".encode())
        if self._passed == self._at:
            if self._disk:
                os.kill(self._disk, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def next_is_the_cut(self) -> bool:
        return self._passed + 1 == self._at


class CutJournal(SqliteJournal):
    """The real journal; `power` is given right after it was made."""

    power: Power

    async def committed(self) -> None:
        """A commit returned; nobody was told yet."""

    async def begin(self, *events: AnyEvent, card: CardData | None = None) -> Record:
        self.power.point(f"before {_names(events)}")
        record = await super().begin(*events, card=card)
        await self.committed()
        self.power.point(f"after {_names(events)}")
        return record

    async def append(self, txn: int, *events: AnyEvent, card: CardData | None = None) -> Record:
        self.power.point(f"before {_names(events)}")
        record = await super().append(txn, *events, card=card)
        await self.committed()
        self.power.point(f"after {_names(events)}")
        return record

    async def note(self, *events: TerminalEvent) -> Sequence[TerminalEvent]:
        self.power.point(f"before {_names(events)}")
        noted = await super().note(*events)
        await self.committed()
        self.power.point(f"after {_names(events)}")
        return noted

    async def erase(self, txns: Any) -> None:
        self.power.point("before erasing")
        await super().erase(txns)
        await self.committed()
        self.power.point("after erasing")


class CutHost:
    """ports.Host over another one."""

    def __init__(self, inner: Host, power: Power) -> None:
        self._inner = inner
        self._power = power

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def deadline_s(self) -> float:
        return self._inner.deadline_s

    @property
    def traits(self) -> HostTraits:
        return self._inner.traits

    def state(self) -> Health:
        return self._inner.state()

    async def check(self) -> Health:
        return await self._inner.check()

    async def request(self, request: OnlineRequest) -> OnlineResult:
        return await self._sent(request.purpose.value, self._inner.request(request))

    async def totals(self, request: TotalsRequest) -> OnlineResult:
        return await self._sent("totals", self._inner.totals(request))

    async def _sent(self, name: str, sending: Any) -> OnlineResult:
        asking = asyncio.ensure_future(sending)
        if self._power.next_is_the_cut:
            asking.cancel()
        self._power.point(f"before sending {name}")
        if self._power.next_is_the_cut:
            for _ in range(TURNS):
                await asyncio.sleep(0)
        self._power.point(f"sent {name}")
        result: OnlineResult = await asking
        self._power.point(f"answered {name}")
        return result


def _names(events: Sequence[object]) -> str:
    return "+".join(type(event).__name__ for event in events)
