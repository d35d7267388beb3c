"""A slip as ESC/POS: characters in GB18030 text mode, the rest as raster images (GS v 0)."""

from __future__ import annotations

from typing import Any, Final

from PIL import Image, ImageChops

from cardamom import escpos_library
from cardamom.receipts.letters import columns, encode
from cardamom.receipts.lines import CELL_W, Layout, PaperWidth
from cardamom.receipts.place import Cells, Raster, place

PROFILES: Final[dict[PaperWidth, str]] = {58: "POS-5890", 80: "TM-T20II"}
"""Of python-escpos: 384 and 576 dots across."""
TEAR_BAR: Final = 96
"""Dots (12 mm) that take a slip past the bar of a printer without a cutter."""

_WIDE_CHARACTERS: Final = b"\x1c&"
"""FS &: a byte above 7F begins a two-byte character."""


def encode_slip(layout: Layout) -> bytes:
    """Everything from reset to cut. One motion unit is one dot (ESC 3, ESC J at 203 dpi)."""
    tape = _Tape(layout)
    parts, height = place(layout)
    tape.feed(parts[0].y)
    for part, end in zip(parts, [p.y for p in parts[1:]] + [height], strict=True):
        if isinstance(part, Cells):
            tape.characters(part, end - part.y)
        else:
            tape.picture(part)
            tape.feed(end - part.y - part.height)
    return tape.cut()


class _Tape:
    """Writes commands through python-escpos and keeps what the printer was last told."""

    def __init__(self, layout: Layout) -> None:
        self._dots = layout.dots
        self._printer: Any = escpos_library.load("printer.dummy").Dummy(
            profile=PROFILES[layout.width]
        )
        # the library has no public way to send GB18030
        self._send = self._printer._raw  # noqa: SLF001
        self._spacing = 0
        self._size = (1, 1)
        self._printer.hw("INIT")
        self._send(_WIDE_CHARACTERS)

    def feed(self, dots: int) -> None:
        """ESC J: white paper."""
        while dots > 0:
            step = min(dots, 255)
            self._send(b"\x1bJ" + bytes((step,)))
            dots -= step

    def characters(self, row: Cells, spacing: int) -> None:
        """One line of text, `spacing` dots from its top to the next."""
        if spacing != self._spacing:
            self._printer.line_spacing(spacing)
            self._spacing = spacing
        if row.inverse:
            self._printer.set(invert=True)
        x = 0
        for run in row.runs:
            self._skip(run.x - x, run.x)
            self._set_size(run.wide, run.high)
            self._send(encode(run.text))
            x = run.x + columns(run.text) * CELL_W * run.wide
        if row.inverse:
            self._skip(self._dots - x, self._dots)
            self._send(b"\n")
            self._printer.set(invert=False)
        else:
            self._send(b"\n")

    def picture(self, raster: Raster) -> None:
        centred = raster.mask.width < self._dots
        if centred:
            self._printer.set(align="center")
        # the library takes black on white
        self._printer.image(ImageChops.invert(raster.mask), impl="bitImageRaster")
        if centred:
            self._printer.set(align="left")

    def cut(self) -> bytes:
        """Ends the slip; all that was written."""
        features = self._printer.profile.features
        if not (features.get("paperFullCut") or features.get("paperPartCut")):
            self.feed(TEAR_BAR)
        self._printer.cut(feed=False)
        output: bytes = self._printer.output
        return output

    def _skip(self, gap: int, x: int) -> None:
        """Blanks over whole columns (in inverse they print), ESC $ to a place between."""
        if gap % CELL_W:
            self._send(b"\x1b$" + x.to_bytes(2, "little"))
        elif gap:
            self._set_size(1, 1)
            self._send(b" " * (gap // CELL_W))

    def _set_size(self, wide: int, high: int) -> None:
        if (wide, high) != self._size:
            self._printer.set(custom_size=True, width=wide, height=high)
            self._size = (wide, high)


def warm() -> None:
    """Pays for the first slip's imports."""
    escpos_library.load("printer.dummy")
    Image.init()
