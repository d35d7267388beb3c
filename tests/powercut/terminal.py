"""The daemon as it is, with the drivers that cut the power between its flows and the world."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cardamom.daemon.run import run
from cardamom.daemon.wiring import Seams
from powercut.cuts import CutHost, CutJournal, Power


def run_terminal(settings_file: Path, cut: str) -> int:
    """As `cardamom run`; `cut`: the number of the point at which to die, empty for none. What is
    passed is written to `points` beside the settings."""
    power = Power(settings_file.with_name("points"), cut)

    class Journal(CutJournal):
        pass

    Journal.power = power
    return run(settings_file, Seams(journal=Journal, host=partial(CutHost, power=power)))
