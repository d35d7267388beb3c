"""Drivers of the terminal's ports that a test script moves by hand: time, keys, cards, host."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

from cardamom.engines.apdu import Reply, parse_reply
from cardamom.faults import CardFault, JournalFault
from cardamom.ports import Card, PinPad
from cardamom.store.journal import SqliteJournal
from cardamom.values.events import AnyEvent, Event, Verdict
from cardamom.values.health import Condition, Health, Part
from cardamom.values.keys import Key
from cardamom.values.kinds import Kind
from cardamom.values.online import (
    CardData,
    HostTraits,
    NotSent,
    OnlineAnswer,
    OnlineRequest,
    OnlineResult,
    TotalsRequest,
)
from cardamom.values.record import Record
from cardamom.values.report import Report
from cardamom.values.screens import Screen, StatusLine
from cardamom.values.states import Recourse


class HandClock:
    """ports.Clock whose hands turn when the script says so."""

    def __init__(self) -> None:
        self._start = datetime(2025, 11, 22, 5, 37, 5, tzinfo=UTC)
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def set_back(self, seconds: float) -> None:
        """Somebody set it; waits are not changed."""
        self._start -= timedelta(seconds=seconds)

    def local(self) -> datetime:
        return self.now().astimezone(timezone(timedelta(hours=8)))

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._passed + seconds, woken))
        await woken

    async def passes(self, seconds: float) -> None:
        """Turn the hands, stopping at each sleeper on the way."""
        end = self._passed + seconds
        while True:
            await settle()
            self._sleepers = [s for s in self._sleepers if not s[1].done()]
            due = min((at for at, _ in self._sleepers if at <= end), default=None)
            if due is None:
                break
            self._passed = max(self._passed, due)
            for at, woken in self._sleepers:
                if at <= self._passed and not woken.done():
                    woken.set_result(None)
        self._passed = end
        await settle()


async def settle() -> None:
    """Let every task run as far as it can, worker threads included."""
    for _ in range(200):
        await asyncio.sleep(0)


class HandKeypad:
    """ports.Keypad pressed by the script."""

    def __init__(self) -> None:
        self._keys: asyncio.Queue[Key] = asyncio.Queue()

    def press(self, *keys: Key | str) -> None:
        for key in keys:
            self._keys.put_nowait(Key(key))

    @property
    def waiting(self) -> int:
        """Keys that nobody has read yet."""
        return self._keys.qsize()

    async def key(self) -> Key:
        return await self._keys.get()

    def clear(self) -> None:
        while not self._keys.empty():
            self._keys.get_nowait()

    def state(self) -> Health:
        return Health(part=Part.KEYPAD, condition=Condition.OK)

    async def check(self) -> Health:
        return self.state()


class HandJournal(SqliteJournal):
    """The real journal, on a disk that takes no commit with an event of the kinds in `fails`."""

    fails: tuple[type[Event], ...] = ()
    how: Exception = JournalFault("the disk is full")
    closed_book = False
    """Reading fails as well."""

    async def begin(self, *events: AnyEvent, card: CardData | None = None) -> Record:
        self._disk(events)
        return await super().begin(*events, card=card)

    async def append(self, txn: int, *events: AnyEvent, card: CardData | None = None) -> Record:
        self._disk(events)
        return await super().append(txn, *events, card=card)

    async def batch(self) -> int:
        if self.closed_book:
            raise JournalFault("the disk is gone")
        return await super().batch()

    def _disk(self, events: tuple[AnyEvent, ...]) -> None:
        if any(isinstance(event, self.fails) for event in events):
            raise self.how


class ShownScreens:
    """ports.Display that remembers."""

    def __init__(self) -> None:
        self.shown: list[Screen] = []
        self.lines: list[StatusLine] = []

    def show(self, screen: Screen) -> None:
        if not self.shown or self.shown[-1] != screen:
            self.shown.append(screen)

    def status(self, line: StatusLine) -> None:
        self.lines.append(line)

    @property
    def now(self) -> Screen:
        return self.shown[-1]

    def kinds(self) -> list[str]:
        """The screens' names, each once in a row."""
        names: list[str] = []
        for screen in self.shown:
            if not names or names[-1] != type(screen).__name__:
                names.append(type(screen).__name__)
        return names


class KeptReceipts:
    """ports.Receipts that only keeps what it is owed."""

    def __init__(self) -> None:
        self.owed: list[Record] = []
        self.reports: list[Report] = []

    def owe(self, record: Record) -> None:
        if record.receipts_owed:
            self.owed.append(record)

    def report(self, report: Report) -> None:
        self.reports.append(report)


class AnyCard(Protocol):
    """A simulated card: its pure core."""

    def process(self, command: bytes) -> bytes: ...


class HandCard:
    """ports.Card over a simulated card in the same process. `pull_at`: gone at the Nth command;
    `garble`: what becomes of the Nth answer."""

    def __init__(
        self,
        card: AnyCard,
        *,
        pull_at: int | None = None,
        garble: Callable[[int, bytes], bytes] | None = None,
    ) -> None:
        self._card = card
        self._pull_at = pull_at
        self._garble = garble
        self.sent: list[bytes] = []
        self.out = asyncio.Event()
        self.closed = False
        self.pad: PinPad | None = None

    @property
    def atr(self) -> bytes:
        return bytes.fromhex("3B00")

    async def transmit(self, command: bytes) -> Reply:
        if self.out.is_set() or len(self.sent) == self._pull_at:
            self.out.set()
            raise CardFault("the card was pulled", gone=True)
        number = len(self.sent)
        self.sent.append(command)
        await asyncio.sleep(0)
        answer = self._card.process(command)
        return parse_reply(self._garble(number, answer) if self._garble else answer, 1)

    async def removed(self) -> None:
        await self.out.wait()

    async def close(self) -> None:
        self.closed = True


class HandReader:
    """ports.CardReader that the script puts cards into."""

    def __init__(self) -> None:
        self._slot: asyncio.Queue[Card | Exception] = asyncio.Queue()
        self.condition = Condition.OK

    def insert(self, card: Card | Exception) -> None:
        self._slot.put_nowait(card)

    async def inserted(self) -> Card:
        got = await self._slot.get()
        if isinstance(got, Exception):
            raise got
        return got

    def state(self) -> Health:
        return Health(part=Part.READER, condition=self.condition)

    async def check(self) -> Health:
        return self.state()


class HandHost:
    """ports.Host that answers what the script says: a result, or a function of the request."""

    def __init__(self) -> None:
        self.name = "hand:1"
        self.deadline_s = 60.0
        self.answer: OnlineResult | Callable[[OnlineRequest], OnlineResult] = NotSent("no script")
        self.requests: list[OnlineRequest] = []
        self.traits = HostTraits(recourse=dict.fromkeys(Kind, Recourse.REVERSE))
        self.settles: OnlineResult | Callable[[TotalsRequest], OnlineResult] = OnlineAnswer(
            Verdict.APPROVED, "00", agreed=True
        )
        self.totals_asked: list[TotalsRequest] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.condition = Condition.OK

    async def request(self, request: OnlineRequest) -> OnlineResult:
        self.requests.append(request)
        await self.hold.wait()
        return self.answer(request) if callable(self.answer) else self.answer

    async def totals(self, request: TotalsRequest) -> OnlineResult:
        self.totals_asked.append(request)
        await self.hold.wait()
        return self.settles(request) if callable(self.settles) else self.settles

    def state(self) -> Health:
        return Health(part=Part.HOST, condition=self.condition)

    async def check(self) -> Health:
        return self.state()


class CountedEntropy:
    """ports.Entropy with bytes that a test can foresee."""

    def __init__(self) -> None:
        self._next = 0

    def random(self, size: int) -> bytes:
        self._next += 1
        return self._next.to_bytes(size, "big")


async def until(
    condition: Callable[[], bool], what: str = "the awaited state", limit_s: float = 20.0
) -> None:
    """Wait for worker threads to get there. The limit only turns a hang into a failure."""
    ends = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > ends:
            raise AssertionError(f"never reached: {what}")
        await asyncio.sleep(0.002)
