"""Each cap of offline approvals, at its edge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cardamom.duties.offline import Caps
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.record import Record

NOW = datetime(2025, 11, 22, 12, 0, 0, tzinfo=UTC)
CAPS = Caps(count=3, single=Money(5000, "CNY"), total=Money(9000, "CNY"), age=timedelta(hours=1))


def owed(minor: int, minutes: int = 1) -> Record:
    at = NOW - timedelta(minutes=minutes)
    return Record(
        txn=1,
        kind=Kind.SALE,
        amount=Money(minor, "CNY"),
        batch=1,
        terminal_id="10203040",
        merchant_id="898310058120001",
        operator="01",
        started_at=at,
        updated_at=at,
    )


@pytest.mark.parametrize(
    ("records", "minor", "said"),
    [
        ([], 5000, ""),
        ([], 5001, "the amount is over the 50.00 CNY"),
        ([owed(4000)], 5000, ""),
        ([owed(4001)], 5000, "would pass 90.00 CNY"),
        ([owed(1), owed(1)], 1, ""),
        ([owed(1), owed(1), owed(1)], 1, "3 offline approvals are owed"),
        ([owed(1, 60), owed(1)], 1, ""),
        ([owed(1), owed(1, 61)], 1, "owed for more than 1:00:00"),
    ],
)
def test_up_to_the_cap_and_not_beyond(records: list[Record], minor: int, said: str) -> None:
    why = CAPS.over(records, NOW, Money(minor, "CNY"))
    assert said in why
    assert bool(why) is bool(said)


@pytest.mark.parametrize(("minor", "room"), [(8999, True), (9000, False)])
def test_without_an_amount_it_is_the_smallest(minor: int, room: bool) -> None:
    assert (CAPS.over([owed(minor)], NOW) == "") is room


def test_another_currency_is_never_approved_offline() -> None:
    assert "CNY only" in CAPS.over([], NOW, Money(1, "USD"))
