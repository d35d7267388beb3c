"""What may be done to an original is decided in the commit that begins it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cardamom.faults import LinkRefused
from cardamom.store.books import Books
from cardamom.store.verify import verify
from cardamom.values.events import AnyEvent, Closed, Reason, Verdict
from cardamom.values.kinds import Kind
from cardamom.values.record import Record
from cardamom.values.states import Step
from cardamom.values.terminal_events import BatchClosed, BatchClosing
from support.ledger import (
    CARD,
    EVENTS,
    answer,
    asked,
    at,
    books_at,
    card_read,
    card_result,
    intent,
    rows,
    sell,
    started,
)

APPROVED: tuple[AnyEvent, ...] = (answer(contact=False),)
DECLINED: tuple[AnyEvent, ...] = (answer(Verdict.DECLINED),)
SILENT: tuple[AnyEvent, ...] = (EVENTS[Step.NO_ANSWER],)
REVERSED: tuple[AnyEvent, ...] = (*SILENT, EVENTS[Step.REVERSAL_DONE])
PARKED: tuple[AnyEvent, ...] = (*SILENT, EVENTS[Step.PARK])


def _undo(
    books: Books,
    kind: Kind,
    original: int | None,
    after: Sequence[AnyEvent] = APPROVED,
    *,
    minor: int = 1234,
) -> Record:
    begun = started(kind=kind, original=original, minor=minor, batch=books.batch())
    txn = books.begin((begun, intent()), None).txn
    return books.append(txn, after, None)


def _refused(books: Books, path: Path, kind: Kind, original: int | None, minor: int = 1234) -> str:
    before = rows(path)
    with pytest.raises(LinkRefused) as refusal:
        _undo(books, kind, original, minor=minor)
    assert rows(path) == before
    return refusal.value.reason


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "j.db"


def test_a_void_undoes_a_sale_once(path: Path) -> None:
    with books_at(path) as books:
        sale = sell(books)
        void = _undo(books, Kind.VOID, sale)
        assert [r.txn for r in books.linked(sale)] == [void.txn]
        assert _refused(books, path, Kind.VOID, sale) == Reason.ORIGINAL_VOIDED
        assert _refused(books, path, Kind.REFUND, sale) == Reason.ORIGINAL_VOIDED
    assert verify(path).ok


@pytest.mark.parametrize("undone", [DECLINED, REVERSED])
def test_a_void_that_did_not_happen_leaves_the_sale_standing(
    path: Path, undone: tuple[AnyEvent, ...]
) -> None:
    with books_at(path) as books:
        sale = sell(books)
        _undo(books, Kind.VOID, sale, undone)
        _undo(books, Kind.VOID, sale)


@pytest.mark.parametrize("pending", [SILENT, PARKED])
@pytest.mark.parametrize("kind", [Kind.VOID, Kind.REFUND])
def test_nothing_goes_on_while_something_is_unknown(
    path: Path, kind: Kind, pending: tuple[AnyEvent, ...]
) -> None:
    with books_at(path) as books:
        sale = sell(books)
        _undo(books, kind, sale, pending)
        for following in (Kind.VOID, Kind.REFUND):
            assert _refused(books, path, following, sale) == Reason.ORIGINAL_PENDING


def test_an_original_in_flight_is_pending(path: Path) -> None:
    with books_at(path) as books:
        sale = books.begin(asked(), CARD).txn
        assert _refused(books, path, Kind.VOID, sale) == Reason.ORIGINAL_PENDING


@pytest.mark.parametrize("advised", [(), (EVENTS[Step.ADVICE_REFUSED],)])
def test_what_the_host_does_not_have_is_pending(path: Path, advised: tuple[AnyEvent, ...]) -> None:
    """Until it is advised, or a supervisor has closed what the host refuses."""
    with books_at(path) as books:
        offline = (started(), card_read(), card_result(accepted=True, first=True))
        sale = books.begin(offline, CARD).txn
        if advised:
            books.append(sale, advised, None)
        for kind in (Kind.VOID, Kind.REFUND):
            assert _refused(books, path, kind, sale) == Reason.ORIGINAL_PENDING
        if advised:
            closed = Closed(at=at(20), operator="sv", host_reference="C-1", taken=True)
            books.append(sale, (closed,), None)
            _undo(books, Kind.VOID, sale)


def test_refunds_never_give_back_more_than_was_taken(path: Path) -> None:
    with books_at(path) as books:
        sale = sell(books)
        _undo(books, Kind.REFUND, sale, minor=1000)
        _undo(books, Kind.REFUND, sale, REVERSED, minor=234)
        assert _refused(books, path, Kind.REFUND, sale, 235) == Reason.OVER_ORIGINAL
        assert _refused(books, path, Kind.VOID, sale) == Reason.ORIGINAL_REFUNDED
        _undo(books, Kind.REFUND, sale, minor=234)
        assert _refused(books, path, Kind.REFUND, sale, 1) == Reason.OVER_ORIGINAL


def test_a_settled_sale_is_refunded_and_not_voided(path: Path) -> None:
    with books_at(path) as books:
        sale = sell(books)
        closing = BatchClosing(at=at(20), batch=1, operator="01", totals=())
        books.note_all((closing, BatchClosed(at=at(21), batch=1, opened=2)))
        assert _refused(books, path, Kind.VOID, sale) == Reason.ORIGINAL_SETTLED
        _undo(books, Kind.REFUND, sale)


def test_an_original_that_is_none_is_refused(path: Path) -> None:
    with books_at(path) as books:
        sale = sell(books)
        refund = _undo(books, Kind.REFUND, sale, minor=1).txn
        declined = books.begin((started(), card_result(accepted=False, first=True)), None).txn
        assert _refused(books, path, Kind.VOID, None) == Reason.ORIGINAL_NOT_FOUND
        assert _refused(books, path, Kind.VOID, 99) == Reason.ORIGINAL_NOT_FOUND
        assert _refused(books, path, Kind.VOID, declined) == Reason.ORIGINAL_NOT_APPROVED
        assert _refused(books, path, Kind.REFUND, refund) == Reason.OTHER_ORIGINAL
        assert _refused(books, path, Kind.SALE, sale) == Reason.OTHER_ORIGINAL


def test_the_same_card_is_told_after_its_data_was_erased(path: Path) -> None:
    with books_at(path) as books:
        sale = sell(books)
        open_ = books.begin(asked(), CARD).txn
        assert [r.txn for r in books.same_card(CARD.pan, ("approved",))] == [sale]
        books.erase([sale], at(30))
        found = books.same_card(CARD.pan, ("approved", "in_flight"))
        assert [r.txn for r in found] == [sale, open_]
        assert books.card(sale) is None
