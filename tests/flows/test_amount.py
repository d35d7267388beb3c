"""What a clerk types, key by key."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cardamom.values.money import Money
from cardamom.values.screens import EnterAmount, Idle, PresentCard
from support.shop import Shop


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def test_digits_come_in_from_the_right(tmp_path: Path) -> None:
    async def script() -> None:
        async with Shop(tmp_path) as shop:
            await shop.sees(Idle)
            for key, shown in [("1", 1), ("2", 12), ("3", 123), ("4", 1234), ("clear", 123)]:
                shop.keypad.press(key)
                await shop.shows(EnterAmount(cny(shown), shop.limit))
            shop.keypad.press("enter")
            await shop.sees(PresentCard)
            assert shop.screen == PresentCard(cny(123))

    asyncio.run(script())
