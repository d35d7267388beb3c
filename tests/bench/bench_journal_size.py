"""Whether a journal's cost grows with what is in it. Prints lines `name: value unit`.

Journals of 1 000, 100 000 and 1 000 000 transactions, filled through the same events and the same
view as the terminal's, many a commit; then single sales and look-ups in each.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec

from cardamom.store import view
from cardamom.store.books import Books
from cardamom.store.chain import encode, link
from cardamom.store.database import writing
from cardamom.values.events import AnyEvent, CardRead, Intent, Started
from cardamom.values.record import fold
from cardamom.values.states import MONEY_OPEN, UNFINISHED
from support.ledger import (
    CARD,
    answer,
    asked,
    books_at,
    card_result,
    receipt_owed,
    receipt_printed,
)

SIZES = (1_000, 100_000, 1_000_000)
BATCH = 500
"""Transactions a batch."""
COMMIT = 5_000
TIMES = 200
FILL_LIMIT_S = 420
"""A slower machine leaves the largest out and says so."""


def fill(books: Books, first: int, last: int) -> None:
    """Approved and printed sales with these numbers, in batches of their own."""
    db = books._db
    story = (
        *asked(),
        answer(),
        card_result(),
        receipt_owed("merchant"),
        receipt_printed("merchant"),
    )
    for begin in range(first, last + 1, COMMIT):
        with writing(db):
            seq, previous = books.head()
            rows = []
            for txn in range(begin, min(begin + COMMIT, last + 1)):
                events = [_own(event, txn) for event in story]
                for event in events:
                    seq += 1
                    body = encode(event)
                    previous = link(previous, seq, txn, body)
                    rows.append((seq, txn, body.decode(), previous))
                view.keep(db, fold(txn, events))
            db.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
            db.execute("UPDATE meta SET value = ? WHERE name = 'stan'", (txn % 999_999,))
            db.execute("UPDATE meta SET value = ? WHERE name = 'batch'", (_batch(last + 1),))
        books.checkpoint()


def _batch(txn: int) -> int:
    return txn // BATCH + 1


def _own(event: AnyEvent, txn: int) -> AnyEvent:
    match event:
        case Started():
            return msgspec.structs.replace(event, batch=_batch(txn), reference=f"till-{txn}")
        case CardRead():
            return msgspec.structs.replace(event, card_hash=f"{txn % 50_000:032x}")
        case Intent():
            return msgspec.structs.replace(event, stan=(txn - 1) % 999_999 + 1)
        case _:
            return event


def commit(books: Books) -> None:
    txn = books.begin(_asked(books), CARD).txn
    books.append(txn, (answer(),), None)
    books.append(txn, (card_result(), receipt_owed("merchant")), None)
    books.append(txn, (receipt_printed("merchant"),), None)


def _asked(books: Books) -> Sequence[AnyEvent]:
    return asked(batch=books.batch())


def measures(size: int) -> dict[str, Callable[[Books, int], object]]:
    """What is measured, given a number that differs each time."""
    return {
        "sale": lambda books, _: commit(books),
        "get": lambda books, n: books.get(n * 7919 % size + 1),
        "by_reference": lambda books, n: books.by_reference(f"till-{n * 7919 % size + 1}"),
        "recent": lambda books, _: books.recent(20),
        "events": lambda books, n: books.events(n * 7919 % size + 1),
        "owing": lambda books, _: books.owing(),
        "unfinished": lambda books, _: books.in_states(UNFINISHED),
        "receipts_owed": lambda books, _: books.receipts_owed(),
        "same_card": lambda books, _: books.same_card(CARD.pan, MONEY_OPEN),
        "linked": lambda books, n: books.linked(n * 7919 % size + 1),
        "with_stan": lambda books, n: books.with_stan(n * 7919 % size + 1),
        "batch_count": lambda books, _: books.asked_in(books.batch()),
        "other_key": lambda books, _: books.other_key(),
    }


def measure(path: Path, size: int) -> dict[str, float]:
    """Median milliseconds of each."""
    found: dict[str, float] = {}
    began = time.perf_counter()
    with books_at(path) as books:
        found["open"] = (time.perf_counter() - began) * 1000
        for name, work in measures(size).items():
            taken = []
            for n in range(TIMES):
                start = time.perf_counter()
                work(books, n)
                taken.append((time.perf_counter() - start) * 1000)
            found[name] = statistics.median(taken)
        books.checkpoint()
    return found


def main(under: Path | None = None) -> None:
    with tempfile.TemporaryDirectory(dir=under) as name:
        path = Path(name) / "j.db"
        all_found: list[tuple[int, dict[str, float]]] = []
        spent = 0.0
        for before, size in itertools.pairwise((0, *SIZES)):
            if before and spent / before * size > FILL_LIMIT_S:
                say(f"a journal of {size} is left out: filling it would take too long here")
                break
            began = time.perf_counter()
            with books_at(path) as books:
                fill(books, books._next_txn(), size)
            spent += time.perf_counter() - began
            all_found.append((size, measure(path, size)))
            say(f"journal_file_{size}: {path.stat().st_size >> 20} MB")
        for size, found in all_found:
            for what, ms in found.items():
                say(f"journal_{what}_{size}: {ms:.4g} ms")
        for (small, few), (large, many) in itertools.pairwise(all_found):
            for what in few:
                say(f"ratio_{what}_{large}_to_{small}: {many[what] / few[what]:.2f}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
