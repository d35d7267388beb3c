"""A clerk takes a sale back, and a supervisor agrees."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cardamom.engines.passcode import TEST_PASSCODE
from cardamom.flows.desk import DeskRefusal
from cardamom.flows.refund import refund
from cardamom.flows.rights import NotAllowed
from cardamom.flows.terminal import Order, Terminal
from cardamom.flows.void import void
from cardamom.values.events import Entry, Reason
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from cardamom.values.operations import Operation
from cardamom.values.outcome import OutcomeWord, outcome_of
from cardamom.values.record import Record
from cardamom.values.screens import (
    Approved,
    Declined,
    EnterPasscode,
    FindOriginal,
    Idle,
    NotCompleted,
    OutcomeUnknown,
    ShowOriginal,
)
from cardamom.values.secret import Passcode
from cardamom.values.states import Recourse, State
from support.clerk import AMOUNT, DECLINE, ended, leaves, opens, play, sold, supervises
from support.hands import settle, until
from support.shop import APPROVAL, Shop


def test_a_void_from_the_menu_to_its_slips(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        await opens(shop, Operation.VOID)
        await shop.sees(FindOriginal)
        shop.types("1")
        screen = await shop.sees(ShowOriginal)
        assert isinstance(screen, ShowOriginal)
        assert (screen.original, screen.amount, screen.stan) == (AMOUNT, AMOUNT, 1)
        assert screen.card == sale.card
        assert screen.at.utcoffset() == shop.clock.local().utcoffset()
        assert screen.refused is None
        shop.keypad.press("enter")
        await supervises(shop)
        assert await shop.sees(Approved) == Approved(
            AMOUNT, "A1B2C3", printing=True, kind=Kind.VOID
        )
        record = await ended(shop)
        assert (record.kind, record.state, record.original) == (Kind.VOID, State.APPROVED, sale.txn)
        assert (record.entry, record.card, record.stan) == (Entry.ORIGINAL, sale.card, 2)
        assert record.receipts_owed == ("merchant", "customer")
        assert shop.receipts.owed[-1] == record
        request = shop.host.requests[-1]
        assert request.original == sale
        assert request.card.pan.masked == sale.card
        assert request.card.track2 is None
        await leaves(shop)

    play(tmp_path, script)


def test_a_sale_is_voided_once(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        await shop.desk.void(sale.txn, None, TEST_PASSCODE)
        with pytest.raises(DeskRefusal, match="voided already"):
            await shop.desk.void(sale.txn, None, TEST_PASSCODE)
        await leaves(shop)
        await opens(shop, Operation.VOID)
        await shop.sees(FindOriginal)
        shop.types("1")
        screen = await shop.sees(ShowOriginal)
        assert isinstance(screen, ShowOriginal)
        assert screen.refused is Reason.ORIGINAL_VOIDED
        shop.keypad.press("enter")
        assert await shop.sees(FindOriginal) == FindOriginal(Kind.VOID)
        shop.types("999")
        await shop.shows(FindOriginal(Kind.VOID, "", Reason.ORIGINAL_NOT_FOUND))
        shop.keypad.press("cancel", "cancel")
        await shop.sees(Idle)
        assert len(shop.host.requests) == 2

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("answer", "state", "word", "slips"),
    [
        (DECLINE, State.DECLINED, OutcomeWord.DECLINED, ("declined",)),
        (NotSent("no link"), State.DECLINED, OutcomeWord.DECLINED, ("declined",)),
        (NoAnswer("silence"), State.REVERSING, OutcomeWord.UNKNOWN, ("unknown",)),
        (NoAnswer("bad MAC", garbled=True), State.REVERSING, OutcomeWord.UNKNOWN, ("unknown",)),
    ],
)
def test_a_void_that_is_not_approved(
    tmp_path: Path,
    answer: OnlineAnswer | NoAnswer | NotSent,
    state: State,
    word: OutcomeWord,
    slips: tuple[str, ...],
) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        shop.host.answer = answer
        record = await shop.desk.void(sale.txn, None, TEST_PASSCODE)
        assert (record.state, outcome_of(record), record.receipts_owed) == (state, word, slips)
        await shop.sees(Declined if word is OutcomeWord.DECLINED else OutcomeUnknown)
        standing = await shop.journal.get(sale.txn)
        assert standing is not None
        assert standing.state is State.APPROVED
        await leaves(shop)
        shop.host.answer = APPROVAL
        if state is State.DECLINED:
            assert (await shop.desk.void(sale.txn, None, TEST_PASSCODE)).state is State.APPROVED
        else:
            with pytest.raises(DeskRefusal, match="under way or unknown"):
                await shop.desk.void(sale.txn, None, TEST_PASSCODE)

    play(tmp_path, script)


def test_where_no_reversal_undoes_a_void_it_is_repeated(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        shop.host.traits = shop.host.traits.__class__(recourse={Kind.VOID: Recourse.REPEAT})
        shop.host.answer = NoAnswer("silence")
        record = await shop.desk.void(sale.txn, None, TEST_PASSCODE)
        assert (record.state, outcome_of(record)) == (State.REPEATING, OutcomeWord.UNKNOWN)

    play(tmp_path, script)


def test_a_reference_returns_the_first_outcome(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        shop.host.hold.clear()
        first = asyncio.create_task(shop.desk.void(sale.txn, "till-9", TEST_PASSCODE))
        twin = asyncio.create_task(shop.desk.void(sale.txn, "till-9", TEST_PASSCODE))
        await asyncio.sleep(0.05)
        shop.host.hold.set()
        record = await first
        assert await twin == record
        assert (await shop.desk.void(sale.txn, "till-9", None)).txn == record.txn
        with pytest.raises(
            DeskRefusal, match=r"was used for a void of 12\.34 CNY of transaction 1"
        ):
            await shop.desk.sale(AMOUNT, "till-9")
        with pytest.raises(DeskRefusal, match="use a new one"):
            await shop.desk.void(7, "till-9", TEST_PASSCODE)
        assert len(shop.host.requests) == 2

    play(tmp_path, script)


def test_of_two_voids_at_once_the_journal_takes_one(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        shop.host.hold.clear()
        first = asyncio.create_task(shop.desk.void(sale.txn, None, TEST_PASSCODE))
        second = asyncio.create_task(shop.desk.void(sale.txn, None, TEST_PASSCODE))
        await until(lambda: len(shop.host.requests) == 2)
        await settle()
        shop.host.hold.set()
        assert (await first).state is State.APPROVED
        shop.keypad.press("enter")
        with pytest.raises(DeskRefusal, match="voided already"):
            await second
        await shop.shows(NotCompleted(AMOUNT, Reason.ORIGINAL_VOIDED, Kind.VOID))
        await leaves(shop)
        assert len(shop.host.requests) == 2
        assert len(await shop.journal.recent(9)) == 2

    play(tmp_path, script)


def test_an_original_that_changed_meanwhile_is_refused_by_the_journal(tmp_path: Path) -> None:
    """The supervisor types the passcode while a till refunds the same sale."""

    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        await opens(shop, Operation.VOID)
        await shop.sees(FindOriginal)
        shop.types("1")
        await shop.sees(ShowOriginal)
        shop.keypad.press("enter")
        await shop.sees(EnterPasscode)
        refunding = asyncio.create_task(
            shop.desk.refund(sale.txn, Money(100, "CNY"), None, TEST_PASSCODE)
        )
        await settle()
        await supervises(shop)
        await until(lambda: len(shop.host.requests) == 2)
        await leaves(shop)
        with pytest.raises(DeskRefusal, match="voided already"):
            await refunding

    play(tmp_path, script)


@pytest.mark.parametrize("undo", [void, refund])
def test_what_was_cancelled_before_the_host_is_asked_asks_nobody(
    tmp_path: Path, undo: Callable[[Terminal, Order], Awaitable[Record]]
) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        kind = Kind.VOID if undo is void else Kind.REFUND
        order = Order(AMOUNT, kind=kind, original=sale.txn, supervisor=True)
        order.cancelled.set()
        record = await undo(shop.terminal, order)
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.CANCELLED)
        assert not order.can_cancel
        assert len(shop.host.requests) == 1, "the sale's own"
        assert (await shop.desk.void(sale.txn, None, TEST_PASSCODE)).state is State.APPROVED

    play(tmp_path, script)


def test_nobody_voids_without_the_passcode(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        with pytest.raises(NotAllowed, match="needs the supervisor's passcode"):
            await shop.desk.void(sale.txn, None, None)
        with pytest.raises(NotAllowed, match="is wrong"):
            await shop.desk.void(sale.txn, None, Passcode(b"111111"))
        with pytest.raises(DeskRefusal, match="no such sale"):
            await shop.desk.void(99, None, TEST_PASSCODE)
        assert len(shop.host.requests) == 1

    play(tmp_path, script)


def test_wrong_passcodes_at_the_keypad_lock_it_for_a_while(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        await opens(shop, Operation.VOID)
        await shop.sees(FindOriginal)
        shop.types("1")
        await shop.sees(ShowOriginal)
        shop.keypad.press("enter")
        await shop.sees(EnterPasscode)
        for _ in range(3):
            shop.types("111111")
            await shop.sees(EnterPasscode)
        await shop.shows(EnterPasscode(Operation.VOID, 0, wrong=True, wait_s=30))
        shop.types("246810")
        await shop.clock.passes(10)
        await shop.shows(EnterPasscode(Operation.VOID, 0, wrong=True, wait_s=20))
        await shop.clock.passes(21)
        await shop.shows(EnterPasscode(Operation.VOID, 0, wrong=True, wait_s=0))
        await supervises(shop)
        await shop.sees(Approved)

    play(tmp_path, script)
