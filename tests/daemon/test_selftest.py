"""What the daemon hands to the self-test."""

from __future__ import annotations

from pathlib import Path

from cardamom.daemon.selftest import synchronised


def test_whether_the_clock_was_set_by_a_time_service(tmp_path: Path) -> None:
    folder = tmp_path / "timesync"
    assert synchronised(folder) is None
    folder.mkdir()
    assert synchronised(folder) is False
    (folder / "synchronized").touch()
    assert synchronised(folder) is True
