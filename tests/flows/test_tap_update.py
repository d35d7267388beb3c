"""Paid by tap, and the card is asked for once more: what its issuer sent is given to it, and
nothing of that touches the payment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from cardamom.cli.explain import from_journal
from cardamom.engines.emv.contactless.outcome import Status
from cardamom.engines.emv.explain.page import Ending, explain, page
from cardamom.engines.emv.transcript import Answered, Exchange, Step, unpack
from cardamom.faults import CardFault, DeviceFault
from cardamom.flows.tap_update import may_be
from cardamom.ports import TapCard
from cardamom.values.contactless import ManyCards, Tech
from cardamom.values.events import ScriptOwed
from cardamom.values.keys import Key
from cardamom.values.merchant import Language
from cardamom.values.money import Money
from cardamom.values.online import NoAnswer, OnlineAnswer, Purpose
from cardamom.values.record import Record
from cardamom.values.screens import Approved, Declined, Idle, PresentAgain, PresentCard
from cardamom.values.secret import MASK
from cardamom.values.states import State
from support.clerk import AMOUNT, DECLINE, play
from support.hand_taps import HandTag, HandTapCard
from support.hands import settle, until
from support.shop import APPROVAL, Shop
from support.update_shop import GIVEN, TORN, UNTRIED, UpdateShop

OWED = ("merchant", "customer")
EMPTY = bytes.fromhex("72079F180400000001")
"""A script without a command."""
EXTERNAL, SCRIPT = 1, 2
"""Which commands they are of the second presentment."""


async def paid(shop: Shop, name: str = "visa-update") -> tuple[UpdateShop, HandTapCard]:
    """12.34 by tap, the card in the customer's hand again, and asked for once more."""
    assert isinstance(shop, UpdateShop)
    shop.types("1234")
    await shop.sees(PresentCard)
    card = shop.tap(name)
    await until(lambda: shop.field.waiting and bool(shop.host.requests))
    await shop.sees(PresentAgain)
    return shop, card


async def in_journal(shop: Shop, txn: int = 1) -> Record:
    record = await shop.journal.get(txn)
    assert record is not None
    assert record.state is State.APPROVED
    return record


async def through(shop: UpdateShop) -> Record:
    """The result is on the screen."""
    await shop.sees(Approved)
    await settle()
    return await in_journal(shop)


def test_the_card_is_given_it_and_the_issuer_told(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop, card = await paid(s)
        assert shop.screen == PresentAgain(AMOUNT, 15)
        assert card.closed, "it is reset, should it lie there still"
        record = await in_journal(shop)
        # durable with the answer, and told to nobody as long as the card may still come
        assert (record.scripts, record.receipts_owed) == (UNTRIED, OWED)
        assert shop.receipts.owed == [record]
        await shop.delivery.step()
        assert len(shop.host.requests) == 1
        first = len(card.sent)
        shop.field.hold(card)
        record = await through(shop)
        assert (record.scripts, card.simulated.applications[0].memory.lower) == (GIVEN, 5)
        headers = [command[:2].hex() for command in card.sent[first:]]
        assert headers == ["00a4", "0082", "04da"]
        assert PresentAgain(AMOUNT, 15, reading=True) in shop.display.shown
        assert shop.signals.told[4:] == [
            Status.NOT_READY,
            Status.READY_TO_READ,
            Status.PROCESSING,
            Status.CARD_READ_OK,
            Status.NOT_READY,
        ]
        await shop.delivery.step()
        told = shop.host.requests[-1]
        assert told.purpose is Purpose.SCRIPTS
        assert told.tags is not None
        assert told.tags[0x9F5B].hex() == GIVEN
        assert told.tags[0x95] == bytes(5), "the TVR that the cryptogram covers"
        assert (await in_journal(shop)).scripts is None
        names = [type(e).__name__ for e in await shop.journal.events(1)]
        assert names == [
            *("Started", "CardRead", "Transcript", "Intent"),
            *("HostAnswer", "ReceiptOwed", "ScriptOwed"),
            *("Transcript", "ScriptOwed", "ScriptSent", "ScriptAnswered"),
        ]
        card.out.set()
        await shop.waits_for(Idle)

    play(tmp_path, script, UpdateShop)


def kept(folder: Path, txn: int = 1) -> list[Step]:
    """What was said, as it stands in the journal."""
    _, packed = from_journal(folder / "journal.db", txn)
    return [step for text in packed for step in unpack(text)]


def explained(folder: Path, txn: int = 1) -> str:
    steps = kept(folder, txn)
    ending = Ending("approved", None, "00", "masked")
    return "\n".join(page(explain(steps, ending, Language.EN, ()), objects=False))


def test_explain_tells_of_it(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop, card = await paid(s)
        shop.field.hold(card)
        await through(shop)

    play(tmp_path, script, UpdateShop)
    told = explained(tmp_path)
    places = [
        told.index(words)
        for words in (
            "GET PROCESSING OPTIONS",
            "the host answered: 00",
            "the card that paid is presented once more",
            "EXTERNAL AUTHENTICATE",
            "04DA9F58",
        )
    ]
    assert places == sorted(places)
    assert "6222020000412129" not in told
    steps = kept(tmp_path)
    answers = [step.scripts for step in steps if isinstance(step, Answered)]
    sent = [step.command for step in steps if isinstance(step, Exchange)]
    # a script may carry a new PIN
    assert [set(scripts) for scripts in answers] == [{MASK}]
    assert [set(command[10:]) for command in sent if command.startswith("04DA")] == [{MASK}]


@pytest.mark.parametrize("how", ["time", "cancel", "stop"])
def test_nobody_comes_and_the_payment_stands(tmp_path: Path, how: str) -> None:
    async def script(s: Shop) -> None:
        shop, card = await paid(s)
        if how == "time":
            await shop.clock.passes(14)
            assert shop.screen == PresentAgain(AMOUNT, 1)
            await shop.clock.passes(1)
        elif how == "cancel":
            shop.keypad.press(Key.CANCEL)
        else:
            stopping = asyncio.create_task(shop.desk.stop())
            await shop.sees(Approved)
            card.out.set()
            await shop.lets_pass(stopping.done)
        if how != "stop":
            await shop.sees(Approved)
        await settle()
        record = await in_journal(shop)
        assert record.scripts == UNTRIED
        assert shop.signals.told[-1] is Status.NOT_READY
        card.out.set()
        await shop.delivery.step()
        told = shop.host.requests[-1].tags
        assert told is not None
        assert told[0x9F5B].hex() == UNTRIED
        assert all(r.purpose is not Purpose.REVERSAL for r in shop.host.requests)

    play(tmp_path, script, UpdateShop)
    why = "Timed out" if how == "time" else "Cancelled"
    assert f"the card that paid was not presented once more: {why}" in explained(tmp_path)


def test_another_card_is_passed_over(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        assert isinstance(s, UpdateShop)
        s.types("1234")
        await s.sees(PresentCard)
        card = s.tap("visa-update")
        card.uid = bytes.fromhex("04A1B2C3D4E5F6")
        await s.sees(PresentAgain)
        other = HandTapCard(card.simulated)
        other.uid = bytes.fromhex("04FFFFFFFFFFFF")
        s.field.hold(other)
        await s.shows(PresentAgain(AMOUNT, 15, other=True))
        assert (other.sent, other.closed, s.field.empties) == ([], True, 1)
        s.field.hold(HandTag())
        await until(lambda: s.field.empties == 2)
        s.field.hold(card)
        assert (await through(s)).scripts == GIVEN

    play(tmp_path, script, UpdateShop)


@pytest.mark.parametrize(
    ("paid_with", "comes", "same"),
    [
        ("A 04A1B2C3D4E5F6", "A 04A1B2C3D4E5F6", True),
        ("A 04A1B2C3D4E5F6", "A 04A1B2C3D4E5F7", False),
        ("A 01020304", "A 01020305", False),
        ("A 08A1B2C3", "A 08D4E5F6", True),
        ("A 08A1B2C3", "A 04A1B2C3D4E5F6", False),
        ("A 08A1B2C3", "B 01020304", False),
        ("B 01020304", "B 05060708", True),
    ],
)
def test_which_card_may_be_the_one_that_paid(paid_with: str, comes: str, same: bool) -> None:
    """A phone's UID and a PUPI are others each time."""

    def card(told: str) -> TapCard:
        tech, uid = told.split()
        return cast("TapCard", SimpleNamespace(tech=Tech[tech], uid=bytes.fromhex(uid)))

    assert may_be(card(paid_with), card(comes)) is same


def test_cards_that_come_together_and_one_that_is_not_read(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop, card = await paid(s)
        shop.field.hold(ManyCards())
        await until(lambda: shop.signals.told[-1] is Status.READY_TO_READ)
        shop.field.hold(CardFault("it left while it was activated", gone=True))
        await shop.lets_pass(lambda: shop.field.left == 0)
        shop.field.hold(card)
        assert (await through(shop)).scripts == GIVEN
        assert Status.COLLISION in shop.signals.told

    play(tmp_path, script, UpdateShop)


@pytest.mark.parametrize(("at", "results"), [(EXTERNAL, GIVEN), (SCRIPT, TORN)])
def test_a_card_that_leaves_too_soon(tmp_path: Path, at: int, results: str) -> None:
    """Before a script was sent it is asked for again; after that nobody knows what it did."""

    async def script(s: Shop) -> None:
        shop, card = await paid(s)
        card._pull_at = len(card.sent) + at
        shop.field.hold(card)
        if at == EXTERNAL:
            await until(lambda: Status.PROCESSING_ERROR in shop.signals.told)
            await shop.sees(PresentAgain)
            card.out.clear()
            card._pull_at = None
            shop.field.hold(card)
        assert (await through(shop)).scripts == results

    play(tmp_path, script, UpdateShop)


@pytest.mark.parametrize("fault", [DeviceFault("the chip does not answer"), KeyError("ours")])
def test_a_reader_that_is_lost_or_a_fault_of_ours_ends_it(tmp_path: Path, fault: Exception) -> None:
    async def script(s: Shop) -> None:
        shop, _ = await paid(s)
        shop.field.hold(fault)
        assert (await through(shop)).scripts == UNTRIED

    play(tmp_path, script, UpdateShop)


def test_the_tills_next_sale_waits_for_nobody(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop, card = await paid(s)
        selling = asyncio.create_task(shop.desk.sale(Money(500, "CNY"), "r2"))
        await shop.sees(Approved)
        card.out.set()
        await shop.sees(PresentCard)
        assert (await in_journal(shop)).scripts == UNTRIED
        selling.cancel()

    play(tmp_path, script, UpdateShop)


def test_the_next_sale_goes_on_and_tells_first(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop, card = await paid(s)
        shop.keypad.press(Key.CANCEL)
        await shop.sees(Approved)
        card.out.set()
        await shop.waits_for(Idle)
        shop.host.answer = APPROVAL
        shop.types("1234")
        await shop.sees(PresentCard)
        shop.insert("no-cvm")
        await shop.sees(Approved)
        assert [r.purpose for r in shop.host.requests] == [
            Purpose.REQUEST,
            Purpose.SCRIPTS,
            Purpose.REQUEST,
        ]

    play(tmp_path, script, UpdateShop)


@pytest.mark.parametrize(
    ("answer", "shown", "state"),
    [
        (DECLINE, Declined, State.DECLINED),
        (replace(DECLINE, scripts=EMPTY), Declined, State.DECLINED),
        (NoAnswer("silence"), None, State.REVERSING),
        (APPROVAL, Approved, State.APPROVED),
    ],
    ids=["declined", "declined with a script", "silent", "nothing for the card"],
)
def test_nothing_is_asked_again_where_there_is_nothing_to_give(
    tmp_path: Path, answer: OnlineAnswer | NoAnswer, shown: type | None, state: State
) -> None:
    async def script(s: Shop) -> None:
        assert isinstance(s, UpdateShop)
        s.host.answer = answer
        s.types("1234")
        await s.sees(PresentCard)
        s.tap("visa-update")
        if shown is not None:
            await s.sees(shown)
        await s.lets_pass(lambda: bool(s.host.requests))
        await settle()
        record = await s.journal.get(1)
        assert record is not None
        assert (record.state, record.scripts) == (state, None)
        assert not any(isinstance(screen, PresentAgain) for screen in s.display.shown)
        # nothing holds it back: what it owes may go
        await s.delivery.step()
        follows = [r.purpose for r in s.host.requests[1:]]
        assert follows == ([Purpose.REVERSAL] if state is State.REVERSING else [])

    play(tmp_path, script, UpdateShop)


def test_a_script_that_nobody_can_run_is_told_of_at_once(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        assert isinstance(s, UpdateShop)
        s.host.answer = replace(APPROVAL, scripts=EMPTY)
        s.types("1234")
        await s.sees(PresentCard)
        s.tap("visa-update")
        await s.sees(Approved)
        assert not any(isinstance(screen, PresentAgain) for screen in s.display.shown)
        await s.delivery.step()
        told = s.host.requests[-1]
        assert (told.purpose, told.tags and told.tags[0x9F5B].hex()) == (Purpose.SCRIPTS, UNTRIED)
        assert (await in_journal(s)).scripts is None

    play(tmp_path, script, UpdateShop)


def test_the_power_goes_while_the_card_is_asked_for(tmp_path: Path) -> None:
    """The approval stands, its slips are owed, and the issuer learns that nothing was done."""

    async def cut(s: Shop) -> None:
        await paid(s)

    async def back(s: Shop) -> None:
        record = await in_journal(s)
        assert (record.scripts, record.receipts_owed) == (UNTRIED, OWED)
        await s.delivery.step()
        told = s.host.requests[-1]
        assert (told.purpose, told.tags and told.tags[0x9F5B].hex()) == (Purpose.SCRIPTS, UNTRIED)
        assert (await in_journal(s)).scripts is None

    play(tmp_path, cut, UpdateShop)
    play(tmp_path, back, UpdateShop)


def test_a_journal_that_fails_leaves_the_payment_as_it_was(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop, card = await paid(s)
        shop.journal.fails = (ScriptOwed,)
        shop.field.hold(card)
        await shop.sees(Approved)
        assert (await in_journal(shop)).scripts == UNTRIED

    play(tmp_path, script, UpdateShop)
