"""What an installation still waits for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cardamom.faults import SettingsError
from cardamom.settings.needed import main, needed
from support.repo import ROOT

EXAMPLE = (
    (ROOT / "config" / "terminal.toml")
    .read_text(encoding="utf-8")
    .replace("# cert_file", "cert_file")
    .replace("# key_file", "key_file")
    .replace("# master_key_file", "master_key_file")
    .replace('stage = "new"', 'stage = "done"')
)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "terminal.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    return file


def test_the_example_waits_for_certificates_and_keys(settings: Path) -> None:
    store = settings.parent / "store"
    seal = "seal it with systemd-creds encrypt"
    assert list(needed(settings, store)) == [
        f"acquirer.ca_file: {settings.parent / 'acquirer-ca.pem'} is missing",
        f"acquirer.cert_file: {settings.parent / 'terminal.pem'} is missing",
        f"acquirer.key_file: {seal} --name=acquirer.key FILE {store}/cardamom.acquirer.key",
        f"acquirer.master_key_file: {seal} --name=master.key FILE {store}/cardamom.master.key",
    ]


def test_nothing_is_asked_for_once_all_is_there(settings: Path) -> None:
    store = settings.parent / "store"
    store.mkdir()
    for line in list(needed(settings, store)):
        named = re.search(r"(\S+)(?: is missing)?$", line)
        assert named is not None
        Path(named[1]).touch()
    assert list(needed(settings, store)) == []


def test_a_terminal_that_asks_by_itself_waits_for_nothing(settings: Path) -> None:
    settings.write_text(EXAMPLE.replace('stage = "done"', 'stage = "new"'), encoding="utf-8")
    assert list(needed(settings, settings.parent / "store")) == []


def test_wrong_settings_are_said_and_end_with_30(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.write_text('modus = "demo"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="modus: unknown key"):
        list(needed(settings))
    assert main([str(settings)]) == 30
    assert "modus: unknown key" in capsys.readouterr().err
