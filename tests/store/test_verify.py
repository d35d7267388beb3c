"""Each way to tamper with a journal is found, with the event where it begins."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from cardamom.faults import JournalFault
from cardamom.store.chain import GENESIS, link
from cardamom.store.verify import MAX_PROBLEMS, verify
from support.ledger import at, books_at, sell, unguarded

EVENTS_A_SALE = 7
"""Started, CardRead, Intent | HostAnswer | CardResult, ReceiptOwed | ReceiptPrinted."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three sales; the first one's card data erased: event 22."""
    file = tmp_path / "j.db"
    with books_at(file) as books:
        first, *_ = (sell(books, f"r{n}") for n in range(3))
        books.erase([first], at(30))
    return file


def test_a_sound_journal_is_ok(path: Path) -> None:
    report = verify(path)
    assert report.ok
    assert (report.events, report.transactions, report.sealed) == (3 * EVENTS_A_SALE + 1, 3, 2)
    assert report.first_bad is None
    with unguarded(path) as db:
        head = db.execute("SELECT hash FROM events WHERE seq = 22").fetchone()[0]
    assert report.head == head.hex()


def test_an_empty_journal_is_ok(tmp_path: Path) -> None:
    with books_at(tmp_path / "j.db"):
        report = verify(tmp_path / "j.db")
    assert report.ok
    assert report.head == GENESIS.hex()


def _rechain(db: sqlite3.Connection) -> None:
    previous = GENESIS
    rows = db.execute("SELECT seq, txn, CAST(body AS BLOB) FROM events ORDER BY seq").fetchall()
    for seq, txn, body in rows:
        previous = link(previous, seq, txn, body)
        db.execute("UPDATE events SET hash = ? WHERE seq = ?", (previous, seq))


def _amount_up_and_rechained(db: sqlite3.Connection) -> None:
    db.execute("UPDATE events SET body = replace(body, '1234', '9999') WHERE seq = 8")
    _rechain(db)


def _swap(db: sqlite3.Connection) -> None:
    db.execute("UPDATE events SET seq = -1 WHERE seq = 9")
    db.execute("UPDATE events SET seq = 9 WHERE seq = 10")
    db.execute("UPDATE events SET seq = 10 WHERE seq = -1")


Tamper = str | Callable[[sqlite3.Connection], None]

TAMPERINGS: list[tuple[Tamper, int | None, str]] = [
    # the chain
    ("UPDATE events SET body = replace(body, '1234', '9999') WHERE seq = 8", 8, "not what was"),
    ("UPDATE events SET body = body || ' ' WHERE seq = 11", 11, "not what was written"),
    ("UPDATE events SET body = CAST(x'ff00' AS TEXT) WHERE seq = 11", 11, "not what was written"),
    ("UPDATE events SET txn = 3 WHERE seq = 11", 11, "not what was written"),
    ("UPDATE events SET txn = -3 WHERE seq = 11", 11, "not what was written"),
    ("UPDATE events SET hash = zeroblob(32) WHERE seq = 11", 11, "not what was written"),
    ("DELETE FROM events WHERE seq = 1", 1, "events 1 to 1 are missing"),
    ("DELETE FROM events WHERE seq IN (11, 12)", 11, "events 11 to 12 are missing"),
    ("INSERT INTO events SELECT 23, 3, body, hash FROM events WHERE seq = 21", 23, "not what was"),
    (_swap, 9, "not what was written"),
    # the view against the events, where the chain was mended or its tail cut off
    (_amount_up_and_rechained, None, "the view of transaction 2 is not what happened"),
    ("DELETE FROM events WHERE seq >= 22", None, "the view of transaction 1 is not what happened"),
    (
        "UPDATE transactions SET record = replace(record, '1234', '1') WHERE txn = 2",
        None,
        "the view of transaction 2 is not what happened",
    ),
    (
        "UPDATE transactions SET record = json_remove(record, '$.amount') WHERE txn = 2",
        None,
        "the view of transaction 2 is not what happened",
    ),
    ("DELETE FROM transactions WHERE txn = 2", None, "transaction 2 is not in the view"),
    ("DELETE FROM transactions WHERE txn = 3", None, "transaction 3 is not in the view"),
    (
        "INSERT INTO transactions VALUES (9, '{}')",
        None,
        "transaction 9 has no events",
    ),
    ("UPDATE transactions SET txn = 0 WHERE txn = 1", None, "transaction 0 has no events"),
    # the sealed side table
    ("UPDATE sealed_cards SET data = zeroblob(60) WHERE seq = 9", 9, "event 9 was changed"),
    ("DELETE FROM sealed_cards WHERE seq = 9", 9, "card data of event 9 is missing"),
    ("DELETE FROM card_keys WHERE seq = 9", 9, "the data key of event 9 is missing"),
    ("INSERT INTO card_keys VALUES (2, 'x', x'00')", 2, "data key of event 2 was to be destroyed"),
    ("INSERT INTO sealed_cards VALUES (8, x'00')", 8, "sealed card data 8 belongs to no event"),
    ("INSERT INTO sealed_cards VALUES (99, x'00')", 99, "sealed card data 99 belongs to no event"),
    # the tables themselves
    ("DROP INDEX transactions_reference", None, "transactions_reference is not this firmware's"),
    ("CREATE TABLE stranger (a)", None, "stranger is not this firmware's"),
]


@pytest.mark.parametrize(("tamper", "seq", "what"), TAMPERINGS)
def test_tampering_is_found(path: Path, tamper: Tamper, seq: int | None, what: str) -> None:
    with unguarded(path) as db:
        if isinstance(tamper, str):
            db.execute(tamper)
        else:
            tamper(db)
    report = verify(path)
    assert not report.ok
    assert any(what in p.what for p in report.problems), report.problems
    if seq is not None:
        assert report.first_bad == seq


def test_a_missing_trigger_is_found(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER events_delete")
    db.close()
    assert [p.what for p in verify(path).problems] == [
        "table, index or trigger events_delete is not this firmware's"
    ]


def test_a_forged_chain_that_no_firmware_can_have_written_is_found(path: Path) -> None:
    with unguarded(path) as db:
        db.execute("UPDATE events SET body = (SELECT body FROM events WHERE seq = 1) WHERE seq = 9")
        _rechain(db)
    report = verify(path)
    assert any("a transaction starts once" in p.what for p in report.problems)
    assert report.first_bad == 9


def test_the_list_of_problems_ends(path: Path) -> None:
    with unguarded(path) as db:
        db.execute("UPDATE events SET body = '{}'")
    report = verify(path)
    assert len(report.problems) == MAX_PROBLEMS
    assert report.first_bad == 1


def test_damaged_pages_are_problems_not_crashes(path: Path) -> None:
    whole = path.read_bytes()
    found = 0
    for page in range(1, len(whole) // 4096):
        cut = bytearray(whole)
        cut[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
        path.write_bytes(cut)
        try:
            found += not verify(path).ok
        except JournalFault as fault:
            assert "verify" in str(fault)  # noqa: PT017
            found += 1
    assert found > 5


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalFault, match="there is no journal"):
        verify(tmp_path / "absent.db")
    (tmp_path / "text.db").write_text("hello" * 1000)
    with pytest.raises(JournalFault, match="the file is no journal"):
        verify(tmp_path / "text.db")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (a)")
    other.commit()
    other.close()
    with pytest.raises(JournalFault, match="no journal of this firmware"):
        verify(tmp_path / "other.db")


def test_verify_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    verify(path)
    assert path.read_bytes() == before
