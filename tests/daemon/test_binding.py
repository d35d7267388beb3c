"""What the settings hold a journal to."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.daemon.binding import binding_of
from cardamom.engines.keys.working import Scheme
from cardamom.faults import SettingsError
from cardamom.settings.load import load
from cardamom.settings.model import Settings
from support.settings import TERMINAL


def _settings(folder: Path, *changes: tuple[str, str]) -> tuple[Settings, Path]:
    text = TERMINAL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = folder / "terminal.toml"
    file.write_text(text, "utf-8")
    return load(file), file


def test_board_and_mark_are_those_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "serial").write_bytes(b"10000000abcdef01\0")
    binding = binding_of(*_settings(tmp_path))
    assert binding.board == "10000000abcdef01"
    assert binding.mark == tmp_path / "mark"
    assert binding.scheme is Scheme.X9_19


def test_without_a_place_of_its_own_the_mark_lies_beside_the_journal(tmp_path: Path) -> None:
    (tmp_path / "serial").write_text("x")
    binding = binding_of(*_settings(tmp_path, ('mark_file = "mark"', "")))
    assert binding.mark == tmp_path / "journal.db.mark"


def test_a_named_serial_number_that_is_missing_is_never_made_up(tmp_path: Path) -> None:
    for change in ((), (("[merchant]", 'mode = "production"\n[merchant]'),)):
        with pytest.raises(SettingsError, match=r"security\.board_serial_file"):
            binding_of(*_settings(tmp_path, *change))


def test_a_demo_goes_without_a_serial_number(tmp_path: Path) -> None:
    binding = binding_of(*_settings(tmp_path, ('board_serial_file = "serial"', "")))
    assert binding.board
