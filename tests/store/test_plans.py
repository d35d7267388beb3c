"""What runs with each payment finds its rows by an index: the cost does not grow with the journal.

SQLite's own account of each statement, taken from the statements as they are run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cardamom.store.books import Books
from cardamom.store.numbers import next_stan
from cardamom.values.states import MONEY_OPEN, UNFINISHED
from cardamom.values.terminal_events import BatchClosed, BatchClosing
from support.ledger import CARD, answer, asked, at, books_at, card_result, sell, started

SCAN = re.compile(r"^SCAN (?!json_each|held|torn$|\(?subquery|CONSTANT ROW|\d+ CONSTANT)")
"""A table from one end to the other; json_each and a CTE hold what was bound or found,
the log of torn taps as many as the kernel keeps: a handful."""

BY_PARTIAL_INDEX = re.compile(r"USING (COVERING )?INDEX transactions_(slips|scripts|sealed)\b")
"""An index that holds nothing but the rows asked for is read whole."""


def _sale(books: Books) -> None:
    txn = books.begin(asked("ref"), CARD).txn
    books.append(txn, (answer(),), None)
    books.append(txn, (card_result(),), None)


def _settle(books: Books) -> None:
    closing = BatchClosing(at=at(20), batch=1, operator="01", totals=())
    books.note_all((closing, BatchClosed(at=at(21), batch=1, opened=2)))


ASKED: dict[str, Callable[[Books], object]] = {
    "sale": _sale,
    "next_stan": lambda b: next_stan(b._db, 1),
    "owing": lambda b: b.owing(),
    "unfinished": lambda b: b.in_states(UNFINISHED),
    "receipts_owed": lambda b: b.receipts_owed(),
    "same_card": lambda b: b.same_card(CARD.pan, MONEY_OPEN),
    "same_card_taken": lambda b: b.same_card(CARD.pan, ("approved", "advised")),
    "linked": lambda b: b.linked(1),
    "of_batch": lambda b: b.of_batch(1),
    "asked_in": lambda b: b.asked_in(1),
    "with_stan": lambda b: b.with_stan(1),
    "by_reference": lambda b: b.by_reference("ref"),
    "get": lambda b: b.get(1),
    "recent": lambda b: b.recent(10),
    "card": lambda b: b.card(1),
    "events": lambda b: b.events(1),
    "book": lambda b: b.book(),
    "head": lambda b: b.head(),
    "other_key": lambda b: b.other_key(),
    "batch_story": lambda b: b.batch_story(1),
    "settle": _settle,
}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_no_statement_walks_through_a_table(tmp_path: Path, name: str) -> None:
    with books_at(tmp_path / "j.db") as books:
        sell(books)
        books.begin((started(), asked()[2]), None)
        run: list[str] = []
        books._db.set_trace_callback(run.append)
        ASKED[name](books)
        books._db.set_trace_callback(None)
        statements = [
            s for s in run if s.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
        ]
        assert statements
        for statement in statements:
            plan = books._db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            steps = [step for *_, step in plan]
            assert not [
                step
                for step in steps
                if SCAN.match(step)
                and not BY_PARTIAL_INDEX.search(step)
                and not _ends_early(statement)
            ], (statement, steps)


def _ends_early(statement: str) -> bool:
    """One end of the key's own order: as many rows are read as are asked for."""
    return bool(re.search(r"ORDER BY (txn|seq) DESC\s+LIMIT \d+$", statement.strip()))
