"""The chip's serial port: a pseudo-terminal, served by a thread."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import termios
import threading
import tty
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from cardamom.simulator.pn532.chip import Chip
from cardamom.simulator.pn532.frames import ACK, Heard, Inbox, Sign
from cardamom.simulator.pn532.times import Pace

SPEEDS: Final = {
    getattr(termios, f"B{rate}"): rate
    for rate in (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
}
TCGETS2: Final = 0x802C542A
"""Linux tells a speed that has no name of its own by this alone."""
TERMIOS2: Final = struct.Struct("9I2I")
WAKE: Final = 5
"""So many bytes before a frame wake the chip; without them the frame is lost on one that sleeps."""
CANCEL_POLL_S: Final = 0.01


class Pn532Port:
    """`device` is what the driver opens. `open()` before it answers, `close()` at the end.

    Bytes at a speed that is not the chip's own are lost, as they would come garbled. `spoil`: what
    the line makes of what the chip sends.
    """

    def __init__(self, chip: Chip, pace: Pace) -> None:
        self.chip = chip
        self.spoil: Callable[[bytes], bytes] = bytes
        self._pace = pace
        self._inbox = Inbox()
        self._heard: deque[Heard] = deque()
        self._last = b""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.device = os.ttyname(self._slave)
        self._stop_in, self._stop_out = os.pipe()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        self._thread = threading.Thread(target=self._run, name="pn532-chip", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._master < 0:
            return
        if self._thread is not None:
            os.write(self._stop_out, b"\0")
            self._thread.join(5)
        for number in (self._master, self._slave, self._stop_in, self._stop_out):
            os.close(number)
        self._master = -1

    def _run(self) -> None:
        while (data := self._read(None)) is not None:
            if not self._at_speed():
                self._inbox.clear()
                continue
            self._heard.extend(self._inbox.feed(data))
            while self._heard:
                self._pace.begin()
                self._one(self._heard.popleft())

    def _one(self, item: Heard) -> None:
        chip = self.chip
        if chip.hung:
            return
        if item is Sign.NACK:
            self._write(self._last)
            return
        if isinstance(item, Sign):
            if chip.next_baud is not None:
                chip.baud, chip.next_baud = chip.next_baud, None
            return
        if chip.hang_after is not None:
            chip.hang_after -= 1
            if chip.hang_after < 0:
                chip.hung, chip.hang_after = True, None
                return
        if chip.asleep:
            if item.lead < WAKE:
                return
            chip.asleep = False
        self._pace.line(item.size, chip.baud)
        self._write(ACK)
        said = chip.run(item)
        if said is None:
            self._until_cancelled()
            return
        self._last = said
        if not chip.hung:
            self._write(said)

    def _until_cancelled(self) -> None:
        """A command without a time limit goes on until the host says something."""
        while not self.chip.hung:
            data = self._read(CANCEL_POLL_S)
            if data is None:
                return
            if data and self._at_speed():
                self._heard.extend(self._inbox.feed(data))
                return

    def _at_speed(self) -> bool:
        """The ACK that ends a change of speed may be read, or flushed away, when the host has
        changed already: on a real line it would have gone out before."""
        attributes: list[Any] = termios.tcgetattr(self._slave)
        speed = SPEEDS.get(attributes[4]) or self._odd_speed()
        if speed == self.chip.next_baud:
            self.chip.baud, self.chip.next_baud = speed, None
        return speed == self.chip.baud

    def _odd_speed(self) -> int:
        told = fcntl.ioctl(self._slave, TCGETS2, bytes(TERMIOS2.size))
        speed: int = TERMIOS2.unpack(told)[-1]
        return speed

    def _read(self, limit_s: float | None) -> bytes | None:
        """None once it is closed; empty after `limit_s`."""
        ready, _, _ = select.select([self._master, self._stop_in], [], [], limit_s)
        if self._stop_in in ready:
            return None
        return os.read(self._master, 4096) if ready else b""

    def _write(self, data: bytes) -> None:
        self._pace.line(len(data), self.chip.baud)
        self._pace.catch_up()
        with contextlib.suppress(OSError):
            os.write(self._master, self.spoil(data))
