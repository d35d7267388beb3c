"""Where the self-test sends people: the pins of hardware.md, as the settings have them."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from cardamom.settings.model import Settings
from cardamom.settings.pins import where
from cardamom.values.header import HEADER, pin
from cardamom.values.selftest import TestPart

HARDWARE = Path(__file__).parents[2] / "hardware.md"
BASE = {
    "merchant": {
        "id": "898310058120001",
        "name_zh": "店",
        "name_en": "Shop",
        "acquirer_zh": "收单",
        "acquirer_en": "Lab",
    },
    "terminal": {"id": "10203040"},
    "acquirer": {
        "host": "192.0.2.7",
        "port": 7000,
        "ca_file": "a",
        "cert_file": "b",
        "key_file": "c",
    },
}


def settings(**tables: object) -> Settings:
    return msgspec.convert(BASE | tables, Settings)


def test_the_defaults_are_the_wiring_of_the_page() -> None:
    assert where(settings(contactless={"driver": "pn532", "reset_pin": 22})) == {
        TestPart.READER: "USB",
        TestPart.CONTACTLESS: "/dev/ttyAMA0, TXD GPIO 14 (8), RXD GPIO 15 (10), RSTPDN "
        "GPIO 22 (15)",
        TestPart.DISPLAY: "SCK GPIO 11 (23), SDI GPIO 10 (19), CS GPIO 8 (24), D/C GPIO 24 (18), "
        "RESET GPIO 25 (22)",
        TestPart.LIGHTS: "",
        TestPart.KEYPAD: "GPIO 5 (29), 6 (31), 13 (33), 19 (35), 12 (32), 16 (36), 20 (38), "
        "21 (40)",
        TestPart.PRINTER: "USB 04b8:0e15",
    }


def test_other_wiring() -> None:
    told = where(
        settings(
            reader={"driver": "inprocess", "port": 35963},
            display={"spi_port": 1, "spi_device": 2},
            contactless={"driver": "pcsc", "light_pins": [2, 3], "tone_pin": 18},
            printer={"driver": "serial"},
        )
    )
    assert told[TestPart.READER] == "TCP 35963"
    assert told[TestPart.DISPLAY] == "SPI1 CE2, D/C GPIO 24 (18), RESET GPIO 25 (22)"
    assert told[TestPart.CONTACTLESS] == "USB"
    assert told[TestPart.LIGHTS] == "GPIO 2 (3), 3 (5), GPIO 18 (12)"
    assert told[TestPart.PRINTER] == "/dev/serial0, TXD GPIO 14 (8), RXD GPIO 15 (10)"
    network = where(settings(printer={"driver": "network", "host": "192.0.2.9"}))
    assert network[TestPart.PRINTER] == "192.0.2.9:9100"


def test_the_header_agrees_with_the_page_and_no_pin_is_there_twice() -> None:
    page = re.findall(r"GPIO (\d+)[^|()\n]*\((\d+)\)", HARDWARE.read_text("utf-8"))
    assert len(page) > 10
    for gpio, place in page:
        assert HEADER[int(gpio)] == int(place), gpio
    power_and_ground = {1, 2, 4, 6, 9, 14, 17, 20, 25, 30, 34, 39}
    assert sorted(HEADER) == list(range(28))
    assert sorted(HEADER.values()) == sorted(set(range(1, 41)) - power_and_ground)
    assert pin(24) == "GPIO 24 (18)"
