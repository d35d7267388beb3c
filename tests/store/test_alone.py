"""One terminal a journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.simulator.rig import clear_folder
from cardamom.store.alone import AlreadyRunning, alone


def test_a_second_terminal_on_a_journal_is_refused(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    with alone(journal):
        with pytest.raises(AlreadyRunning, match="already"), alone(journal):
            raise AssertionError("two at once")
        with alone(tmp_path / "another.db"):
            pass
    with alone(journal):
        pass


def test_a_folder_that_is_missing_stops_no_start(tmp_path: Path) -> None:
    with alone(tmp_path / "none" / "journal.db"):
        pass


def test_a_demo_leaves_the_folder_of_a_running_one(tmp_path: Path) -> None:
    (tmp_path / "terminal.toml").touch()
    with alone(tmp_path / "journal.db"), pytest.raises(AlreadyRunning):
        clear_folder(tmp_path)
    assert (tmp_path / "terminal.toml").exists()
    clear_folder(tmp_path)
    assert not tmp_path.exists()
