"""One run: a day at the counter on a card with a volatile cache, cut somewhere, and compared."""

from __future__ import annotations

import random
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cardamom.faults import Fault
from powercut.campaign import random_scenario
from powercut.durability.card import Card
from powercut.durability.house import DiskHouse, Survived
from powercut.house import PowerCut
from powercut.nursery import Nursery
from powercut.runs import after, prepare
from powercut.scenarios import ALL, Scenario

LAST_POINT: Final = 45
LAST_REQUEST: Final = 320
"""A cut beyond the last one of its run comes when the run is at its end."""

SLACK_S: Final = 12.0
"""How long a terminal that lost commits may take to come to an end."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`point` or `request` is where to cut; of each write so much as `kept` survives unflushed."""

    scenario: Scenario
    level: str
    kept: float
    point: int = 0
    request: int = 0
    seed: int = 0

    def __str__(self) -> str:
        where = f"point {self.point}" if self.point else f"disk request {self.request}"
        return f"{self.scenario.name}, {self.level}, kept {self.kept:g}, cut at {where}"


@dataclass(frozen=True)
class Result:
    plan: Plan
    survived: Survived
    where: str
    wrong: tuple[str, ...]


def planned(dice: random.Random, level: str, number: int) -> Plan:
    """Half of them by point, half by request; half of them with nothing kept."""
    scenario = dice.choice(ALL) if dice.random() < 0.5 else random_scenario(dice, "random day")
    by_point = dice.random() < 0.5
    return Plan(
        scenario=scenario,
        level=level,
        kept=dice.choice((0.0, 0.0, 0.3, 0.7)),
        point=dice.randint(1, LAST_POINT) if by_point else 0,
        request=0 if by_point else dice.randint(1, LAST_REQUEST),
        seed=number,
    )


def run(plan: Plan, nursery: Nursery, *, keep: Path | None = None) -> Result:
    """`keep`: where a folder that went wrong is copied to."""
    with tempfile.TemporaryDirectory(prefix="durability-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        card = Card(folder, plan.kept, plan.seed)
        card.insert()
        try:
            return _run(plan, nursery, folder, card, keep)
        finally:
            card.remove()


def _run(plan: Plan, nursery: Nursery, folder: Path, card: Card, keep: Path | None) -> Result:
    scenario, wrong, where = plan.scenario, [], ""
    survived = Survived(0, 0, ())
    with DiskHouse(
        folder, nursery, scenario, card, level=plan.level, request=plan.request
    ) as house:
        if plan.level != "FULL":
            house.settle_s = SLACK_S
        try:
            _cut(house, plan)
            where = _last(house)
            survived = house.mend()
            house.power_on()
            wrong = after(house, scenario)
        except (Fault, AssertionError, PowerCut) as e:
            wrong = [f"{type(e).__name__}: {e}"]
        if keep is not None and (wrong or survived.lost or survived.damage):
            house.stop_terminal()
            with suppress(FileExistsError):
                kept = keep / f"{plan.level}-{plan.seed}"
                shutil.copytree(folder, kept, ignore=_bulky, ignore_dangling_symlinks=True)
    return Result(plan, survived, where, tuple(wrong))


def _cut(house: DiskHouse, plan: Plan) -> None:
    try:
        prepare(house, plan.scenario, str(plan.point))
        plan.scenario.script(house)
    except PowerCut:
        pass
    except Fault:
        if not house.sd.cut:
            raise
    house.power_off()


def _last(house: DiskHouse) -> str:
    """The last point that was passed."""
    with suppress(FileNotFoundError):
        return (house.points() or [""])[-1]
    return ""


def _bulky(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(".sock") or name in ("medium", "disk")]
