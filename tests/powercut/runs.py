"""One run: a scenario, cut at one point; the power comes back; what must agree is compared."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cardamom.faults import Fault
from powercut.house import House, PowerCut
from powercut.nursery import Nursery
from powercut.scenarios import Scenario


@dataclass(frozen=True)
class Result:
    """`wrong`: what does not agree, a sentence each. `cut`: the terminal did die."""

    scenario: str
    at: int
    point: str
    cut: bool
    wrong: tuple[str, ...]


def points_of(scenario: Scenario, nursery: Nursery) -> list[str]:
    """The points that an uncut run passes, in order; it must end with everything agreeing."""
    with _Folder() as folder, _house(folder, nursery, scenario) as house:
        prepare(house, scenario)
        scenario.script(house)
        wrong = house.disagreements()
        if wrong:
            raise AssertionError(f"{scenario.name}, uncut: {wrong}")
        return house.points()


def run(scenario: Scenario, at: int, nursery: Nursery, *, keep: Path | None = None) -> Result:
    """Cut at the point of that number. `keep`: where a folder that went wrong is copied to."""
    try:
        return _run(scenario, at, nursery, keep)
    except (Fault, OSError) as e:  # a part of the desk did not come up
        return Result(scenario.name, at, "", cut=False, wrong=(f"{type(e).__name__}: {e}",))


def _run(scenario: Scenario, at: int, nursery: Nursery, keep: Path | None) -> Result:
    with _Folder() as folder, _house(folder, nursery, scenario) as house:
        point, cut, wrong = "", False, []
        try:
            try:
                prepare(house, scenario, str(at))
                scenario.script(house)
            except PowerCut:
                cut = True
            passed = house.points()
            point = passed[at - 1] if len(passed) >= at else ""
            if cut:
                house.power_on()
            try:
                wrong = after(house, scenario)
            except PowerCut:  # at a point behind the script's last
                cut = True
                house.power_on()
                wrong = after(house, scenario)
        except (Fault, AssertionError, PowerCut) as e:
            wrong = [f"{type(e).__name__}: {e}"]
        if wrong and keep is not None:
            with suppress(FileExistsError):
                shutil.copytree(folder, keep / f"{scenario.name}-{at}", ignore=_sockets)
    return Result(scenario.name, at, point, cut, tuple(wrong))


def _house(folder: Path, nursery: Nursery, scenario: Scenario) -> House:
    return House(folder, nursery, scenario.settings, scenario.profile, own_cards=scenario.own_cards)


def prepare(house: House, scenario: Scenario, cut: str = "") -> None:
    """What happens with the power safe; the run that is cut is a process of its own."""
    if scenario.before is not None:
        house.power_on()
        scenario.before(house)
        house.stop_terminal()
    for fault in scenario.faults:
        house.fault(**fault)
    house.power_on(cut)


def after(house: House, scenario: Scenario) -> list[str]:
    """The terminal runs on: what it owes is delivered, a repeat charges nothing, and the next
    customer can pay."""
    house.idle()
    known = {r["reference"]: r for r in house.till(op="transactions", limit=1000)["transactions"]}
    wrong = []
    for request in scenario.repeats:
        if request["reference"] not in known:
            continue
        before = known[request["reference"]]
        again = house.till(**request)["transaction"]
        if (again["id"], again["outcome"]) != (before["id"], before["outcome"]):
            wrong.append(f"a repeat of {request['reference']} is {again['outcome']}, not the first")
    house.till("no-cvm", op="sale", amount="0.07", reference="next")
    house.idle()
    if scenario.agrees is not None:
        wrong += scenario.agrees(house)
    return wrong + house.disagreements()


class _Folder(tempfile.TemporaryDirectory[str]):
    def __init__(self) -> None:
        super().__init__(prefix="cut-", ignore_cleanup_errors=True)

    def __enter__(self) -> Path:  # type: ignore[override]
        return Path(super().__enter__())


def _sockets(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(".sock")]
