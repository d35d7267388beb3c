"""The LCD, over luma.lcd's drivers, in a thread of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cardamom.faults import SettingsError
from cardamom.story import tell
from cardamom.values.health import Condition, Health, Part
from cardamom.worker import StuckError, Worker

if TYPE_CHECKING:
    from PIL.Image import Image

OPEN_S = 5.0
RESET_HOLD_S = 0.00002
"""ILI9341 data sheet (V1.11), 15.4: reset low for at least 10 us ..."""
RESET_RELEASE_S = 0.12
"""... and 120 ms until it may be told to leave sleep."""
SIZES = {"ili9341": (320, 240), "ili9488": (480, 320), "st7789": (320, 240)}
"""Pixels, landscape, by controller."""


@dataclass(frozen=True, slots=True)
class PanelWiring:
    """How the panel is connected: SPI bus and chip select, clock in Hz, GPIO numbers (BCM).

    `rotate` in quarter turns clockwise: 0 or 2, the screens are landscape.
    """

    driver: str
    spi_port: int = 0
    spi_device: int = 0
    spi_hz: int = 32_000_000
    dc_pin: int = 24
    reset_pin: int = 25
    backlight_pin: int = 18
    rotate: int = 0


def luma_opener(wiring: PanelWiring, spi: Any = None, gpio: Any = None) -> Callable[[], Any]:
    """Opens luma.lcd's driver on a real bus, or on the SPI and GPIO given in their place.

    Raises SettingsError where the panel would stand upright.
    """
    if wiring.rotate % 2:
        raise SettingsError("display.rotate is 0 or 2: the screens are landscape")

    def open_panel() -> Any:
        from luma.core.interface.serial import spi as serial
        from luma.lcd import device

        bus = serial(
            spi=spi,
            gpio=gpio,
            port=wiring.spi_port,
            device=wiring.spi_device,
            bus_speed_hz=wiring.spi_hz,
            gpio_DC=wiring.dc_pin,
            gpio_RST=wiring.reset_pin,
            reset_hold_time=0 if gpio else RESET_HOLD_S,
            reset_release_time=0 if gpio else RESET_RELEASE_S,
        )
        width, height = SIZES[wiring.driver]
        driver = getattr(device, wiring.driver)
        return driver(
            bus,
            width=width,
            height=height,
            rotate=wiring.rotate,
            gpio=gpio,
            gpio_LIGHT=wiring.backlight_pin,
        )

    return open_panel


class LumaPanel:
    """Implements ports.Panel. Shows the newest picture; a lost panel is opened again by `check`.

    `shown` is told, in the panel's thread, of each picture that the panel has taken.
    """

    def __init__(
        self,
        opener: Callable[[], Any],
        size: tuple[int, int],
        name: str,
        shown: Callable[[Image], None] | None = None,
        deadline_s: float = OPEN_S,
    ) -> None:
        self._deadline_s = deadline_s
        self._tell_shown = shown
        self._opener = opener
        self._size = size
        self._name = name
        self._worker = Worker("panel")
        self._lock = threading.Lock()
        self._next: Image | None = None
        self._shown: Image | None = None
        self._device: Any = None
        self._health = self._seen(Condition.CONNECTING, "not opened yet")

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    def state(self) -> Health:
        return self._health

    async def check(self) -> Health:
        """Opens it where it is not open, and sees that its thread still answers."""
        if self._worker.stuck:
            self._worker = Worker("panel")
        try:
            await self._worker.call(self._open_if_lost, deadline_s=self._deadline_s)
        except StuckError as e:
            self._device = None
            self._health = self._seen(Condition.FAULT, f"{e}: check its wiring")
        return self._health

    def draw(self, image: Image) -> None:
        """See ports.Panel. Pictures drawn while the panel is away are shown when it is back."""
        with self._lock:
            waiting = self._next is not None
            self._next = image
        if not waiting:
            self._worker.post(self._show)

    def close(self) -> None:
        """Shows what is queued, then lets go; the picture stays on the glass."""
        self._worker.close()

    def _open_if_lost(self) -> None:
        if self._device is not None:
            return
        try:
            self._device = self._opener()
            self._device.persist = True  # the last picture outlives the process
        except Exception as e:  # noqa: BLE001 luma and its buses raise what they like
            self._lost(e)
            return
        self._health = self._seen(Condition.OK)
        with self._lock:
            self._next = self._next or self._shown
        self._show()

    def _show(self) -> None:
        if self._device is None:
            return
        with self._lock:
            image, self._next = self._next, None
        if image is not None:
            self._display(image)

    def _display(self, image: Image) -> None:
        self._shown = image
        try:
            self._device.display(image)
        except Exception as e:  # noqa: BLE001
            self._lost(e)
            return
        if self._tell_shown is not None:
            self._tell_shown(image)

    def _lost(self, error: Exception) -> None:
        """Lets the bus go, so that `check` can open it again; a wait for it is not told twice."""
        lost, self._device = self._device, None
        if lost is not None:
            with contextlib.suppress(Exception):
                lost._serial_interface.cleanup()  # noqa: SLF001 luma has no public way to it
        if self._health.condition is Condition.ABSENT:
            return
        why = f"{type(error).__name__}: check SPI (raspi-config), display.* settings and wiring"
        tell("panel_lost", why=why)
        self._health = self._seen(Condition.ABSENT, why)

    def _seen(self, condition: Condition, detail: str = "") -> Health:
        return Health(part=Part.DISPLAY, condition=condition, detail=detail, name=self._name)
