"""A pinpad reader in a sale: the terminal's keypad takes no offline PIN, and none reaches us."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cardamom.engines.emv.requests import PadVerified, PinRefusal
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.screens import EnterPin, PresentCard
from cardamom.values.states import State
from support.clerk import concluded, play
from support.hands import HandCard
from support.shop import Shop


class HandPad:
    """ports.PinPad whose answers the script gives."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[PadVerified | PinRefusal] = asyncio.Queue()
        self.asked: list[tuple[int, str]] = []

    async def verify(self, *, seconds: int, language: str) -> PadVerified | PinRefusal:
        self.asked.append((seconds, language))
        return await self.answers.get()


async def insert(shop: Shop, name: str) -> tuple[HandCard, HandPad]:
    shop.types("1234")
    await shop.sees(PresentCard)
    card, pad = HandCard(Card(load_profile(name))), HandPad()
    card.pad = pad
    shop.reader.insert(card)
    return card, pad


def verifies(card: HandCard) -> int:
    return sum(command[:2] == b"\x00\x20" for command in card.sent)


def test_the_pin_is_typed_at_the_reader(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        card, pad = await insert(shop, "offline-pin")
        screen = await shop.sees(EnterPin)
        assert isinstance(screen, EnterPin)
        assert (screen.typed, screen.wrong) == (0, False)
        shop.types("9999")
        pad.answers.put_nowait(PadVerified(0x63C2))
        await shop.waits_for(EnterPin)
        pad.answers.put_nowait(PadVerified(0x9000))
        record = await concluded(shop, 1)
        assert (record.state, record.cvm) == (State.APPROVED, CvmUsed.OFFLINE_PIN)
        assert verifies(card) == 0
        assert pad.asked == [(60, "zh")] * 2
        card.out.set()

    play(tmp_path, script)


def test_cancelled_at_the_reader(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        card, pad = await insert(shop, "offline-pin")
        pad.answers.put_nowait(PinRefusal.CANCELLED)
        record = await concluded(shop, 1)
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.PIN_CANCELLED)
        assert verifies(card) == 0
        card.out.set()

    play(tmp_path, script)


def test_a_reader_without_keys_after_all(tmp_path: Path) -> None:
    """The setting says a pad and there is none: the method fails, nobody types it elsewhere."""

    async def script(shop: Shop) -> None:
        card, pad = await insert(shop, "pin-and-signature")
        pad.answers.put_nowait(PinRefusal.PAD_FAULT)
        record = await concluded(shop, 1)
        assert record.chip is not None
        assert int(record.chip.tvr[4:6], 16) & 0x90 == 0x90
        assert record.cvm is CvmUsed.FAILED
        assert verifies(card) == 0
        card.out.set()

    play(tmp_path, script)


def test_an_online_pin_is_typed_here(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        card, pad = await insert(shop, "debit")
        await shop.sees(EnterPin)
        shop.types("123456")
        record = await concluded(shop, 1)
        assert (record.state, record.cvm) == (State.APPROVED, CvmUsed.ONLINE_PIN)
        assert pad.asked == []
        card.out.set()

    play(tmp_path, script)
