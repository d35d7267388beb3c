"""The print head and its paper: commands to dots."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops

from cardamom.receipts.glyphs import glyph
from cardamom.simulator.printer.tokens import Token

CELL: Final = (12, 24)
_DEFAULT_SPACING: Final = 30


@dataclass(frozen=True, slots=True)
class Slip:
    """What was cut off: black on white, and each printed line in letters."""

    image: Image.Image
    text: str


@dataclass(frozen=True, slots=True)
class _Cell:
    char: str
    x: int
    wide: int
    high: int
    inverse: bool

    @property
    def columns(self) -> int:
        return self.wide * (1 if self.char <= "~" else 2)


class Roll:
    """Executes commands. `dots` is the width of the head; `left` the paper still there, in dots."""

    def __init__(self, dots: int) -> None:
        self.dots = dots
        self.left: int | None = None
        self.unknown: Counter[str] = Counter()
        """Commands that it does not know, and what else no printer would print, by name."""
        self._ink: list[tuple[int, int, Image.Image]] = []
        self._text: list[str] = []
        self._y = 0
        self._reset()

    @property
    def empty(self) -> bool:
        """Whether the paper has run out."""
        return self.left is not None and self.left <= 0

    def _reset(self) -> None:
        self._cells: list[_Cell] = []
        self._x = 0
        self._wide = self._high = 1
        self._inverse = False
        self._align = 0
        self._spacing = _DEFAULT_SPACING
        self._two_byte = True

    def execute(self, token: Token) -> Slip | None:
        """One command; the slip where it was a cut."""
        data = token.data
        match token.name:
            case "text":
                self._set(data)
            case "LF":
                self._print(self._spacing)
            case "ESC J":
                self._print(data[0])
            case "ESC d":
                for _ in range(data[0]):
                    self._print(self._spacing)
            case "GS v 0":
                self._raster(data)
            case "GS V":
                return self._cut()
            case "unknown":
                self.unknown[data.hex(" ").upper()] += 1
            case _:
                self._mode(token.name, data)
        return None

    def _mode(self, name: str, data: bytes) -> None:
        match name:
            case "ESC @":
                self._reset()
            case "ESC 2":
                self._spacing = _DEFAULT_SPACING
            case "ESC 3":
                self._spacing = data[0]
            case "ESC a":
                self._align = data[0] % 48
            case "ESC $":
                self._x = int.from_bytes(data, "little")
            case "FS &" | "FS .":
                self._two_byte = name == "FS &"
            case "GS !":
                self._wide, self._high = (data[0] >> 4) + 1, (data[0] & 7) + 1
            case "GS B":
                self._inverse = bool(data[0] & 1)
            case _:
                self.unknown[name] += 1

    def _set(self, data: bytes) -> None:
        try:
            char = data.decode("gb18030")
        except UnicodeDecodeError:
            self.unknown[f"text {data.hex(' ').upper()}"] += 1
            return
        if len(data) > 1 and not self._two_byte:
            self.unknown["two-byte text without FS &"] += 1
        cell = _Cell(char, self._x, self._wide, self._high, self._inverse)
        if self._x + cell.columns * CELL[0] > self.dots:
            self.unknown["line wider than the paper"] += 1
            self._print(self._spacing)
            cell = _Cell(char, 0, self._wide, self._high, self._inverse)
        self._cells.append(cell)
        self._x = cell.x + cell.columns * CELL[0]

    def _print(self, feed: int) -> None:
        """Prints the line, cells of unlike height on one foot, and feeds from its top."""
        tall = max((CELL[1] * c.high for c in self._cells), default=0)
        shift = (self.dots - self._x) * self._align // 2 if self._cells else 0
        for cell in self._cells:
            self._stamp(cell, cell.x + shift, self._y + tall - CELL[1] * cell.high)
        if self._cells:
            self._text.append(_letters(self._cells, shift))
        self._advance(max(feed, tall))
        self._cells, self._x = [], 0

    def _stamp(self, cell: _Cell, x: int, y: int) -> None:
        dots = glyph(cell.char, cell.wide, cell.high)
        if cell.inverse:
            dots = ImageChops.invert(dots.crop((0, 0, dots.width, CELL[1] * cell.high)))
        self._ink.append((x, y, dots))

    def _raster(self, data: bytes) -> None:
        across = int.from_bytes(data[1:3], "little") * 8
        down = int.from_bytes(data[3:5], "little")
        if across > self.dots:
            self.unknown["raster wider than the paper"] += 1
        picture = Image.frombytes("1", (across, down), data[5:])
        self._ink.append(((self.dots - across) * self._align // 2, self._y, picture))
        self._text.append(f"[raster {across}x{down}]")
        self._advance(down)

    def _advance(self, dots: int) -> None:
        self._y += dots
        if self.left is not None:
            self.left -= dots

    def _cut(self) -> Slip:
        ink = Image.new("1", (self.dots, max(self._y, 1)))
        for x, y, dots in self._ink:
            ink.paste(255, (x, y), dots)
        slip = Slip(ImageChops.invert(ink), "\n".join(self._text) + "\n")
        self._ink, self._text, self._y = [], [], 0
        return slip


def _letters(cells: list[_Cell], shift: int) -> str:
    text, at = "", 0
    for cell in cells:
        column = (cell.x + shift) // CELL[0]
        text += " " * (column - at) + cell.char
        at = column + cell.columns
    return text.rstrip()
