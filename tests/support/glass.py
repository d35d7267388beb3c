"""A real luma driver on the decoding SPI, and panels for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from PIL import Image, ImageChops

from cardamom.devices.panel import LumaPanel, PanelWiring, luma_opener
from cardamom.simulator.panel import SIX_BITS, NoGpio, PanelSpi
from cardamom.values.health import Condition, Health, Part

T = TypeVar("T")


class Glass:
    """A LumaPanel of one driver over a simulated bus."""

    def __init__(
        self,
        driver: str = "ili9341",
        size: tuple[int, int] = (320, 240),
        rotate: int = 0,
        deadline_s: float = 5.0,
    ) -> None:
        wiring = PanelWiring(driver, rotate=rotate)
        gpio = NoGpio(wiring.dc_pin)
        self.spi = PanelSpi(gpio, size)
        self.shown: list[Image.Image] = []
        opener = luma_opener(wiring, self.spi, gpio)
        self.panel = LumaPanel(opener, size, "simulated", self.shown.append, deadline_s)


class Frames:
    """A ports.Panel that keeps what it is given."""

    size = (320, 240)

    def __init__(self) -> None:
        self.drawn: list[Image.Image] = []

    def state(self) -> Health:
        return Health(part=Part.DISPLAY, condition=Condition.OK)

    async def check(self) -> Health:
        return self.state()

    def draw(self, image: Image.Image) -> None:
        self.drawn.append(image)


def on_glass(image: Image.Image) -> Image.Image:
    """What 18-bit glass makes of a picture."""
    return image.point(list(SIX_BITS) * 3)


def changed_box(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(before, after).getbbox()


async def until(true: Callable[[], bool], what: str) -> None:
    """Lets other threads work until `true()`; fails after some seconds."""
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never came: {what}")


def run(work: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        return await work()

    return asyncio.run(main())
