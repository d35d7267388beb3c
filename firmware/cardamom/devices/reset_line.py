"""A chip's reset line on a GPIO pin: low resets."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

LOW_S: Final = 0.02
START_S: Final = 0.02
"""From the line's rise until the chip hears its host."""


class ResetLine:
    """`factory` gives gpiozero's pins. Nothing is opened before the first pulse."""

    def __init__(self, factory: Callable[[], Any], number: int) -> None:
        self._factory = factory
        self._number = number
        self._pin: Any = None

    def pulse(self) -> None:
        """Blocks for 40 ms. Raises what the pin factory raises."""
        if self._pin is None:
            self._pin = self._factory().pin(self._number)
        self._pin.function = "output"
        self._pin.state = 0
        time.sleep(LOW_S)
        self._pin.state = 1
        time.sleep(START_S)
