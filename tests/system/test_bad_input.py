"""The whole terminal with what is wrong around it: it comes up, and its screen says what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cardamom.control.client import NotReachedError
from cardamom.simulator.rig import Rig, RigConfig
from cardamom.simulator.testdata import data
from support.certificates import root, terminal
from support.enrolling import signed
from support.till import sell


class TroubledRig(Rig):
    """Comes up with something wrong: nobody waits until it is ready for payments."""

    def __init__(self, folder: Path, spoil: Callable[[Path], None]) -> None:
        super().__init__(RigConfig(folder, "inprocess", "en", deadline_s=2))
        self._spoil = spoil

    def _write_settings(self) -> None:
        super()._write_settings()
        self._spoil(self.folder)

    def _ready(self) -> bool:
        try:
            self.ask(op="status")
        except (NotReachedError, OSError):
            return False
        return True

    def alarms(self) -> dict[str, str]:
        return {
            alarm["cause"]: alarm["detail"] for alarm in self.ask(op="status")["status"]["alarms"]
        }

    def part(self, name: str) -> dict[str, str]:
        parts = self.ask(op="status")["status"]["parts"]
        found: dict[str, str] = next(part for part in parts if part["part"] == name)
        return found


def half_a_certificate(folder: Path) -> None:
    path = folder / "client.pem"
    path.write_bytes(path.read_bytes()[:300])


def another_key(folder: Path) -> None:
    _, key = terminal(root()).write(folder, "other")
    key.replace(folder / "client.key")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (half_a_certificate, "no readable PEM certificate and its key"),
        (another_key, "belongs to another key than"),
    ],
)
def test_a_certificate_that_does_not_fit(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    with TroubledRig(tmp_path, spoil) as rig:
        rig.until(lambda: "certificate_unusable" in rig.alarms(), "it is not told")
        assert words in rig.alarms()["certificate_unusable"]
        assert words in rig.part("host")["detail"]
        assert rig.sees("AlarmShown")
        for name in ("client.pem", "client.key"):
            (rig.folder / name).write_bytes(data("testkeys", "tls", name).read_bytes())
        rig.press("enter")
        rig.sees("Idle")
        assert sell(rig, "12.00")["outcome"] == "approved"


def another_reader(folder: Path) -> None:
    path = folder / "terminal.toml"
    text = path.read_text("utf-8")
    assert '[reader]\ndriver = "inprocess"\nname = ""' in text
    path.write_text(
        text.replace('driver = "inprocess"\nname = ""', 'driver = "inprocess"\nname = "ACR39U"'),
        "utf-8",
    )


def test_a_reader_of_another_model(tmp_path: Path) -> None:
    with TroubledRig(tmp_path, another_reader) as rig:
        rig.sees("OtherReader")
        reader = rig.part("reader")
        assert reader["condition"] == "other"
        assert "no card reader is named 'ACR39U'" in reader["detail"]
        assert "there are: in-process reader" in reader["detail"]


def test_no_network(tmp_path: Path) -> None:
    with TroubledRig(tmp_path, lambda _folder: None) as rig:
        rig.sees("Idle")
        rig.stop_acquirer()
        rig.sees("NotReady")
        rig.until(lambda: "check acquirer.port" in rig.part("host")["detail"], "no advice")
        rig.start_acquirer(rig.acquirer_port)
        rig.sees("Idle")


def test_a_renewed_certificate_at_a_running_terminal(tmp_path: Path) -> None:
    """The commands of a technician, with a host that does not know the new CA: the old one goes
    on, and the screen says so."""

    def does(*words: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "cardamom.cli.main", "certificate", *words),
                *("--settings", str(tmp_path / "terminal.toml")),
            ],
            input=stdin,
            capture_output=True,
            check=True,
        )
        return done.stdout

    with TroubledRig(tmp_path, lambda _folder: None) as rig:
        rig.sees("Idle")
        does("install", "-", stdin=signed(does("renew"), root("Not known there")))
        rig.until(lambda: "certificate_refused" in rig.alarms(), "it is not told")
        assert "the one before stays in use" in rig.alarms()["certificate_refused"]
        rig.sees("Idle")
        assert sell(rig, "12.00")["outcome"] == "approved"
