"""Takes a journal into use again that was moved, cloned or restored."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cardamom.store.books import Books
from cardamom.values.events import AnyEvent, Parked, QueryAnswer, ReceiptOwed, Restarted
from cardamom.values.record import Record
from cardamom.values.states import UNFINISHED, State
from cardamom.values.terminal_events import BatchClosed, BatchClosing
from cardamom.values.totals import totals_of

MAX_BATCH: Final = 999_999
NO_CARD: Final = "the card's data is lost: ask the host what became of it"
WHY: Final = "the journal was moved or restored: ask the host what became of it"


def rearm(books: Books, operator: str, at: datetime) -> None:
    """In the caller's commit, with what brings keys in; `books.guard.renewed()` follows it.

    What stood open may have ended since on the terminal that the journal is a copy of, so nothing
    is undone by itself: it is parked, for a supervisor to clear up with the host. An advice goes on
    where its card data opens: the host applies it once. A batch of a
    restored journal is closed without the host, and its Z report is printed to compare.
    """
    books.guard.renew(at)
    undecided = UNFINISHED | {State.QUERYING, State.REPEATING, State.REVERSING}
    for record in books.in_states(undecided):
        park(books, record, WHY, at)
    for record in books.in_states({State.OFFLINE_APPROVED}):
        if not books.has_card(record.txn):
            park(books, record, NO_CARD, at)
    if not books.guard.behind:
        return
    batch = books.batch()
    if not books.book().closing:
        totals = totals_of(books.of_batch(batch))
        books.noted(BatchClosing(at=at, batch=batch, operator=operator, totals=totals))
    opened = max(batch, books.guard.marked_batch()) % MAX_BATCH + 1
    books.noted(BatchClosed(at=at, batch=batch, opened=opened))


def park(books: Books, record: Record, why: str, at: datetime) -> None:
    """Leaves a transaction of which nobody knows enough to a supervisor, in the caller's commit.

    What was not sent is declined.
    """

    def step(event: AnyEvent, *more: AnyEvent) -> Record:
        return books.write(record.txn, books.folded(record.txn), (event, *more), None)

    if record.state in UNFINISHED:
        record = step(Restarted(at=at))
    if record.state is State.QUERYING:
        record = step(QueryAnswer(at=at, approved=False))
    if record.state in (State.REPEATING, State.REVERSING, State.OFFLINE_APPROVED):
        step(Parked(at=at, why=why), ReceiptOwed(at=at, copies=("parked",)))
