"""Files that root writes and reads where others may have put something."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cardamom.commissioning import act
from cardamom.commissioning.answers import Answers
from cardamom.commissioning.files import FileFault, write_whole
from cardamom.faults import SettingsError


def test_answers_are_read_through_no_link_and_no_pipe(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.json"
    theirs.write_text(json.dumps({"secret": "x", "answers": {"language": "en"}}))
    path = tmp_path / "commission.json"
    path.symlink_to(theirs)
    assert Answers(path).all() == {}
    Answers(path).note(refused="")
    assert "secret" not in path.read_text()
    assert "secret" in theirs.read_text()
    path.unlink()
    os.mkfifo(path)
    assert Answers(path).all() == {}


def test_a_file_that_cannot_be_written_leaves_no_half(tmp_path: Path) -> None:
    """A folder in its place has the last step fail."""
    (tmp_path / "whole" / "x").mkdir(parents=True)
    with pytest.raises(FileFault):
        write_whole(tmp_path / "whole", b"secret")
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


def test_a_passcode_comes_with_settings_that_load_or_not_at_all(new: Path) -> None:
    text = new.read_text("utf-8")
    answers = {
        "language": "en", "timezone": "Asia/Shanghai", "network": "keep", "mode": "production",
        "profile": "unionpay", "host": "acquirer.example", "port": "7443",
        "merchant": "898310058120017", "terminal": "1020305A", "passcode": "195732",
        "certificate": "later", "keys": "later",
    }  # fmt: skip
    with pytest.raises(SettingsError):
        act.finish(new, answers)
    assert new.read_text("utf-8") == text
    assert not (new.parent / act.HASH_FILE).exists()
