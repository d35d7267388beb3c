"""Outcomes, each a shape of its own, and the marks of keys and status line; on the grid of 48."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from PIL import Image

from cardamom.ui.pen import CUT, ICON, INK, Pen
from cardamom.ui.pictograms import PICTOGRAMS


def _tick(pen: Pen, tone: int) -> None:
    pen.line((13.8, 24.8), (21, 32.2), (34.9, 17), width=ICON.stroke_emblem, tone=tone)


def _cross(pen: Pen, reach: float, width: float, tone: int) -> None:
    pen.line((24 - reach, 24 - reach), (24 + reach, 24 + reach), width=width, tone=tone)
    pen.line((24 - reach, 24 + reach), (24 + reach, 24 - reach), width=width, tone=tone)


def _diamond(pen: Pen) -> None:
    pen.shape((24, 2.8), (45.2, 24), (24, 45.2), (2.8, 24), rounding=1.9)


def disc_tick(pen: Pen) -> None:
    """Approved."""
    pen.disc((24, 24), 22)
    _tick(pen, CUT)


def octagon_cross(pen: Pen) -> None:
    """Declined, or a failed part."""
    near, far = 15.6, 32.4
    low, high = 3.6, 44.4
    pen.shape(
        (near, low), (far, low), (high, near), (high, far),
        (far, high), (near, high), (low, far), (low, near),
    )  # fmt: skip
    _cross(pen, 7.3, ICON.stroke_emblem, CUT)


def diamond_question(pen: Pen) -> None:
    """Outcome unknown."""
    _diamond(pen)
    pen.glyph("?", (24.3, 34), 29, CUT)


def diamond_turn(pen: Pen) -> None:
    """Reversal pending."""
    _diamond(pen)
    pen.arc((24.2, 25), 8.4, (-58, 205), tone=CUT)
    pen.shape((12.4, 18.7), (20.8, 17), (18.8, 25.6), tone=CUT)


def ring_bar(pen: Pen) -> None:
    """Not completed: nothing was asked, nothing was taken."""
    pen.disc((24, 24), 22)
    pen.disc((24, 24), 17.6, CUT)
    pen.line((15.5, 24), (32.5, 24), width=ICON.stroke_emblem)


def ring_tick(pen: Pen) -> None:
    """Approved in training: a broken ring."""
    for dash in range(12):
        start = dash * 30 - 7
        pen.arc((24, 24), 20.7, (start, start + 14), width=3.3)
    _tick(pen, INK)


def warn(pen: Pen) -> None:
    """The device itself has a fault."""
    pen.shape((24, 7), (43, 41.4), (5, 41.4), rounding=2.4)
    pen.line((24, 19), (24, 28.6), width=4.8, tone=CUT)
    pen.disc((24, 36), 3.2, CUT)


def key_cancel(pen: Pen) -> None:
    _cross(pen, 8, 4.2, INK)


def key_clear(pen: Pen) -> None:
    pen.line((13.6, 24), (34.4, 24), width=4.2)
    pen.line((21, 16.8), (13.6, 24), (21, 31.2), width=4.2)


def key_enter(pen: Pen) -> None:
    pen.disc((24, 24), 10.2)
    pen.disc((24, 24), 6.1, CUT)


def key_menu(pen: Pen) -> None:
    for y in (17.6, 24, 30.4):
        pen.line((17.6, y), (30.4, y), width=3.2)


def key_up(pen: Pen) -> None:
    pen.shape((24, 16), (34, 31.4), (14, 31.4))


def key_down(pen: Pen) -> None:
    pen.shape((24, 32), (34, 16.6), (14, 16.6))


def pointer(pen: Pen) -> None:
    """The selected row."""
    pen.shape((12, 9), (36, 24), (12, 39))


def link(pen: Pen) -> None:
    for i, top in enumerate((32, 23, 13.6, 4.4)):
        x = 6 + 10.9 * i
        pen.box((x, top, x + 6.2, 45))


def paper(pen: Pen) -> None:
    pen.line((12.6, 42.4), (12.6, 5.2), (36, 5.2), (36, 42.4), width=3.6)
    pen.line((12.6, 42.4), (18.4, 38.6), (24.3, 42.4), (30.2, 38.6), (36, 42.4), width=3)
    pen.line((17.4, 13.2), (30.8, 13.2), width=3)
    pen.line((17.4, 20.6), (30.8, 20.6), width=3)


SHAPES: dict[str, Callable[[Pen], None]] = {
    **PICTOGRAMS,
    "disc_tick": disc_tick,
    "octagon_cross": octagon_cross,
    "diamond_question": diamond_question,
    "diamond_turn": diamond_turn,
    "ring_bar": ring_bar,
    "ring_tick": ring_tick,
    "warn": warn,
    "key_cancel": key_cancel,
    "key_clear": key_clear,
    "key_enter": key_enter,
    "key_menu": key_menu,
    "key_up": key_up,
    "key_down": key_down,
    "pointer": pointer,
    "link": link,
    "paper": paper,
}


@lru_cache(maxsize=96)
def mask(name: str, px: int) -> Image.Image:
    """The shape called `name`, `px` pixels a side: mode L, 255 inside."""
    pen = Pen(px)
    SHAPES[name](pen)
    return pen.mask()
