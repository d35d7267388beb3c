"""The switch under the lid, on a GPIO pin: closed while the case is, or the other way round."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

from cardamom.story import tell
from cardamom.values.health import Condition, Health, Part

LOOK_S: Final = 0.5
"""Between two looks where no edge is heard: a lid is not off and on again in less."""
LOOKS: Final = 4
"""An opening counts when so many looks within the debounce time all show it."""


class LidSwitch:
    """Implements duties.tamper.TamperSwitch. A contact between pin and ground, with the Pi's own
    pull-up.

    `closed_is_safe`: the contact is closed while the lid is on, so that a cut wire counts as open.
    """

    def __init__(
        self, factory: Callable[[], Any], number: int, *, closed_is_safe: bool, debounce_s: float
    ) -> None:
        self._factory = factory
        self._number = number
        self._open_level = closed_is_safe
        self._debounce_s = debounce_s
        self._pin: Any = None
        self._edge = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._health = self._seen(Condition.CONNECTING, "not opened yet")

    def state(self) -> Health:
        return self._health

    async def check(self) -> Health:
        """Opens the pin where it is not open."""
        if self._pin is None:
            self._loop = asyncio.get_running_loop()
            try:
                pin = self._factory().pin(self._number)
                pin.function = "input"
                pin.pull = "up"
                pin.edges = "both"
                pin.when_changed = self._changed
            except Exception as e:  # noqa: BLE001 pin factories raise what they like
                self._lost(Condition.ABSENT, e)
            else:
                self._pin = pin
                self._health = self._seen(Condition.OK)
        return self._health

    async def opened(self) -> None:
        """Returns once the case is open for as long as a contact may bounce."""
        while True:
            self._edge.clear()
            if await self._is_open():
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._edge.wait()

    def close(self) -> None:
        if self._pin is not None:
            self._pin.when_changed = None
            self._pin = None

    async def _is_open(self) -> bool:
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(self._debounce_s / (LOOKS - 1))
            if not self._reads_open():
                return False
        return True

    def _reads_open(self) -> bool:
        if self._pin is None:
            return False
        try:
            return bool(self._pin.state) is self._open_level
        except Exception as e:  # noqa: BLE001 see above
            self._pin = None  # the next check opens it anew
            self._lost(Condition.FAULT, e)
            return False

    def _changed(self, *_: object) -> None:
        """In the pin factory's thread."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(self._edge.set)

    def _lost(self, condition: Condition, error: Exception) -> None:
        why = f"{type(error).__name__}: check tamper.pin and GPIO access; the lid is not watched"
        if self._health.condition is not condition:
            tell("tamper_switch_lost", why=why)
        self._health = self._seen(condition, why)

    def _seen(self, condition: Condition, detail: str = "") -> Health:
        return Health(
            part=Part.TAMPER, condition=condition, detail=detail, name=f"GPIO {self._number}"
        )
