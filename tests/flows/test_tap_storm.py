"""Taps that go wrong in every way, one after another: no money lost, none taken twice."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from cardamom.duties.recovery import recover
from cardamom.values.contactless import ManyCards
from cardamom.values.events import Entry, HostAnswer, Intent, Reason
from cardamom.values.keys import Key
from cardamom.values.online import NoAnswer, OnlineRequest, OnlineResult, Purpose
from cardamom.values.screens import Approved, Idle, NotCompleted, OutcomeUnknown, PresentCard
from cardamom.values.states import State
from support.clerk import AMOUNT, concluded, leaves, play
from support.hand_taps import HandTag, TapShop
from support.hands import settle, until
from support.shop import APPROVAL, Shop

NAMES = ("visa", "mchip", "unionpay", "visa-phone", "mchip-phone")


async def asked(shop: TapShop, amount: str = "1234") -> None:
    shop.types(amount)
    await shop.sees(PresentCard)


async def out_of_the_way(shop: TapShop) -> None:
    """Enter or Cancel until the terminal is idle."""
    for _ in range(20):
        await settle()
        if isinstance(shop.screen, Idle):
            return
        shop.keypad.press(Key.CANCEL if isinstance(shop.screen, PresentCard) else Key.ENTER)
        await shop.clock.passes(1)
        await asyncio.sleep(0.005)
    await shop.sees(Idle)


@pytest.mark.parametrize("seed", range(4))
def test_forty_sales_with_cards_that_leave(tmp_path: Path, seed: int) -> None:
    """What the host approved is what the journal has as approved, once each."""
    chance = random.Random(seed)
    approved: list[int] = []

    def host(request: OnlineRequest) -> OnlineResult:
        if request.purpose is Purpose.REQUEST:
            if chance.random() < 0.1:
                return NoAnswer("silence")
            approved.append(request.record.txn)
        return APPROVAL

    async def script(shop: Shop) -> None:
        assert isinstance(shop, TapShop)
        shop.host.answer = host
        for number in range(40):
            # another amount each time: none is taken for one whose outcome is unknown
            await asked(shop, str(1000 + number))
            for _ in range(chance.randrange(3)):
                shop.field.hold(ManyCards() if chance.random() < 0.5 else HandTag())
            leaves_at = chance.choice([None, None, chance.randrange(14)])
            card = shop.tap(chance.choice(NAMES), leaves_at=leaves_at)
            for _ in range(chance.randrange(4)):
                shop.field.hold(card)
            await shop.clock.passes(2)
            while isinstance(shop.screen, PresentCard) and not shop.field.waiting:
                await shop.clock.passes(0.1)
                await asyncio.sleep(0.002)
            card.out.set()
            await out_of_the_way(shop)
            shop.field.clear()
        records = await shop.journal.recent(100)
        assert sorted(approved) == sorted(r.txn for r in records if r.state is State.APPROVED)
        assert len(set(approved)) == len(approved) > 10
        assert all(r.entry is Entry.CONTACTLESS for r in records if r.stan)

    play(tmp_path, script, TapShop)


def test_the_same_again_needs_a_supervisor(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        assert isinstance(shop, TapShop)
        shop.host.answer = NoAnswer("silence")
        await asked(shop)
        card = shop.tap("visa")
        await until(lambda: bool(shop.host.requests))
        record = await concluded(shop, 1)
        assert record.state is State.REVERSING
        card.out.set()
        await leaves(shop)
        shop.host.requests.clear()
        await asked(shop)
        card.out.clear()
        shop.field.hold(card)
        assert await shop.sees(NotCompleted) == NotCompleted(AMOUNT, Reason.SAME_AGAIN)
        assert (await shop.last()).entry is Entry.CONTACTLESS
        assert shop.host.requests == []

    play(tmp_path, script, TapShop)


def test_without_a_durable_intent_nothing_is_sent(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        assert isinstance(shop, TapShop)
        shop.journal.fails = (Intent,)
        await asked(shop)
        shop.tap("visa")
        await shop.sees(OutcomeUnknown)
        assert shop.host.requests == []
        assert not await shop.journal.recent(1)

    play(tmp_path, script, TapShop)


def test_an_answer_that_is_not_durable_is_reversed(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        assert isinstance(shop, TapShop)
        shop.journal.fails = (HostAnswer,)
        await asked(shop)
        shop.tap("visa")
        await shop.sees(OutcomeUnknown)
        shop.journal.fails = ()
        await recover(shop.journal, shop.clock)
        assert (await shop.last()).state is State.REVERSING

    play(tmp_path, script, TapShop)


def test_a_cut_after_the_hosts_word_leaves_it_approved(tmp_path: Path) -> None:
    """No word of the card is waited for: the answer's commit is the outcome's."""

    async def script(shop: Shop) -> None:
        assert isinstance(shop, TapShop)
        await asked(shop)
        shop.tap("mchip")
        await shop.sees(Approved)
        (record,) = await shop.journal.recent(1)
        events = await shop.journal.events(record.txn)
        kinds = [type(e).__name__ for e in events]
        assert kinds[:5] == ["Started", "CardRead", "Transcript", "Intent", "HostAnswer"]
        assert "CardResult" not in kinds
        await recover(shop.journal, shop.clock)
        assert (await shop.last()).state is State.APPROVED

    play(tmp_path, script, TapShop)
