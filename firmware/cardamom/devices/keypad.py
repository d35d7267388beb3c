"""The 4x4 matrix keypad on GPIO pins: wait for an edge, scan while a key is down, debounce."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from cardamom.story import tell
from cardamom.values.health import Condition, Health, Part
from cardamom.values.keys import GRID, Key

LAYOUT: Final = GRID
SCAN_S: Final = 0.008
STABLE: Final = 3
"""A key counts, and is let go, after this many equal scans: 24 ms, longer than a dome bounces."""
UNAMBIGUOUS: Final = 2
"""With more keys down than this a matrix without diodes may show one that nobody pressed."""
KEPT: Final = 32
"""Keys pressed while nobody reads them; older ones are forgotten."""


class Debouncer:
    """Scans in, keys out: each press once, when it has been the same for STABLE scans."""

    def __init__(self) -> None:
        self._held: frozenset[Key] = frozenset()
        self._seen: frozenset[Key] = frozenset()
        self._equal = 0

    @property
    def at_rest(self) -> bool:
        """All keys have been up for STABLE scans."""
        return not self._held and not self._seen and self._equal >= STABLE

    def feed(self, down: frozenset[Key]) -> list[Key]:
        """The keys that this scan makes certain, in the order of the layout."""
        self._equal = self._equal + 1 if down == self._seen else 1
        self._seen = down
        if self._equal < STABLE or down == self._held:
            return []
        fresh = down - self._held if len(down) <= UNAMBIGUOUS else frozenset()
        self._held = down
        return [key for row in LAYOUT for key in row if key in fresh]


class MatrixKeypad:
    """Implements ports.Keypad. Rows are driven low one at a time, columns read with pull-ups.

    At rest all rows are low, so that any key makes an edge on its column: nothing is polled. Two
    keys down at once are told apart; three can show a fourth that nobody pressed, so they are
    passed over.
    """

    def __init__(
        self, factory: Callable[[], Any], rows: tuple[int, ...], columns: tuple[int, ...]
    ) -> None:
        self._factory = factory
        self._row_numbers = rows
        self._column_numbers = columns
        self._rows: list[Any] = []
        self._columns: list[Any] = []
        self._keys: asyncio.Queue[Key] = asyncio.Queue(KEPT)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._edge = threading.Event()
        self._closing = False
        self._health = self._seen(Condition.CONNECTING, "not opened yet")

    def state(self) -> Health:
        return self._health

    async def check(self) -> Health:
        """Opens the pins where they are not open."""
        if not self._rows:
            self._loop = asyncio.get_running_loop()
            try:
                self._open()
            except Exception as e:  # noqa: BLE001 pin factories raise what they like
                self._rows.clear()
                why = f"{type(e).__name__}: check keypad.rows and keypad.columns, and GPIO access"
                if self._health.condition is not Condition.ABSENT:
                    tell("keypad_lost", why=why)
                self._health = self._seen(Condition.ABSENT, why)
            else:
                threading.Thread(target=self._scan_forever, name="keypad", daemon=True).start()
                self._health = self._seen(Condition.OK)
        return self._health

    async def key(self) -> Key:
        return await self._keys.get()

    def clear(self) -> None:
        while not self._keys.empty():
            self._keys.get_nowait()

    def close(self) -> None:
        self._closing = True
        self._edge.set()

    def _open(self) -> None:
        factory = self._factory()
        self._rows = [factory.pin(n) for n in self._row_numbers]
        self._columns = [factory.pin(n) for n in self._column_numbers]
        for column in self._columns:
            column.function = "input"
            column.pull = "up"
            column.edges = "both"
            column.when_changed = self._changed
        self._drive_all()

    def _changed(self, *_: object) -> None:
        self._edge.set()

    def _drive_all(self) -> None:
        for row in self._rows:
            row.function = "output"
            row.state = 0

    def _scan_forever(self) -> None:
        """In a thread of its own, asleep until a column falls."""
        try:
            while not self._closing:
                self._edge.wait()
                self._edge.clear()
                self._while_pressed()
        except Exception as e:  # noqa: BLE001 the thread must say why it ends
            self._health = self._seen(Condition.FAULT, f"{type(e).__name__}: check its ribbon")
            self._rows.clear()  # the next check opens it anew
            tell("keypad_lost", why=self._health.detail)

    def _while_pressed(self) -> None:
        """Scan until all keys are up again."""
        settle = Debouncer()
        while not self._closing:
            for key in settle.feed(self._scan()):
                self._pressed(key)
            if settle.at_rest:
                break
            time.sleep(SCAN_S)

    def _scan(self) -> frozenset[Key]:
        down = set()
        for row in self._rows:
            row.function = "input"  # released rows float: two keys must not short two outputs
        for index, row in enumerate(self._rows):
            row.function = "output"
            row.state = 0
            down |= {LAYOUT[index][c] for c, pin in enumerate(self._columns) if not pin.state}
            row.function = "input"
        self._drive_all()
        return frozenset(down)

    def _pressed(self, key: Key) -> None:
        assert self._loop is not None  # noqa: S101 set before the thread starts
        try:
            self._loop.call_soon_threadsafe(self._keep, key)
        except RuntimeError:
            self._closing = True  # the loop has closed

    def _keep(self, key: Key) -> None:
        if self._keys.full():
            self._keys.get_nowait()
        self._keys.put_nowait(key)

    def _seen(self, condition: Condition, detail: str = "") -> Health:
        return Health(part=Part.KEYPAD, condition=condition, detail=detail, name="matrix 4x4")


def gpio_factory() -> Any:
    """The pins of the Pi, through the RPi.GPIO API as rpi-lgpio provides it on every model."""
    from gpiozero.pins.rpigpio import RPiGPIOFactory

    return RPiGPIOFactory()
