"""A supervisor's way out of a settlement that the host goes on refusing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from cardamom.engines.passcode import TEST_PASSCODE
from cardamom.faults import JournalFault
from cardamom.flows.close_batch import ClosedAlone
from cardamom.flows.desk import DeskRefusal
from cardamom.flows.rights import NotAllowed
from cardamom.store.chain import decode
from cardamom.store.verify import verify
from cardamom.values.events import Verdict
from cardamom.values.online import NoAnswer, OnlineAnswer
from cardamom.values.report import HostTotals, ReportKind, WithoutHost
from cardamom.values.screens import Idle, SettleStep, Settling
from cardamom.values.secret import Passcode
from cardamom.values.terminal_events import BatchClosed, OperatorAct, TerminalEvent
from cardamom.values.totals import Totals
from support.clerk import AMOUNT, play, sold
from support.hands import HandJournal
from support.shop import Shop

REFUSED = OnlineAnswer(Verdict.DECLINED, "03")
DIFFERS = OnlineAnswer(Verdict.DECLINED, "95")
TAKEN = OnlineAnswer(Verdict.APPROVED, "00")
SILENCE = NoAnswer("silence")
CNY = Totals(currency="CNY", debits=1, debit_minor=1234)
REFERENCE = "CALL-4711"
ALONE = WithoutHost(operator="supervisor", reference=REFERENCE, code="03")


async def refused(shop: Shop) -> None:
    """A sale in a batch whose totals the host refuses."""
    await sold(shop)
    shop.host.settles = REFUSED
    await shop.desk.settle(None)
    await shop.shows(Settling(1, SettleStep.TOTALS, waiting=True, code="03"))


async def closed(shop: Shop, batch: int = 1) -> list[BatchClosed]:
    return [e for e in await shop.journal.batch_story(batch) if isinstance(e, BatchClosed)]


async def still_closing(shop: Shop) -> None:
    book = await shop.journal.book()
    assert (book.batch, book.closing) == (1, True)
    assert await closed(shop) == []
    assert await shop.journal.card(1) is not None


def test_one_commit_closes_the_batch_and_sales_go_on(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await refused(shop)
        with pytest.raises(DeskRefusal, match="is being settled"):
            await shop.desk.sale(AMOUNT, None)
        asked = len(shop.host.totals_asked)
        alone = await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        assert alone == ClosedAlone(1, (CNY,), 0, REFERENCE, "03")
        (event,) = await closed(shop)
        assert (event.opened, event.operator, event.host_reference, event.code) == (
            2, "supervisor", REFERENCE, "03",
        )  # fmt: skip
        book = await shop.journal.book()
        assert (book.batch, book.closing) == (2, False)
        assert await shop.journal.card(1) is None
        assert await shop.journal.z_owed() == [1]
        (report,) = shop.receipts.reports
        assert (report.kind, report.batch, report.operator) == (ReportKind.Z, 1, "01")
        assert (report.without_host, report.host, report.totals) == (ALONE, (), (CNY,))
        again = await shop.desk.report(ReportKind.Z, printed=False)
        assert again == msgspec.structs.replace(report, reprint=True)
        await shop.sees(Idle)
        after = await sold(shop)
        assert (after.batch, len(shop.host.totals_asked)) == (2, asked)

    play(tmp_path, script)


def test_it_takes_the_passcode(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await refused(shop)
        for wrong in (None, Passcode(b"111111")):
            with pytest.raises(NotAllowed):
                await shop.desk.close_batch(REFERENCE, wrong)
        await still_closing(shop)
        await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)

    play(tmp_path, script)
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT CAST(body AS BLOB) FROM events ORDER BY seq").fetchall()
    said = [e.act for e in (decode(row[0]) for row in rows) if isinstance(e, OperatorAct)]
    assert said == ["wrong passcode for close_batch 000001", "close_batch 000001"]


def test_only_a_batch_that_is_being_settled(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        with pytest.raises(DeskRefusal, match="batch 000001 is not being settled"):
            await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        shop.host.settles = REFUSED
        await shop.desk.settle(None)
        await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        with pytest.raises(DeskRefusal, match="batch 000002 is not being settled"):
            await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        assert await shop.journal.batch() == 2

    play(tmp_path, script)


def test_silence_is_no_refusal(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sold(shop)
        shop.host.settles = SILENCE
        await shop.desk.settle(None)
        with pytest.raises(DeskRefusal, match="has not refused the settlement of batch 000001"):
            await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        await still_closing(shop)

    play(tmp_path, script)


def test_silence_after_a_refusal_leaves_the_way_out(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await refused(shop)
        shop.host.settles = SILENCE
        await shop.clock.passes(2)
        await shop.shows(Settling(1, SettleStep.TOTALS, waiting=True))
        assert (await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)).code == "03"

    play(tmp_path, script)


def test_an_earlier_batch_s_refusal_does_not_count(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await refused(shop)
        await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        await sold(shop)
        shop.host.settles = SILENCE
        await shop.desk.settle(None)
        with pytest.raises(DeskRefusal, match="has not refused the settlement of batch 000002"):
            await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)

    play(tmp_path, script)


def test_a_refusal_that_an_answer_followed_does_not_count(tmp_path: Path) -> None:
    """The totals were refused, then compared: now the upload waits for a silent host."""

    async def script(shop: Shop) -> None:
        await refused(shop)
        shop.host.settles, shop.host.answer = DIFFERS, SILENCE
        await shop.clock.passes(2)
        await shop.shows(Settling(1, SettleStep.UPLOAD, 0, 1, waiting=True))
        with pytest.raises(DeskRefusal, match="has not refused"):
            await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        await still_closing(shop)

    play(tmp_path, script)


def test_an_upload_whose_end_is_refused(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.traits = replace(shop.host.traits, upload_end=True)
        await sold(shop)
        shop.host.settles = lambda r: OnlineAnswer(Verdict.DECLINED, "12") if r.end else DIFFERS
        shop.host.answer = TAKEN
        await shop.desk.settle(None)
        alone = await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        assert (alone.uploaded, alone.code) == (1, "12")
        (report,) = shop.receipts.reports
        assert report.host == (HostTotals(currency="CNY", code="95", agreed=False),)
        assert (report.uploaded, report.without_host) == (
            1, msgspec.structs.replace(ALONE, code="12"),
        )  # fmt: skip

    play(tmp_path, script)


class Cut(BaseException):
    """No power."""


class CutJournal(HandJournal):
    """Loses power at the commit that closes a batch: before it is written, or after."""

    before = True

    async def note(self, *events: TerminalEvent) -> Sequence[TerminalEvent]:
        closes = any(isinstance(event, BatchClosed) for event in events)
        if closes and self.before:
            raise Cut
        noted = await super().note(*events)
        if closes:
            raise Cut
        return noted


class CutAfterJournal(CutJournal):
    before = False


def cut(folder: Path, journal: type[CutJournal]) -> None:
    """The power goes at the commit of a close."""

    class CutShop(Shop):
        journal_type = journal

    async def script(shop: Shop) -> None:
        await refused(shop)
        await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)

    with pytest.raises(Cut):
        play(folder, script, CutShop)


class Refused(Shop):
    """Starts again while the host still refuses."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.host.settles = REFUSED


def test_a_cut_before_the_commit_changes_nothing(tmp_path: Path) -> None:
    async def again() -> None:
        async with Refused(tmp_path) as shop:
            await still_closing(shop)
            # the host is asked once more, and refuses once more
            await shop.shows(Settling(1, SettleStep.TOTALS, waiting=True, code="03"))
            await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
            (report,) = shop.receipts.reports
            assert report.without_host == ALONE

    cut(tmp_path, CutJournal)
    asyncio.run(again())
    assert verify(tmp_path / "journal.db").ok


def test_a_cut_after_the_commit_loses_no_report(tmp_path: Path) -> None:
    async def again(shop: Shop) -> None:
        assert await shop.journal.batch() == 2
        assert len(await closed(shop)) == 1
        assert await shop.journal.card(1) is None
        assert await shop.journal.z_owed() == [1]
        report = await shop.desk.report(ReportKind.Z, printed=False)
        assert report is not None
        assert report.without_host == ALONE
        assert shop.host.totals_asked == []
        assert (await sold(shop)).batch == 2

    cut(tmp_path, CutAfterJournal)
    play(tmp_path, again)
    assert verify(tmp_path / "journal.db").ok


def test_a_disk_that_is_full_closes_nothing(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await refused(shop)
        shop.journal.fails = (BatchClosed,)
        with pytest.raises(JournalFault):
            await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        await still_closing(shop)
        shop.journal.fails = ()
        await shop.desk.close_batch(REFERENCE, TEST_PASSCODE)
        assert await shop.journal.batch() == 2

    class Full(Shop):
        journal_type = FullJournal

    play(tmp_path, script, Full)


class FullJournal(HandJournal):
    """Takes no note of the kinds in `fails` either."""

    async def note(self, *events: TerminalEvent) -> Sequence[TerminalEvent]:
        self._disk(events)  # type: ignore[arg-type]
        return await super().note(*events)


def test_a_journal_of_older_firmware_is_read() -> None:
    """Its event has neither operator nor reference: that batch was settled with the host."""
    at = "2025-11-22T13:37:00+00:00"
    event = decode(b'{"type":"batch_closed","at":"%s","batch":7,"opened":8}' % at.encode())
    assert event == BatchClosed(at=datetime.fromisoformat(at), batch=7, opened=8)
