"""The short version: some cuts of each kind. All of them: `./setup.sh powercut`."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cardamom.values.kinds import KINDS
from powercut.campaign import random_scenario
from powercut.house import House
from powercut.nursery import Nursery
from powercut.runs import points_of, run
from powercut.scenarios import ALL, Scenario

pytestmark = pytest.mark.timeout(300)

BY_NAME = {scenario.name: scenario for scenario in ALL}


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


def test_every_kind_of_transaction_has_its_power_cut() -> None:
    assert {kind for scenario in ALL for kind in scenario.kinds} == set(KINDS)
    assert len(BY_NAME) == len(ALL)


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("sale", ["after Started+CardRead+Transcript+Intent", "sent request", "after HostAnswer"]),
        ("sale by tap", ["sent request", "after HostAnswer+ReceiptOwed"]),
        ("sale by tap whose card is updated", ["after HostAnswer+ReceiptOwed+ScriptOwed"]),
        ("sale by own card", ["sent request"]),
        ("void", ["sent request"]),
        ("refund", ["answered request"]),
        ("settlement whose totals differ", ["sent totals", "sent upload"]),
        ("offline sales and their advices", ["sent advice"]),
    ],
)
def test_a_cut_loses_no_money_and_takes_none_twice(
    name: str, points: list[str], nursery: Nursery, tmp_path: Path
) -> None:
    scenario = BY_NAME[name]
    passed = points_of(scenario, nursery)
    for point in points:
        result = run(scenario, passed.index(point) + 1, nursery, keep=tmp_path)
        assert result.cut
        assert result.point == point
        assert result.wrong == ()


def test_a_random_day(nursery: Nursery, tmp_path: Path) -> None:
    seed = random.randrange(10**9)
    day = random_scenario(random.Random(f"{seed}/0"), "random")
    result = run(day, 9, nursery, keep=tmp_path)
    assert result.wrong == (), f"again: ./setup.sh powercut --only-random --seed {seed} --runs 1"


def test_what_does_not_agree_is_found(nursery: Nursery, tmp_path: Path) -> None:
    def loses(house: House) -> None:
        BY_NAME["sale"].script(house)
        with closing(sqlite3.connect(house.folder / "ledger.db")) as ledger, ledger:
            ledger.execute("UPDATE transactions SET state = 'declined'")

    result = run(Scenario("loses", loses), 999, nursery, keep=tmp_path)
    assert not result.cut
    assert any("ledger" in line for line in result.wrong)
