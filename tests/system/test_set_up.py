"""A new terminal by its keys alone: its questions, no network, a power cut, a sale, the slip."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardamom.daemon.setting_up import RESTART
from cardamom.settings.load import load
from cardamom.simulator.rig import Rig, RigConfig
from cardamom.values.commissioning import Letters, Stage
from support.technician import NEW, Technician
from support.till import sell


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    running = Rig(RigConfig(tmp_path, "inprocess", "zh", deadline_s=5, screens=False))
    try:
        running.prepare()
        file = tmp_path / "terminal.toml"
        file.write_text(file.read_text("utf-8") + NEW, "utf-8")
        yield running
    finally:
        running.stop()


def test_by_keys_to_a_sale_and_the_slip(rig: Rig) -> None:
    who = Technician(rig)
    (rig.folder / "no-network").touch()
    who.begins()
    who.chooses("2")  # English
    who.types("", Letters.UPPER)  # the zone that is suggested
    who.chooses("1")  # by cable
    assert rig.terminal is not None
    rig.sees("SetupChoice")
    rig.terminal.kill()  # the power
    rig.terminal.wait()
    who.begins()
    who.chooses("1")  # asked again where it was: DHCP
    rig.sees("SetupTrouble")  # no network: mended, tried again
    (rig.folder / "no-network").unlink()
    rig.press("enter")
    who.chooses("1")  # demo
    who.chooses("1")  # the default profile
    who.types("127.0.0.1")
    who.types("")  # the port that is suggested
    who.types("898310058120017", Letters.DIGITS)
    who.types("1020305A", Letters.DIGITS)
    who.types("195732", Letters.DIGITS)
    who.types("195732", Letters.DIGITS)
    who.chooses("2")  # certificate and keys come later
    who.chooses("4")
    who.enters("SetupSummary")
    who.enters("SetupDone")
    rig.until(lambda: rig.shows("Idle"), "it takes no payment")
    settings = load(rig.folder / "terminal.toml")
    assert settings.commissioning.stage is Stage.DONE
    assert (settings.terminal.id, settings.merchant.id) == ("1020305A", "898310058120017")
    assert settings.language.value == "en"
    assert 'stage = "done"  # until a technician was here' in (
        rig.folder / "terminal.toml"
    ).read_text("utf-8")
    network = json.loads((rig.folder / "network.json").read_text())
    assert (network["network"], network["addressing"]) == ("ethernet", "dhcp")
    kept = (rig.folder / "commission.json").read_text()
    assert "195732" not in kept
    assert "195732" not in (rig.folder / "terminal.log").read_text()

    assert sell(rig, "1.00")["outcome"] == "approved"
    slips = rig.folder / "receipts"
    rig.until(
        lambda: any("COMMISSIONING" in p.read_text("utf-8") for p in slips.glob("*.txt")),
        "there is no commissioning slip",
        60,
    )
    (slip,) = (
        p.read_text("utf-8") for p in slips.glob("*.txt") if "COMMISSIONING" in p.read_text("utf-8")
    )
    for told in ("1020305A", "Ethernet cable", "1.00", "approved", "Self-test", "Technician"):
        assert told in slip, told
    assert "195732" not in slip

    rig.sees("Idle")
    rig.press("menu")
    rig.sees("Menu")
    rig.press("up", "enter")  # the last row
    rig.sees("EnterPasscode")
    rig.press(*"195732", "enter")
    rig.until(lambda: rig.terminal is None or rig.terminal.poll() is not None, "it goes on")
    assert rig.terminal.returncode == RESTART
    who.begins()
    rig.sees("SetupText")  # the passcode is asked anew
    rig.press(*["cancel"] * 10)  # back to the first, and out
    rig.until(lambda: rig.shows("Idle"), "it cannot be left")
    assert load(rig.folder / "terminal.toml").commissioning.stage is Stage.DONE
