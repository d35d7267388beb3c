"""Panel and keypad from their settings, and the desk's hand where they are simulated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardamom.devices.panel import SIZES, LumaPanel, PanelWiring, luma_opener
from cardamom.ports import Keypad, Panel
from cardamom.settings.load import resolve
from cardamom.settings.model import DisplaySettings, Settings

if TYPE_CHECKING:
    from cardamom.simulator.bench import Album
    from cardamom.simulator.lid import SimulatedLid
    from cardamom.simulator.panel import PanelSpi

Drawn = Callable[[Any, Any], None]
"""Is told of each picture and its screen before the panel gets it."""


def face(
    settings: Settings,
    file: Path,
    start: list[Callable[[], Awaitable[Any]]],
    close: list[Callable[[], Any]],
    lid: SimulatedLid | None = None,
) -> tuple[Panel, Keypad, Drawn | None]:
    """Panel and keypad; where either is simulated, the desk's hand for it as well."""
    from cardamom.devices.keypad import MatrixKeypad, gpio_factory

    pins = settings.keypad
    factory = gpio_factory
    pad = None
    if pins.driver == "simulated":
        from cardamom.simulator.pad import SimulatedPad

        pad = SimulatedPad(pins.rows, pins.columns)
        factory = pad.factory
    keypad = MatrixKeypad(factory, pins.rows, pins.columns)
    close.append(keypad.close)
    if settings.display.driver != "simulated":
        panel = real_panel(settings.display)
        close.append(panel.close)
        return panel, keypad, None
    from cardamom.simulator.bench import Bench

    folder = resolve(file, settings.simulator.screens) if settings.simulator.screens else None
    panel, spi, album = simulated_panel(settings.display, folder)
    close.append(panel.close)
    if settings.simulator.socket:
        bench = Bench(resolve(file, settings.simulator.socket), pad, spi, album, lid)
        start.append(bench.start)
        close.append(bench.close)
    return panel, keypad, album.drew


def real_panel(display: DisplaySettings) -> LumaPanel:
    """On the SPI and the pins that the settings name."""
    wiring = _wiring(display)
    return LumaPanel(luma_opener(wiring), SIZES[wiring.driver], wiring.driver)


def simulated_panel(
    display: DisplaySettings, folder: Path | None
) -> tuple[LumaPanel, PanelSpi, Album]:
    """`folder` for a picture of each screen; None: none."""
    from cardamom.simulator.bench import Album
    from cardamom.simulator.panel import NoGpio, PanelSpi

    wiring = _wiring(display)
    gpio = NoGpio(wiring.dc_pin)
    spi = PanelSpi(gpio)
    album = Album(folder, spi)
    opener = luma_opener(wiring, spi, gpio)
    return LumaPanel(opener, SIZES[wiring.driver], "simulated", album.shown), spi, album


def _wiring(display: DisplaySettings) -> PanelWiring:
    return PanelWiring(
        "ili9341" if display.driver == "simulated" else display.driver,
        display.spi_port,
        display.spi_device,
        display.spi_hz,
        display.dc_pin,
        display.reset_pin,
        display.rotate,
    )
