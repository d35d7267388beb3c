"""An ILI9341 without glass: takes the controller's SPI traffic and keeps the picture it would show.

Commands from the ILI9341 data sheet (V1.11), chapter 8: 10 and 11 sleep in and out, 28 and 29
display off and on, 2A column address set, 2B page address set, 2C memory write. Pixels come as 18
bits in three bytes, the upper six of each count (7.6.8): the picture has no more colours than that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image

CASET: Final = 0x2A
PASET: Final = 0x2B
RAMWR: Final = 0x2C
LIT: Final = {
    0x10: ("awake", False),
    0x11: ("awake", True),
    0x28: ("on", False),
    0x29: ("on", True),
}
SIX_BITS: Final = bytes((b & 0xFC) | b >> 6 for b in range(256))
"""A byte to the level that the glass shows for its upper six bits."""


class NoGpio:
    """The RPi.GPIO calls that luma makes, to no pins. It watches the data/command line."""

    LOW = 0
    HIGH = 1
    OUT = 0
    BCM = 11

    def __init__(self, dc_pin: int) -> None:
        self._dc_pin = dc_pin
        self.data_mode = False

    def setmode(self, mode: int) -> None: ...

    def setup(self, pin: int, mode: int) -> None: ...

    def output(self, pin: int, level: int) -> None:
        if pin == self._dc_pin:
            self.data_mode = bool(level)

    def cleanup(self, pins: object = None) -> None: ...


class PanelSpi:
    """spidev's calls, decoded. `picture()` is what the panel shows; `sent` counts bytes."""

    def __init__(self, gpio: NoGpio, size: tuple[int, int] = (320, 240)) -> None:
        self._gpio = gpio
        self._size = size
        self._lock = threading.Lock()
        self._memory = bytearray(size[0] * size[1] * 3)
        self._command = 0
        self._arguments = bytearray()
        self._columns = (0, size[0] - 1)
        self._pages = (0, size[1] - 1)
        self._at = 0
        self._lit = {"awake": False, "on": False}
        self.max_speed_hz = 0
        self.sent = 0
        self.broken = False
        """Set by a test: the bus answers with an error."""
        self.before_write: Callable[[], object] | None = None
        """Called before each transfer is taken: a test makes the bus slow or silent here."""

    def open(self, _port: int, _device: int) -> None:
        self._fail()

    def close(self) -> None: ...

    def writebytes(self, data: Sequence[int]) -> None:
        """One transfer, command or data as the D/C line says."""
        if self.before_write is not None:
            self.before_write()
        self._fail()
        raw = bytes(data)
        with self._lock:
            self.sent += len(raw)
            if not self._gpio.data_mode:
                self._begin(raw[0])
            elif self._command == RAMWR:
                self._write(raw)
            else:
                self._arguments += raw
                self._address()

    def picture(self) -> Image.Image:
        """What the glass shows, RGB; black while it sleeps or is off."""
        with self._lock:
            if not all(self._lit.values()):
                return Image.new("RGB", self._size)
            return Image.frombytes("RGB", self._size, bytes(self._memory))

    def _fail(self) -> None:
        if self.broken:
            raise OSError(121, "Remote I/O error")

    def _begin(self, command: int) -> None:
        self._command = command
        if command in LIT:
            part, lit = LIT[command]
            self._lit[part] = lit
        self._arguments.clear()
        self._at = 0

    def _address(self) -> None:
        if len(self._arguments) < 4:
            return
        first, last = (int.from_bytes(self._arguments[i : i + 2]) for i in (0, 2))
        if self._command == CASET:
            self._columns = (first, last)
        elif self._command == PASET:
            self._pages = (first, last)

    def _write(self, raw: bytes) -> None:
        """Fill the address window row by row, from where the last transfer stopped."""
        left, right = self._columns
        width = (right - left + 1) * 3
        while raw:
            row, column = divmod(self._at, width)
            page = self._pages[0] + row
            if page > self._pages[1] or page >= self._size[1]:
                return
            piece = raw[: width - column]
            start = (page * self._size[0] + left) * 3 + column
            self._memory[start : start + len(piece)] = piece.translate(SIX_BITS)
            self._at += len(piece)
            raw = raw[len(piece) :]
