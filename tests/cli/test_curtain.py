"""The picture after a fall: drawn where the daemon could draw none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.settings import TERMINAL

SIMULATED = 'language = "en"\n[display]\ndriver = "simulated"\n[simulator]\nscreens = "screens"\n'


def curtain(
    settings: Path, result: str, verb: str = "curtain", **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", verb, "--settings", str(settings)],
        env={"SERVICE_RESULT": result, **env},
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


def refused(settings: Path) -> str:
    """What the log says of a start with these settings, and then the curtain; as systemd runs the
    two."""
    folder = settings.parent / "run"
    folder.mkdir(exist_ok=True)
    run = curtain(settings, "", "run", RUNTIME_DIRECTORY=str(folder))
    assert run.returncode == 30, run.stderr
    status = str(run.returncode)
    after = curtain(settings, "exit-code", RUNTIME_DIRECTORY=str(folder), EXIT_STATUS=status)
    assert after.returncode == 0, after.stderr
    return run.stderr


def whole(old: str = "", new: str = "") -> str:
    """Settings with a simulated panel, one thing changed."""
    language, rest = SIMULATED.split("\n", 1)
    text = f"{language}\n{TERMINAL}{rest}"
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("modus = 'demo'\n" + whole(), "modus: unknown key"),
        (whole('id = "10203040"', 'id = "1020304"'), "terminal.id"),
    ],
)
def test_refused_settings_are_told_on_the_screen(tmp_path: Path, text: str, words: str) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text(text, "utf-8")
    assert words in refused(settings)
    assert pictures(tmp_path) == ["01-SettingsRefused.png"]


def test_a_fall_after_a_refusal_is_no_refusal(tmp_path: Path) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text("nonsense = 1\n" + SIMULATED)
    (tmp_path / "refused").write_text("old news")
    run = str(tmp_path)
    assert curtain(settings, "watchdog", RUNTIME_DIRECTORY=run, EXIT_STATUS="ABRT").returncode == 0
    assert pictures(tmp_path) == ["01-Stopping.png"]


def test_keys_that_do_not_open_are_told_on_screen_and_in_the_log(tmp_path: Path) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text(SIMULATED)
    done = curtain(settings, "exit-code", EXIT_CODE="exited", EXIT_STATUS="243")
    assert done.returncode == 0, done.stderr
    assert "keys_unopened" in done.stderr
    assert pictures(tmp_path) == ["01-KeysUnopened.png"]
