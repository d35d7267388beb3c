"""A matrix keypad without domes: gpiozero's mock pins, row wired to column by a pressed key."""

from __future__ import annotations

import time
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from cardamom.devices.keypad import LAYOUT, STABLE
from cardamom.values.keys import Key

LOOKS = len(LAYOUT) * (STABLE + 1)
"""Readings of a column after which the scanner believes what it sees."""
PATIENCE_S = 2.0
"""A scanner that does not look for this long is not there."""


class SimulatedPad:
    """`factory()` gives the pins to the real scanner; `press` moves a dome."""

    def __init__(self, rows: tuple[int, ...], columns: tuple[int, ...]) -> None:
        self._rows = rows
        self._columns = columns
        self._down: set[tuple[int, int]] = set()
        self.looks: dict[int, int] = {}
        """How often each pin was read."""
        pad = self

        class MatrixPin(MockPin):  # type: ignore[misc]
            """A column reads low while a pressed key joins it to a row that is driven low."""

            def _get_state(self) -> Any:
                number = int(self.info.name.removeprefix("GPIO"))
                pad.looks[number] = pad.looks.get(number, 0) + 1
                if self._function == "input" and pad.joined_low(number):
                    return False
                return super()._get_state()

        self._pins = MockFactory(pin_class=MatrixPin)

    def factory(self) -> Any:
        return self._pins

    def joined_low(self, pin: int) -> bool:
        """Whether the column on `pin` is pulled low by a row."""
        if pin not in self._columns:
            return False
        column = self._columns.index(pin)
        down = tuple(self._down)  # another thread presses and lets go
        rows = (self._pins.pin(self._rows[r]) for r, c in down if c == column)
        return any(row.function == "output" and not row.state for row in rows)

    def down(self, key: Key) -> None:
        """Push the dome; its column falls."""
        row, column = _place(key)
        self._down.add((row, column))
        self._edge(column)

    def up(self, key: Key) -> None:
        row, column = _place(key)
        self._down.discard((row, column))
        self._edge(column)

    def press(self, key: Key) -> None:
        """Push and let go, each for as long as the scanner needs to be sure of it."""
        self.down(key)
        self._seen(key)
        self.up(key)
        self._seen(key)

    def _seen(self, key: Key) -> None:
        pin = self._columns[_place(key)[1]]
        enough = self.looks.get(pin, 0) + LOOKS
        ends = time.monotonic() + PATIENCE_S
        last = -1
        while (now := self.looks.get(pin, 0)) < enough and time.monotonic() < ends:
            if now == last and not self._down:
                return  # released, and the scanner has gone back to sleep
            last = now
            time.sleep(0.03)

    def _edge(self, column: int) -> None:
        pin = self._pins.pin(self._columns[column])
        if pin.when_changed is not None:
            pin.when_changed(0, pin.state)


def _place(key: Key) -> tuple[int, int]:
    return next((r, c) for r, row in enumerate(LAYOUT) for c, k in enumerate(row) if k is key)
