"""Shapes on the drawing grid of 48 units, drawn large and reduced to a mask of one colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw

from cardamom.ui.tokens import TOKENS

ICON: Final = TOKENS.icon
INK: Final = 255
CUT: Final = 0
Point = tuple[float, float]


class Pen:
    """Draws on a square of 48 by 48 units. `tone` INK adds to the shape, CUT takes away."""

    def __init__(self, px: int) -> None:
        self._px = px
        side = px * ICON.supersample
        self._scale = side / ICON.units
        self._image = Image.new("L", (side, side), CUT)
        self._draw = ImageDraw.Draw(self._image)

    def mask(self) -> Image.Image:
        """The shape, `px` pixels a side, mode L."""
        return self._image.resize((self._px, self._px), Image.Resampling.LANCZOS)

    def box(
        self, at: tuple[float, float, float, float], radius: float = 0, tone: int = INK
    ) -> None:
        self._draw.rounded_rectangle(self._scaled(*at), radius * self._scale, fill=tone)

    def frame(
        self,
        at: tuple[float, float, float, float],
        radius: float = ICON.corner,
        width: float = ICON.stroke,
    ) -> None:
        """A box that is open inside; `at` is its outer edge."""
        x0, y0, x1, y1 = at
        self.box(at, radius)
        self.box((x0 + width, y0 + width, x1 - width, y1 - width), max(0, radius - width), CUT)

    def disc(self, centre: Point, radius: float, tone: int = INK) -> None:
        x, y = centre
        self._draw.ellipse(self._scaled(x - radius, y - radius, x + radius, y + radius), fill=tone)

    def line(self, *points: Point, width: float = ICON.stroke, tone: int = INK) -> None:
        """A line with round ends and joints."""
        scaled = [(x * self._scale, y * self._scale) for x, y in points]
        self._draw.line(scaled, fill=tone, width=round(width * self._scale))
        for point in points:
            self.disc(point, width / 2, tone)

    def arc(
        self,
        centre: Point,
        radius: float,
        degrees: tuple[float, float],
        width: float = ICON.stroke,
        tone: int = INK,
    ) -> None:
        """An arc with round ends; degrees run clockwise from the right; `radius` to its middle."""
        x, y = centre
        start, end = (math.radians(d) for d in degrees)
        steps = max(2, math.ceil(abs(end - start) * radius * self._scale / 4))
        turn = [start + (end - start) * i / steps for i in range(steps + 1)]
        points = [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in turn]
        self.line(*points, width=width, tone=tone)

    def shape(self, *points: Point, rounding: float = 0, tone: int = INK) -> None:
        """A filled polygon; `rounding` grows it all round and rounds its corners."""
        scaled = [(x * self._scale, y * self._scale) for x, y in points]
        self._draw.polygon(scaled, fill=tone)
        if rounding:
            self.line(*points, points[0], width=2 * rounding, tone=tone)

    def bend(self, start: Point, pull: Point, end: Point, width: float, tone: int = INK) -> None:
        """A quadratic curve with round ends."""
        self.line(*curve(start, pull, end), width=width, tone=tone)

    def glyph(self, text: str, baseline: Point, size: float, tone: int) -> None:
        """A letter of the Latin face, centred over its baseline point."""
        from cardamom.ui.fonts import latin

        x, y = baseline
        font = latin(round(size * self._scale))
        self._draw.text((x * self._scale, y * self._scale), text, tone, font, anchor="ms")

    def _scaled(self, *edges: float) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = (edge * self._scale for edge in edges)
        return x0, y0, x1 - 1, y1 - 1


def curve(start: Point, pull: Point, end: Point, steps: int = 24) -> Sequence[Point]:
    """Points of a quadratic Bezier curve."""
    return [
        (
            (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * pull[0] + t * t * end[0],
            (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * pull[1] + t * t * end[1],
        )
        for t in (i / steps for i in range(steps + 1))
    ]
