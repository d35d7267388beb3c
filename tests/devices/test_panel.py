"""The panel adapter over luma's real drivers on a simulated bus."""

from __future__ import annotations

import threading

import pytest
from PIL import Image

from cardamom.devices.panel import SIZES, LumaPanel, PanelWiring, luma_opener
from cardamom.faults import SettingsError
from cardamom.values.health import Condition
from support.glass import Glass, on_glass, run, until

RED = Image.new("RGB", (320, 240), "#FF0000")
BLUE = Image.new("RGB", (320, 240), "#0000FF")


@pytest.mark.parametrize("driver", SIZES)
def test_each_driver_shows_a_picture(driver: str) -> None:
    async def work() -> None:
        size = SIZES[driver]
        glass = Glass(driver, size)
        assert glass.panel.state().condition is Condition.CONNECTING
        assert (await glass.panel.check()).condition is Condition.OK
        image = Image.radial_gradient("L").resize(size).convert("RGB")
        glass.panel.draw(image)
        await until(lambda: bool(glass.shown), "the picture")
        assert glass.spi.picture().tobytes() == on_glass(image).tobytes()
        glass.panel.close()

    run(work)


def test_upside_down() -> None:
    async def work() -> None:
        glass = Glass(rotate=2)
        await glass.panel.check()
        image = Image.new("RGB", (320, 240))
        image.paste("#FFFFFF", (0, 0, 10, 10))
        glass.panel.draw(image)
        await until(lambda: bool(glass.shown), "the picture")
        assert glass.spi.picture().getpixel((319, 239)) == (255, 255, 255)
        assert glass.spi.picture().getpixel((0, 0)) == (0, 0, 0)
        glass.panel.close()

    run(work)


def test_a_panel_on_its_side_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"display\.rotate"):
        luma_opener(PanelWiring("ili9341", rotate=1))


def test_drawn_before_it_is_there_shown_when_it_is() -> None:
    async def work() -> None:
        glass = Glass()
        glass.panel.draw(RED)
        glass.panel.draw(BLUE)
        await glass.panel.check()
        await until(lambda: bool(glass.shown), "the picture")
        assert glass.spi.picture().getpixel((100, 100)) == (0, 0, 255)
        assert glass.shown == [BLUE]
        glass.panel.close()

    run(work)


def test_a_lost_panel_says_so_and_comes_back_with_the_newest_picture() -> None:
    async def work() -> None:
        glass = Glass()
        await glass.panel.check()
        glass.panel.draw(RED)
        await until(lambda: bool(glass.shown), "the picture")
        glass.spi.broken = True
        glass.panel.draw(BLUE)
        await until(lambda: not glass.panel.state().usable, "the fault")
        health = await glass.panel.check()
        assert health.condition is Condition.ABSENT
        assert "SPI" in health.detail
        glass.panel.draw(BLUE)
        glass.spi.broken = False
        assert (await glass.panel.check()).condition is Condition.OK
        await until(lambda: len(glass.shown) == 2, "the picture")
        assert glass.spi.picture().getpixel((5, 5)) == (0, 0, 255)
        glass.panel.close()

    run(work)


def test_no_spi_here_is_a_state_and_no_exception() -> None:
    async def work() -> None:
        panel = LumaPanel(luma_opener(PanelWiring("ili9341")), (320, 240), "ili9341")
        health = await panel.check()
        assert health.condition is Condition.ABSENT
        assert health.detail
        panel.draw(RED)
        panel.close()

    run(work)


def test_a_bus_that_hangs_is_abandoned_and_opened_anew() -> None:
    async def work() -> None:
        glass = Glass(deadline_s=0.5)
        await glass.panel.check()
        let_go = threading.Event()
        glass.spi.before_write = let_go.wait
        glass.panel.draw(RED)
        assert (await glass.panel.check()).condition is Condition.FAULT
        glass.spi.before_write = None
        assert (await glass.panel.check()).condition is Condition.OK
        await until(lambda: glass.spi.picture().getpixel((5, 5)) == (255, 0, 0), "the picture")
        let_go.set()
        glass.panel.close()

    run(work)


def test_the_screen_stays_responsive_to_the_newest_picture() -> None:
    async def work() -> None:
        glass = Glass()
        await glass.panel.check()
        for level in range(200):
            glass.panel.draw(Image.new("RGB", (320, 240), (level, 0, 0)))
        await until(
            lambda: bool(glass.shown) and glass.shown[-1].getpixel((0, 0)) == (199, 0, 0),
            "the newest picture",
        )
        glass.panel.close()

    run(work)
