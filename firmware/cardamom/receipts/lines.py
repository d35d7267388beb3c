"""What a slip is made of: lines on a grid of columns and dots, as pure values.

A printer's text mode and a drawn picture set the same lines at the same dots.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

CELL_W: Final = 12
"""Dots across a column (Font A); a wide character takes two."""
CELL_H: Final = 24
"""Dots down a character of normal size."""
ROW: Final = 30
"""Dots from one row of normal text to the next."""

PaperWidth = Literal[58, 80]
COLUMNS: Final[dict[PaperWidth, int]] = {58: 32, 80: 48}
QR_MODULE: Final[dict[PaperWidth, int]] = {58: 5, 80: 6}
"""Dots a module of the e-receipt's QR code."""


@dataclass(frozen=True, slots=True)
class Run:
    """Text whose cells start `x` dots from the left; `wide` and `high` multiply the cell."""

    x: int
    text: str
    wide: int = 1
    high: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """Runs on one baseline, left to right. `height` dots are fed, `top` of them above the cells."""

    runs: tuple[Run, ...]
    height: int = ROW
    top: int = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """White on black across the paper."""

    run: Run


class Stroke(StrEnum):
    SOLID = "solid"
    DASHED = "dashed"


@dataclass(frozen=True, slots=True)
class Rule:
    stroke: Stroke


@dataclass(frozen=True, slots=True)
class Box:
    """The declined outcome: double-size text in a heavy frame."""

    run: Run


@dataclass(frozen=True, slots=True)
class Hatch:
    """One of the two hatched bars about an unknown outcome; `closing` is the lower one."""

    closing: bool = False


@dataclass(frozen=True, slots=True)
class Space:
    """White."""

    dots: int


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """Room to sign, and the line to sign on."""


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code, centred."""

    content: str


_Visible = Row | Bar | Rule | Box | Hatch | SignatureLine | Qr
Line = _Visible | Space


@dataclass(frozen=True, slots=True)
class Layout:
    """One slip, from head to foot."""

    width: PaperWidth
    lines: tuple[Line, ...]

    @property
    def columns(self) -> int:
        return COLUMNS[self.width]

    @property
    def dots(self) -> int:
        return self.columns * CELL_W

    def text(self) -> str:
        """The slip in letters, a line each: for people, logs of tests, and golden files."""
        rows = [_plain(line, self.columns) for line in self.lines if not isinstance(line, Space)]
        return "\n".join(rows) + "\n"


def _plain(line: _Visible, width: int) -> str:
    match line:
        case Row():
            return plain_row(line.runs)
        case Bar():
            return f"[{line.run.text}]"
        case Rule():
            return ("=" if line.stroke is Stroke.SOLID else "-") * width
        case Box():
            return f"| {line.run.text} |"
        case Hatch():
            return "/" * width
        case SignatureLine():
            return "_" * width
        case Qr():
            return f"<QR {line.content}>"


def plain_row(runs: tuple[Run, ...]) -> str:
    """Runs in letters; magnified ones keep their column but not their width."""
    text, at = "", 0
    for run in runs:
        column = run.x // CELL_W
        text += " " * max(column - at, 1 if text else 0) + run.text
        at = column + run.wide * sum(1 if c <= "~" else 2 for c in run.text)
    return text.rstrip()
