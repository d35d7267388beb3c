"""Sales by tap: what becomes of the money, and what customer and clerk see and hear."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from cardamom.duties.offline import Caps
from cardamom.engines.emv.contactless.outcome import Status
from cardamom.engines.emv.contactless.rules import MchipRules
from cardamom.engines.emv.rules import Rules
from cardamom.faults import CardFault, DeviceFault
from cardamom.values.contactless import ManyCards
from cardamom.values.events import CvmUsed, Entry, Reason
from cardamom.values.keys import Key
from cardamom.values.money import Money
from cardamom.values.online import NoAnswer, NotSent
from cardamom.values.screens import (
    Approved,
    Authorising,
    Declined,
    EnterPin,
    Idle,
    NotCompleted,
    PresentCard,
    Reading,
)
from cardamom.values.states import State
from support.clerk import AMOUNT, DECLINE, ended, play, with_pin
from support.hand_taps import HandTag, TapShop
from support.hands import settle, until
from support.shop import Shop

ASKED = PresentCard(AMOUNT, ("tap", "insert"))


def begin(script: object, folder: Path, kind: type[TapShop] = TapShop) -> None:
    play(folder, script, kind)  # type: ignore[arg-type]


async def asked(shop: Shop) -> TapShop:
    """12.34, and the card is asked for."""
    assert isinstance(shop, TapShop)
    shop.types("1234")
    await shop.sees(PresentCard)
    return shop


@pytest.mark.parametrize("name", ["visa", "mchip", "unionpay"])
def test_a_tap_from_keypad_to_receipt(tmp_path: Path, name: str) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        assert shop.screen == ASKED
        card = shop.tap(name)
        await shop.sees(Approved)
        record = await shop.last()
        assert record.state is State.APPROVED
        assert record.entry is Entry.CONTACTLESS
        assert record.cvm is CvmUsed.NONE
        assert record.chip is not None
        assert record.chip.cid == "80"
        assert record.receipts_owed == ("merchant", "customer")
        assert shop.receipts.owed == [record]
        assert len(shop.host.requests) == 1
        assert shop.host.requests[0].record.entry is Entry.CONTACTLESS
        records = [command for command in card.sent if command[1] == 0xB2]
        assert card.announced == records[1:]
        card.out.set()
        await shop.waits_for(Idle)
        assert Reading(AMOUNT, contact=False) in shop.display.shown

    begin(script, tmp_path)


def test_the_card_may_leave_before_the_host_is_asked(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.host.hold.clear()
        card = shop.tap("visa")
        await until(lambda: bool(shop.host.requests))
        assert shop.signals.requests[Status.CARD_READ_OK] == 0
        card.out.set()
        await shop.sees(Authorising)
        shop.host.hold.set()
        await shop.sees(Approved)
        assert (await shop.last()).state is State.APPROVED

    begin(script, tmp_path)


def test_lights_from_ready_to_read_ok(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.tap("visa")
        await shop.sees(Approved)
        assert shop.signals.told[:3] == [
            Status.READY_TO_READ,
            Status.PROCESSING,
            Status.CARD_READ_OK,
        ]

    begin(script, tmp_path)


def test_the_chip_goes_first_where_it_is_put_in(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.insert("no-cvm")
        await shop.sees(Approved)
        record = await shop.last()
        assert (record.entry, record.state) == (Entry.CHIP, State.APPROVED)
        assert shop.signals.told[-1] is Status.NOT_READY

    begin(script, tmp_path)


def test_a_pin_is_asked_for_when_the_card_has_left(tmp_path: Path) -> None:
    class Verified(TapShop):
        limits = {"cvm_limit": 1000, "free_limit": 0}  # noqa: RUF012

    async def script(s: Shop) -> None:
        shop = await asked(s)
        card = shop.tap("unionpay")
        await shop.sees(EnterPin)
        card.out.set()
        await settle()
        await with_pin(shop)
        await shop.sees(Approved)
        record = await shop.last()
        assert (record.state, record.cvm) == (State.APPROVED, CvmUsed.ONLINE_PIN)
        assert shop.host.requests[0].pin is not None

    begin(script, tmp_path, Verified)


def test_a_pin_that_is_not_given_asks_nobody(tmp_path: Path) -> None:
    class Verified(TapShop):
        limits = {"cvm_limit": 1000, "free_limit": 0}  # noqa: RUF012

    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.tap("unionpay")
        await shop.sees(EnterPin)
        shop.keypad.press(Key.CANCEL)
        await shop.sees(NotCompleted)
        record = await shop.last()
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.PIN_CANCELLED)
        assert not shop.host.requests

    begin(script, tmp_path, Verified)


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (DECLINE, State.DECLINED, Reason.HOST_DECLINED),
        (NotSent("no link"), State.DECLINED, Reason.NO_HOST),
        (NoAnswer("silence"), State.REVERSING, Reason.NO_ANSWER),
    ],
)
def test_what_the_host_may_say(
    tmp_path: Path, answer: object, state: State, reason: Reason
) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.host.answer = answer  # type: ignore[assignment]
        shop.tap("visa")
        record = await ended(shop)
        assert (record.state, record.reason) == (state, reason)
        assert record.receipts_owed

    begin(script, tmp_path)


def test_a_phone_that_wants_its_owner(tmp_path: Path) -> None:
    class Verified(TapShop):
        limits = {"cvm_limit": 1000}  # noqa: RUF012

    async def script(s: Shop) -> None:
        shop = await asked(s)
        phone = shop.tap("visa-phone")
        await until(lambda: shop.field.fields == [False])
        await shop.clock.passes(1.3)
        await shop.shows(replace(ASKED, retry=Reason.SEE_PHONE))
        shop.field.hold(phone)
        await shop.sees(Approved)
        record = await shop.last()
        assert (record.state, record.cvm) == (State.APPROVED, CvmUsed.DEVICE)
        assert len(shop.host.requests) == 1

    begin(script, tmp_path, Verified)


def test_torn_and_presented_again(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        card = shop.tap("visa", leaves_at=2)
        await shop.shows(replace(ASKED, retry=Reason.PRESENT_AGAIN))
        card.out.clear()
        card._pull_at = None
        shop.field.hold(card)
        await shop.sees(Approved)
        assert len(shop.host.requests) == 1

    begin(script, tmp_path)


def test_torn_and_nobody_comes_back(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.tap("mchip", leaves_at=10)
        await shop.shows(replace(ASKED, retry=Reason.PRESENT_AGAIN))
        shop.keypad.press(Key.CANCEL)
        await shop.sees(NotCompleted)
        record = await shop.last()
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.CANCELLED)
        assert not shop.host.requests

    begin(script, tmp_path)


def test_insert_instead(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.tap("visa", options_sw="6984")
        await shop.shows(PresentCard(AMOUNT, ("insert",), Reason.OTHER_INTERFACE))
        shop.insert("no-cvm")
        await shop.sees(Approved)
        assert (await shop.last()).entry is Entry.CHIP

    begin(script, tmp_path)


def test_a_card_put_in_when_it_should_be_presented_again(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.tap("visa", leaves_at=2)
        await shop.shows(replace(ASKED, retry=Reason.PRESENT_AGAIN))
        shop.insert("no-cvm")
        await shop.sees(Approved)
        assert (await shop.last()).entry is Entry.CHIP
        assert len(shop.host.requests) == 1

    begin(script, tmp_path)


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (ManyCards(), Reason.ONE_CARD),
        (CardFault("gone too soon", gone=True), Reason.PRESENT_AGAIN),
    ],
)
def test_cards_that_stay_are_polled_anew_and_told_once(
    tmp_path: Path, held: object, reason: Reason
) -> None:
    """Also a card that leaves and comes back so fast that the field is never seen empty."""

    async def script(s: Shop) -> None:
        shop = await asked(s)
        for _ in range(3):
            shop.field.hold(held)  # type: ignore[arg-type]
        await shop.shows(replace(ASKED, retry=reason))
        shop.tap("visa")
        for left in (2, 1):
            await until(lambda left=left: shop.field.left == left)  # type: ignore[misc]
            await shop.clock.passes(0.1)
        await shop.sees(Approved)
        assert shop.field.empties == 0
        told = {Status.COLLISION, Status.PROCESSING_ERROR}
        assert sum(each in told for each in shop.signals.told) == 1

    begin(script, tmp_path)


def test_a_tag_is_to_leave_before_the_next_card(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.field.hold(HandTag())
        await shop.shows(replace(ASKED, retry=Reason.NOT_ACCEPTED))
        await until(lambda: shop.field.empties == 1)
        shop.tap("visa")
        await shop.sees(Approved)

    begin(script, tmp_path)


def test_a_transit_card_leads_on(tmp_path: Path) -> None:
    """It speaks, but has no payment application."""

    async def script(s: Shop) -> None:
        shop = await asked(s)
        transit = shop.tap("visa")
        transit.simulated.profile = structs.replace(transit.simulated.profile, ppse=False)
        await shop.shows(replace(ASKED, retry=Reason.NO_APPLICATION))
        shop.tap("visa")
        await shop.sees(Approved)
        assert len(await shop.journal.recent(10)) == 1

    begin(script, tmp_path)


def test_a_lost_reader_leaves_the_slot(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.field.hold(DeviceFault("the chip hangs"))
        await shop.shows(PresentCard(AMOUNT, ("insert",), Reason.FAULT))
        shop.insert("no-cvm")
        await shop.sees(Approved)

    begin(script, tmp_path)


def test_a_card_that_declines(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.tap("visa", first="decline")
        await shop.sees(Declined)
        record = await shop.last()
        assert (record.state, record.reason) == (State.DECLINED, Reason.CARD_DECLINED)
        assert record.entry is Entry.CONTACTLESS
        assert not shop.host.requests

    begin(script, tmp_path)


def test_above_the_limit_nothing_is_tapped(tmp_path: Path) -> None:
    class Small(TapShop):
        limits = {"transaction_limit": 1000, "mchip": MchipRules()}  # noqa: RUF012

    async def script(s: Shop) -> None:
        shop = await asked(s)
        assert shop.screen == PresentCard(AMOUNT, ("insert",))
        assert (shop.field.polls, shop.signals.told) == (0, [])

    begin(script, tmp_path, Small)


def test_a_customer_who_leaves(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        await shop.waits_for(NotCompleted, 70)
        assert (await shop.last()).reason is Reason.TIMEOUT

    begin(script, tmp_path)


def test_approved_offline(tmp_path: Path) -> None:
    class Alone(TapShop):
        caps = Caps(
            count=5, single=Money(5000, "CNY"), total=Money(50_000, "CNY"), age=timedelta(hours=24)
        )

        def emv(self) -> Rules:
            return replace(super().emv(), terminal_type=0x22)

    async def script(s: Shop) -> None:
        shop = await asked(s)
        shop.tap("visa-offline")
        await shop.sees(Approved)
        record = await shop.last()
        assert (record.state, record.entry) == (State.OFFLINE_APPROVED, Entry.CONTACTLESS)
        assert record.chip is not None
        assert record.chip.cid == "40"
        assert not shop.host.requests

    begin(script, tmp_path, Alone)


def test_twenty_taps(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        assert isinstance(s, TapShop)
        for number in range(20):
            shop = await asked(s)
            card = shop.tap(("visa", "mchip", "unionpay")[number % 3])
            await shop.sees(Approved)
            card.out.set()
            shop.keypad.press(Key.ENTER)
            await shop.waits_for(Idle)
            await asyncio.sleep(0)
        records = await s.journal.recent(30)
        assert [r.state for r in records] == [State.APPROVED] * 20
        assert len({r.stan for r in records}) == 20

    begin(script, tmp_path)
