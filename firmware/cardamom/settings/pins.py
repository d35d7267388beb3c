"""Where to look: the pins and cables of each part, as the settings have them, for people."""

from __future__ import annotations

from typing import Final

from cardamom.settings.model import Settings
from cardamom.values.header import pin, pins
from cardamom.values.selftest import TestPart

_SPI0: Final = {"SCK": 11, "SDI": 10}
_CHIP_SELECT: Final = (8, 7)
"""GPIO numbers of SPI0 and its CE0 and CE1."""
_UART: Final = ("/dev/serial0", "/dev/ttyAMA0", "/dev/ttyS0")
_TXD, _RXD = 14, 15


def where(settings: Settings) -> dict[TestPart, str]:
    """By part; of no language."""
    return {
        TestPart.READER: _reader(settings),
        TestPart.CONTACTLESS: _contactless(settings),
        TestPart.DISPLAY: _display(settings),
        TestPart.LIGHTS: _lights(settings),
        TestPart.KEYPAD: pins((*settings.keypad.rows, *settings.keypad.columns)),
        TestPart.PRINTER: _printer(settings),
    }


def _reader(settings: Settings) -> str:
    reader = settings.reader
    return "USB" if reader.driver == "pcsc" else f"TCP {reader.port}"


def _display(settings: Settings) -> str:
    display = settings.display
    own = f"D/C {pin(display.dc_pin)}, RESET {pin(display.reset_pin)}"
    if display.spi_port == 0 and display.spi_device < len(_CHIP_SELECT):
        bus = ", ".join(f"{name} {pin(gpio)}" for name, gpio in _SPI0.items())
        return f"{bus}, CS {pin(_CHIP_SELECT[display.spi_device])}, {own}"
    return f"SPI{display.spi_port} CE{display.spi_device}, {own}"


def _contactless(settings: Settings) -> str:
    chosen = settings.contactless
    if chosen.driver == "pcsc":
        return "USB"
    if chosen.driver == "simulated":
        return f"TCP {chosen.port}"
    told = _serial(chosen.device)
    return f"{told}, RSTPDN {pin(chosen.reset_pin)}" if chosen.reset_pin >= 0 else told


def _lights(settings: Settings) -> str:
    chosen = settings.contactless
    told = [pins(chosen.light_pins)] if chosen.light_pins else []
    if chosen.tone_pin >= 0:
        told.append(pin(chosen.tone_pin))
    return ", ".join(told)


def _printer(settings: Settings) -> str:
    printer = settings.printer
    match printer.driver:
        case "network":
            return f"{printer.host}:{printer.port}"
        case "serial":
            return _serial(printer.device)
        case "usb":
            return f"USB {printer.usb_id}"
        case "none":
            return "-"


def _serial(device: str) -> str:
    """A port on the header with its two wires."""
    return f"{device}, TXD {pin(_TXD)}, RXD {pin(_RXD)}" if device in _UART else device
