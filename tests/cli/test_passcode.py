"""Making the supervisor's passcode file."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest

from cardamom.cli.main import main
from cardamom.engines.passcode import matches
from cardamom.faults import SettingsError
from cardamom.settings.keys import read_passcode_hash
from cardamom.values.secret import Passcode


def types(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_file_that_the_terminal_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "supervisor.hash"
    types(monkeypatch, "918273\n918273\n")
    assert main(["passcode", str(path)]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    line = read_passcode_hash(path, "terminal.supervisor_hash_file")
    assert matches(Passcode(b"918273"), line)
    assert "918273" not in line
    types(monkeypatch, "738291\n738291\n")
    assert main(["passcode", str(path)]) == 0
    assert matches(Passcode(b"738291"), path.read_text("ascii"))
    assert [p.name for p in tmp_path.iterdir()] == ["supervisor.hash"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("918273\n918274\n", "the two differ"),
        ("91827\n91827\n", "6 to 12 digits"),
        ("", "6 to 12 digits"),
        ("九一八二七三\n九一八二七三\n", "6 to 12 digits"),
        ("246810\n246810\n", "choose another"),
        ("111111\n111111\n", "choose another"),
        ("121212\n121212\n", "choose another"),
        ("345678\n345678\n", "choose another"),
        ("987654\n987654\n", "choose another"),
    ],
)
def test_what_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    sentence: str,
) -> None:
    types(monkeypatch, text)
    assert main(["passcode", str(tmp_path / "h")]) == 30
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_another_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "h"
    with pytest.raises(SettingsError, match=r"hash_file: .* cannot be read"):
        read_passcode_hash(path, "terminal.supervisor_hash_file")
    path.write_text("918273\n")
    with pytest.raises(SettingsError, match="is no passcode's hash") as told:
        read_passcode_hash(path, "terminal.supervisor_hash_file")
    assert "918273" not in str(told.value)
