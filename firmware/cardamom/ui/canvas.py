"""A picture drawn in units: a canvas 240 units high, as wide as the panel makes it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

from PIL import Image, ImageDraw

from cardamom.ui.emblems import mask
from cardamom.ui.lettering import Weight, letter, width
from cardamom.ui.tokens import TOKENS
from cardamom.values.money import Money

HEIGHT: Final = 240
FONT: Final = TOKENS.font
Anchor = Literal["left", "middle", "right"]
SHARE: Final[dict[Anchor, float]] = {"left": 0.0, "middle": 0.5, "right": 1.0}


class Canvas:
    """Draws on an RGB picture of `size` pixels; all lengths are units."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.image = Image.new("RGB", size, TOKENS.colour.paper)
        self.ground = TOKENS.colour.paper
        self._draw = ImageDraw.Draw(self.image)
        self._zoom = size[1] / HEIGHT
        self.width = size[0] / self._zoom
        self.least = float(HEIGHT)
        """The smallest size of text so far."""

    @property
    def middle(self) -> float:
        return self.width / 2

    def px(self, units: float) -> int:
        """Pixels of a length."""
        return round(units * self._zoom)

    def fill(self, colour: str) -> None:
        """The ground of the whole screen."""
        self.ground = colour
        self.box((0, 0, self.width, HEIGHT), colour)

    def box(self, at: tuple[float, float, float, float], colour: str, radius: float = 0) -> None:
        """A filled rectangle: left, top, right, bottom; edges on whole pixels."""
        x0, y0, x1, y1 = (self.px(edge) for edge in at)
        if radius:
            shape = _rounded((x1 - x0, y1 - y0), self.px(radius))
            self.image.paste(colour, (x0, y0, x1, y1), shape)
        elif x1 > x0 and y1 > y0:
            self._draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=colour)

    def field(
        self,
        at: tuple[float, float, float, float],
        colour: str,
        outline: str,
        line: float = TOKENS.grid.outline,
        radius: float = TOKENS.grid.radius_field,
    ) -> None:
        """A box with an outline inside its edges, at least a pixel wide."""
        x0, y0, x1, y1 = at
        line = max(1, self.px(line)) / self._zoom
        self.box(at, outline, radius)
        self.box((x0 + line, y0 + line, x1 - line, y1 - line), colour, max(0, radius - line))

    def polygon(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        self._draw.polygon([(x * self._zoom, y * self._zoom) for x, y in points], fill=colour)

    def icon(self, name: str, x: float, y: float, size: float, colour: str) -> None:
        """A shape of emblems.SHAPES with its top left corner at x, y."""
        shape = mask(name, self.px(size))
        left, top = self.px(x), self.px(y)
        self.image.paste(colour, (left, top, left + shape.width, top + shape.height), shape)

    def text_width(
        self, text: str, size: float, weight: Weight = Weight.STRONG, *, cells: bool = False
    ) -> float:
        return width(text, self.px(size), weight, cells=cells) / self._zoom

    def text(
        self,
        x: float,
        centre: float,
        text: str,
        size: float,
        colour: str = TOKENS.colour.ink,
        *,
        weight: Weight = Weight.STRONG,
        anchor: Anchor = "left",
        cells: bool = False,
    ) -> None:
        """A line whose optical centre is at y `centre`."""
        self.least = min(self.least, size)
        px = self.px(size)
        long = width(text, px, weight, cells=cells)
        left = round(x * self._zoom - SHARE[anchor] * long)
        baseline = self.px(centre + FONT.optical_centre * size)
        letter(self._draw, (left, baseline), text, px, colour, weight, cells=cells)

    def fit(
        self,
        text: str,
        room: float,
        start: float,
        weight: Weight = Weight.STRONG,
        steps: Sequence[float] = TOKENS.type.headline_steps,
    ) -> float:
        """The largest size from `start` down in which `text` is no longer than `room`.

        Past the last step it shrinks on: a line is never cut.
        """
        sizes = [start, *(step for step in steps if step < start)]
        for size in sizes:
            if self.text_width(text, size, weight) <= room:
                return size
        return sizes[-1] * room / self.text_width(text, sizes[-1], weight)

    def amount(
        self,
        x: float,
        baseline: float,
        money: Money,
        start: float,
        room: float,
        colour: str = TOKENS.colour.ink,
        anchor: Anchor = "middle",
    ) -> None:
        """An amount with its currency sign, stepping down until it fits in `room`."""
        digits = money.digits(grouped=True)
        sign = money.unit.sign
        steps = [start, *(step for step in TOKENS.type.amount_steps if step < start)]
        size = next((s for s in steps if self._amount_width(sign, digits, s) <= room), steps[-1])
        long = self._amount_width(sign, digits, size)
        if long > room:
            size *= room / long
            long = self._amount_width(sign, digits, size)
        left = x - SHARE[anchor] * long
        small = size * FONT.currency_scale
        gap = FONT.currency_gap * size
        y = self.px(baseline)
        letter(
            self._draw, (round(left * self._zoom), y), sign, self.px(small), colour, Weight.STRONG
        )
        at = round((left + self.text_width(sign, small) + gap) * self._zoom)
        letter(self._draw, (at, y), digits, self.px(size), colour, Weight.STRONG, cells=True)

    def _amount_width(self, sign: str, digits: str, size: float) -> float:
        return (
            self.text_width(sign, size * FONT.currency_scale)
            + FONT.currency_gap * size
            + self.text_width(digits, size, cells=True)
        )


@lru_cache(maxsize=64)
def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask with smooth corners; only the corners are drawn large and reduced."""
    shape = Image.new("L", size, 255)
    radius = min(radius, size[0] // 2, size[1] // 2)
    if radius < 1:
        return shape
    over = TOKENS.icon.supersample
    large = Image.new("L", (2 * radius * over, 2 * radius * over), 0)
    ImageDraw.Draw(large).ellipse((0, 0, 2 * radius * over - 1, 2 * radius * over - 1), fill=255)
    round_ = large.resize((2 * radius, 2 * radius), Image.Resampling.LANCZOS)
    right, bottom = size[0] - radius, size[1] - radius
    for x, from_x in ((0, 0), (right, radius)):
        for y, from_y in ((0, 0), (bottom, radius)):
            corner = round_.crop((from_x, from_y, from_x + radius, from_y + radius))
            shape.paste(corner, (x, y))
    return shape
