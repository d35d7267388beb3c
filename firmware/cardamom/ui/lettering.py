"""Lines of Chinese and Latin on one baseline; figures in cells of one width. All in pixels."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from PIL import ImageDraw, ImageFont

from cardamom.ui.fonts import cjk, latin
from cardamom.ui.tokens import TOKENS

FONT = TOKENS.font
FIGURE_SPACE = "\u2007"
"""As wide as a digit: pads a number so that its neighbours stay where they are."""


class Weight(StrEnum):
    """How bold Chinese is; Latin has one weight."""

    STRONG = "strong"
    MEDIUM = "medium"


def width(text: str, px: int, weight: Weight, *, cells: bool = False) -> float:
    """How far `text` reaches, in pixels; with `cells` each digit is as wide as the widest."""
    return sum(advance for *_, advance in _pieces(text, px, weight, cells=cells))


def letter(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    px: int,
    colour: str,
    weight: Weight,
    *,
    cells: bool = False,
) -> None:
    """Draws `text` from the left end of its baseline."""
    x, baseline = at
    for piece, font, stroke, shift, advance in _pieces(text, px, weight, cells=cells):
        draw.text(
            (x + shift, baseline), piece, fill=colour, font=font, anchor="ls", stroke_width=stroke
        )
        x += advance


Piece = tuple[str, ImageFont.FreeTypeFont, float, float, float]
"""Text, font, stroke width, shift to the right of where it starts, advance."""


def _pieces(text: str, px: int, weight: Weight, *, cells: bool) -> Iterator[Piece]:
    for is_cjk, run in groupby(text, _is_cjk):
        piece = "".join(run)
        if is_cjk:
            font = cjk(px)
            em = FONT.cjk_stroke_strong if weight is Weight.STRONG else FONT.cjk_stroke_medium
            yield piece, font, em * px, 0.0, font.getlength(piece)
        elif cells:
            yield from _cells(piece, px)
        else:
            font = latin(px)
            yield piece, font, 0.0, 0.0, font.getlength(piece)


def _cells(piece: str, px: int) -> Iterator[Piece]:
    font = latin(px)
    for char in piece:
        if char == FIGURE_SPACE:
            yield "", font, 0.0, 0.0, _cell(px)
            continue
        own = font.getlength(char)
        cell = _cell(px) if char.isdigit() else own
        yield char, font, 0.0, (cell - own) / 2, cell


@lru_cache(maxsize=64)
def _cell(px: int) -> float:
    font = latin(px)
    return max(font.getlength(digit) for digit in "0123456789")


def _is_cjk(char: str) -> bool:
    return ord(char) >= 0x2E80
