"""Characters as dots: WenQuanYi Micro Hei Mono, which stands in for a printer's font ROM."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from cardamom.faults import DeviceFault
from cardamom.receipts.letters import columns
from cardamom.receipts.lines import CELL_H, CELL_W

LATIN_PX: Final = 20
"""At this size the face's Latin letters advance one column of 12 dots."""
CJK_PX: Final = 24
BASELINE: Final = 21
"""Dots from the top of a normal cell."""
OVERHANG: Final = 4
"""Dots by which a bitmap passes its cell below, a multiple of the height: g and y reach there."""
THRESHOLD: Final = 160
"""Grey up to it is black."""

_FILE: Final = "wqy-microhei.ttc"
_MONO: Final = 1
_FOLDERS: Final = ("/usr/share/fonts/truetype/wqy", "/usr/share/fonts")


@lru_cache(maxsize=2048)
def glyph(char: str, wide: int = 1, high: int = 1) -> Image.Image:
    """One character as a mask ("1", set where black), `columns(char) * 12 * wide` dots wide and
    `(24 + OVERHANG) * high` high. Raises DeviceFault where the font is missing."""
    size = (LATIN_PX if columns(char) == 1 else CJK_PX) * high
    across = columns(char) * CELL_W
    grey = Image.new("L", (across * high, (CELL_H + OVERHANG) * high), 255)
    ImageDraw.Draw(grey).text((0, BASELINE * high), char, font=_font(size), fill=0, anchor="ls")
    if wide != high:
        grey = grey.resize((across * wide, grey.height), Image.Resampling.LANCZOS)
    return grey.point(_BLACK, "1")


_BLACK: Final = [255 if grey <= THRESHOLD else 0 for grey in range(256)]


@lru_cache(maxsize=8)
def _font(px: int) -> ImageFont.FreeTypeFont:
    # with Raqm a picture would depend on libfribidi being there
    return ImageFont.truetype(
        str(_font_file()), px, index=_MONO, layout_engine=ImageFont.Layout.BASIC
    )


@lru_cache(maxsize=1)
def _font_file() -> Path:
    for folder in _FOLDERS:
        for path in sorted(Path(folder).rglob(_FILE)):
            return path
    raise DeviceFault(f"the font {_FILE} is missing: install the Debian package fonts-wqy-microhei")
