"""Money given back: in part, whole, before and after settlement, never to another card."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cardamom.engines.passcode import TEST_PASSCODE
from cardamom.faults import CardFault
from cardamom.flows.desk import DeskRefusal
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.values.events import Entry, Reason
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.online import NoAnswer
from cardamom.values.operations import Operation
from cardamom.values.outcome import OutcomeWord, outcome_of
from cardamom.values.record import Record
from cardamom.values.screens import (
    Approved,
    FindOriginal,
    Idle,
    NotCompleted,
    PresentCard,
    RefundAmount,
    ShowOriginal,
)
from cardamom.values.states import State
from support.clerk import AMOUNT, DECLINE, leaves, opens, play, sold, supervises
from support.hands import HandCard, until
from support.shop import APPROVAL, Shop


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


def test_a_part_from_the_menu(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        await opens(shop, Operation.REFUND)
        await shop.sees(FindOriginal)
        shop.types("1")
        await shop.sees(ShowOriginal)
        shop.keypad.press("enter")
        assert await shop.sees(RefundAmount) == RefundAmount(AMOUNT, AMOUNT)
        shop.keypad.press("2", "0", "0", "0")
        await shop.shows(RefundAmount(yuan(200), AMOUNT, refused=True))
        shop.keypad.press("clear", "5", "enter")
        await supervises(shop)
        await shop.shows(Approved(yuan(205), "A1B2C3", kind=Kind.REFUND))
        record = await shop.last()
        assert (record.kind, record.state, record.original) == (
            Kind.REFUND, State.APPROVED, sale.txn,
        )  # fmt: skip
        assert record.entry is Entry.ORIGINAL
        assert shop.host.requests[-1].original == sale

    play(tmp_path, script)


def test_never_more_than_is_left(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        await shop.desk.refund(sale.txn, yuan(1000), None, TEST_PASSCODE)
        with pytest.raises(DeskRefusal, match="more than is left"):
            await shop.desk.refund(sale.txn, yuan(235), None, TEST_PASSCODE)
        with pytest.raises(DeskRefusal, match="refunded already"):
            await shop.desk.void(sale.txn, None, TEST_PASSCODE)
        with pytest.raises(DeskRefusal, match="cannot be done"):
            await shop.desk.refund(sale.txn, Money(100, "USD"), None, TEST_PASSCODE)
        rest = await shop.desk.refund(sale.txn, None, "rest", TEST_PASSCODE)
        assert rest.amount == yuan(234)
        assert (await shop.desk.refund(sale.txn, None, "rest", TEST_PASSCODE)).txn == rest.txn
        with pytest.raises(DeskRefusal, match="refunded already"):
            await shop.desk.refund(sale.txn, None, None, TEST_PASSCODE)

    play(tmp_path, script)


def test_an_unknown_refund_counts_and_a_declined_one_does_not(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        shop.host.answer = DECLINE
        declined = await shop.desk.refund(sale.txn, yuan(1234), None, TEST_PASSCODE)
        assert declined.state is State.DECLINED
        shop.host.answer = NoAnswer("silence")
        unknown = await shop.desk.refund(sale.txn, yuan(1), None, TEST_PASSCODE)
        assert outcome_of(unknown) is OutcomeWord.UNKNOWN
        shop.host.answer = APPROVAL
        with pytest.raises(DeskRefusal, match="under way or unknown"):
            await shop.desk.refund(sale.txn, yuan(1), None, TEST_PASSCODE)

    play(tmp_path, script)


async def settled_sale(shop: Shop) -> Record:
    sale = await sold(shop)
    await shop.desk.settle(None)
    kept = await shop.journal.get(sale.txn)
    assert kept is not None
    assert kept.sealed is None
    assert await shop.journal.card(sale.txn) is None
    return kept


async def asked_for_card(shop: Shop, sale: Record) -> asyncio.Task[Record]:
    refunding = asyncio.create_task(shop.desk.refund(sale.txn, None, None, TEST_PASSCODE))
    await shop.sees(PresentCard)
    return refunding


def test_after_settlement_the_card_is_read_and_left_as_it_was(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await settled_sale(shop)
        refunding = await asked_for_card(shop, sale)
        card = shop.insert("no-cvm")
        record = await refunding
        assert (record.state, record.batch, record.entry) == (State.APPROVED, 2, Entry.CHIP)
        assert record.card == sale.card
        assert {command[1] for command in card.sent} == {0xA4, 0xA8, 0xB2}
        assert shop.host.requests[-1].card.track2 is not None
        assert shop.host.requests[-1].original == sale
        await until(lambda: isinstance(shop.screen, Approved))
        card.out.set()
        await until(lambda: card.closed)
        await leaves(shop)

    play(tmp_path, script)


def test_another_card_is_refused_with_nothing_sent(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await settled_sale(shop)
        asked = len(shop.host.requests)
        refunding = await asked_for_card(shop, sale)
        shop.insert("signature")
        record = await refunding
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.OTHER_CARD)
        await shop.shows(NotCompleted(AMOUNT, Reason.OTHER_CARD, Kind.REFUND))
        assert len(shop.host.requests) == asked

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("cancel", Reason.CANCELLED),
        ("time", Reason.TIMEOUT),
        ("till", Reason.CANCELLED),
        ("mute", Reason.CARD_ERROR),
        ("pull", Reason.CARD_PULLED),
    ],
)
def test_a_refund_that_ends_before_anything_was_asked(
    tmp_path: Path, ending: str, reason: Reason
) -> None:
    async def script(shop: Shop) -> None:
        sale = await settled_sale(shop)
        asked = len(shop.host.requests)
        refunding = await asked_for_card(shop, sale)
        match ending:
            case "cancel":
                shop.keypad.press("cancel")
            case "time":
                await shop.clock.passes(60)
            case "till":
                assert shop.desk.cancel()
            case "mute":
                shop.reader.insert(CardFault("mute"))
            case _:
                shop.reader.insert(HandCard(Card(load_profile("no-cvm")), pull_at=3))
        record = await refunding
        assert (record.state, record.reason) == (State.WITHDRAWN, reason)
        assert len(shop.host.requests) == asked
        await leaves(shop)
        assert isinstance(shop.screen, Idle)

    play(tmp_path, script)
