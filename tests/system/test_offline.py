"""The whole terminal without its acquirer: the card's TC, later the advice, and both ends agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cardamom.faults import DeviceFault
from cardamom.simulator.rig import Rig, RigConfig
from cardamom.simulator.testdata import data
from support.till import sell

OFFLINE = """
[offline]
enabled = true
count = 2
single = "20.00"
total = "30.00"
[emv]
file = "emv.toml"
"""


class LonelyRig(Rig):
    """A terminal that may approve small amounts alone, with a card that agrees."""

    def _write_settings(self) -> None:
        super()._write_settings()
        path = self.folder / "terminal.toml"
        path.write_text(path.read_text("utf-8") + OFFLINE, "utf-8")
        emv = data("emv", "test.toml").read_text("utf-8")
        low, high = "floor_limit = 0 ", "floor_limit = 5000 "
        assert low in emv
        (self.folder / "emv.toml").write_text(emv.replace(low, high), "utf-8")
        card = data("cards", "no-cvm.toml").read_text("utf-8")
        self.card.write_text(card + "offline = true\n", "utf-8")

    @property
    def card(self) -> Path:
        return self.folder / "card.toml"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[LonelyRig]:
    with LonelyRig(RigConfig(tmp_path, "inprocess", "en", deadline_s=2)) as running:
        yield running


def show(rig: Rig, txn: int) -> dict[str, Any]:
    found: dict[str, Any] = rig.ask(op="show", id=txn)["transaction"]
    return found


def test_a_terminal_that_never_saw_its_host_sells_within_its_caps(rig: LonelyRig) -> None:
    rig.stop_terminal()
    rig.stop_acquirer()
    rig.start_terminal()  # ready all the same
    first = sell(rig, "12.00", str(rig.card))
    assert (first["outcome"], first["state"]) == ("approved", "offline_approved")
    assert sell(rig, "13.00", str(rig.card))["state"] == "offline_approved"
    status = rig.ask(op="status")["status"]
    assert status["advices_owed"] == 2

    def refuses() -> bool:
        try:
            rig.ask(op="sale", amount="1.00")
        except DeviceFault as refusal:
            return "cannot take payments: host" in str(refusal)
        return False

    assert refuses(), "the cap is not noticed before the next card"

    def told() -> list[str]:
        return [alarm["cause"] for alarm in rig.ask(op="status")["status"]["alarms"]]

    rig.until(lambda: told() == ["offline_limit"], "the cap is not told", 5)
    rig.stop_terminal()  # what is owed survives this
    rig.start_acquirer(rig.acquirer_port)
    rig.start_terminal()
    rig.until(lambda: show(rig, 2)["state"] == "advised", "the advices are not delivered")
    assert show(rig, 1)["state"] == "advised"
    rows = [(r["kind"], r["amount"], r["state"]) for r in rig.ledger()]
    assert rows == [("sale", "12.00", "approved"), ("sale", "13.00", "approved")]
