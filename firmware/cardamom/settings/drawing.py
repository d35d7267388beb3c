"""The wiring as a drawing, from the settings' defaults: `python -m cardamom.settings.drawing >
docs/pictures/wiring.svg`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from cardamom.settings.guarding import TamperSettings
from cardamom.settings.model import DisplaySettings, KeypadSettings
from cardamom.values.header import HEADER

RESET_PIN: Final = 22
LIGHT_PINS: Final = (17, 27, 4, 18)
TONE_PIN: Final = 23
"""No defaults: what hardware.md proposes for a contactless reader's reset, lights and buzzer."""

_POWER: Final = {1: "3.3 V", 17: "3.3 V", 2: "5 V", 4: "5 V"}
_GROUND: Final = (6, 9, 14, 20, 25, 30, 34, 39)
_FEEDS: Final = {
    1: "LCD VCC", 17: "LCD LED, PN532 VCC", 6: "LCD GND", 20: "PN532 GND", 39: "lid switch",
    9: "lights, buzzer GND",
}  # fmt: skip
"""Pins of the header that carry power to a part."""
_COLOURS: Final = {
    "LCD": "#1f6fb2", "Keypad": "#2e7d32", "PN532": "#8e44ad", "Lid": "#b71c1c",
    "Lights": "#b26a00", "EEPROM": "#5d4037",
}  # fmt: skip
_ROW, _TOP, _MID, _WIDE = 26, 70, 380, 760


@dataclass(frozen=True, slots=True)
class Wire:
    """From a GPIO to a line of a part."""

    gpio: int
    part: str
    line: str


def wires() -> list[Wire]:
    """Every wire of a whole terminal, each GPIO once."""
    display, keypad, lid = DisplaySettings(), KeypadSettings(), TamperSettings()
    found = [
        Wire(11, "LCD", "SCK"),
        Wire(10, "LCD", "SDI"),
        Wire((8, 7)[display.spi_device], "LCD", "CS"),
        Wire(display.dc_pin, "LCD", "D/C"),
        Wire(display.reset_pin, "LCD", "RESET"),
        Wire(14, "PN532", "RXD"),
        Wire(15, "PN532", "TXD"),
        Wire(RESET_PIN, "PN532", "RSTPDN"),
        Wire(lid.pin, "Lid", "switch"),
        Wire(2, "EEPROM", "SDA"),
        Wire(3, "EEPROM", "SCL"),
        Wire(TONE_PIN, "Lights", "buzzer"),
    ]
    for name, pins in (("row", keypad.rows), ("column", keypad.columns)):
        found += [Wire(pin, "Keypad", f"{name} {n}") for n, pin in enumerate(pins, 1)]
    found += [Wire(pin, "Lights", f"light {n}") for n, pin in enumerate(LIGHT_PINS, 1)]
    return found


def drawing() -> str:
    """An SVG of the 40-pin header, seen from above with the board's edge on the right."""
    by_pin = {HEADER[wire.gpio]: wire for wire in wires()}
    high = _TOP + 20 * _ROW + 60
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {high}" '
            'font-family="sans-serif" font-size="13">'
        ),
        f'<rect width="{_WIDE}" height="{high}" fill="#ffffff"/>',
        _text(_MID, 24, "Wiring at the 40-pin header", "middle", size=17),
        _text(
            _MID,
            46,
            "seen from above, SD card slot at the top, the board's edge on the right",
            "middle",
        ),
        (
            f'<rect x="{_MID - 34}" y="{_TOP - 6}" width="68" height="{20 * _ROW + 8}" rx="6" '
            'fill="#263238"/>'
        ),
    ]
    for pin in range(1, 41):
        out += _pin(pin, by_pin.get(pin))
    x = 40
    for part, colour in _COLOURS.items():
        out.append(f'<circle cx="{x}" cy="{high - 24}" r="6" fill="{colour}"/>')
        out.append(_text(x + 12, high - 19, part, "start"))
        x += 118
    return "\n".join((*out, "</svg>", ""))


def _pin(pin: int, wire: Wire | None) -> list[str]:
    left = pin % 2 == 1
    y = _TOP + (pin - 1) // 2 * _ROW + 12
    x = _MID - 16 if left else _MID + 16
    side, end = (-1, "end") if left else (1, "start")
    colour, label, weight = _label(pin, wire)
    dot = colour if wire is not None or pin in _FEEDS else "#90a4ae"
    parts = [
        f'<circle cx="{x}" cy="{y}" r="9" fill="{dot}"/>',
        _text(x, y + 4, str(pin), "middle", size=9, colour="#ffffff"),
    ]
    if wire is not None or pin in _FEEDS:
        line = f'x1="{x + side * 9}" y1="{y}" x2="{x + side * 60}" y2="{y}"'
        parts.append(f'<line {line} stroke="{colour}" stroke-width="{weight}"/>')
    parts.append(_text(x + side * 66, y + 4, label, end, colour=colour))
    return parts


def _label(pin: int, wire: Wire | None) -> tuple[str, str, float]:
    """Colour, words, width of the line."""
    if wire is not None:
        return _COLOURS[wire.part], f"{wire.part} {wire.line} (GPIO {wire.gpio})", 2.5
    rail = _POWER.get(pin) or ("GND" if pin in _GROUND else "")
    if pin in _FEEDS:
        return "#212121", f"{rail}: {_FEEDS[pin]}", 2.5
    gpio = next((g for g, p in HEADER.items() if p == pin), None)
    how = "for a HAT's EEPROM" if gpio in (0, 1) else "free"
    return "#90a4ae", rail or f"{how} (GPIO {gpio})", 0


def _text(
    x: int, y: int, text: str, anchor: str, *, size: int = 13, colour: str = "#212121"
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


if __name__ == "__main__":
    sys.stdout.write(drawing())
