"""What may be written into the journal, what is refused, and what is found there again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import chain
from pathlib import Path

import msgspec
import pytest

from cardamom.faults import JournalFault, ReferenceUsed
from cardamom.store.numbers import MAX_STAN
from cardamom.store.verify import verify
from cardamom.values.events import AnyEvent, Event, Intent, Reason, Restarted, Verdict
from cardamom.values.record import FirstEventError
from cardamom.values.states import (
    NEEDS_CARD,
    TABLE,
    UNFINISHED,
    ForbiddenStepError,
    Recourse,
    State,
    Step,
)
from support.ledger import (
    CARD,
    EVENTS,
    NUMBER,
    answer,
    asked,
    at,
    books_at,
    card_read,
    card_result,
    intent,
    receipt_owed,
    receipt_printed,
    rows,
    sell,
    started,
    unguarded,
)


def test_a_sale_is_found_again_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        opened = books.begin(asked("till-1"), CARD)
        assert (opened.txn, opened.state, opened.stan) == (1, State.IN_FLIGHT, 1)
        assert opened.requested_at == intent().at
        books.append(1, (answer(),), None)
        done = books.append(1, (card_result(), receipt_owed("merchant")), None)
        assert done.state is State.APPROVED
        assert done.receipts_owed == ("merchant",)
    with books_at(path) as again:
        assert again.get(1) == done
        assert again.by_reference("till-1") == done
        assert again.get(2) is None
        assert again.by_reference("till-2") is None
        kinds = [type(e).__name__ for e in again.events(1)]
    assert kinds == ["Started", "CardRead", "Intent", "HostAnswer", "CardResult", "ReceiptOwed"]


def test_work_lists_are_oldest_first_and_recent_newest_first(tmp_path: Path) -> None:
    with books_at(tmp_path / "j.db") as books:
        for n in range(4):
            books.begin(asked(f"r{n}"), CARD)
        books.append(2, (answer(), card_result(), receipt_owed("merchant", "customer")), None)
        books.append(3, (Restarted(at=at(9)),), None)
        assert [r.txn for r in books.in_states(UNFINISHED)] == [1, 4]
        assert [r.txn for r in books.owing()] == [3]
        assert [r.txn for r in books.receipts_owed()] == [2]
        assert [r.txn for r in books.recent(3)] == [4, 3, 2]
        assert books.recent(0) == []
        assert books.recent(-1) == []
        books.append(2, (receipt_printed("merchant"),), None)
        assert [r.receipts_owed for r in books.receipts_owed()] == [("customer",)]
        books.append(2, (receipt_printed("customer"),), None)
        assert books.receipts_owed() == []


def test_every_step_that_the_table_forbids_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    refused = 0
    with books_at(path) as books:
        for state, way in _ways().items():
            for step in EVENTS:
                if (state, step) in TABLE:
                    continue
                events = [started(), *way]
                if state is None:
                    before = rows(path)
                    with pytest.raises(ForbiddenStepError):
                        books.begin((started(), EVENTS[step]), None)
                else:
                    txn = books.begin(events, None).txn
                    before = rows(path)
                    with pytest.raises(ForbiddenStepError):
                        # a step that is allowed beside one that is not
                        books.append(txn, (receipt_owed("merchant"), EVENTS[step]), None)
                    found = books.get(txn)
                    assert found is not None
                    assert (found.state, found.receipts_owed) == (state, ())
                assert rows(path) == before
                refused += 1
    assert refused > 60
    assert verify(path).ok


def _ways() -> dict[State | None, tuple[AnyEvent, ...]]:
    """A shortest way to each state by steps that have an event."""
    ways: dict[State | None, tuple[AnyEvent, ...]] = {
        None: (),
        State.QUERYING: (intent(recourse=Recourse.QUERY), EVENTS[Step.NO_ANSWER]),
        State.REPEATING: (intent(recourse=Recourse.REPEAT), EVENTS[Step.NO_ANSWER]),
    }
    while True:
        found: dict[State | None, tuple[AnyEvent, ...]] = {
            to: (*ways[state], EVENTS[step])
            for (state, step), to in TABLE.items()
            if state in ways and to not in ways and step in EVENTS
        }
        if not found:
            assert set(ways) == {None, *State}
            return ways
        ways.update(found)


def test_a_transaction_starts_once_and_with_started(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        for events in ((), (intent(),), (card_read(), started(), intent())):
            with pytest.raises(JournalFault, match="begins with Started"):
                books.begin(events, None)
        with pytest.raises(JournalFault, match="first step"):
            books.begin((started(), card_read()), None)
        with pytest.raises(FirstEventError):
            books.begin((started(), started(), intent()), None)
        with pytest.raises(JournalFault, match="no transaction 7"):
            books.append(7, (answer(),), None)
    assert rows(path) == 0


def test_a_used_reference_opens_no_second_transaction(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        sell(books, "till-1")
        before = rows(path)
        with pytest.raises(ReferenceUsed) as refusal:
            books.begin(asked("till-1"), CARD)
        assert refusal.value.txn == 1
        assert rows(path) == before
        assert books.begin(asked(None), CARD).txn == 2
        assert books.begin(asked(None), CARD).txn == 3


def test_the_database_itself_holds_a_reference_once(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        sell(books, "till-1")
    with unguarded(path) as db, pytest.raises(sqlite3.IntegrityError, match="reference"):
        db.execute("INSERT INTO transactions SELECT 2, record FROM transactions")


def test_only_the_open_batch_takes_transactions(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        with pytest.raises(JournalFault, match="batch 2"):
            books.begin(asked(batch=2), CARD)
        assert books.batch() == 1
    assert rows(path) == 0


def _set_stan(path: Path, value: int) -> None:
    with unguarded(path) as db:
        db.execute("UPDATE meta SET value = ? WHERE name = 'stan'", (value,))


def _set_batch(path: Path, value: int) -> None:
    with unguarded(path) as db:
        db.execute("UPDATE meta SET value = ? WHERE name = 'batch'", (value,))


def test_trace_numbers_wrap_and_pass_over_those_of_the_open_batch(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        assert [books.begin(asked(), CARD).stan for _ in range(3)] == [1, 2, 3]
    _set_stan(path, MAX_STAN - 1)
    with books_at(path) as books:
        assert [books.begin(asked(), CARD).stan for _ in range(3)] == [MAX_STAN, 4, 5]


def test_trace_numbers_pass_over_what_is_owed_in_an_older_batch(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        sell(books)
        owed = books.begin(asked(), CARD)
        books.append(owed.txn, (Restarted(at=at(9)),), None)
        sell(books)
    _set_batch(path, 2)
    _set_stan(path, 0)
    with books_at(path) as books:
        got = [books.begin(asked(batch=2), CARD).stan for _ in range(3)]
    assert got == [1, 3, 4]


def test_a_trace_number_that_the_caller_gives_is_kept(tmp_path: Path) -> None:
    with books_at(tmp_path / "j.db") as books:
        assert books.begin((started(), intent(77)), None).stan == 77
        assert books.begin((started(), intent()), None).stan == 1


def test_a_declined_sale_without_an_intent_takes_no_trace_number(tmp_path: Path) -> None:
    with books_at(tmp_path / "j.db") as books:
        books.begin((started(), card_read(), card_result(accepted=False, first=True)), CARD)
        assert books.begin(asked(), CARD).stan == 1


def test_card_data_is_sealed_with_the_event_that_read_the_card(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        txn = sell(books)
        kept = books.card(txn)
        assert kept is not None
        assert (kept.pan, kept.expiry, kept.psn) == (CARD.pan, CARD.expiry, CARD.psn)
        assert kept.track2 is None
        plain = books.begin((started(), card_read(), intent()), None)
        assert plain.sealed is None
        assert books.card(plain.txn) is None
        assert books.card(99) is None


def test_no_file_holds_number_or_track(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        sell(books)
        books.checkpoint()
        assert CARD.track2 is not None
        track = CARD.track2.reveal()
        forms = (NUMBER.encode(), bytes.fromhex(NUMBER), track, track.hex().encode())
        for file in tmp_path.iterdir():
            held = file.read_bytes()
            assert not any(form in held or form.upper() in held for form in forms), file.name


def test_an_event_that_names_the_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    leak = msgspec.structs.replace(card_read(), card=NUMBER)
    with books_at(path) as books:
        with pytest.raises(JournalFault, match="card number") as refusal:
            books.begin((started(), leak, intent()), CARD)
        assert NUMBER not in str(refusal.value)
    assert rows(path) == 0


@pytest.mark.parametrize(
    ("events", "card", "match"),
    [
        ((started(), intent()), CARD, "without CardRead"),
        (
            (started(), msgspec.structs.replace(card_read(), sealed="00" * 32), intent()),
            None,
            "only the journal seals",
        ),
        ((started(), msgspec.structs.replace(intent(), host="\ud800")), None, "no Unicode"),
        (
            (started(), msgspec.structs.replace(intent(), at=at().replace(tzinfo=None))),
            None,
            "no offset",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_whole(
    tmp_path: Path, events: tuple[Event, ...], card: object, match: str
) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books, pytest.raises(JournalFault, match=match):
        books.begin(events, card)  # type: ignore[arg-type]
    assert rows(path) == 0


def test_erasing_destroys_the_key_and_says_so_in_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        first, second = sell(books), sell(books)
        books.append(second, (card_read(),), CARD)
        books.erase([first, second], at(20))
        for txn, cards in ((first, 1), (second, 2)):
            assert books.card(txn) is None
            record = books.get(txn)
            assert record is not None
            assert record.sealed is None
            names = [type(e).__name__ for e in books.events(txn)]
            assert names.count("CardDataErased") == cards
        count = len(list(chain(books.events(first), books.events(second))))
        books.erase([first, second], at(21))
        assert len(list(chain(books.events(first), books.events(second)))) == count
    report = verify(path)
    assert report.ok
    assert report.sealed == 0


@pytest.mark.parametrize("state", sorted(NEEDS_CARD))
def test_what_may_still_need_its_card_data_keeps_it(tmp_path: Path, state: State) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        done = sell(books)
        txn = books.begin((started(), card_read(), *_ways()[state]), CARD).txn
        with pytest.raises(JournalFault, match=f"transaction {txn} still needs"):
            books.erase([done, txn], at(20))
        assert books.card(txn) is not None
        assert books.card(done) is not None


def test_events_can_neither_be_changed_nor_removed_nor_replaced(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        sell(books)
    with closing(sqlite3.connect(path)) as db:
        for statement in (
            "UPDATE events SET txn = 2 WHERE seq = 1",
            "DELETE FROM events WHERE seq = 1",
            "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 1",
            "INSERT INTO events SELECT 99, txn, body, hash FROM events WHERE seq = 1",
            "INSERT INTO events SELECT NULL, txn, body, hash FROM events WHERE seq = 1",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="only appended"):
                db.execute(statement)


def test_a_declined_answer_owes_nothing(tmp_path: Path) -> None:
    with books_at(tmp_path / "j.db") as books:
        txn = books.begin(asked(), CARD).txn
        record = books.append(txn, (answer(Verdict.DECLINED),), None)
        assert (record.state, record.reason) == (State.DECLINED, Reason.HOST_DECLINED)
        assert books.owing() == []


def test_appending_nothing_returns_the_record(tmp_path: Path) -> None:
    with books_at(tmp_path / "j.db") as books:
        txn = sell(books)
        assert books.append(txn, (), None) == books.get(txn)


def test_a_key_that_is_missing_stops_sealing_but_not_reading(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        txn = sell(books)
    with books_at(path, tmp_path / "nowhere.key") as books:
        assert books.get(txn) is not None
        before = rows(path)
        with pytest.raises(JournalFault, match=r"nowhere\.key cannot be read"):
            books.begin(asked(), CARD)
        with pytest.raises(JournalFault, match=r"nowhere\.key cannot be read"):
            books.card(txn)
        assert rows(path) == before


def test_an_intent_event_that_was_given_is_not_changed(tmp_path: Path) -> None:
    mine: Intent = intent()
    with books_at(tmp_path / "j.db") as books:
        books.begin((started(), mine), None)
    assert mine.stan == 0


def test_a_trace_number_finds_its_transactions_and_a_batch_counts_its_own(tmp_path: Path) -> None:
    with books_at(tmp_path / "journal.db") as books:
        first = sell(books)
        withdrawn = books.begin((started(), EVENTS[Step.WITHDRAW]), None).txn
        second = sell(books)
        assert [r.txn for r in books.with_stan(2)] == [second]
        assert books.with_stan(3) == []
        assert books.asked_in(1) == 2
        assert books.asked_in(2) == 0
        assert {first, withdrawn, second} == {1, 2, 3}
