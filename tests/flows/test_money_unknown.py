"""What a person and a till are told when something of ours fails in mid-sale, and of cancelling."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cardamom.duties.recovery import recover
from cardamom.engines.passcode import TEST_PASSCODE
from cardamom.faults import JournalFault
from cardamom.flows.desk import DeskRefusal
from cardamom.store.keyring import ALL_USED
from cardamom.store.vault import KeyTrouble
from cardamom.values.alarms import Cause
from cardamom.values.events import CardResult, HostAnswer, Intent, Reason, Withdrawn
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.online import OnlineRequest, OnlineResult
from cardamom.values.screens import (
    Approved,
    EnterPin,
    Idle,
    NotCompleted,
    OutcomeUnknown,
    PresentCard,
    RemoveCard,
)
from cardamom.values.states import ForbiddenStepError, State, Step
from support.clerk import AMOUNT, ended, leaves, play, sell, sold
from support.hands import settle, until
from support.shop import Shop


def test_a_fault_of_ours_while_the_host_is_asked_leaves_the_outcome_unknown(
    tmp_path: Path,
) -> None:
    def breaks(_: OnlineRequest) -> OnlineResult:
        raise KeyError("a fault of ours, after the request left")

    async def script(shop: Shop) -> None:
        shop.host.answer = breaks
        card = await sell(shop, "no-cvm")
        await shop.sees(OutcomeUnknown)
        assert "NotCompleted" not in shop.display.kinds()
        record = await ended(shop)
        assert (record.txn, record.state, record.reason) == (
            1,
            State.REVERSING,
            Reason.NO_ANSWER,
        )
        assert len(await shop.journal.recent(5)) == 1
        card.out.set()

    play(tmp_path, script)


@pytest.mark.parametrize("lost", [Intent, HostAnswer, CardResult])
def test_an_outcome_that_the_journal_lost_stays_on_the_screen(
    tmp_path: Path, lost: type[Intent | HostAnswer | CardResult]
) -> None:
    async def script(shop: Shop) -> None:
        shop.journal.fails = (lost,)
        asked = asyncio.create_task(shop.desk.sale(AMOUNT, "till-1"))
        await shop.sees(PresentCard)
        card = shop.insert("no-cvm")
        shop.keypad.press("1", "2")  # an impatient customer
        await shop.sees(OutcomeUnknown)
        with pytest.raises(JournalFault):
            await asked
        await shop.clock.passes(2)
        shown: object = shop.screen
        assert shown == RemoveCard(AMOUNT, "unknown")
        assert not shop.desk.cancel()
        card.out.set()
        await shop.sees(OutcomeUnknown)
        assert card.closed
        await shop.clock.passes(600)
        assert shop.screen == OutcomeUnknown(AMOUNT, 0 if lost is Intent else 1)
        assert not shop.desk.busy
        shop.keypad.press("enter")
        await shop.sees(Idle)
        shop.journal.fails = ()
        await recover(shop.journal, shop.clock)
        if lost is not Intent:
            assert (await shop.desk.sale(AMOUNT, "till-1")).state is State.REVERSING

    play(tmp_path, script)


def test_a_key_that_is_used_up_in_mid_sale_is_no_unknown_outcome(tmp_path: Path) -> None:
    """The journal refuses the intent: nothing was written, nothing was asked."""

    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        shop.journal.fails = (Intent,)
        shop.journal.how = KeyTrouble(ALL_USED, Cause.KEYS_EXHAUSTED)
        asked = asyncio.create_task(shop.desk.sale(AMOUNT, "till-1"))
        await shop.sees(PresentCard)
        card = shop.insert("no-cvm")
        with pytest.raises(DeskRefusal, match="all keys"):
            await asked
        await shop.shows(NotCompleted(AMOUNT, Reason.FAULT))
        card.out.set()
        await leaves(shop)
        with pytest.raises(DeskRefusal, match="all keys"):
            await shop.desk.void(sale.txn, "till-2", TEST_PASSCODE)
        await shop.shows(NotCompleted(AMOUNT, Reason.FAULT, Kind.VOID))
        assert "OutcomeUnknown" not in shop.display.kinds()
        assert len(shop.host.requests) == len(await shop.journal.recent(5)) == 1

    play(tmp_path, script)


def test_a_step_that_the_table_refuses_after_the_intent_is_no_withdrawn_sale(
    tmp_path: Path,
) -> None:
    async def script(shop: Shop) -> None:
        shop.journal.fails = (HostAnswer,)
        shop.journal.how = ForbiddenStepError(State.REVERSING, Step.HOST_APPROVE_CONTACT)
        await sell(shop, "no-cvm")
        await shop.sees(OutcomeUnknown)
        assert [r.state for r in await shop.journal.recent(5)] == [State.IN_FLIGHT]

    play(tmp_path, script)


def test_the_next_sale_does_not_wait_behind_an_unknown_one(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.journal.fails = (CardResult,)
        left = await sell(shop, "no-cvm")
        await shop.sees(OutcomeUnknown)
        shop.journal.fails = ()
        asked = asyncio.create_task(shop.desk.sale(Money(1235, "CNY"), "till-2"))
        await settle()
        assert shop.screen == OutcomeUnknown(AMOUNT, 1), "the next sale would find this one's card"
        left.out.set()
        await shop.sees(PresentCard)
        card = shop.insert("no-cvm")
        assert (await asked).state is State.APPROVED
        card.out.set()

    play(tmp_path, script)


def test_a_journal_that_fails_before_anything_was_asked_is_not_an_unknown_outcome(
    tmp_path: Path,
) -> None:
    async def script(shop: Shop) -> None:
        shop.journal.closed_book = True
        with pytest.raises(DeskRefusal, match="the disk is gone"):
            await shop.desk.sale(AMOUNT, "till-1")
        assert await shop.sees(NotCompleted) == NotCompleted(AMOUNT, Reason.FAULT)
        shop.journal.closed_book = False
        shop.journal.fails = (Withdrawn,)
        asked = asyncio.create_task(shop.desk.sale(AMOUNT, "till-1"))
        await shop.sees(PresentCard)
        shop.keypad.press("cancel")
        with pytest.raises(DeskRefusal, match="the disk is full"):
            await asked
        await shop.waits_for(Idle)

    play(tmp_path, script)


def test_nothing_is_called_cancelled_once_the_host_is_asked(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.hold.clear()
        asked = asyncio.create_task(shop.desk.sale(AMOUNT, None))
        await shop.sees(PresentCard)
        card = shop.insert("no-cvm")
        await until(lambda: bool(shop.host.requests))
        assert not shop.desk.cancel()
        shop.host.hold.set()
        assert (await asked).state is State.APPROVED
        await shop.sees(Approved)
        assert shop.desk.busy
        assert not shop.desk.cancel()
        card.out.set()

    play(tmp_path, script)


def test_what_was_cancelled_while_the_card_was_read_never_reaches_the_host(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        asked = asyncio.create_task(shop.desk.sale(AMOUNT, None))
        await shop.sees(PresentCard)
        told: list[bool] = []

        def cancels(number: int, answer: bytes) -> bytes:
            if number == 3:
                told.append(shop.desk.cancel())
            return answer

        card = shop.insert("no-cvm", garble=cancels)
        record = await asked
        assert told == [True]
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.CANCELLED)
        assert shop.host.requests == []
        assert await shop.sees(NotCompleted) == NotCompleted(AMOUNT, Reason.CANCELLED)
        card.out.set()

    play(tmp_path, script)


def test_a_sale_that_waits_its_turn_is_refused_when_the_terminal_stops(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        card = await sell(shop, "debit")
        await shop.sees(EnterPin)
        queued = asyncio.create_task(shop.desk.sale(AMOUNT, "next"))
        await settle()
        stopping = asyncio.create_task(shop.desk.stop())
        with pytest.raises(DeskRefusal, match="stopping"):
            await queued
        card.out.set()
        await until(lambda: not shop.desk.busy)
        await shop.clock.passes(1)
        await stopping
        assert shop.display.kinds().count("PresentCard") == 1
        assert (await shop.last()).reason is Reason.PIN_CANCELLED

    play(tmp_path, script)


def test_sale_upon_sale_the_desk_stands_no_deeper(tmp_path: Path) -> None:
    """A till that never lets the result time out must not end the desk after some hundred sales."""

    async def script(shop: Shop) -> None:
        depths = []
        for number in range(4):
            asked = asyncio.create_task(shop.desk.sale(AMOUNT, f"till-{number}"))
            await shop.sees(PresentCard)
            assert shop.desk.cancel()
            await asked
            await shop.sees(NotCompleted)
            depths.append(shop.depth())
        assert len(set(depths)) == 1, depths

    play(tmp_path, script)
