"""The picture after a fall: drawn where the daemon could draw none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SIMULATED = 'language = "en"\n[display]\ndriver = "simulated"\n[simulator]\nscreens = "screens"\n'


def curtain(settings: Path, result: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", "curtain", "--settings", str(settings)],
        env={"SERVICE_RESULT": result},
        capture_output=True,
        text=True,
        check=False,
    )


def pictures(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "screens").glob("*.png"))


@pytest.mark.parametrize("result", ["watchdog", "exit-code", "signal", "timeout", "oom-kill"])
def test_a_terminal_that_fell_says_that_it_restarts(tmp_path: Path, result: str) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text(SIMULATED)
    done = curtain(settings, result)
    assert done.returncode == 0, done.stderr
    assert pictures(tmp_path) == ["01-Stopping.png"]


def test_an_orderly_end_has_drawn_its_own(tmp_path: Path) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text(SIMULATED)
    assert curtain(settings, "success").returncode == 0
    assert pictures(tmp_path) == []


def test_settings_that_the_daemon_refuses_still_name_their_panel(tmp_path: Path) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text("nonsense = 1\n" + SIMULATED)
    assert curtain(settings, "exit-code").returncode == 0
    assert pictures(tmp_path) == ["01-Stopping.png"]


@pytest.mark.parametrize("text", ["not TOML at all", "[display]\ndriver = 'no such panel'\n"])
def test_a_panel_that_cannot_be_had_stops_no_restart(tmp_path: Path, text: str) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text(text)
    done = curtain(settings, "exit-code")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
