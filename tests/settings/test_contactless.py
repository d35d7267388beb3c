"""The contactless reader's settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.faults import SettingsError
from cardamom.settings.load import load
from support.settings import TERMINAL


def read(folder: Path, text: str, top: str = "") -> None:
    file = folder / "terminal.toml"
    file.write_text(f"{top}\n{TERMINAL}\n[contactless]\n{text}\n", encoding="utf-8")
    load(file)


@pytest.mark.parametrize("text", ["", "baud = 1288000\nreset_pin = 22", "driver = 'simulated'"])
def test_what_is_allowed(tmp_path: Path, text: str) -> None:
    read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("driver = 'pn533'", "contactless.driver"),
        ("baud = 9600", "contactless.baud"),
        ("baud = 1288000", "only with contactless.reset_pin"),
        ("rate = 848", "contactless.rate"),
        ("reset_pin = 28", "contactless.reset_pin"),
        ("reset_pin = 5", "the keypad has GPIO 5"),
        ("tone_pin = 24", "the display has GPIO 24"),
        ("light_pins = [2, 3, 4, 2]", "light_pins has GPIO 2"),
        ("reset_pin = 22\ntone_pin = 22", "reset_pin has GPIO 22"),
        (
            "driver = 'pn532'\n[printer]\ndriver = 'serial'\ndevice = '/dev/ttyAMA0'",
            "the printer has this port",
        ),
        ("port = 70000", "contactless.port"),
        ("field = true", "field"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, text)


def test_production_refuses_the_simulated_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"contactless\.driver: simulated parts"):
        read(tmp_path, "driver = 'simulated'", "mode = 'production'")
