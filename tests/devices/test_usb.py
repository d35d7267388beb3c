"""What is plugged into USB, and which of it may work: from files laid out as the kernel's."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cardamom.cli.usb import main
from cardamom.daemon.usb import usb_alarms
from cardamom.devices.usb import devices, interfaces_of
from cardamom.faults import Fault, SettingsError
from cardamom.settings.usb import Allowed, read_list, rules

PRINTER, KEYBOARD, HUB = (7, 1, 2), (3, 1, 1), (9, 0, 0)


def descriptors(*interfaces: tuple[int, int, int]) -> bytes:
    """Device, configuration and interface descriptors (USB 2.0, 9.6), with an endpoint each."""
    raw = bytes([18, 1]) + bytes(16) + bytes([9, 2]) + bytes(7)
    for kind in interfaces:
        raw += bytes([9, 4, 0, 0, 1, *kind, 0]) + bytes([7, 5]) + bytes(5)
    return raw


class Port:
    """A folder as /sys/bus/usb/devices."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "sys"
        self.list = folder / "usb-allowed"
        self.rules = folder / "70-cardamom-usb.rules"
        self.plug("usb1", "1d6b:0002", HUB)
        (self.folder / "usb1" / "authorized_default").write_text("1\n")
        self.plug("1-1", "0424:9514", HUB, name="hub")

    def plug(
        self, port: str, number: str, *kinds: tuple[int, int, int], name: str = "", on: int = 1
    ) -> None:
        place = self.folder / port
        place.mkdir(parents=True)
        vendor, product = number.split(":")
        for file, text in (("idVendor", vendor), ("idProduct", product), ("authorized", str(on))):
            (place / file).write_text(f"{text}\n")
        (place / "product").write_text(f"{name}\n")
        (place / "descriptors").write_bytes(descriptors(*kinds))
        (self.folder / f"{port}:1.0").mkdir()

    def says(self, *words: str) -> int:
        places = ("--list", self.list, "--rules", self.rules, "--sysfs", self.folder)
        return main("usb", [*words, *map(str, places)])


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return Port(tmp_path)


def test_interfaces_are_told_as_udev_does() -> None:
    raw = descriptors(PRINTER, KEYBOARD, PRINTER)
    assert interfaces_of(raw) == ":070102:030101:"
    assert interfaces_of(b"") == ""
    for end in range(len(raw)):
        interfaces_of(raw[:end])
    assert interfaces_of(b"\x00\x04" * 9) == ""


def test_a_device_is_seen_with_what_it_can(port: Port) -> None:
    port.plug("1-1.3", "04b8:0e15", PRINTER, name="TM-T20\x1b[2J")
    hub, printer = devices(port.folder)
    assert hub.is_hub
    assert (printer.id, printer.interfaces, printer.is_hub) == ("04b8:0e15", ":070102:", False)
    assert printer.name == "TM-T20[2J"
    assert devices(port.folder / "nowhere") == []


def test_a_hub_with_a_keyboard_in_it_is_no_hub(port: Port) -> None:
    port.plug("1-1.4", "0424:9514", HUB, KEYBOARD)
    assert not devices(port.folder)[-1].is_hub


def test_what_is_there_is_allowed_and_the_rest_refused(
    port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Fault, match="the list is empty"):
        port.says("lock")
    port.plug("1-1.3", "04b8:0e15", PRINTER, name="TM-T20")
    port.says("allow")
    assert "allowed 04b8:0e15 TM-T20" in capsys.readouterr().out
    assert read_list(port.list) == [Allowed("04b8:0e15", ":070102:")]
    port.says("lock")
    text = port.rules.read_text("utf-8")
    assert text.count('ATTR{authorized}="1"') == 2  # hubs, the printer
    port.plug("1-1.4", "04b8:0e15", PRINTER, KEYBOARD, name="TM-T20", on=0)
    port.says("list")
    told = capsys.readouterr().out
    assert re.search(r"1-1\.3 +04b8:0e15 +listed +TM-T20", told)
    assert re.search(r"1-1\.4 +04b8:0e15 +not listed, REFUSED", told)
    (alarm,) = usb_alarms(port.folder)
    assert "04b8:0e15 TM-T20 is plugged into USB and not on the list" in alarm.detail
    assert not alarm.blocks


def test_allowed_again_and_forbidden(port: Port) -> None:
    port.plug("1-1.3", "04b8:0e15", PRINTER)
    port.plug("1-1.4", "072f:90cc", (11, 0, 0))
    port.says("allow", "072f:90cc")
    port.says("lock")
    assert "04b8" not in port.rules.read_text("utf-8")
    port.says("allow", "04b8:0e15")
    port.says("allow", "04b8:0e15")
    assert port.rules.read_text("utf-8").count('"04b8"') == 1
    port.says("forbid", "072f:90cc")
    assert "072f" not in port.rules.read_text("utf-8")
    with pytest.raises(Fault, match="not on the list"):
        port.says("forbid", "072f:90cc")
    with pytest.raises(Fault, match="plugged in"):
        port.says("allow", "0781:5567")


def test_the_network_is_not_locked_out_unseen(port: Port) -> None:
    port.plug("1-1.3", "04b8:0e15", PRINTER)
    port.says("allow")
    port.plug("1-1.1", "0424:ec00", (255, 0, 255), name="SMSC")
    (port.folder / "1-1.1:1.0" / "net" / "eth0").mkdir(parents=True)
    with pytest.raises(Fault, match=r"0424:ec00 SMSC is the network's eth0"):
        port.says("lock")
    assert not port.rules.exists()
    port.says("allow", "0424:ec00")
    port.says("lock")
    with pytest.raises(Fault, match="eth0"):
        port.says("forbid", "0424:ec00")
    assert "0424" in port.rules.read_text("utf-8")
    assert Allowed("0424:ec00", ":ff00ff:") in read_list(port.list)


def test_open_lets_everything_work(port: Port) -> None:
    port.plug("1-1.4", "0781:5567", (8, 6, 80), on=0)
    port.plug("1-1.3", "04b8:0e15", PRINTER)
    port.says("allow", "04b8:0e15")
    port.says("lock")
    assert len(usb_alarms(port.folder)) == 1
    port.says("open")
    assert not port.rules.exists()
    assert usb_alarms(port.folder) == ()
    assert (port.folder / "usb1" / "authorized_default").read_text() == "1"


@pytest.mark.parametrize("line", ["04b8:0e15", '04b8:0e15 :"070102:', "04B8:0e15 :070102:"])
def test_a_line_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "list"
    path.write_text(f"# ours\n\n{line}\n", "utf-8")
    with pytest.raises(SettingsError, match="line 3"):
        read_list(path)


@pytest.mark.skipif(shutil.which("udevadm") is None, reason="udev is not installed")
def test_udev_takes_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "70-cardamom-usb.rules"
    path.write_text(rules([Allowed("04b8:0e15", ":070102:")]), "utf-8")
    told = subprocess.run(
        ["udevadm", "verify", str(path)], capture_output=True, text=True, check=False
    )
    if "verify" in told.stderr and "nrecognized" in told.stderr:
        pytest.skip("this udev has no verify (systemd 254)")
    assert told.returncode == 0, told.stdout + told.stderr
