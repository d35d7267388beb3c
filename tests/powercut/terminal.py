"""The daemon as it is, with the drivers that cut the power between its flows and the world."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cardamom.daemon.log import set_up
from cardamom.daemon.run import run
from cardamom.daemon.wiring import Seams
from powercut.cuts import CutHost, CutJournal, Power
from powercut.durability.journal import watched


def run_terminal(settings_file: Path, cut: str) -> int:
    """As `cardamom run`; `cut`: the number of the point at which to die, empty for none. What is
    passed is written to `points` beside the settings. Behind the number may stand the process of
    the journal's disk, which dies with it, and how SQLite is to sync: see powercut.durability."""
    set_up()
    at, *volatile = cut.split()[:3] or [""]
    power = Power(settings_file.with_name("points"), at, int(volatile[0]) if volatile else 0)
    kind = watched(settings_file.with_name("heads"), volatile[1]) if volatile else CutJournal

    class Journal(kind):  # type: ignore[valid-type, misc]
        pass

    Journal.power = power
    return run(settings_file, Seams(journal=Journal, host=partial(CutHost, power=power)))
