"""The keypad's menu: moving about in it, and what it tells."""

from __future__ import annotations

from pathlib import Path

from cardamom.values.account_screens import NothingToReprint, OwedList, OwedRow, ReportShown
from cardamom.values.events import Parked
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.online import NoAnswer
from cardamom.values.operations import MENU, Operation
from cardamom.values.report import ReportKind
from cardamom.values.screens import (
    EnterPasscode,
    FindOriginal,
    Idle,
    Menu,
    RefundAmount,
    ShowOriginal,
)
from cardamom.values.states import State
from support.clerk import AMOUNT, opens, play, sold
from support.hands import until
from support.shop import APPROVAL, Shop


def test_up_down_digits_and_cancel(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.keypad.press("menu")
        await shop.shows(Menu(MENU, 0, 0))
        shop.keypad.press("up")
        await shop.shows(Menu(MENU, len(MENU) - 1, 0))
        shop.keypad.press("down", "down")
        await shop.shows(Menu(MENU, 1, 0))
        shop.keypad.press("9", "clear", "0")  # no such row
        await shop.shows(Menu(MENU, 1, 0))
        shop.keypad.press("1")
        await shop.shows(FindOriginal(Kind.VOID))
        shop.keypad.press("cancel")
        await shop.shows(Menu(MENU, 0, 0))
        shop.keypad.press(*["down"] * 4, "3")  # a digit counts on its page
        await shop.shows(NothingToReprint(Operation.REPRINT))
        shop.keypad.press("enter", "cancel")
        await shop.sees(Idle)

    play(tmp_path, script)


def test_a_menu_that_is_left_alone_goes_away(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.keypad.press("menu")
        await shop.sees(Menu)
        await shop.waits_for(Idle, 70)

    play(tmp_path, script)


def test_trace_numbers_are_typed_and_mended(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await opens(shop, Operation.REFUND)
        await shop.shows(FindOriginal(Kind.REFUND))
        shop.keypad.press("enter", *"1234567", "clear", "enter")
        await shop.sees(FindOriginal)
        shop.keypad.press("0")
        await shop.shows(FindOriginal(Kind.REFUND, "0"))
        shop.keypad.press("enter")  # zero is no trace number
        await shop.shows(FindOriginal(Kind.REFUND, "0"))

    play(tmp_path, script)


def test_cancel_steps_back_and_no_passcode_no_refund(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        await opens(shop, Operation.REFUND)
        await shop.sees(FindOriginal)
        shop.types("1")
        await shop.sees(ShowOriginal)
        shop.keypad.press("enter")
        await shop.shows(RefundAmount(AMOUNT, AMOUNT))
        shop.keypad.press("cancel")
        await shop.sees(FindOriginal)
        shop.types("1")
        await shop.sees(ShowOriginal)
        shop.keypad.press("enter")
        await shop.sees(RefundAmount)
        shop.keypad.press("clear", "enter")
        await shop.shows(RefundAmount(Money(0, "CNY"), AMOUNT, refused=True))
        shop.keypad.press("1", "enter")
        await shop.sees(EnterPasscode)
        shop.keypad.press(*"12345", "enter")  # too short: nothing is looked at
        await shop.shows(EnterPasscode(Operation.REFUND, 5))
        shop.keypad.press("cancel")
        await shop.sees(Menu)
        assert len(await shop.journal.recent(9)) == 1

    play(tmp_path, script)


def test_what_is_owed_and_parked(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = NoAnswer("silence")
        parked = await sold(shop, "500")
        await shop.journal.append(parked.txn, Parked(at=shop.clock.now(), why="refused"))
        unknown = await sold(shop)
        shop.host.answer = APPROVAL
        shop.keypad.press("menu")
        await shop.shows(Menu(MENU, 0, 2))
        shop.keypad.press("4")
        rows = (
            OwedRow(parked.amount, parked.stan or 0, State.PARKED),
            OwedRow(unknown.amount, unknown.stan or 0, State.REVERSING),
        )
        await shop.shows(OwedList(rows))
        shop.keypad.press("down")
        await shop.shows(OwedList(rows, 1))

    play(tmp_path, script)


def test_an_x_report_is_shown_and_printed(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        await opens(shop, Operation.X_REPORT)
        screen = await shop.sees(ReportShown)
        assert isinstance(screen, ReportShown)
        assert screen.report.kind is ReportKind.X
        assert shop.receipts.reports == []
        shop.keypad.press("enter")
        await until(lambda: shop.receipts.reports == [screen.report])
        await shop.sees(Menu)

    play(tmp_path, script)
