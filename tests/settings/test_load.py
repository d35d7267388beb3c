"""A wrong setting is refused with file, key and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.faults import SettingsError
from cardamom.settings.load import load
from cardamom.settings.reference import page

REPOSITORY = Path(__file__).parents[2]

GOOD = """
mode = "demo"
language = "en"
[merchant]
id = "898310058120001"
name_zh = "豆蔻小馆"
name_en = "Cardamom Cafe"
acquirer_zh = "测试收单"
acquirer_en = "Lab Acquirer"
[terminal]
id = "10203040"
[acquirer]
host = "127.0.0.1"
port = 7000
ca_file = "ca.pem"
cert_file = "terminal.pem"
key_file = "terminal.key"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "terminal.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_loads(tmp_path: Path) -> None:
    settings = load(write(tmp_path, GOOD))
    assert settings.merchant.name_zh == "豆蔻小馆"
    assert settings.printer.width == 58
    assert settings.keypad.rows == (5, 6, 13, 19)


@pytest.mark.parametrize(
    ("extra", "key", "allowed"),
    [
        ("[printer]\ndriver = 'laser'", "printer.driver", "network, serial, usb, none"),
        ("[printer]\nwidth = 57", "printer.width", "58, 80"),
        ("[printer]\nink = 'blue'", "printer.ink", "driver, width, host"),
        ("[reader]\nport = 70000", "reader.port", "from 0 to 65535"),
        ("[reader]\nport = '1'", "reader.port", "a whole number"),
        ("[reader]\nname = 7", "reader.name", "text"),
        ("[keypad]\nrows = [1, 2, 3]", "keypad.rows", "a list of 4"),
        ("[keypad]\nrows = [5, 6, 13, 12]", "keypad.rows", "named twice"),
        ("[journal]\npath = false", "journal.path", "text"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, extra: str, key: str, allowed: str) -> None:
    path = write(tmp_path, GOOD + extra)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert key in str(caught.value)
    assert allowed in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "key", "allowed"),
    [
        ('mode = "demo"', 'mode = "live"', "mode", "demo, production"),
        ('mode = "demo"', 'colour = "blue"', "colour", "merchant, terminal, acquirer"),
        ('language = "en"', 'language = "fr"', "language", "zh, en"),
        ('id = "10203040"', 'id = "1020304"', "terminal.id", "^[0-9A-Za-z]{8}$"),
        ('id = "10203040"', 'id = "10203040"\ncurrency = "XXX"', "terminal.currency", "CNY"),
        ('id = "10203040"', 'id = "10203040"\nlimit = "-1"', "terminal.limit", "12.34"),
        ('id = "10203040"', 'id = "10203040"\ntimezone = "Mars"', "terminal.timezone", "Shanghai"),
        ("port = 7000", "port = 0", "acquirer.port", "from 1 to 65535"),
        ("port = 7000", "", "acquirer.port", "missing"),
        ("port = 7000", 'port = 7000\npins = ["sha"]', "acquirer.pins", "a list of at most 2"),
        ("[terminal]", "[terminals]", "terminals", "terminal"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, old: str, new: str, key: str, allowed: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, GOOD.replace(old, new)))
    assert f"{key}:" in str(caught.value)
    assert allowed in str(caught.value)


@pytest.mark.parametrize(
    "extra",
    [
        "[reader]\ndriver = 'inprocess'",
        "[display]\ndriver = 'simulated'",
        "[keypad]\ndriver = 'simulated'",
        "[simulator]\nsocket = 'pad.sock'",
    ],
)
def test_production_refuses_what_is_simulated(tmp_path: Path, extra: str) -> None:
    text = GOOD.replace('mode = "demo"', 'mode = "production"')
    load(write(tmp_path, text))
    with pytest.raises(SettingsError, match="not allowed with mode = production"):
        load(write(tmp_path, text + extra))


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"mode = ", b"mode = 'demo"])
def test_what_is_no_toml_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "terminal.toml"
    path.write_bytes(raw)
    with pytest.raises(SettingsError, match=r"terminal\.toml"):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load(tmp_path / "none.toml")


def test_the_reference_page_is_current() -> None:
    assert (REPOSITORY / "docs" / "settings.md").read_text("utf-8") == page()


def test_the_example_to_copy_loads() -> None:
    settings = load(REPOSITORY / "config" / "terminal.toml")
    assert settings.mode == "demo"
    assert settings.printer.driver == "network"


def test_the_lid_switch_has_a_pin_of_its_own(tmp_path: Path) -> None:
    text = (REPOSITORY / "config" / "terminal.toml").read_text("utf-8")
    path = tmp_path / "terminal.toml"
    path.write_text(text + '\n[tamper]\ndriver = "gpio"\n', "utf-8")
    assert load(path).tamper.pin == 26
    path.write_text(text + '\n[tamper]\ndriver = "gpio"\npin = 21\n', "utf-8")
    with pytest.raises(SettingsError, match=r"tamper\.pin: the keypad has GPIO 21"):
        load(path)
