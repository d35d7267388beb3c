"""What a clerk does, for flow scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from cardamom.values.events import Verdict
from cardamom.values.money import Money
from cardamom.values.online import OnlineAnswer
from cardamom.values.operations import Operation
from cardamom.values.record import Record
from cardamom.values.screens import EnterPasscode, EnterPin, Idle, Menu, PresentCard
from cardamom.values.states import State
from support.hands import HandCard, settle, until
from support.shop import Shop

AMOUNT = Money(1234, "CNY")
DECLINE = OnlineAnswer(Verdict.DECLINED, "51", None, "532613000345", "1122133705", b"51")


def play(
    folder: Path, script: Callable[[Shop], Awaitable[None]], shop_type: type[Shop] = Shop
) -> None:
    async def run() -> None:
        async with shop_type(folder) as shop:
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


async def ended(shop: Shop, after: int = 0) -> Record:
    """The last transaction, newer than `after`, once its outcome is durable."""
    found: list[Record] = []

    async def look() -> bool:
        newest = await shop.journal.recent(1)
        found[:] = [r for r in newest if r.state not in _RUNNING and r.txn > after]
        return bool(found)

    for _ in range(5000):
        if await look():
            return found[0]
        await asyncio.sleep(0.002)
    raise AssertionError("no durable outcome")


async def concluded(shop: Shop, txn: int) -> Record:
    """This transaction, once its flow is through with it."""
    for _ in range(5000):
        record = await shop.journal.get(txn)
        if record is not None and (_through(record) or record.state is State.WITHDRAWN):
            return record
        await asyncio.sleep(0.002)
    raise AssertionError(f"transaction {txn} has no outcome")


def _through(record: Record) -> bool:
    """Its slips are owed, and a card in the reader has had its last word."""
    return bool(record.receipts_owed) and (record.cvm is not None or record.original is not None)


_RUNNING = (State.IN_FLIGHT, State.NOT_SENT, State.HOST_APPROVED)


async def sold(shop: Shop, amount: str = "1234", profile: str = "no-cvm") -> Record:
    """A sale from its first digit until the terminal is idle again."""
    before = await shop.journal.recent(1)
    shop.types(amount)
    await shop.sees(PresentCard)
    card = shop.insert(profile)
    record = await ended(shop, before[0].txn if before else 0)
    card.out.set()
    await until(lambda: card.closed)
    await leaves(shop)
    return record


async def leaves(shop: Shop) -> None:
    """Enter, until the terminal is idle again."""
    for _ in range(5):
        await settle()
        if isinstance(shop.screen, Idle):
            return
        shop.keypad.press("enter")
        await asyncio.sleep(0.01)
    await shop.sees(Idle)


async def supervises(shop: Shop, passcode: str = "246810") -> None:
    """Type the supervisor's passcode."""
    await shop.sees(EnterPasscode)
    shop.types(passcode)


async def opens(shop: Shop, operation: Operation) -> None:
    """Choose a row of the menu by its digit."""
    shop.keypad.press("menu")
    screen = await shop.sees(Menu)
    assert isinstance(screen, Menu)
    row = screen.items.index(operation)
    shop.keypad.press(*["down"] * row, "enter")
