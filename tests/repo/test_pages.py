"""Pages that repeat what the code says: they say it as the code does."""

from __future__ import annotations

import configparser
import re

from cardamom.devices.keypad import LAYOUT
from cardamom.settings import drawing
from cardamom.settings.guarding import TamperSettings
from cardamom.settings.model import DisplaySettings, KeypadSettings
from support.repo import ROOT

# The 40-pin header of every Raspberry Pi since the B+: GPIO number to pin.
HEADER = {
    2: 3, 3: 5, 4: 7, 14: 8, 15: 10, 17: 11, 18: 12, 27: 13, 22: 15, 23: 16, 24: 18, 10: 19, 9: 21,
    25: 22, 11: 23, 8: 24, 7: 26, 0: 27, 1: 28, 5: 29, 6: 31, 12: 32, 13: 33, 19: 35, 16: 36,
    26: 37, 20: 38, 21: 40,
}  # fmt: skip


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_architecture_page_shows_the_contracts_layers() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = contracts["importlinter:contract:house"]["layers"].split("\n")
    shown = re.findall(r"^```\n(.*?)^```$", page("docs/architecture.md"), re.MULTILINE | re.DOTALL)
    assert shown[0].splitlines() == [line.strip() for line in layers if line.strip()]


def test_the_architecture_page_names_every_room() -> None:
    firmware = ROOT / "firmware" / "cardamom"
    rooms = {path.parent.name for path in firmware.glob("*/__init__.py")}
    leaves = {path.name for path in firmware.glob("*.py")} - {"__init__.py"}
    text = page("docs/architecture.md")
    assert {room for room in rooms if f"`{room}/`" not in text} == set()
    assert {leaf for leaf in leaves if f"`{leaf}`" not in text} == set()


def test_every_gpio_stands_beside_its_pin() -> None:
    named = re.findall(r"GPIO (\d+)[^|;(\n]*\((\d+)\)", page("hardware.md"))
    assert len(named) > 10
    assert [(gpio, pin) for gpio, pin in named if HEADER[int(gpio)] != int(pin)] == []


def test_the_pin_tables_are_the_settings_defaults() -> None:
    text = page("hardware.md")
    lines = re.findall(r"^\| (?:row|column) .*GPIO (\d+)", text, re.MULTILINE)
    keypad = [int(gpio) for gpio in lines]
    assert tuple(keypad) == KeypadSettings().rows + KeypadSettings().columns
    display = {
        name: int(gpio) for gpio, name in re.findall(r"GPIO (\d+) .*`display\.(\w+_pin)`", text)
    }
    assert display == {
        "dc_pin": DisplaySettings().dc_pin,
        "reset_pin": DisplaySettings().reset_pin,
    }


def test_the_keypads_rows_are_labelled_as_the_code_reads_them() -> None:
    labels = re.findall(r"^\| row \d \((.*?)\)", page("hardware.md"), re.MULTILINE)
    shown = [label.replace("`", "").replace("F", "menu").lower().split() for label in labels]
    assert shown == [[key.value for key in row] for row in LAYOUT]


def test_the_drawing_is_current() -> None:
    assert page("docs/pictures/wiring.svg") == drawing.drawing()


def test_the_drawing_uses_each_gpio_once_and_the_tables_name_them_all() -> None:
    gpios = [wire.gpio for wire in drawing.wires()]
    assert len(gpios) == len(set(gpios))
    named = {
        int(gpio) for gpio, _ in re.findall(r"GPIO (\d+)[^|;(\n]*\((\d+)\)", page("hardware.md"))
    }
    assert set(gpios) <= named
    assert f"contactless.reset_pin = {drawing.RESET_PIN}" in page("hardware.md")
    assert f"contactless.light_pins = {list(drawing.LIGHT_PINS)}" in page("hardware.md")
    assert f"contactless.tone_pin = {drawing.TONE_PIN}" in page("hardware.md")
    assert f"`tamper.pin = {TamperSettings().pin}`" in page("hardware.md")
