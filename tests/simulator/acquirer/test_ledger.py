"""The acquirer's books: a repeat is known, amounts and states are what was decided."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import pytest

from cardamom.faults import DeviceFault
from cardamom.simulator.acquirer.ledger import (
    Entry,
    Ledger,
    read_flags,
    read_ledger,
    read_messages,
)

ASKED = Entry(
    terminal="10203040",
    merchant="898310058120001",
    stan="000042",
    local_date="1125",
    local_time="120000",
    mti="0200",
    processing="000000",
    amount_minor=1234,
    currency="CNY",
    pan="622202******0128",
    account="debit/0",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger(path)
    yield opened
    opened.close()


def test_the_first_of_a_repeat_stands(ledger: Ledger, path: Path) -> None:
    assert ledger.find(ASKED) is None
    first = ledger.record(ASKED, "00", "A1B2C3")
    assert ledger.find(ASKED) == first
    assert ledger.record(ASKED, "51", "") == first
    assert len(read_ledger(path)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"terminal": "10203041"},
        {"merchant": "898310058120002"},
        {"stan": "000043"},
        {"local_date": "1126"},
        {"local_time": "120001"},
    ],
)
def test_another_transaction_is_no_repeat(
    ledger: Ledger, path: Path, change: dict[str, str]
) -> None:
    first = ledger.record(ASKED, "00", "A1B2C3")
    other = replace(ASKED, **change)  # type: ignore[arg-type]
    assert ledger.find(other) is None
    second = ledger.record(other, "51", "")
    assert second.rrn != first.rrn
    assert [row["code"] for row in read_ledger(path)] == ["00", "51"]


def test_rows_survive_the_process(path: Path) -> None:
    with closing(Ledger(path)) as before:
        first = before.record(ASKED, "00", "A1B2C3")
        before.note_pin("debit/0", right=False)
    with closing(Ledger(path)) as after:
        assert after.find(ASKED) == first
        assert after.spent("debit/0", "CNY") == 1234
        assert after.wrong_pins("debit/0") == 1


def test_stable_keys_and_amounts_in_decimals(ledger: Ledger, path: Path) -> None:
    ledger.record(ASKED, "00", "A1B2C3")
    ledger.record(replace(ASKED, stan="000043", currency="JPY"), "00", "A1B2C4")
    ledger.record(replace(ASKED, stan="000044", currency="999"), "12", "")
    rows = read_ledger(path)
    assert [(r["amount"], r["amount_minor"], r["currency"]) for r in rows] == [
        ("12.34", 1234, "CNY"),
        ("1234", 1234, "JPY"),
        ("1234", 1234, "999"),
    ]
    assert [r["state"] for r in rows] == ["approved", "approved", "declined"]
    assert list(rows[0]) == [*(f.name for f in fields(Entry)), "amount"]
    assert len(rows[0]["rrn"]) == 12


def test_only_approvals_spend(ledger: Ledger) -> None:
    ledger.record(ASKED, "00", "A1B2C3")
    ledger.record(replace(ASKED, stan="000043"), "51", "")
    ledger.record(replace(ASKED, stan="000044", account="signature/0"), "00", "A1B2C4")
    ledger.record(replace(ASKED, stan="000045", currency="HKD"), "00", "A1B2C5")
    assert ledger.spent("debit/0", "CNY") == 1234
    assert ledger.spent("nobody/0", "CNY") == 0


def test_wrong_pins_count_until_a_right_one(ledger: Ledger) -> None:
    for right in (False, False):
        ledger.note_pin("debit/0", right=right)
    assert ledger.wrong_pins("debit/0") == 2
    ledger.note_pin("debit/0", right=True)
    assert ledger.wrong_pins("debit/0") == 0


def test_messages_are_noted_one_a_line(ledger: Ledger, path: Path) -> None:
    ledger.note("10203040", "000042", "0200", "booked 00")
    ledger.note("10203040", "000042", "0200", "repeated")
    assert [m["outcome"] for m in read_messages(path)] == ["booked 00", "repeated"]


def test_reading_beside_the_writer_changes_nothing(ledger: Ledger, path: Path) -> None:
    assert read_ledger(path) == []
    ledger.record(ASKED, "00", "A1B2C3")
    assert read_ledger(path) == read_ledger(path)
    with pytest.raises(DeviceFault, match="there is no ledger"):
        read_ledger(path.with_name("none.db"))


SCHEMA_1 = """
CREATE TABLE transactions (
    id INTEGER PRIMARY KEY,
    terminal TEXT NOT NULL, merchant TEXT NOT NULL, stan TEXT NOT NULL,
    local_date TEXT NOT NULL, local_time TEXT NOT NULL,
    mti TEXT NOT NULL, processing TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL,
    pan TEXT NOT NULL, account TEXT NOT NULL,
    code TEXT NOT NULL, auth_code TEXT NOT NULL, rrn TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('approved', 'declined')),
    at TEXT NOT NULL,
    UNIQUE (terminal, merchant, stan, local_date, local_time)
);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL, terminal TEXT NOT NULL, stan TEXT NOT NULL, mti TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE TABLE pin_tries (account TEXT PRIMARY KEY, wrong INTEGER NOT NULL);
INSERT INTO transactions VALUES (1, '10203040', '898310058120001', '000042', '1125', '120000',
    '0200', '000000', 1234, 'CNY', '622202******0128', 'debit/0', '00', 'A1B2C3', '532900000001',
    'approved', '2025-11-25T04:00:00.000+00:00');
INSERT INTO messages VALUES (1, '2025-11-25', '10203040', '000042', '0200', 'booked 00');
INSERT INTO pin_tries VALUES ('debit/0', 2);
"""
"""As the first simulator wrote it."""


def test_an_older_ledger_is_brought_up(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(SCHEMA_1)
    with pytest.raises(DeviceFault, match="start its acquirer once"):
        read_flags(path)
    for spent in (1234, 0):
        with closing(Ledger(path)) as ledger:
            assert ledger.find(ASKED) is not None
            assert ledger.spent("debit/0", "CNY") == spent
            assert ledger.wrong_pins("debit/0") == 2
            assert ledger.reversals.reverse(ASKED.itself, 1234, "CNY").code == "00"
    assert [(r["rrn"], r["state"]) for r in read_ledger(path)] == [("532900000001", "reversed")]
    assert [m["outcome"] for m in read_messages(path)] == ["booked 00"]


def test_a_newer_ledger_and_no_ledger_are_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 3")
    with pytest.raises(DeviceFault, match="a ledger of schema 3, this simulator knows 2"):
        Ledger(path)
    path.write_bytes(b"not a database, but long enough to be looked at as one" * 20)
    with pytest.raises(DeviceFault, match="is no ledger"):
        Ledger(path)


def test_a_void_and_its_sale_are_one_commit(ledger: Ledger, path: Path) -> None:
    sale = ledger.record(ASKED, "00", "A1B2C3")
    void = replace(ASKED, stan="000043", kind="void", original=sale.rrn)
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON transactions BEGIN"
            " SELECT RAISE(ABORT, 'broken'); END"
        )
    with pytest.raises(sqlite3.IntegrityError, match="broken"):
        ledger.record(void, "00", "A1B2C4")
    assert [r["state"] for r in read_ledger(path)] == ["approved"]
    assert ledger.spent("debit/0", "CNY") == 1234


def test_a_refund_gives_back(ledger: Ledger) -> None:
    sale = ledger.record(ASKED, "00", "A1B2C3")
    refund = replace(ASKED, stan="000043", kind="refund", original=sale.rrn, amount_minor=234)
    ledger.record(refund, "00", "A1B2C4")
    assert ledger.spent("debit/0", "CNY") == 1000
    assert ledger.reversals.reverse(refund.itself, 234, "CNY").code == "00"
    assert ledger.spent("debit/0", "CNY") == 1234


def test_a_state_that_is_none_is_refused(ledger: Ledger, path: Path) -> None:
    ledger.record(ASKED, "00", "A1B2C3")
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE transactions SET state = 'perhaps'")
