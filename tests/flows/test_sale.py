"""What becomes of the money: each way that card and host can end a sale."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cardamom.faults import CardFault
from cardamom.values.events import Reason, Verdict
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer, OnlineRequest
from cardamom.values.prompts import Prompt
from cardamom.values.screens import (
    Approved,
    Authorising,
    Declined,
    EnterPin,
    Idle,
    NotCompleted,
    OutcomeUnknown,
    PresentCard,
    Reading,
    ReversalPending,
)
from cardamom.values.states import State
from support.clerk import AMOUNT, DECLINE, ended, leaves, play, sell, with_pin
from support.hands import settle, until
from support.shop import APPROVAL, Shop


def test_a_chip_sale_from_keypad_to_receipt(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        card = await sell(shop)
        await with_pin(shop)
        assert await shop.sees(Approved) == Approved(AMOUNT, "A1B2C3", printing=True, ended=False)
        record = await shop.last()
        assert record.state is State.APPROVED
        assert record.card == "622202******0128"
        assert record.chip is not None
        assert record.chip.cid == "40"
        assert record.receipts_owed == ("merchant", "customer")
        assert shop.receipts.owed == [record]
        assert len(shop.host.requests) == 1
        card.out.set()
        await until(lambda: card.closed)
        await shop.waits_for(Idle)
        assert shop.display.kinds() == [
            "Idle", "EnterAmount", "PresentCard", "Reading", "EnterPin", "Reading", "Authorising",
            "Approved", "Idle",
        ]  # fmt: skip

    play(tmp_path, script)


def test_the_intent_is_durable_before_the_host_is_asked(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.hold.clear()
        await sell(shop)
        await with_pin(shop)
        await shop.sees(Authorising)
        await until(lambda: bool(shop.host.requests))
        record = await shop.last()
        assert (record.state, record.stan) == (State.IN_FLIGHT, 1)
        assert shop.host.requests[0].record == record
        await shop.clock.passes(3)
        assert shop.screen == Authorising(AMOUNT, 3, 60)
        shop.host.hold.set()
        await shop.sees(Approved)

    play(tmp_path, script)


def test_a_decline_says_the_issuers_reason(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = DECLINE
        await sell(shop)
        await with_pin(shop)
        assert await shop.sees(Declined) == Declined(
            AMOUNT, Reason.HOST_DECLINED, "51", ended=False
        )
        record = await shop.last()
        assert record.state is State.DECLINED
        assert record.receipts_owed == ("declined",)
        assert record.chip is not None
        assert record.chip.cid == "00"

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (NoAnswer("silence"), Reason.NO_ANSWER),
        (NoAnswer("bad MAC", garbled=True), Reason.BAD_ANSWER),
        (
            OnlineAnswer(Verdict.PARTIAL, "10", "A1B2C3", None, None, b"10"),
            Reason.PARTIAL_NOT_ASKED,
        ),
    ],
)
def test_what_the_host_may_have_approved_is_unknown(
    tmp_path: Path, answer: NoAnswer | OnlineAnswer, reason: Reason
) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = answer
        card = await sell(shop)
        await with_pin(shop)
        assert await shop.sees(OutcomeUnknown) == OutcomeUnknown(AMOUNT, 1, reversing=True)
        record = await shop.last()
        assert (record.state, record.reason) == (State.REVERSING, reason)
        assert record.receipts_owed == ("unknown",)
        assert await shop.journal.owing() == [record]
        card.out.set()
        await until(lambda: card.closed)
        await shop.clock.passes(300)
        assert isinstance(shop.screen, OutcomeUnknown)
        shop.keypad.press("cancel")
        await settle()
        assert isinstance(shop.screen, OutcomeUnknown)
        shop.keypad.press("enter")
        await shop.sees(ReversalPending)
        shop.keypad.press("enter")
        await shop.sees(Idle)
        assert not any(isinstance(s, Declined) for s in shop.display.shown)

    play(tmp_path, script)


def test_not_sent_owes_nothing(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = NotSent("not connected")
        await sell(shop)
        await with_pin(shop)
        assert await shop.sees(Declined) == Declined(AMOUNT, Reason.NO_HOST, None, ended=False)
        assert (await shop.last()).state is State.DECLINED
        assert await shop.journal.owing() == []

    play(tmp_path, script)


def test_a_card_that_refuses_after_the_hosts_approval_owes_a_reversal(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, "declines-second")
        await with_pin(shop)
        await shop.sees(OutcomeUnknown)
        record = await shop.last()
        assert (record.state, record.verdict) == (State.REVERSING, Verdict.APPROVED)

    play(tmp_path, script)


def test_a_card_pulled_while_the_host_approves_owes_a_reversal(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.hold.clear()
        card = await sell(shop)
        await with_pin(shop)
        await until(lambda: bool(shop.host.requests))
        card.out.set()
        shop.host.hold.set()
        await shop.sees(OutcomeUnknown)
        record = await shop.last()
        assert (record.state, record.reason) == (State.REVERSING, Reason.CARD_PULLED)

    play(tmp_path, script)


def test_a_card_pulled_at_any_command_ends_clearly(tmp_path: Path) -> None:
    """Every APDU in turn; none leaves the terminal unfit for the next customer."""

    async def one(folder: Path, at: int) -> tuple[int, State | None]:
        async with Shop(folder) as shop:
            await shop.sees(Idle)
            card = await sell(shop, pull_at=at)
            entered = asyncio.create_task(with_pin(shop))
            record = await ended(shop)
            entered.cancel()
            asked = bool(shop.host.requests)
            approved = record.state is State.APPROVED
            card.out.set()
            await until(lambda: card.closed)
            if record.state is State.REVERSING:
                await shop.sees(OutcomeUnknown)
                await settle()
                shop.keypad.press("enter")
                await shop.sees(ReversalPending)
                shop.keypad.press("enter")
            else:
                await shop.sees(Approved if approved else NotCompleted)
                await shop.waits_for(Idle)
            assert asked == (record.stan is not None)
            assert not await shop.journal.unfinished()
            return len(card.sent), record.state

    def folder(at: int) -> Path:
        made = tmp_path / str(at)
        made.mkdir()
        return made

    async def run() -> None:
        whole, state = await one(tmp_path, 10_000)
        assert state is State.APPROVED
        states = [(await one(folder(at), at))[1] for at in range(whole)]
        assert states[0] is State.WITHDRAWN
        assert states[-1] is State.REVERSING
        assert State.APPROVED not in states
        assert set(states) <= {State.WITHDRAWN, State.DECLINED, State.REVERSING}

    asyncio.run(run())


def test_a_card_that_answers_no_reset(tmp_path: Path) -> None:
    """Twice the customer is asked to try again, then for another card; a card that was read begins
    the count anew."""

    async def unread(shop: Shop, prompt: Prompt) -> None:
        shop.types("1234")
        await shop.sees(PresentCard)
        shop.reader.insert(CardFault("no answer to reset"))
        assert await shop.sees(NotCompleted) == NotCompleted(
            AMOUNT, Reason.CARD_ERROR, prompt=prompt
        )
        await shop.waits_for(Idle)

    async def script(shop: Shop) -> None:
        for prompt in (Prompt.TRY_AGAIN, Prompt.TRY_AGAIN, Prompt.NOT_ACCEPTED):
            await unread(shop, prompt)
        card = await sell(shop)
        await shop.sees(EnterPin)
        card.out.set()
        assert (await shop.sees(NotCompleted)) == NotCompleted(AMOUNT, Reason.CARD_PULLED)
        await until(lambda: card.closed)
        await leaves(shop)
        await unread(shop, Prompt.TRY_AGAIN)

    play(tmp_path, script)


def test_how_often_a_chip_is_tried_is_a_setting(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.types("1234")
        await shop.sees(PresentCard)
        shop.reader.insert(CardFault("no answer to reset"))
        assert await shop.sees(NotCompleted) == NotCompleted(
            AMOUNT, Reason.CARD_ERROR, prompt=Prompt.NOT_ACCEPTED
        )

    class Once(Shop):
        chip_tries = 1

    play(tmp_path, script, Once)


def test_the_pin_can_be_corrected_and_cancelled(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop)
        await shop.sees(EnterPin)
        shop.keypad.press("9", "9", "clear", "1", "2", "enter", "3")
        await settle()
        assert shop.screen == EnterPin(AMOUNT, 3, 60)
        shop.keypad.press("cancel")
        assert await shop.sees(NotCompleted) == NotCompleted(AMOUNT, Reason.PIN_CANCELLED)
        assert (await shop.last()).state is State.WITHDRAWN
        assert not shop.host.requests

    play(tmp_path, script)


def test_the_pin_times_out(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop)
        await shop.sees(EnterPin)
        await shop.clock.passes(20)
        assert shop.screen == EnterPin(AMOUNT, 0, 40)
        await shop.clock.passes(41)
        await shop.sees(NotCompleted)
        assert (await shop.last()).reason is Reason.PIN_TIMEOUT

    play(tmp_path, script)


def test_a_signature_is_asked_for(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, cvm=["signature if supported"])
        assert await shop.sees(Approved) == Approved(
            AMOUNT, "A1B2C3", sign=True, printing=True, ended=False
        )

    play(tmp_path, script)


def test_a_blocked_card_is_not_taken(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, "blocked")
        record = await ended(shop)
        assert record.reason is Reason.CARD_BLOCKED
        assert not shop.host.requests

    play(tmp_path, script)


def test_garbage_from_the_card_is_a_card_error(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, garble=lambda _n, _a: bytes.fromhex("6F028400FF9000"))
        record = await ended(shop)
        assert record.state is State.WITHDRAWN
        await shop.sees(NotCompleted)

    play(tmp_path, script)


def test_the_request_carries_what_the_host_needs(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        seen: list[OnlineRequest] = []

        def answer(request: OnlineRequest) -> OnlineAnswer:
            seen.append(request)
            return APPROVAL

        shop.host.answer = answer
        await sell(shop)
        await with_pin(shop)
        await shop.sees(Approved)
        (request,) = seen
        assert request.tags is not None
        assert request.tags[0x9F02] == bytes.fromhex("000000001234")
        assert request.tags[0x9F27] == b"\x80"
        assert request.pin is not None
        assert request.card.expiry == "4912"
        assert "6222020000040128" not in repr(request)
        assert "123456" not in repr(request)
        assert Reading(AMOUNT) in shop.display.shown

    play(tmp_path, script)


def test_nobody_waits_for_the_pin_of_a_card_that_was_pulled(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        card = await sell(shop)
        await shop.sees(EnterPin)
        card.out.set()
        assert await shop.sees(NotCompleted) == NotCompleted(AMOUNT, Reason.CARD_PULLED)
        record = await ended(shop)
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.CARD_PULLED)
        assert not shop.host.requests

    play(tmp_path, script)
