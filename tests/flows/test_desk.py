"""What clerk, till and technician meet at the desk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cardamom.flows.desk import DeskRefusal
from cardamom.values.events import Reason, ReceiptPrinted
from cardamom.values.health import Condition
from cardamom.values.money import Money
from cardamom.values.screens import (
    Approved,
    EnterAmount,
    Idle,
    NotCompleted,
    NotReady,
    PaperOut,
    PresentCard,
    RemoveCard,
)
from cardamom.values.states import State
from support.clerk import AMOUNT, play, sell
from support.hands import settle, until
from support.shop import Shop


def test_cancel_before_the_card(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.types("1234")
        await shop.sees(PresentCard)
        shop.keypad.press("cancel")
        assert await shop.sees(NotCompleted) == NotCompleted(AMOUNT, Reason.CANCELLED)
        assert (await shop.last()).state is State.WITHDRAWN
        shop.keypad.press("enter")
        await shop.sees(Idle)

    play(tmp_path, script)


def test_nobody_presents_a_card(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.types("1234")
        await shop.sees(PresentCard)
        await shop.clock.passes(60)
        await shop.sees(NotCompleted)
        assert (await shop.last()).reason is Reason.TIMEOUT

    play(tmp_path, script)


def test_the_card_is_asked_for_until_it_is_out(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        card = await sell(shop, "no-cvm")
        await shop.sees(Approved)
        await shop.clock.passes(2)
        assert shop.screen == RemoveCard(AMOUNT, "approved")
        await shop.clock.passes(600)
        assert isinstance(shop.screen, RemoveCard)
        assert shop.desk.busy
        card.out.set()
        await shop.sees(Approved)
        assert not shop.desk.busy

    play(tmp_path, script)


@pytest.mark.parametrize("keys", ["enter", "0 enter", "5 0 0 0 0 0 1"])
def test_amounts_that_no_sale_may_have(tmp_path: Path, keys: str) -> None:
    async def script(shop: Shop) -> None:
        shop.keypad.press("0", *keys.split())
        await until(lambda: isinstance(shop.screen, EnterAmount) and shop.screen.refused)
        assert not await shop.journal.recent(1)

    play(tmp_path, script)


def test_a_tills_sale_and_its_repeat(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        first = asyncio.create_task(shop.desk.sale(AMOUNT, "till-1"))
        twin = asyncio.create_task(shop.desk.sale(AMOUNT, "till-1"))
        await shop.sees(PresentCard)
        shop.insert("no-cvm")
        record = await first
        assert record.state is State.APPROVED
        assert await twin == record
        assert (await shop.desk.sale(AMOUNT, "till-1")).txn == record.txn
        with pytest.raises(DeskRefusal, match=r"12\.34 CNY"):
            await shop.desk.sale(Money(1235, "CNY"), "till-1")
        assert len(shop.host.requests) == 1
        assert len(await shop.journal.recent(10)) == 1

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        (Money(0, "CNY"), "more than zero"),
        (Money(5_000_001, "CNY"), "over the limit"),
        (Money(100, "USD"), "takes CNY only"),
    ],
)
def test_what_a_till_may_not_ask(tmp_path: Path, amount: Money, sentence: str) -> None:
    async def script(shop: Shop) -> None:
        with pytest.raises(DeskRefusal, match=sentence):
            await shop.desk.sale(amount, None)
        assert not await shop.journal.recent(1)

    play(tmp_path, script)


def test_a_till_can_cancel_what_waits(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        assert not shop.desk.cancel()
        selling = asyncio.create_task(shop.desk.sale(AMOUNT, "till-2"))
        await shop.sees(PresentCard)
        assert shop.desk.cancel()
        assert (await selling).reason is Reason.CANCELLED

    play(tmp_path, script)


def test_a_cancel_that_names_a_sale_touches_no_other(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        first = asyncio.create_task(shop.desk.sale(AMOUNT, "till-1"))
        await shop.sees(PresentCard)
        second = asyncio.create_task(shop.desk.sale(AMOUNT, "till-2"))
        await until(lambda: shop.desk.cancel("till-2"), "it waits for its turn")
        assert not shop.desk.cancel("till-3")
        card = shop.insert("no-cvm")
        assert (await first).state is State.APPROVED
        card.out.set()
        with pytest.raises(DeskRefusal, match="cancelled before its turn"):
            await second
        assert not shop.desk.cancel("till-1"), "it has ended"
        assert len(await shop.journal.recent(5)) == 1

    play(tmp_path, script)


def test_not_ready_says_what_is_missing_and_recovers(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.reader.condition = Condition.ABSENT
        shop.changed.set()
        screen = await shop.sees(NotReady)
        assert isinstance(screen, NotReady)
        assert screen.parts[0].condition is Condition.ABSENT
        with pytest.raises(DeskRefusal, match="reader"):
            await shop.desk.sale(AMOUNT, None)
        shop.keypad.press("1", "enter")
        await until(lambda: shop.looked == 1)
        shop.reader.condition = Condition.OK
        shop.changed.set()
        await shop.sees(Idle)

    play(tmp_path, script)


def test_paper_out_never_undoes_an_approval(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.printer = Condition.PAPER_OUT
        card = await sell(shop, "no-cvm")
        await shop.sees(Approved)
        card.out.set()
        await until(lambda: isinstance(shop.screen, PaperOut))
        assert shop.screen == PaperOut(AMOUNT, approved=True)
        assert (await shop.last()).state is State.APPROVED
        shop.keypad.press("enter")
        await until(lambda: shop.looked == 1)
        shop.printer = Condition.OK
        await shop.waits_for(Idle)

    play(tmp_path, script)


def test_a_restart_in_mid_sale_owes_a_reversal(tmp_path: Path) -> None:
    async def cut() -> None:
        shop = Shop(tmp_path)
        async with shop:
            await shop.sees(Idle)
            shop.host.hold.clear()
            await sell(shop, "no-cvm")
            await until(lambda: bool(shop.host.requests))

    async def again() -> None:
        async with Shop(tmp_path) as shop:
            await shop.sees(Idle)
            record = await shop.last()
            assert (record.state, record.reason) == (State.REVERSING, Reason.RESTARTED)
            assert record.receipts_owed == ("unknown",)

    asyncio.run(cut())
    asyncio.run(again())


def test_stopping_takes_nothing_new_and_finishes_what_runs(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.hold.clear()
        card = await sell(shop, "no-cvm")
        await until(lambda: bool(shop.host.requests))
        stopping = asyncio.create_task(shop.desk.stop())
        await settle()
        with pytest.raises(DeskRefusal, match="stopping"):
            await shop.desk.sale(AMOUNT, None)
        assert not stopping.done()
        shop.host.hold.set()
        await shop.sees(Approved)
        card.out.set()
        await until(lambda: not shop.desk.busy)
        await shop.clock.passes(1)
        await stopping
        assert (await shop.last()).state is State.APPROVED

    play(tmp_path, script)


def test_the_result_stops_saying_printing_once_the_slips_are_out(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        card = await sell(shop, "no-cvm")
        await shop.sees(Approved)
        record = await shop.last()
        card.out.set()
        await until(lambda: card.closed)
        assert shop.screen == Approved(AMOUNT, "A1B2C3", printing=True)
        await shop.journal.append(
            record.txn, ReceiptPrinted(at=shop.clock.now(), copies=("merchant", "customer"))
        )
        await shop.clock.passes(1)
        await until(lambda: shop.screen == Approved(AMOUNT, "A1B2C3", printing=False))

    play(tmp_path, script)
