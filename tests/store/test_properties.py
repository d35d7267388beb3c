"""Any order of steps, legal or not, by several transactions at once: journal and model agree."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cardamom.faults import JournalFault, ReferenceUsed
from cardamom.store.books import Books
from cardamom.store.migrate import open_books
from cardamom.store.verify import verify
from cardamom.values.events import AnyEvent, CardDataErased, Intent
from cardamom.values.record import Record, fold
from cardamom.values.states import NEEDS_CARD, TABLE, UNFINISHED, ForbiddenStepError, Step
from support.ledger import (
    CARD,
    EVENTS,
    MASTER,
    at,
    card_read,
    receipt_owed,
    receipt_printed,
    started,
)

STEPS = st.sampled_from(sorted(EVENTS))


class JournalMachine(RuleBasedStateMachine):
    """The model: each transaction's events in a list, folded; and how many were committed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "j.db"
        self.books: Books = open_books(self.path, MASTER, at)
        self.model: dict[int, list[AnyEvent]] = {}
        self.used: dict[str, int] = {}
        self.migrations = 0

    def teardown(self) -> None:
        self.books.close()
        report = verify(self.path)
        assert report.ok, report.problems
        assert report.events == sum(map(len, self.model.values()))
        self.folder.cleanup()

    @rule(step=STEPS, reference=st.none() | st.sampled_from("abc"), card=st.booleans())
    def begin(self, step: Step, reference: str | None, card: bool) -> None:
        events = [started(reference), *([card_read()] if card else []), EVENTS[step]]
        sealed = CARD if card else None
        try:
            record = self.books.begin(events, sealed)
        except ReferenceUsed as e:
            assert reference is not None
            assert e.txn == self.used[reference]  # noqa: PT017
        except ForbiddenStepError:
            assert (None, step) not in TABLE
        else:
            assert (None, step) in TABLE
            assert record.txn == len(self.model) + 1
            assert reference not in self.used
            if reference is not None:
                self.used[reference] = record.txn
            self._took(record, events)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), steps=st.lists(STEPS, min_size=1, max_size=2), slips=st.booleans())
    def append(self, data: st.DataObject, steps: list[Step], slips: bool) -> None:
        txn = data.draw(st.sampled_from(sorted(self.model)))
        events = [EVENTS[s] for s in steps] + ([receipt_owed("merchant")] if slips else [])
        state = self._record(txn).state
        allowed = True
        for step in steps:
            allowed = allowed and (state, step) in TABLE
            state = TABLE.get((state, step))
        try:
            record = self.books.append(txn, events, None)
        except ForbiddenStepError:
            assert not allowed
        else:
            assert allowed
            self._took(record, events)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def print_slips(self, data: st.DataObject) -> None:
        txn = data.draw(st.sampled_from(sorted(self.model)))
        event = receipt_printed("merchant")
        self._took(self.books.append(txn, [event], None), [event])

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        txn = data.draw(st.sampled_from(sorted(self.model)))
        record = self._record(txn)
        try:
            self.books.erase([txn], at(50))
        except JournalFault:
            assert record.state in NEEDS_CARD
        else:
            assert record.state not in NEEDS_CARD
            if record.sealed is not None:
                self.model[txn].append(CardDataErased(at=at(50), sealed=record.sealed))
            assert self.books.card(txn) is None

    @rule()
    def restart(self) -> None:
        self.books.close()
        self.books = open_books(self.path, MASTER, at)

    @invariant()
    def the_view_is_the_fold(self) -> None:
        for txn in self.model:
            assert self.books.get(txn) == self._record(txn)
        everything = [self._record(t) for t in sorted(self.model, reverse=True)]
        assert self.books.recent(1000) == everything
        owed = [r.txn for r in reversed(everything) if r.receipts_owed]
        assert [r.txn for r in self.books.receipts_owed()] == owed
        open_ = [r.txn for r in reversed(everything) if r.state in UNFINISHED]
        assert [r.txn for r in self.books.in_states(UNFINISHED)] == open_

    @invariant()
    def card_data_is_there_as_long_as_the_record_says(self) -> None:
        for txn in self.model:
            assert (self.books.card(txn) is not None) == (self._record(txn).sealed is not None)

    @invariant()
    def trace_numbers_are_unique_in_the_batch(self) -> None:
        stans = [s for t in self.model if (s := self._record(t).stan) is not None]
        assert len(stans) == len(set(stans))

    def _record(self, txn: int) -> Record:
        return fold(txn, self.model[txn])

    def _took(self, record: Record, events: list[AnyEvent]) -> None:
        """What the journal filled in is taken over, and nothing else."""
        kept = self.model.setdefault(record.txn, [])
        for event in events:
            if isinstance(event, Intent):
                assert record.stan is not None
                kept.append(msgspec.structs.replace(event, stan=record.stan))
            elif type(event) is type(card_read()):
                kept.append(
                    msgspec.structs.replace(event, sealed=record.sealed, card_hash=record.card_hash)
                )
            else:
                kept.append(event)
        assert record == self._record(record.txn)


TestJournal = JournalMachine.TestCase
TestJournal.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
