"""What a clerk does, for flow scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from cardamom.values.events import Verdict
from cardamom.values.money import Money
from cardamom.values.online import OnlineAnswer
from cardamom.values.record import Record
from cardamom.values.screens import (
    EnterPin,
    Idle,
    PresentCard,
)
from cardamom.values.states import State
from support.hands import HandCard
from support.shop import Shop

AMOUNT = Money(1234, "CNY")
DECLINE = OnlineAnswer(Verdict.DECLINED, "51", None, "532613000345", "1122133705", b"51")


def play(folder: Path, script: Callable[[Shop], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Shop(folder) as shop:
            await shop.sees(Idle)
            await script(shop)

    asyncio.run(run())


async def sell(
    shop: Shop, profile: str = "debit", cvm: list[str] | None = None, **faults: object
) -> HandCard:
    """Type 12.34 and insert the card."""
    shop.types("1234")
    await shop.sees(PresentCard)
    return shop.insert(profile, cvm, **faults)


async def with_pin(shop: Shop, pin: str = "123456") -> None:
    await shop.sees(EnterPin)
    shop.types(pin)


async def ended(shop: Shop) -> Record:
    """The last transaction, once its outcome is durable."""
    found: list[Record] = []

    async def look() -> bool:
        found[:] = [r for r in await shop.journal.recent(1) if r.state not in _RUNNING]
        return bool(found)

    for _ in range(5000):
        if await look():
            return found[0]
        await asyncio.sleep(0.002)
    raise AssertionError("no durable outcome")


_RUNNING = (State.IN_FLIGHT, State.NOT_SENT, State.HOST_APPROVED)
