"""The lid of a whole terminal is lifted with a reversal owed: keys go, what is owed does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cardamom.control.client import NotReachedError
from cardamom.daemon.tamper import REQUEST
from cardamom.faults import DeviceFault
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig
from support.till import sell


def cardamom(rig: Rig, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", *words],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "CARDAMOM_RUN": str(rig.folder)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def status(rig: Rig) -> dict[str, Any]:
    told: dict[str, Any] = rig.ask(op="status")["status"]
    return told


def causes(rig: Rig) -> list[str]:
    return [alarm["cause"] for alarm in status(rig)["alarms"]]


def start_blocked(rig: Rig) -> None:
    """It comes up, and takes no payment."""
    with pytest.raises(DeviceFault, match="does not become ready"):
        rig.start_terminal(2.0)

    def says_so() -> bool:
        try:
            return "tamper" in causes(rig)
        except NotReachedError:
            return False  # a slow machine: it does not listen yet

    rig.until(says_so, "it has forgotten")


def test_a_lifted_lid_erases_keys_and_nothing_that_is_owed(tmp_path: Path) -> None:
    key = tmp_path / "terminal-master.key"
    with Rig(RigConfig(tmp_path, "inprocess", "en", deadline_s=2)) as rig:
        assert sell(rig, "12.00")["outcome"] == "approved"
        cardamom(rig, "simulate", "fault", "silent-before", "--mti", "04", "--times", "1000")
        cardamom(rig, "simulate", "fault", "silent-after", "--mti", "0200")
        assert sell(rig, "8.00")["outcome"] == "unknown"
        rig.stop_acquirer()

        cardamom(rig, "simulate", "lid", "open")
        rig.until(lambda: "tamper" in causes(rig), "the lid is not seen")
        assert not status(rig)["ready"]
        with pytest.raises(DeviceFault):
            rig.ask(op="sale", amount="5.00")
        rig.until((tmp_path / REQUEST).exists, "root is not asked")

        rig.terminal.kill()  # type: ignore[union-attr]
        rig.stop_terminal()
        keyring = json.loads(cardamom(rig, "keys", "list", "--json"))
        assert keyring["keys"] == []
        for file in (key, tmp_path / REQUEST):
            file.rename(file.with_suffix(".away"))  # as root's unit does
        (tmp_path / "faults.jsonl").unlink()
        rig.start_acquirer(rig.acquirer_port)
        start_blocked(rig)
        assert causes(rig)[0] == "tamper"
        assert len(status(rig)["unknown_outcomes"]) == 1

        rig.stop_terminal()
        told = cardamom(rig, "tamper", "clear")
        assert told.startswith("cleared: the case was opened at ")
        key.with_suffix(".away").rename(key)
        rig.start_terminal()
        rig.until(lambda: not status(rig)["unknown_outcomes"], "what was owed is not delivered")
        assert sell(rig, "5.00")["outcome"] == "approved"
        for number in (1, 2, 3):
            rig.printed(number)
        records = rig.ask(op="transactions", limit=9)["transactions"]
        assert [r["state"] for r in records] == ["approved", "reversed", "approved"]
        assert disagreements(records, rig.ledger(), rig.slips) == []
