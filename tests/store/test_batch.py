"""The batch's book, numbers of what follows, and card data that goes when the batch is closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.faults import JournalFault
from cardamom.store.books import Books
from cardamom.store.database import copy_name, open_for_reading
from cardamom.store.journal import SqliteJournal
from cardamom.store.migrate import open_books, scrub
from cardamom.store.schema import STEPS
from cardamom.store.verify import verify
from cardamom.values.batch import BatchOrderError, Book
from cardamom.values.events import (
    AdviceSent,
    QuerySent,
    RepeatSent,
    Restarted,
    ReversalSent,
    ScriptAnswered,
    ScriptOwed,
    ScriptSent,
)
from cardamom.values.states import Recourse, State, Step
from cardamom.values.terminal_events import (
    BatchClosed,
    BatchClosing,
    BatchTotalsAnswered,
    BatchTotalsSent,
    OperatorAct,
    RecordUploaded,
    RecordUploadSent,
    TerminalEvent,
    ZReportPrinted,
)
from cardamom.values.totals import totals_of
from support.ledger import (
    CARD,
    EVENTS,
    MASTER,
    answer,
    asked,
    at,
    books_at,
    card_read,
    card_result,
    first_schema,
    intent,
    rows,
    run_journal,
    sell,
    started,
    unguarded,
)

HOST = "acquirer.test:8583"


def _settlement(books: Books) -> list[TerminalEvent]:
    batch = books.batch()
    return [
        BatchClosing(
            at=at(20), batch=batch, operator="01", totals=totals_of(books.of_batch(batch))
        ),
        BatchTotalsSent(at=at(21), batch=batch, currency="CNY"),
        BatchTotalsAnswered(at=at(22), batch=batch, currency="CNY", code="95", agreed=False),
        RecordUploadSent(at=at(23), batch=batch, uploaded=1),
        RecordUploaded(at=at(24), batch=batch, uploaded=1, code="00"),
        BatchTotalsSent(at=at(25), batch=batch, currency="CNY", upload_end=True),
        BatchTotalsAnswered(
            at=at(26), batch=batch, currency="CNY", code="00", agreed=True, upload_end=True
        ),
        BatchClosed(at=at(27), batch=batch, opened=batch + 1),
    ]


def test_the_book_is_the_same_after_each_event_and_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        sell(books)
        events = _settlement(books)
    for event in events:
        with books_at(path) as books:
            books.note_all((event,))
            book = books.book()
        with books_at(path) as books:
            assert books.book() == book
        assert verify(path).ok
    assert book == Book(batch=2)
    with books_at(path) as books:
        assert [type(e) for e in books.batch_story(1)] == [type(e) for e in events]
        sold = books.begin(asked(batch=2), CARD)
        assert (sold.batch, sold.stan) == (2, 5)


def test_a_rebuild_finds_the_same_book(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        sell(books)
        events = _settlement(books)
        books.note_all(events)
        books.note_all(_settlement(books)[:5])
        book, record = books.book(), books.get(1)
    with unguarded(path) as db:
        db.execute("UPDATE books SET body = replace(body, 'CNY', 'USD')")
    report = verify(path)
    assert any("the book of batch" in problem.what for problem in report.problems)
    with unguarded(path) as db:
        db.execute("DELETE FROM books")
        db.execute("UPDATE meta SET value = 1 WHERE name = 'batch'")
    told = [problem.what for problem in verify(path).problems]
    assert "the open batch's number is not what happened" in told
    wider = (*STEPS, ("CREATE TABLE more (a INTEGER) STRICT",))
    books = open_books(path, MASTER, at, wider)
    assert (books.book(), books.get(1), books.batch()) == (book, record, 2)
    books.close()
    assert verify(path, wider).ok


def test_events_out_of_their_order_are_refused_and_write_nothing(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        closing, sent, *_, closed = _settlement(books)
        books.note_all((closing,))
        before = rows(path)
        for wrong in (closing, BatchClosed(at=at(30), batch=7, opened=8)):
            with pytest.raises(BatchOrderError):
                books.note_all((sent, wrong))
        assert rows(path) == before
        with pytest.raises(JournalFault, match="is being settled"):
            books.begin(asked(), CARD)
        books.note_all((closed,))
        books.begin(asked(batch=2), CARD)


def test_an_unanswered_message_of_a_batch_keeps_its_number(tmp_path: Path) -> None:
    with books_at(tmp_path / "j.db") as books:
        sell(books)
        closing, sent, _, upload, *_ = _settlement(books)
        noted = [books.note_all((event,))[0] for event in (closing, sent, sent, upload, upload)]
        stans = [getattr(event, "stan", None) for event in noted]
        assert stans == [None, 2, 2, 3, 3]
        told = books.book().told("CNY")
        assert told is not None
        assert told.stan == 2


def test_a_follow_up_keeps_its_number_and_a_new_message_takes_the_next(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        txn = books.begin((started(), intent(recourse=Recourse.QUERY)), None).txn
        books.append(txn, (EVENTS[Step.NO_ANSWER],), None)
        seen = []
        for event in (
            QuerySent(at=at(5), host=HOST),
            QuerySent(at=at(6), host=HOST),
            EVENTS[Step.QUERY_OTHER],
            ReversalSent(at=at(7), host=HOST),
            ReversalSent(at=at(8), host=HOST),
        ):
            record = books.append(txn, (event,), None)
            seen.append((record.owed.stan, record.owed.attempts) if record.owed else None)
        assert seen == [(2, 1), (2, 2), None, (3, 1), (3, 2)]
        repeated = books.begin((started(), intent(recourse=Recourse.REPEAT)), None).txn
        books.append(repeated, (EVENTS[Step.NO_ANSWER],), None)
        record = books.append(repeated, (RepeatSent(at=at(9), host=HOST),), None)
        assert record.owed is not None
        assert (record.stan, record.owed.stan) == (4, 4)
        offline = books.begin((started(), card_read(), card_result(first=True)), CARD).txn
        told = books.append(offline, (AdviceSent(at=at(9), host=HOST),), None)
        assert told.owed is not None
        assert told.owed.stan == 5
    assert verify(path).ok


def test_script_results_have_a_number_of_their_own_and_are_owed_until_told(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        txn = books.begin(asked(), CARD).txn
        books.append(txn, (answer(),), None)
        owed = ScriptOwed(at=at(4), results="2000000000")
        assert books.append(txn, (card_result(), owed), None).state is State.APPROVED
        assert [r.txn for r in books.owing()] == [txn]
        with pytest.raises(JournalFault, match="still needs its card data"):
            books.erase([txn], at(20))
        for attempt in (1, 2):
            record = books.append(txn, (ScriptSent(at=at(5), host=HOST),), None)
            assert record.script_message is not None
            assert (record.script_message.stan, record.script_message.attempts) == (2, attempt)
        assert books.begin(asked(), CARD).stan == 3
        books.append(txn, (ScriptAnswered(at=at(6), code="00"),), None)
        assert books.owing() == []
    assert verify(path).ok


@pytest.mark.parametrize("column", ["stan", "owed_stan", "script_stan"])
def test_a_number_that_is_held_in_any_way_is_passed_over(tmp_path: Path, column: str) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        txn = books.begin(asked(), CARD).txn
        match column:
            case "stan":
                held = 1
            case "owed_stan":
                books.append(txn, (Restarted(at=at(9)),), None)
                books.append(txn, (ReversalSent(at=at(10), host=HOST),), None)
                held = 2
            case _:
                results = ScriptOwed(at=at(4), results="2000000000")
                books.append(txn, (answer(), card_result(), results), None)
                books.append(txn, (ScriptSent(at=at(10), host=HOST),), None)
                held = 2
    with unguarded(path) as db:
        db.execute("UPDATE meta SET value = ? WHERE name = 'stan'", (held - 1,))
    with books_at(path) as books:
        assert books.begin(asked(), CARD).stan == held + 1


def test_card_data_goes_with_its_batch_and_stays_where_a_message_may_follow(
    tmp_path: Path,
) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        done = [sell(books) for _ in range(3)]
        parked = books.begin(asked(), CARD).txn
        books.append(parked, (EVENTS[Step.NO_ANSWER], EVENTS[Step.PARK]), None)
        declined = books.begin(asked(), CARD).txn
        books.append(declined, (EVENTS[Step.HOST_DECLINE],), None)
        closing, *_, closed = _settlement(books)
        books.note_all((closing,))
        assert books.card(done[0]) is not None
        books.note_all((closed,))
        assert [books.card(txn) is None for txn in (*done, declined)] == [True] * 4
        assert books.card(parked) is not None
        books.append(parked, (EVENTS[Step.CLOSE],), None)
        closing, *_, closed = _settlement(books)
        books.note_all((closing, closed))
        assert books.card(parked) is None
    report = verify(path)
    assert report.ok
    assert report.sealed == 0


def test_destroyed_keys_leave_log_and_copies_even_over_a_cut(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    first_schema(path)
    with books_at(path) as books:
        wrapped = books._db.execute("SELECT wrapped FROM card_keys").fetchone()[0]
        assert copy_name(path, 1).exists()
        assert wrapped in copy_name(path, 1).read_bytes()
        closing, *_, closed = _settlement(books)
        books.note_all((closing, closed))
        assert books.scrub_owed()
    with books_at(path) as books:
        assert not books.scrub_owed()
        assert not copy_name(path, 1).exists()
        assert not any(wrapped in file.read_bytes() for file in tmp_path.iterdir())


def test_a_reader_that_holds_the_log_only_puts_it_off(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        sell(books)
        books.checkpoint()
        with open_for_reading(path) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM events").fetchone()
            closing, *_, closed = _settlement(books)
            books.note_all((closing, closed))
            scrub(books, path)
            assert books.scrub_owed()
        scrub(books, path)
        assert not books.scrub_owed()


def test_the_journal_scrubs_when_a_batch_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        await journal.begin(*asked(), card=CARD)
        await journal.append(1, answer())
        await journal.append(1, card_result())
        closing = BatchClosing(at=at(20), batch=1, operator="01", totals=())
        await journal.note(closing, BatchClosed(at=at(21), batch=1, opened=2))
        assert await journal.card(1) is None
        assert await journal.z_owed() == [1]
        await journal.note(ZReportPrinted(at=at(22), batch=1))
        assert await journal.z_owed() == []

    run_journal(path, script)
    with books_at(path) as books:
        assert not books.scrub_owed()


def test_what_is_no_batchs_business_leaves_the_book_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        books.note_all((OperatorAct(at=at(), operator="90", act="looked"),))
        assert books.book() == Book(batch=1)
    assert verify(path).ok
