"""The end of a shop's day: totals, differences, restarts, and what stands in its way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from cardamom.duties.settlement import Closed, Waits
from cardamom.engines.passcode import TEST_PASSCODE
from cardamom.flows.desk import DeskRefusal
from cardamom.flows.rights import NotAllowed
from cardamom.receipts.reports import lay_out_report
from cardamom.receipts.samples import merchant
from cardamom.values.account_screens import BatchFull, ReportShown
from cardamom.values.events import Parked, Verdict
from cardamom.values.health import Condition
from cardamom.values.merchant import Language
from cardamom.values.money import Money
from cardamom.values.online import (
    NoAnswer,
    OnlineAnswer,
    OnlineRequest,
    Purpose,
)
from cardamom.values.operations import Operation
from cardamom.values.record import Record
from cardamom.values.report import ReportKind
from cardamom.values.screens import (
    Idle,
    PresentCard,
    Settled,
    SettlementRefused,
    SettleRefusal,
    SettleStep,
    Settling,
)
from cardamom.values.secret import Passcode
from cardamom.values.states import State
from cardamom.values.totals import Totals
from support.clerk import AMOUNT, leaves, opens, play, sold, supervises
from support.hands import until
from support.shop import APPROVAL, Shop

DIFFERS = OnlineAnswer(Verdict.DECLINED, "95")
TAKEN = OnlineAnswer(Verdict.APPROVED, "00")
CNY = Totals(currency="CNY", debits=1, debit_minor=1234)


def test_a_batch_that_agrees(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        sale = await sold(shop)
        await sold(shop, "500")
        await shop.desk.refund(sale.txn, Money(34, "CNY"), None, TEST_PASSCODE)
        await leaves(shop)
        closed = await shop.desk.settle(None)
        totals = Totals(currency="CNY", debits=2, debit_minor=1734, credits=1, credit_minor=34)
        assert closed == Closed(1, (totals,), 0)
        (asked,) = shop.host.totals_asked
        assert (asked.batch, asked.totals, asked.stan, asked.end) == (1, totals, 4, False)
        assert (asked.terminal_id, asked.merchant_id) == ("10203040", "898310058120001")
        assert await shop.journal.batch() == 2
        for txn in (1, 2, 3):
            assert await shop.journal.card(txn) is None
        (report,) = shop.receipts.reports
        assert (report.kind, report.batch, report.opened) == (ReportKind.Z, 1, 2)
        assert report.totals == (totals,)
        assert await shop.journal.z_owed() == [1]
        await leaves(shop)
        after = await sold(shop)
        assert (after.batch, after.stan) == (2, 5)

    play(tmp_path, script)


def test_at_the_keypad(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        await opens(shop, Operation.SETTLE)
        await shop.shows(Settled(1, (CNY,), 0))
        assert Settling(1, SettleStep.TOTALS) in shop.display.shown
        await leaves(shop)
        await opens(shop, Operation.Z_REPORT)
        screen = await shop.sees(ReportShown)
        assert isinstance(screen, ReportShown)
        assert (screen.report.batch, screen.report.reprint) == (1, True)
        shop.keypad.press("enter")
        await until(lambda: len(shop.receipts.reports) == 2)

    play(tmp_path, script)


def test_an_empty_batch_asks_nobody_and_moves_on(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        assert await shop.desk.settle(None) == Closed(1, (), 0)
        assert shop.host.totals_asked == []
        assert await shop.journal.batch() == 2
        assert shop.receipts.reports[0].totals == ()

    play(tmp_path, script)


def test_a_host_that_settles_nothing_is_not_asked(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.traits = replace(shop.host.traits, settles=False)
        await sold(shop)
        assert await shop.desk.settle(None) == Closed(1, (CNY,), 0)
        assert shop.host.totals_asked == []

    play(tmp_path, script)


@pytest.mark.parametrize("ends", [False, True])
def test_totals_that_differ_are_uploaded(tmp_path: Path, ends: bool) -> None:
    async def script(shop: Shop) -> None:
        shop.host.traits = replace(shop.host.traits, upload_end=ends)
        await sold(shop)
        await shop.desk.void(1, None, TEST_PASSCODE)
        await leaves(shop)
        shop.host.settles = lambda r: TAKEN if r.end else DIFFERS
        shop.host.answer = TAKEN
        asked = len(shop.host.requests)
        closed = await shop.desk.settle(None)
        assert isinstance(closed, Closed)
        assert closed.uploaded == 2
        uploads = shop.host.requests[asked:]
        assert [(u.purpose, u.record.txn, u.stan) for u in uploads] == [
            (Purpose.UPLOAD, 1, 4),
            (Purpose.UPLOAD, 2, 5),
        ]
        assert uploads[1].original is not None
        assert not any(u.repeated for u in uploads)
        assert [t.end for t in shop.host.totals_asked] == ([False, True] if ends else [False])
        assert shop.receipts.reports[-1].uploaded == 2

    play(tmp_path, script)


def test_an_upload_that_the_host_refuses_is_named_on_the_z_report(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        await sold(shop, "777")
        shop.host.settles = lambda _: DIFFERS

        def answers(request: OnlineRequest) -> OnlineAnswer:
            return TAKEN if request.record.txn == 1 else OnlineAnswer(Verdict.DECLINED, "12")

        shop.host.answer = answers
        assert isinstance(await shop.desk.settle(None), Closed)
        report = shop.receipts.reports[-1]
        assert (report.uploaded, report.upload_refused) == (2, ("000002 (12)",))
        layout = lay_out_report(report, merchant(Language.EN), zone=UTC)
        assert "Upload refused" in str(layout)
        assert "000002 (12)" in str(layout)

    play(tmp_path, script)


async def park(shop: Shop) -> Record:
    """A sale whose reversal the host refuses for good."""
    shop.host.answer = NoAnswer("silence")
    await sold(shop, "777")
    shop.host.answer = APPROVAL
    record = await shop.last()
    assert record.state is State.REVERSING
    return await shop.journal.append(
        record.txn, Parked(at=shop.clock.now(), why="refused 5 times with 96")
    )


def test_an_unknown_outcome_stands_in_its_way(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = NoAnswer("silence")
        await sold(shop)
        settling = asyncio.create_task(shop.desk.settle(TEST_PASSCODE))
        await shop.shows(Settling(1, SettleStep.DELIVER))
        await shop.lets_pass(settling.done)
        with pytest.raises(
            DeskRefusal, match=r"outcome of transaction 1 \(trace 000001, reversing\)"
        ):
            await settling
        assert not (await shop.journal.book()).closing
        await opens(shop, Operation.SETTLE)
        await shop.shows(Settling(1, SettleStep.DELIVER))
        await shop.lets_pass(lambda: isinstance(shop.screen, SettlementRefused))
        await shop.shows(SettlementRefused(SettleRefusal.OPEN, 1))
        await leaves(shop)

    play(tmp_path, script)


def test_parked_items_need_a_supervisor(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        parked = await park(shop)
        with pytest.raises(DeskRefusal, match="a supervisor closes each"):
            await shop.desk.settle(None)
        with pytest.raises(NotAllowed):
            await shop.desk.settle(Passcode(b"111111"))
        await opens(shop, Operation.SETTLE)
        await shop.shows(SettlementRefused(SettleRefusal.PARKED, 1))
        shop.keypad.press("enter")
        await supervises(shop)
        await shop.shows(Settled(1, (CNY,), 0))
        report = shop.receipts.reports[-1]
        assert (report.operator, [i.txn for i in report.waiting]) == ("supervisor", [parked.txn])
        # its card data stays until it is closed
        assert await shop.journal.card(parked.txn) is not None
        closed = await shop.desk.close(parked.txn, "CALL-4711", TEST_PASSCODE, taken=False)
        assert closed.state is State.CLOSED
        assert await shop.journal.card(parked.txn) is None

    play(tmp_path, script)


def test_a_supervisor_closes_by_what_the_host_says(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        parked = await park(shop)
        with pytest.raises(NotAllowed):
            await shop.desk.close(parked.txn, "CALL-4711", None, taken=True)
        with pytest.raises(DeskRefusal, match="no transaction 9"):
            await shop.desk.close(9, "CALL-4711", TEST_PASSCODE, taken=True)
        closed = await shop.desk.close(parked.txn, "CALL-4711", TEST_PASSCODE, taken=True)
        assert (closed.closed_by, closed.closed_reference, closed.closed_taken) == (
            "supervisor", "CALL-4711", True,
        )  # fmt: skip
        again = await shop.desk.close(parked.txn, "CALL-4711", TEST_PASSCODE, taken=True)
        assert again == closed
        with pytest.raises(DeskRefusal, match="is closed: nothing waits"):
            await shop.desk.close(parked.txn, "CALL-4711", TEST_PASSCODE, taken=False)
        settled = await shop.desk.settle(None)
        assert isinstance(settled, Closed)
        assert settled.totals == (Totals(currency="CNY", debits=1, debit_minor=777),)

    play(tmp_path, script)


def test_the_host_away_begins_nothing(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        shop.host.condition = Condition.CONNECTING
        with pytest.raises(DeskRefusal, match="when the link is back"):
            await shop.desk.settle(None)
        assert not (await shop.journal.book()).closing

    play(tmp_path, script)


def test_unanswered_totals_repeat_unchanged_and_nothing_new_is_taken(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        shop.host.settles = NoAnswer("silence")
        waits = await shop.desk.settle(None)
        assert waits == Waits(Settling(1, SettleStep.TOTALS, waiting=True))
        await shop.shows(Settling(1, SettleStep.TOTALS, waiting=True))
        with pytest.raises(DeskRefusal, match="is being settled"):
            await shop.desk.sale(AMOUNT, None)
        with pytest.raises(DeskRefusal, match="is being settled"):
            await shop.desk.void(1, None, TEST_PASSCODE)
        shop.types("1234")
        await shop.clock.passes(2)
        await until(lambda: len(shop.host.totals_asked) == 2)
        shop.host.settles = OnlineAnswer(Verdict.DECLINED, "03")
        await shop.clock.passes(5)
        await shop.shows(Settling(1, SettleStep.TOTALS, waiting=True, code="03"))
        shop.host.settles = OnlineAnswer(Verdict.APPROVED, "00", agreed=True)
        await shop.clock.passes(10)
        await until(lambda: len(shop.receipts.reports) == 1)
        first, *repeats = shop.host.totals_asked
        assert repeats == [first] * len(repeats)
        await leaves(shop)

    play(tmp_path, script)


def test_a_full_batch_is_settled_first(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        await sold(shop)
        with pytest.raises(DeskRefusal, match="the batch has its 2 transactions"):
            await shop.desk.sale(AMOUNT, None)
        shop.keypad.press("1")
        await shop.shows(BatchFull(2))
        shop.keypad.press("cancel")
        await shop.sees(Idle)
        # what is in it may still be undone
        assert (await shop.desk.void(1, None, TEST_PASSCODE)).state is State.APPROVED
        await leaves(shop)
        shop.keypad.press("1")
        await shop.shows(BatchFull(2))
        shop.keypad.press("enter")
        await shop.sees(Settled)
        await leaves(shop)
        shop.types("100")
        await shop.sees(PresentCard)

    class Small(Shop):
        batch_limit = 2

    play(tmp_path, script, Small)


def test_an_x_report_changes_nothing(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        report = await shop.desk.report(ReportKind.X, printed=True)
        assert report is not None
        assert (report.batch, report.totals) == (1, (CNY,))
        assert shop.receipts.reports == [report]
        assert await shop.desk.report(ReportKind.Z, printed=True) is None
        assert (await shop.journal.book()).closing is False

    play(tmp_path, script)


def test_a_clock_that_jumps_changes_no_batch(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        await shop.clock.passes(3 * 86_400)
        await shop.sees(Idle)
        assert (await sold(shop)).batch == 1

    play(tmp_path, script)


def test_slips_once_more(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        assert await shop.desk.reprint(None) is None
        sale = await sold(shop)
        record = await shop.desk.reprint(sale.txn)
        assert record is not None
        assert record.receipts_owed == ("merchant", "customer")
        assert shop.receipts.owed[-1] == record

    play(tmp_path, script)
