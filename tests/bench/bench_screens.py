"""What a screen costs: milliseconds to draw, bytes over SPI for what moves and for what answers."""

from __future__ import annotations

import asyncio
import statistics
import time

from PIL import Image

from cardamom.ui.gallery import SIZES
from cardamom.ui.render import render
from cardamom.ui.specimen import AMOUNT, DEMO, LIMIT
from cardamom.ui.specimens import SPECIMENS
from cardamom.values.merchant import Language
from cardamom.values.money import Money
from cardamom.values.screens import (
    Approved,
    Authorising,
    EnterAmount,
    EnterPin,
    Idle,
    PresentCard,
    Reading,
    Screen,
    StatusLine,
)
from support.glass import Glass, until

ROUNDS = 20
DRIVER = {(320, 240): "ili9341", (480, 320): "ili9488"}
AFTER = StatusLine(link_ok=True, paper_ok=True, clock="13:38")
CHANGES: dict[str, tuple[tuple[Screen, StatusLine, int], tuple[Screen, StatusLine, int]]] = {
    "waiting block, one step": (
        (Authorising(AMOUNT, 6, 60), DEMO, 0),
        (Authorising(AMOUNT, 6, 60), DEMO, 2),
    ),
    "seconds, one digit": (
        (Authorising(AMOUNT, 6, 60), DEMO, 0),
        (Authorising(AMOUNT, 7, 60), DEMO, 0),
    ),
    "clock, one digit": ((Idle("x"), DEMO, 0), (Idle("x"), AFTER, 0)),
    "caret": ((EnterAmount(AMOUNT, LIMIT), DEMO, 0), (EnterAmount(AMOUNT, LIMIT), DEMO, 2)),
    "one light": (
        (Reading(AMOUNT, contact=False), DEMO, 0),
        (Reading(AMOUNT, contact=False), DEMO, 1),
    ),
    "one PIN star": ((EnterPin(AMOUNT, 3, 52), DEMO, 0), (EnterPin(AMOUNT, 4, 52), DEMO, 0)),
    "a key in the amount": (
        (EnterAmount(Money(12_80, "CNY"), LIMIT), DEMO, 0),
        (EnterAmount(AMOUNT, LIMIT), DEMO, 0),
    ),
    "present to reading": ((PresentCard(AMOUNT), DEMO, 0), (Reading(AMOUNT), DEMO, 0)),
    "authorising to approved": (
        (Authorising(AMOUNT, 6, 60), DEMO, 0),
        (Approved(AMOUNT, "A1B2C3"), DEMO, 0),
    ),
}


def milliseconds(screen: Screen, status: StatusLine, size: tuple[int, int]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        render(screen, status, Language.ZH, size)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


async def send(glass: Glass, image: Image.Image) -> int:
    before, shown = glass.spi.sent, len(glass.shown)
    glass.panel.draw(image)
    await until(lambda: len(glass.shown) > shown, "the picture")
    return glass.spi.sent - before


async def traffic(size: tuple[int, int]) -> None:
    glass = Glass(DRIVER[size], size)
    await glass.panel.check()
    for name, pair in CHANGES.items():
        costs = []
        for screen, status, tick in pair:
            image = render(screen, status, Language.ZH, size, tick)
            costs.append(await send(glass, image))
        print(f"SPI {size[0]}x{size[1]}, {name}: {costs[1]} bytes")
    glass.panel.close()


def main() -> None:
    began = time.perf_counter()
    render(SPECIMENS["01-idle"].screen, DEMO, Language.ZH, SIZES[0])
    print(f"first picture, fonts opened: {(time.perf_counter() - began) * 1000:.1f} ms")
    for size in SIZES:
        worst = 0.0
        for name, specimen in SPECIMENS.items():
            took = milliseconds(specimen.screen, specimen.status, size)
            worst = max(worst, took)
            if size == SIZES[0]:
                print(f"draw {name}: {took:.2f} ms")
        print(f"draw {size[0]}x{size[1]}, slowest: {worst:.2f} ms")
        asyncio.run(traffic(size))
