"""A shop for flow scripts: the real desk, flows, kernel and journal; hands move the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from msgspec import structs

from cardamom.duties.delivery import Delivery
from cardamom.duties.offline import Caps, Offline
from cardamom.duties.online import Online
from cardamom.duties.recovery import recover
from cardamom.duties.settlement import Settlement
from cardamom.duties.support import SupportVisits
from cardamom.duties.timepiece import Timepiece
from cardamom.engines.emv.rules import Rules
from cardamom.flows.desk import Desk, Readiness
from cardamom.flows.rights import Rights
from cardamom.flows.taps import Taps
from cardamom.flows.terminal import DeskConfig, Terminal
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.store.members import SqliteMembers
from cardamom.values.alarms import Alarm
from cardamom.values.events import Verdict
from cardamom.values.exceptions import NONE_LISTED
from cardamom.values.health import Condition, Health, Part
from cardamom.values.keys import Key
from cardamom.values.member import ClosedLoop
from cardamom.values.money import Money
from cardamom.values.online import OnlineAnswer
from cardamom.values.record import Record
from cardamom.values.screens import Screen
from cardamom.values.secret import Key as SecretKey
from support.emv_rules import test_rules
from support.hands import (
    CountedEntropy,
    HandCard,
    HandClock,
    HandHost,
    HandJournal,
    HandKeypad,
    HandReader,
    KeptReceipts,
    ShownScreens,
    until,
)

BUILT = datetime(2025, 11, 1, tzinfo=UTC)
APPROVAL = OnlineAnswer(Verdict.APPROVED, "00", "A1B2C3", "532613000345", "1122133705", b"00")


class Shop:
    """`async with Shop(folder)`: a terminal ready for the next customer."""

    batch_limit = 500
    chip_tries = 3
    caps: Caps | None = None
    """Of offline approvals; None: none."""
    exceptions = NONE_LISTED
    delivers = False
    """Whether what is owed is delivered unasked."""
    journal_type = HandJournal
    clock_type = HandClock

    def __init__(self, folder: Path) -> None:
        self.limit = Money(5_000_000, "CNY")
        self.folder = folder
        self.clock = self.clock_type()
        self.keypad = HandKeypad()
        self.display = ShownScreens()
        self.reader = HandReader()
        self.host = HandHost()
        self.host.answer = APPROVAL
        self.receipts = KeptReceipts()
        self.printer = Condition.OK
        self.journal = self.journal_type(
            folder / "journal.db", SecretKey(bytes(range(32))), now=self.clock.now
        )
        self.changed = asyncio.Event()
        self.visits = SupportVisits(self.journal, self.clock, self.changed.set)
        self.timepiece = Timepiece(self.clock, BUILT)
        self.offline = Offline(self.journal, self.clock, self.timepiece, self.caps)
        self.delivery = Delivery(
            self.journal,
            self.host,
            self.clock,
            self.receipts,
            jitter=lambda: 0.5,
            paying=lambda: self.desk.paying,
        )
        online = Online(self.journal, self.host, self.clock, self.delivery)
        self.rights = Rights(self.journal, self.clock, None, production=False)
        self.settlement = Settlement(
            self.journal,
            self.host,
            self.clock,
            online.exclusive,
            terminal_id="10203040",
            merchant_id="898310058120001",
        )
        self.terminal = Terminal(
            reader=self.reader,
            display=self.display,
            keypad=self.keypad,
            online=online,
            journal=self.journal,
            receipts=self.receipts,
            clock=self.clock,
            entropy=CountedEntropy(),
            emv=self.emv(),
            config=DeskConfig(
                terminal_id="10203040",
                merchant_id="898310058120001",
                merchant_name="豆蔻小馆",
                operator="01",
                limit=self.limit,
                batch_limit=self.batch_limit,
                chip_tries=self.chip_tries,
            ),
            rights=self.rights,
            settlement=self.settlement,
            offline=self.offline,
            exceptions=self.exceptions,
            taps=self.contactless(),
            closed_loop=self.closed_loop(),
            members=SqliteMembers(self.journal),
            support=self.visits,
        )
        self.looked = 0
        self.alarms: tuple[Alarm, ...] = ()
        self.desk = Desk(
            self.terminal,
            Readiness(self._parts, self._blocking, self.changed, self._look, lambda: self.alarms),
        )
        self._running: asyncio.Task[None] | None = None
        self._delivering: asyncio.Task[None] | None = None

    def emv(self) -> Rules:
        return test_rules()

    def contactless(self) -> Taps | None:
        return None

    def closed_loop(self) -> ClosedLoop | None:
        return None

    def _parts(self) -> tuple[Health, ...]:
        return (
            self.reader.state(),
            self.host.state(),
            Health(part=Part.PRINTER, condition=self.printer),
        )

    def _blocking(self) -> tuple[Health, ...]:
        return tuple(h for h in self._parts()[:2] if not h.usable)

    def _look(self) -> None:
        self.looked += 1

    async def __aenter__(self) -> Self:
        await recover(self.journal, self.clock)
        self._running = asyncio.create_task(self.desk.run())
        if self.delivers:
            self._delivering = asyncio.create_task(self.delivery.run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self._running is not None
        self._running.cancel()
        if self._delivering is not None:
            self._delivering.cancel()
            await asyncio.gather(self._delivering, return_exceptions=True)
        results = await asyncio.gather(self._running, return_exceptions=True)
        await self.journal.close()
        if error is None and not isinstance(results[0], asyncio.CancelledError):
            raise AssertionError(f"the desk ended: {results[0]!r}")

    @property
    def screen(self) -> Screen:
        return self.display.now

    async def sees(self, kind: type[object]) -> Screen:
        """Wait until this kind of screen is shown."""
        await until(
            lambda: bool(self.display.shown) and isinstance(self.display.now, kind),
            f"{kind.__name__}, it shows {self.display.shown[-1:]}",
        )
        return self.display.now

    async def shows(self, screen: Screen) -> None:
        """Wait until exactly this is shown."""
        await until(
            lambda: bool(self.display.shown) and self.display.now == screen,
            f"{screen}, it shows {self.display.shown[-1:]}",
        )

    async def waits_for(self, kind: type[object], seconds: int = 60) -> Screen:
        """Let time pass, second by second, until this kind of screen is shown."""
        for _ in range(seconds):
            if isinstance(self.display.now, kind):
                break
            await self.clock.passes(1)
            await asyncio.sleep(0.005)  # what waits for the journal's thread gets on
        return await self.sees(kind)

    async def lets_pass(self, true: Callable[[], bool], seconds: int = 120) -> None:
        """Let time pass, second by second, until it is true."""
        for _ in range(seconds):
            if true():
                return
            await self.clock.passes(1)
            await asyncio.sleep(0.005)
        raise AssertionError(f"not within {seconds} s; it shows {self.display.shown[-1:]}")

    def insert(
        self, profile: str = "debit", cvm: list[str] | None = None, **faults: object
    ) -> HandCard:
        """Put a simulated card in; `cvm` replaces its list of verification rules."""
        made = load_profile(profile)
        if cvm is not None:
            (application,) = made.applications
            application = structs.replace(application, cvm=cvm)
            made = structs.replace(made, applications=[application])
        card = HandCard(Card(made), **faults)  # type: ignore[arg-type]
        self.reader.insert(card)
        return card

    def types(self, text: str) -> None:
        """Digits of a PIN or an amount, then Enter."""
        self.keypad.press(*text, Key.ENTER)

    def depth(self) -> int:
        """How many coroutines deep the desk waits."""
        assert self._running is not None
        inner: Any = self._running.get_coro()
        depth = 0
        while (inner := getattr(inner, "cr_await", None)) is not None:
            depth += 1
        return depth

    async def last(self) -> Record:
        (record,) = await self.journal.recent(1)
        return record
