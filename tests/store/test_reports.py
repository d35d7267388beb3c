"""Settled batches as the journal finds them again."""

from __future__ import annotations

from pathlib import Path

from cardamom.values.terminal_events import (
    BatchClosed,
    BatchClosing,
    KeysChanged,
    OperatorAct,
    TerminalEvent,
    ZReportPrinted,
)
from support.ledger import at, books_at, sell


def settled(batch: int, opened: int) -> tuple[TerminalEvent, ...]:
    return (
        BatchClosing(at=at(1), batch=batch, operator="01", totals=()),
        OperatorAct(at=at(2), operator="01", act="settle"),
        BatchClosed(at=at(3), batch=batch, opened=opened),
    )


def test_a_z_report_is_owed_until_it_was_printed(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with books_at(path) as books:
        assert books.z_owed() == []
        books.note_all(settled(1, 2))
        books.note_all(settled(2, 3))
        assert books.z_owed() == [1, 2]
        books.note_all((ZReportPrinted(at=at(4), batch=1),))
    with books_at(path) as again:
        assert again.z_owed() == [2]
        again.note_all((ZReportPrinted(at=at(5), batch=2),))
        assert again.z_owed() == []


def test_a_story_holds_the_events_of_its_batch_alone(tmp_path: Path) -> None:
    with books_at(tmp_path / "j.db") as books:
        sell(books, "till-1")
        books.note_all(settled(1, 2))
        changed = KeysChanged(at=at(4), slot="mac", check_values=("A1B2C3",), how="sign_on")
        books.note_all((changed,))
        books.note_all(settled(2, 3)[:1])
        names = [type(e).__name__ for e in books.batch_story(1)]
        assert names == ["BatchClosing", "BatchClosed"]
        assert [type(e).__name__ for e in books.batch_story(2)] == ["BatchClosing"]
        assert books.batch_story(3) == []


def test_a_number_that_comes_round_again_is_another_batch(tmp_path: Path) -> None:
    with books_at(tmp_path / "j.db") as books:
        books.note_all(settled(1, 999_999))
        books.note_all((ZReportPrinted(at=at(4), batch=1),))
        books.note_all(settled(999_999, 1))
        books.note_all(settled(1, 2))
        assert books.z_owed() == [999_999, 1]
        assert len(books.batch_story(1)) == 2
