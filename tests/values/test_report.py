"""What a batch came to, from its records and its settlement's events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cardamom.values.batch import Book
from cardamom.values.events import Closed
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.record import Record, apply
from cardamom.values.report import Report, ReportKind, x_report, z_report
from cardamom.values.states import TAKEN, UNSETTLED, WAITS_FOR_SUPERVISOR, State
from cardamom.values.terminal_events import (
    BatchClosed,
    BatchClosing,
    BatchTotalsAnswered,
    BatchTotalsSent,
    RecordUploaded,
    RecordUploadSent,
    TerminalEvent,
    ZReportPrinted,
)
from cardamom.values.totals import totals_of

AT = datetime(2025, 11, 22, 15, 59, 59, tzinfo=UTC)


def later(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


def record(
    txn: int,
    state: State = State.APPROVED,
    kind: Kind = Kind.SALE,
    minor: int = 100,
    cur: str = "CNY",
) -> Record:
    return Record(
        txn=txn,
        kind=kind,
        amount=Money(minor, cur),
        batch=12,
        terminal_id="10203040",
        merchant_id="898310058120001",
        operator="01",
        started_at=later(txn),
        updated_at=later(txn),
        state=state,
        stan=344 + txn,
    )


def story(records: list[Record], *more: TerminalEvent) -> list[TerminalEvent]:
    return [
        BatchClosing(at=later(100), batch=12, operator="02", totals=totals_of(records)),
        BatchTotalsSent(at=later(101), batch=12, currency="CNY", stan=400),
        *more,
        BatchClosed(at=later(110), batch=12, opened=13),
    ]


records = st.lists(
    st.builds(
        record,
        txn=st.integers(1, 99),
        state=st.sampled_from(State),
        kind=st.sampled_from(Kind),
        minor=st.integers(1, 10**9),
        cur=st.sampled_from(["CNY", "HKD", "JPY"]),
    ),
    max_size=20,
)


@given(records)
def test_rows_add_up_to_the_totals(some: list[Record]) -> None:
    report = x_report(Book(batch=12), some, "01", AT)
    for totals in report.totals:
        rows = [r for r in report.rows if r.currency == totals.currency]
        assert sum(r.sign * r.minor for r in rows) == totals.net_minor
        assert sum(r.count for r in rows) == totals.debits + totals.credits + totals.debit_reversals
    assert {r.currency for r in report.rows} == {t.currency for t in report.totals}


@given(records)
def test_every_record_is_in_the_totals_or_named_or_moved_no_money(some: list[Record]) -> None:
    report = x_report(Book(batch=12), some, "01", AT)
    counted = sum(r.count for r in report.rows)
    assert counted == sum(r.state in TAKEN for r in some)
    named = [i.state for i in report.items]
    open_ = UNSETTLED | WAITS_FOR_SUPERVISOR | {State.OFFLINE_APPROVED, State.CLOSED}
    assert named == [r.state for r in some if r.state in open_]
    assert len(report.pending) + len(report.waiting) + len(report.advices) + len(
        report.closed
    ) == len(named)


def test_a_z_report_tells_the_settlement() -> None:
    sold = [record(1), record(2, kind=Kind.REFUND, minor=30)]
    report = z_report(
        story(
            sold,
            BatchTotalsAnswered(at=later(102), batch=12, currency="CNY", code="95", agreed=False),
            RecordUploadSent(at=later(103), batch=12, uploaded=1, stan=401),
            RecordUploaded(at=later(104), batch=12, uploaded=1, code="00"),
            BatchTotalsAnswered(
                at=later(105), batch=12, currency="CNY", code="00", agreed=True, upload_end=True
            ),
        ),
        sold,
    )
    assert report is not None
    assert (report.kind, report.batch, report.opened) == (ReportKind.Z, 12, 13)
    assert (report.operator, report.at, report.since) == ("02", later(100), later(1))
    assert [(t.currency, t.net_minor) for t in report.totals] == [("CNY", 70)]
    assert [(h.code, h.agreed) for h in report.host] == [("95", False)]
    assert report.uploaded == 1
    assert not report.reprint


def test_there_is_no_z_report_before_the_batch_is_closed() -> None:
    sold = [record(1)]
    assert z_report([], sold) is None
    assert z_report(story(sold)[:-1], sold) is None


def test_a_z_report_says_the_same_when_it_is_printed_again() -> None:
    """What a supervisor closes after the settlement does not change what was settled."""
    parked = msgspec.structs.replace(record(1, State.PARKED), parked_why="refused")
    refused = record(2, State.ADVICE_REFUSED)
    never_decided = msgspec.structs.replace(record(3, State.ADVICE_REFUSED), parked_why="96")
    records = [parked, refused, never_decided]
    first = z_report(story(records), records)
    word = Closed(at=later(500), operator="sv", host_reference="T7", taken=True)
    closed = [apply(r, r.txn, word) for r in records]
    told = [*story(records), ZReportPrinted(at=later(120), batch=12)]
    assert first is not None
    assert z_report(told, closed) == first
    assert [i.state for i in first.items] == [r.state for r in records]


def test_what_was_closed_before_the_settlement_is_told_with_its_reference() -> None:
    closed = msgspec.structs.replace(
        record(1, State.CLOSED),
        parked_why="refused",
        closed_at=later(50),
        closed_taken=True,
        closed_reference="T7",
    )
    report = z_report(story([closed]), [closed])
    assert isinstance(report, Report)
    assert [(i.reference, i.taken) for i in report.closed] == [("T7", True)]
    assert [r.count for r in report.rows] == [1]
