"""A batch's book over several currencies: what a repeat keeps, and whom an answer is for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cardamom.values.batch import BatchOrderError, Book, advance_book
from cardamom.values.terminal_events import (
    BatchClosed,
    BatchClosing,
    BatchTotalsAnswered,
    BatchTotalsSent,
    RecordUploaded,
    RecordUploadSent,
    TerminalEvent,
)

START = datetime(2025, 11, 22, 16, 0, 0, tzinfo=UTC)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def booked(*events: TerminalEvent) -> Book:
    book = Book(batch=7)
    for event in (BatchClosing(at=START, batch=7, operator="01", totals=()), *events):
        book = advance_book(book, event)
    return book


def sent(second: int, currency: str, stan: int, *, end: bool = False) -> BatchTotalsSent:
    return BatchTotalsSent(
        at=at(second), batch=7, currency=currency, stan=stan, ksn=f"K{second}", upload_end=end
    )


def test_a_repeat_keeps_number_and_time_and_touches_no_other_currency() -> None:
    book = booked(sent(1, "CNY", 11), sent(2, "USD", 12), sent(9, "USD", 99))
    told = [(s.currency, s.stan, s.sent_at, s.ksn) for s in book.sent]
    assert told == [("CNY", 11, at(1), "K1"), ("USD", 12, at(2), "K9")]


def test_an_answer_is_for_its_currency_and_its_message() -> None:
    book = booked(
        sent(1, "CNY", 11),
        sent(2, "USD", 12),
        sent(3, "USD", 13, end=True),
        BatchTotalsAnswered(at=at(4), batch=7, currency="USD", code="95", agreed=False),
    )
    assert [(s.currency, s.end, s.code) for s in book.sent] == [
        ("CNY", False, None),
        ("USD", False, "95"),
        ("USD", True, None),
    ]
    assert book.told("USD", end=True) is book.sent[2]
    assert book.told("EUR") is None


def test_an_upload_that_is_sent_again_keeps_its_number_and_an_answer_is_for_it_alone() -> None:
    book = booked(
        RecordUploadSent(at=at(1), batch=7, uploaded=3, stan=21, ksn="K1"),
        RecordUploadSent(at=at(2), batch=7, uploaded=4, stan=22, ksn="K2"),
        RecordUploadSent(at=at(3), batch=7, uploaded=3, stan=99, ksn="K3"),
        RecordUploaded(at=at(4), batch=7, uploaded=4, code="00"),
    )
    assert book.uploaded == {4}
    told = {u.txn: (u.stan, u.sent_at, u.ksn, u.code) for u in book.uploading}
    assert told == {3: (21, at(1), "K3", None), 4: (22, at(2), "K2", "00")}


@pytest.mark.parametrize(
    "event",
    [
        BatchClosing(at=START, batch=7, operator="01", totals=()),
        BatchClosed(at=START, batch=8, opened=9),
        RecordUploaded(at=START, batch=8, uploaded=1, code="00"),
    ],
)
def test_what_comes_out_of_order_is_refused(event: TerminalEvent) -> None:
    with pytest.raises(BatchOrderError):
        advance_book(booked(), event)


def test_nothing_is_told_of_a_batch_that_takes_payments() -> None:
    with pytest.raises(BatchOrderError):
        advance_book(Book(batch=7), sent(1, "CNY", 11))


def test_the_next_one_begins_empty() -> None:
    book = advance_book(booked(sent(1, "CNY", 11)), BatchClosed(at=at(2), batch=7, opened=8))
    assert book == Book(batch=8)
