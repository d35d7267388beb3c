"""The board's serial number, wherever it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.faults import SettingsError
from cardamom.settings.board import board_serial


def test_the_first_place_that_has_one_counts(tmp_path: Path) -> None:
    tree, machine = tmp_path / "serial-number", tmp_path / "machine-id"
    machine.write_text("3d1219c7\n")
    assert board_serial(None, (tree, machine)) == "3d1219c7"
    tree.write_bytes(b"10000000abcdef01\0")
    assert board_serial(None, (tree, machine)) == "10000000abcdef01"
    assert board_serial(machine, (tree, machine)) == "3d1219c7"


@pytest.mark.parametrize("content", [None, b"", b"\0\n", b"\xff\xfe"])
def test_a_board_without_a_number_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "serial"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"security\.board_serial_file"):
        board_serial(path)
