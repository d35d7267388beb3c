"""What `[offline]` may say, and what it makes of the terminal."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cardamom.daemon.wiring import caps_of
from cardamom.faults import SettingsError
from cardamom.settings.emv import rules_for
from cardamom.settings.load import load
from cardamom.values.money import Money

REPOSITORY = Path(__file__).parents[2]


def write(folder: Path, offline: str) -> Path:
    text = (REPOSITORY / "config" / "terminal.toml").read_text("utf-8")
    path = folder / "terminal.toml"
    path.write_text(f"{text}\n[offline]\n{offline}\n", "utf-8")
    return path


def test_nothing_is_approved_offline_unless_the_settings_say_so(tmp_path: Path) -> None:
    path = write(tmp_path, 'single = "100.00"')
    settings = load(path)
    assert caps_of(settings) is None
    # EMV 4.4 Book 4, A1: attended, online only, operated by the merchant
    assert rules_for(settings, path).terminal_type == 0x21


def test_where_they_do_the_terminal_is_offline_with_online_capability(tmp_path: Path) -> None:
    path = write(tmp_path, 'enabled = true\ncount = 3\nsingle = "100.00"\nage_h = 2')
    settings = load(path)
    caps = caps_of(settings)
    assert caps is not None
    assert (caps.count, caps.single, caps.total, caps.age) == (
        3,
        Money(10_000, "CNY"),
        Money(200_000, "CNY"),
        timedelta(hours=2),
    )
    assert rules_for(settings, path).terminal_type == 0x22


@pytest.mark.parametrize("key", ["single", "total"])
def test_a_cap_is_an_amount(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsError, match=f"offline.{key}"):
        load(write(tmp_path, f'{key} = "12.345"'))
