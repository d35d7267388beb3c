"""Sales as events: what store and record tests write into a journal."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cardamom.ports import Journal
from cardamom.store.books import Books
from cardamom.store.database import open_for_reading, open_for_writing
from cardamom.store.journal import SqliteJournal
from cardamom.store.migrate import open_books
from cardamom.values.events import (
    AdviceAnswered,
    AnyEvent,
    CardRead,
    CardResult,
    Chip,
    Closed,
    CvmUsed,
    Entry,
    HostAnswer,
    Intent,
    NoAnswer,
    NotSent,
    Parked,
    QueryAnswer,
    Reason,
    ReceiptOwed,
    ReceiptPrinted,
    Restarted,
    ReversalAnswered,
    Started,
    Verdict,
    Withdrawn,
)
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.online import CardData
from cardamom.values.secret import Key, Pan, Track2
from cardamom.values.states import Recourse, Step

NOON: Final = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
MASTER: Final = Key(bytes(range(32)))
NUMBER: Final = "6222020000000007"
CARD: Final = CardData(
    Pan(NUMBER), "2812", 1, Track2(bytes.fromhex("6222020000000007D28122010000000000"))
)
CHIP: Final = Chip(aid="A000000333010101", label="UnionPay Debit", tvr="0000008000", tsi="E800")


def at(second: int = 0) -> datetime:
    return NOON + timedelta(seconds=second)


def started(
    reference: str | None = None,
    *,
    minor: int = 1234,
    batch: int = 1,
    kind: Kind = Kind.SALE,
    original: int | None = None,
) -> Started:
    return Started(
        at=at(),
        kind=kind,
        original=original,
        amount=Money(minor, "CNY"),
        batch=batch,
        terminal_id="10203040",
        merchant_id="898310058120001",
        operator="01",
        reference=reference,
    )


def card_read() -> CardRead:
    return CardRead(at=at(1), entry=Entry.CHIP, card=CARD.pan.masked, chip=CHIP)


def intent(stan: int = 0, *, recourse: Recourse = Recourse.REVERSE) -> Intent:
    return Intent(at=at(2), stan=stan, host="acquirer.test:8583", recourse=recourse)


def answer(verdict: Verdict = Verdict.APPROVED, *, contact: bool = True) -> HostAnswer:
    code = "00" if verdict is Verdict.APPROVED else "05"
    return HostAnswer(
        at=at(3),
        verdict=verdict,
        code=code,
        auth_code="A1B2C3",
        rrn="607312000345",
        contact=contact,
    )


def card_result(*, accepted: bool = True, first: bool = False) -> CardResult:
    reason = None if accepted else Reason.CARD_DECLINED
    return CardResult(
        at=at(4), accepted=accepted, reason=reason, cvm=CvmUsed.NONE, chip=CHIP, first=first
    )


def receipt_owed(*copies: str) -> ReceiptOwed:
    return ReceiptOwed(at=at(5), copies=copies)


def receipt_printed(*copies: str) -> ReceiptPrinted:
    return ReceiptPrinted(at=at(6), copies=copies)


EVENTS: Final[dict[Step, AnyEvent]] = {
    Step.WITHDRAW: Withdrawn(at=at(2), reason=Reason.CANCELLED),
    Step.CARD_DECLINE: card_result(accepted=False, first=True),
    Step.INTENT: intent(),
    Step.NOT_SENT: NotSent(at=at(3), why="connection refused"),
    Step.NO_ANSWER: NoAnswer(at=at(3), reason=Reason.NO_ANSWER, why="silence"),
    Step.HOST_DECLINE: answer(Verdict.DECLINED),
    Step.HOST_MISMATCH: answer(Verdict.PARTIAL),
    Step.HOST_APPROVE: answer(contact=False),
    Step.HOST_APPROVE_CONTACT: answer(),
    Step.CARD_TC: card_result(),
    Step.CARD_REFUSED: card_result(accepted=False),
    Step.RESTART: Restarted(at=at(9)),
    Step.CARD_OFFLINE: card_result(first=True),
    Step.NOT_SENT_CARDLESS: NotSent(at=at(3), why="connection refused", cardless=True),
    Step.QUERY_APPROVED: QueryAnswer(at=at(6), approved=True, code="00", rrn="607312000345"),
    Step.QUERY_OTHER: QueryAnswer(at=at(6), approved=False, code="25"),
    Step.REVERSAL_DONE: ReversalAnswered(at=at(7), done=True, code="00"),
    Step.PARK: Parked(at=at(8), why="refused 5 times with 96"),
    Step.CLOSE: Closed(at=at(9), operator="90", host_reference="CALL-4711", taken=False),
    Step.ADVICE_TAKEN: AdviceAnswered(at=at(7), taken=True, code="00"),
    Step.ADVICE_REFUSED: AdviceAnswered(at=at(7), taken=False, code="14"),
}
"""An event for each step that has one."""


def asked(reference: str | None = None, *, batch: int = 1) -> Sequence[AnyEvent]:
    """What the intent's commit holds."""
    return (started(reference, batch=batch), card_read(), intent())


def sell(books: Books, reference: str | None = None) -> int:
    """One approved sale in the four commits that it takes; its transaction number."""
    txn = books.begin(asked(reference), CARD).txn
    books.append(txn, (answer(),), None)
    books.append(txn, (card_result(), receipt_owed("merchant", "customer")), None)
    books.append(txn, (receipt_printed("merchant", "customer"),), None)
    return txn


@contextmanager
def books_at(path: Path, key: Key | Path = MASTER) -> Iterator[Books]:
    with closing(open_books(path, key, at)) as books:
        yield books


def first_schema(path: Path) -> None:
    """A journal as the first firmware left it, seven transactions, one of them in flight."""
    dump = Path(__file__).parents[1] / "store" / "schema1.sql"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(dump.read_text("utf-8"))


def rows(path: Path) -> int:
    """How much is written: rows of all tables that a commit may add to."""
    with open_for_reading(path) as db:
        return sum(
            int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
            for table in ("events", "transactions", "sealed_cards", "card_keys")
        )


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as a careful forger has it: no trigger and no foreign key, until he is done."""
    db, _ = open_for_writing(path)
    with closing(db):
        db.execute("PRAGMA foreign_keys = OFF")
        guards = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            db.execute(f"DROP TRIGGER {name}")
        yield db
        for _, sql in guards:
            db.execute(sql)


def run_journal(
    path: Path, script: Callable[[SqliteJournal], Awaitable[None]], **options: object
) -> None:
    """The script with a journal at `path`, closed afterwards."""

    async def main() -> None:
        key = options.pop("key", MASTER)
        journal = SqliteJournal(path, key, now=at, **options)  # type: ignore[arg-type]
        try:
            await script(journal)
        finally:
            await journal.close()

    asyncio.run(main())


async def sell_through(journal: Journal) -> int:
    """One approved sale through the port; its transaction number."""
    record = await journal.begin(*asked(), card=CARD)
    await journal.append(record.txn, answer())
    await journal.append(record.txn, card_result(), receipt_owed("merchant"))
    await journal.append(record.txn, receipt_printed("merchant"))
    return record.txn
