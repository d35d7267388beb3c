"""One terminal a journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.daemon.alone import AlreadyRunning, alone


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
