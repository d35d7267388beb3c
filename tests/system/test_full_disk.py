"""The whole terminal on a disk that has no room left: it says so and sells nothing until it has."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cardamom.faults import DeviceFault
from cardamom.simulator.acquirer.faults import Fault, Trouble, write_fault
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig
from cardamom.store.verify import verify
from support.pictured import pictured
from support.till import sell

SIZE_MB = 48


class SmallDiskRig(Rig):
    """Its journal lies on a disk of its own."""

    def _write_settings(self) -> None:
        super()._write_settings()
        path = self.folder / "terminal.toml"
        text = path.read_text("utf-8")
        assert '"journal.db"' in text
        path.write_text(text.replace('"journal.db"', '"disk/journal.db"'), "utf-8")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)]
    mounted = subprocess.run(words, check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"only root may mount a disk of its own: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """To the last byte."""
    other = disk / "other"
    found = os.statvfs(disk)
    with other.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, found.f_bavail * found.f_frsize)
    assert os.statvfs(disk).f_bavail == 0
    return other


def test_a_full_disk_sells_nothing_loses_nothing_and_heals(tmp_path: Path, disk: Path) -> None:
    with SmallDiskRig(RigConfig(tmp_path, "inprocess", "zh", deadline_s=2)) as rig:
        rig.printed(sell(rig, "1.00")["id"])

        # it fills up between a request and its answer, which cannot be kept
        write_fault(rig.folder / "faults.jsonl", Fault(Trouble.DELAY, seconds=0.2))
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(rig.ask, op="sale", amount="2.00", reference="full-1")
            rig.sees("PresentCard")
            rig.hand.insert("no-cvm")
            rig.sees("Authorising")
            rig.until(lambda: len(rig.ledger()) > 1, "the host is not asked")
            other = fill(disk)
            with pytest.raises(DeviceFault, match="the disk is full: free space on it"):
                asked.result()
        rig.hand.remove()
        rig.sees("OutcomeUnknown")
        rig.press("enter")
        says_so(rig, "zh")

        # the power goes, and comes again
        assert rig.terminal is not None
        rig.terminal.kill()
        rig.stop_terminal()
        in_english(tmp_path / "terminal.toml")
        rig.begin_terminal()
        rig.until(lambda: rig.shows("AlarmShown"), "a start on a full disk tells nothing")
        says_so(rig, "en")

        other.unlink()
        rig.sees("Idle")
        again = rig.ask(op="sale", amount="2.00", reference="full-1")["transaction"]["id"]
        rig.until(lambda: state(rig, again) == "reversed", "what could not be kept is not undone")
        assert sell(rig, "4.00")["outcome"] == "approved"
        told = [rig.printed(r["id"]) for r in rig.ask(op="transactions")["transactions"]]
        assert [r["state"] for r in rig.ledger()] == ["approved", "reversed", "approved"]
        assert disagreements(told, rig.ledger(), rig.slips) == []
    assert verify(disk / "journal.db").ok


def in_english(settings: Path) -> None:
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('language = "zh"', 'language = "en"'), "utf-8")


def state(rig: Rig, transaction: int) -> str:
    found: str = rig.ask(op="show", id=transaction)["transaction"]["state"]
    return found


def says_so(rig: Rig, language: str) -> None:
    """On the screen, to support and to a till, which gets nothing."""
    rig.until(lambda: pictured(rig, "34-alarm-disk-full", language), "the screen does not say it")
    status = rig.ask(op="status")["status"]
    worst = status["alarms"][0]
    assert not status["ready"]
    assert (worst["cause"], worst["blocks"]) == ("disk_full", True)
    assert "journalctl --vacuum-size" in worst["detail"]
    asked = len(rig.ledger())
    with pytest.raises(DeviceFault, match=r"cannot take payments: .*disk is full"):
        rig.ask(op="sale", amount="3.00")
    assert len(rig.ledger()) == asked
