"""Where each part of a slip stands, in dots from the top: one truth for text mode and picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL.Image import Image

from cardamom.receipts.lines import (
    CELL_H,
    Bar,
    Box,
    Hatch,
    Layout,
    Line,
    Qr,
    Row,
    Rule,
    Run,
    SignatureLine,
    Space,
)
from cardamom.receipts.shapes import (
    BOX_H,
    HATCH_H,
    band,
    boxed,
    hatched,
    qr_code,
    ruled,
    signature,
)

HEAD: Final = 8
TAIL: Final = 26
BAR_EDGES: Final = (5, 7)
"""Black above and below the cells of an inverse bar."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A row of characters; its cells start at `y`."""

    y: int
    runs: tuple[Run, ...]
    inverse: bool = False

    @property
    def height(self) -> int:
        return CELL_H * max(run.high for run in self.runs)


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture from `y` down, in the middle of the paper."""

    y: int
    mask: Image

    @property
    def height(self) -> int:
        return self.mask.height


Part = Cells | Raster


def place(layout: Layout) -> tuple[tuple[Part, ...], int]:
    """Parts from the top down, none overlapping, and the height of the slip, all in dots."""
    parts: list[Part] = []
    y = HEAD
    for line in layout.lines:
        made, height = _line(line, layout, y)
        parts.extend(made)
        y += height
    return tuple(parts), y + TAIL


def _line(line: Line, layout: Layout, y: int) -> tuple[list[Part], int]:
    match line:
        case Row():
            return [Cells(y + line.top, line.runs)], line.height
        case Bar():
            return list(_bar(line.run, layout, y + 8)), 48
        case Rule():
            return [Raster(y + 8, ruled(layout.dots, line.stroke))], 16
        case Box():
            return [Raster(y + 2, boxed(layout.dots, line.run))], BOX_H + 11
        case Hatch():
            above = 6 if line.closing else 2
            return [Raster(y + above, hatched(layout.dots))], above + HATCH_H + 5
        case Space():
            return [], line.dots
        case SignatureLine():
            return [Raster(y + 72, signature(layout.dots))], 80
        case Qr():
            code = qr_code(line.content, layout)
            return [Raster(y + 16, code)], code.height + 26


def _bar(run: Run, layout: Layout, y: int) -> Iterator[Part]:
    above, below = BAR_EDGES
    yield Raster(y, band(layout.dots, above))
    yield Cells(y + above, (run,), inverse=True)
    yield Raster(y + above + CELL_H, band(layout.dots, below))
