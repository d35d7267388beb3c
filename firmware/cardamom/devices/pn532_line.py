"""The serial line to a PN532, for nfcpy's chipset in the place of nfcpy's own: the same frames with
half of the system calls."""

from __future__ import annotations

import errno
import os
import select
import termios
import time
from typing import Any, Final

ACK: Final = bytes.fromhex("0000FF00FF00")
HEAD: Final = 6
"""Bytes that tell how long a frame is (PN532 user manual, 6.2.1)."""
EXTENDED_HEAD: Final = 9
EXTENDED: Final = 0xFF
LEAST_WAIT_S: Final = 0.05
MOST_READ: Final = 512


class Line:
    """What nfc.clf.pn53x.Chipset wants of its transport. Raises OSError: ETIMEDOUT where nothing
    comes at all, EIO where the port is gone."""

    TYPE: Final = "TTY"

    def __init__(self, device: str, baud: int = 115200) -> None:
        self._heard = bytearray()
        self._open: Any = None
        self.open(device, baud)

    def open(self, device: str, baud: int) -> None:
        """Closes the port and opens it at another speed."""
        import serial

        self.close()
        self._open = serial.Serial(device, baud, timeout=0)
        self._poll = select.poll()
        self._poll.register(self._open.fileno(), select.POLLIN)

    @property
    def port(self) -> str:
        return str(self._open.port)

    @property
    def baudrate(self) -> int:
        return int(self._open.baudrate)

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        self._open.baudrate = baud

    def write(self, frame: bytes | bytearray) -> None:
        """What came before and was not read answers something else: it is dropped."""
        fd = self._open.fileno()
        self._heard.clear()
        try:
            termios.tcflush(fd, termios.TCIFLUSH)
            while frame:
                frame = frame[os.write(fd, frame) :]
        except termios.error:
            raise OSError(errno.EIO, os.strerror(errno.EIO)) from None

    def read(self, timeout: int) -> bytearray:
        """One frame, ACK included, within `timeout` milliseconds; what there is of it where it ends
        early."""
        ends = time.monotonic() + max(timeout / 1000, LEAST_WAIT_S)
        size = _size(self._heard)
        while not size or len(self._heard) < size:
            left_s = ends - time.monotonic()
            if left_s <= 0 or not self._poll.poll(left_s * 1000):
                break
            came = os.read(self._open.fileno(), MOST_READ)
            if not came:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            self._heard += came
            size = _size(self._heard)
        if not self._heard:
            raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        frame = self._heard[: size or len(self._heard)]
        del self._heard[: len(frame)]
        return frame

    def close(self) -> None:
        self._heard.clear()
        if self._open is not None:
            self._open.close()


def _size(heard: bytearray) -> int:
    """How long the frame is that begins here; 0 while it cannot be told."""
    if len(heard) < HEAD:
        return 0
    if heard.startswith(ACK):
        return HEAD
    if heard[3] != EXTENDED:
        return HEAD + heard[3] + 1
    return EXTENDED_HEAD + int.from_bytes(heard[5:7]) + 1 if len(heard) >= EXTENDED_HEAD else 0
