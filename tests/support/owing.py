"""A terminal that owes its host messages: the real journal, a host that the script speaks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import structs

from cardamom.duties.delivery import Delivery
from cardamom.duties.online import Online
from cardamom.duties.owed import owed_by
from cardamom.values.events import (
    AnyEvent,
    CardRead,
    CvmUsed,
    Entry,
    HostAnswer,
    Intent,
    NoAnswer,
    Reason,
    ScriptOwed,
    Started,
    Verdict,
)
from cardamom.values.events import CardResult as CardResultEvent
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.online import OnlineAnswer, Purpose
from cardamom.values.record import Record
from cardamom.values.states import Recourse
from support.hands import HandClock, HandHost, HandJournal, KeptReceipts
from support.ledger import CARD, CHIP, MASTER

DONE = OnlineAnswer(Verdict.APPROVED, "00", "A1B2C3", "607312000345", "0314120003")
AGAIN = OnlineAnswer(Verdict.AGAIN, "96")
REFUSED = OnlineAnswer(Verdict.DECLINED, "12")
ICC = "9F2608001122334455667795050080008000820238009F36020001"


class Owing:
    """`async with Owing(folder)`: journal, delivery and requests over a hand-turned clock."""

    def __init__(
        self, folder: Path, *, jitter: float = 0.5, clock: HandClock | None = None
    ) -> None:
        self.path = folder / "journal.db"
        self.clock = clock or HandClock()
        self.journal = HandJournal(self.path, MASTER, now=self.clock.now)
        self.host = HandHost()
        self.host.answer = DONE
        self.receipts = KeptReceipts()
        self.noticed = 0
        self.paying = False
        self.delivery = Delivery(
            self.journal,
            self.host,
            self.clock,
            self.receipts,
            jitter=lambda: jitter,
            paying=lambda: self.paying,
            noticed=self._notice,
        )
        self.online = Online(self.journal, self.host, self.clock, self.delivery)

    def _notice(self) -> None:
        self.noticed += 1

    @property
    def sent(self) -> list[tuple[Purpose, int]]:
        """What the host was asked, and about which transaction."""
        return [(r.purpose, r.record.txn) for r in self.host.requests]

    def started(self, minor: int = 1234, kind: Kind = Kind.SALE) -> Started:
        return Started(
            at=self.clock.now(),
            kind=kind,
            amount=Money(minor, "CNY"),
            batch=1,
            terminal_id="10203040",
            merchant_id="898310058120001",
            operator="01",
        )

    def read(self) -> CardRead:
        chip = structs.replace(CHIP, icc=ICC)
        return CardRead(at=self.clock.now(), entry=Entry.CHIP, card=CARD.pan.masked, chip=chip)

    async def begin(self, *events: AnyEvent, minor: int = 1234) -> Record:
        return await self.journal.begin(self.started(minor), self.read(), *events, card=CARD)

    async def unanswered(self, recourse: Recourse = Recourse.REVERSE, minor: int = 1234) -> Record:
        """A request that got no answer."""
        now = self.clock.now()
        intent = Intent(at=now, stan=0, host=self.host.name, recourse=recourse)
        silence = NoAnswer(at=now, reason=Reason.NO_ANSWER, why="silence")
        return await self.begin(intent, silence, minor=minor)

    async def offline(self, minor: int = 1234) -> Record:
        """A sale that the card's TC approved."""
        now = self.clock.now()
        return await self.begin(
            CardResultEvent(at=now, accepted=True, cvm=CvmUsed.NONE, first=True), minor=minor
        )

    async def scripted(self) -> Record:
        """An approved sale whose issuer's scripts were run."""
        now = self.clock.now()
        return await self.begin(
            Intent(at=now, stan=0, host=self.host.name),
            HostAnswer(at=now, verdict=Verdict.APPROVED, code="00", contact=True),
            CardResultEvent(at=now, accepted=True, cvm=CvmUsed.NONE),
            ScriptOwed(at=now, results="2000000001"),
        )

    async def record(self, txn: int = 1) -> Record:
        found = await self.journal.get(txn)
        assert found is not None
        return found

    async def deliver(self, limit: int = 50) -> None:
        """Attempt upon attempt, until nothing is due."""
        for _ in range(limit):
            if await self.delivery.step() > 0:
                return
        raise AssertionError("something is due for ever")

    async def owes(self) -> list[Purpose]:
        return [o.purpose for o in owed_by(await self.journal.owing())]


def owing(folder: Path, script: Callable[[Owing], Awaitable[None]], **options: Any) -> None:
    """The script with such a terminal; its journal is closed afterwards."""

    async def run() -> None:
        terminal = Owing(folder, **options)
        try:
            await script(terminal)
        finally:
            await terminal.journal.close()

    asyncio.run(run())


def keeping_stan(host: HandHost) -> None:
    """A host whose profile has reversals with their request's trace number."""
    host.traits = replace(host.traits, reversal_keeps_stan=True)
