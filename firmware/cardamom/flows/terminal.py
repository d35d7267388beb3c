"""The ports and figures that every operation is handed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from cardamom.duties.offline import Offline
from cardamom.duties.online import Online
from cardamom.duties.selftest import Trials
from cardamom.duties.settlement import Settlement
from cardamom.engines.emv.requests import Outcome
from cardamom.engines.emv.rules import Rules
from cardamom.flows.rights import Rights
from cardamom.flows.support import NoSupport, Support
from cardamom.flows.taps import Taps
from cardamom.ports import (
    Card,
    CardReader,
    Clock,
    Display,
    Entropy,
    Journal,
    Keypad,
    Receipts,
)
from cardamom.tag_ports import Members, Tag
from cardamom.values.exceptions import NONE_LISTED, ExceptionList
from cardamom.values.kinds import Kind
from cardamom.values.member import ClosedLoop
from cardamom.values.money import Money
from cardamom.values.record import Record


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """What the settings say of the desk; times in seconds."""

    terminal_id: str
    merchant_id: str
    merchant_name: str
    operator: str
    limit: Money
    present_s: float = 60.0
    pin_s: float = 60.0
    pin_bypass: bool = False
    chip_tries: int = 3
    """So often in a row a chip may be unreadable before another card is asked for."""
    amount_s: float = 60.0
    """An amount half typed is forgotten after this."""
    result_s: float = 10.0
    """A result that needs no answer leaves the screen after this."""
    remove_s: float = 1.5
    """A card still in the reader is asked for after this."""
    batch_limit: int = 500
    """With as many transactions a batch takes no sale more until it is settled."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """All that a flow may touch."""

    reader: CardReader
    display: Display
    keypad: Keypad
    online: Online
    journal: Journal
    receipts: Receipts
    clock: Clock
    entropy: Entropy
    emv: Rules
    config: DeskConfig
    rights: Rights
    settlement: Settlement
    offline: Offline
    exceptions: ExceptionList = NONE_LISTED
    taps: Taps | None = None
    """What a tap needs; None: no contactless reader."""
    closed_loop: ClosedLoop | None = None
    """What the merchant's own cards may do; None: there are none."""
    members: Members | None = None
    set_up: Callable[[], Awaitable[str]] | None = None
    """Has the terminal set up again; a sentence where that failed."""
    trials: Trials = field(default_factory=Trials)
    """What the self-test may try."""
    support: Support = field(default_factory=NoSupport)


@dataclass(eq=False, slots=True)
class Order:
    """A transaction that somebody asked for."""

    amount: Money
    reference: str | None = None
    remote: bool = False
    """Asked for over the control socket: somebody waits for the answer there."""
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    card: Card | Tag | None = None
    """The card that was put in for it."""
    asked: bool = False
    """An intent may be durable: too late to cancel, and only the journal knows the outcome."""
    stan: int = 0
    """The request's trace number, once it has one."""
    kind: Kind = Kind.SALE
    original: int | None = None
    """The transaction that it undoes."""
    supervisor: bool = False
    """A supervisor approved it."""
    force_online: bool = False
    """The merchant wants the issuer asked, whatever the amount."""
    outcome: Outcome | None = None
    """What came of its card, once that is known."""
    ended: bool = False
    """The card's visit is over: its outcome is being made durable, or is."""
    update: Callable[[], Awaitable[Record]] | None = None
    """What is still to be given to the card once its outcome is told, which nothing changes."""
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    """Nobody is to be waited for that the outcome does not need."""

    @property
    def can_cancel(self) -> bool:
        return not (self.asked or self.ended)


@contextlib.asynccontextmanager
async def meanwhile(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """It goes on beside what the block does, and ends with it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def first(**waits: Awaitable[Any]) -> tuple[str, Any]:
    """The name and result of the wait that ends first; the others are cancelled.

    Of several that end together the first named counts. Its exception is raised.
    """
    tasks = {name: asyncio.ensure_future(wait) for name, wait in waits.items()}
    try:
        await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks.values():
            task.cancel()
    winner = next(name for name, task in tasks.items() if task.done() and not task.cancelled())
    await asyncio.gather(
        *(task for name, task in tasks.items() if name != winner), return_exceptions=True
    )
    return winner, tasks[winner].result()
