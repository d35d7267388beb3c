"""A disk with a volatile write cache: one file over FUSE, to be looped and mounted.

`python -m powercut.durability.disk MEDIUM MOUNTPOINT KEPT SEED`: a write stays in this process's
memory until a flush (FSYNC of the file) moves it to MEDIUM. Of each write so many sectors of 512
bytes as KEPT says (0 to 1) reach MEDIUM at once, drawn by dice, as a controller's cache empties
itself in an order of its own. Killing the process is the power cut.

`cut N PID` on standard input: at the Nth write or flush from now, kill that process and itself,
with the request not done. Linux's FUSE protocol 7.31 (include/uapi/linux/fuse.h).
"""

from __future__ import annotations

import ctypes
import errno
import os
import random
import select
import signal
import stat
import struct
import sys
from enum import IntEnum
from pathlib import Path
from typing import Final

SECTOR: Final = 512
MAX_WRITE: Final = 1 << 17

_IN: Final = struct.Struct("=IIQQIIIHH")
_OUT: Final = struct.Struct("=IiQ")
_INIT: Final = struct.Struct("=IIIIHHIIHHI28x")
_ATTR: Final = struct.Struct("=QII QQQQQQ IIIIIIIIII")
_RANGE: Final = struct.Struct("=QQI")
_WRITE_HEAD: Final = 40
_STATFS: Final = struct.Struct("=QQQQQIIII24x")


class Op(IntEnum):
    """Requests of the kernel; what else it asks for is not there."""

    FORGET = 2
    GETATTR = 3
    SETATTR = 4
    OPEN = 14
    READ = 15
    WRITE = 16
    STATFS = 17
    RELEASE = 18
    FSYNC = 20
    FLUSH = 25
    INIT = 26
    INTERRUPT = 36
    DESTROY = 38
    BATCH_FORGET = 42


_SILENT: Final = (Op.FORGET, Op.BATCH_FORGET, Op.INTERRUPT)


class Cache:
    """Sectors that the medium does not have yet."""

    def __init__(self, medium: int, kept: float, dice: random.Random) -> None:
        self._medium = medium
        self._kept = kept
        self._dice = dice
        self._sectors: dict[int, bytes] = {}
        self.size = os.fstat(medium).st_size

    def read(self, at: int, size: int) -> bytes:
        """Whole sectors, as far as there are any."""
        _whole(at, size)
        data = bytearray(os.pread(self._medium, size, at))
        if self._sectors:
            for sector in range(at // SECTOR, -(-(at + size) // SECTOR)):
                if (held := self._sectors.get(sector)) is not None:
                    start = sector * SECTOR - at
                    data[start : start + SECTOR] = held
        return bytes(data[: max(0, self.size - at)])

    def write(self, at: int, data: bytes) -> None:
        """Whole sectors."""
        _whole(at, len(data))
        for start in range(0, len(data), SECTOR):
            sector, content = (at + start) // SECTOR, data[start : start + SECTOR]
            if self._kept and self._dice.random() < self._kept:
                self._sectors.pop(sector, None)
                os.pwrite(self._medium, content, sector * SECTOR)
            else:
                self._sectors[sector] = content

    def flush(self) -> None:
        for sector, content in self._sectors.items():
            os.pwrite(self._medium, content, sector * SECTOR)
        self._sectors.clear()


def _whole(at: int, size: int) -> None:
    if at % SECTOR or size % SECTOR:
        raise ValueError("a disk takes whole sectors")


class Disk:
    """Answers the kernel."""

    def __init__(self, device: int, cache: Cache) -> None:
        self._device = device
        self._cache = cache
        self._left = 0
        self._victim = 0

    def serve(self) -> None:
        """Until it is unmounted or killed."""
        os.set_blocking(self._device, False)
        poll = select.poll()
        poll.register(self._device, select.POLLIN)
        poll.register(0, select.POLLIN)
        while True:
            for fd, what in poll.poll():
                if fd == 0:
                    line = os.read(0, 100)
                    if not line:
                        poll.unregister(0)
                        continue
                    _, left, victim = line.decode().split()
                    self._left, self._victim = int(left), int(victim)
                elif what & (select.POLLERR | select.POLLHUP) or not self._one():
                    return

    def _one(self) -> bool:
        try:
            request = os.read(self._device, MAX_WRITE + 8192)
        except BlockingIOError:
            return True
        except OSError:  # ENODEV: unmounted
            return False
        _, opcode, unique, *_ = _IN.unpack_from(request)
        if opcode in _SILENT:
            return True
        if opcode in (Op.WRITE, Op.FSYNC):
            self._count()
        error, answer = self._answer(opcode, request[_IN.size :])
        os.write(self._device, _OUT.pack(_OUT.size + len(answer), -error, unique) + answer)
        return bool(opcode != Op.DESTROY)

    def _count(self) -> None:
        if not self._left:
            return
        self._left -= 1
        if not self._left:
            try:
                os.kill(self._victim, signal.SIGKILL)
            finally:
                os.kill(os.getpid(), signal.SIGKILL)

    def _answer(self, opcode: int, body: bytes) -> tuple[int, bytes]:
        error, answer = 0, b""
        match opcode:
            case Op.INIT:
                answer = _INIT.pack(7, 31, 1 << 16, 0, 16, 12, MAX_WRITE, 1, 0, 0, 0)
            case Op.GETATTR | Op.SETATTR:
                answer = self._attributes()
            case Op.OPEN:
                answer = struct.pack("=QII", 1, 0, 0)
            case Op.READ:
                _, at, size = _RANGE.unpack_from(body)
                answer = self._cache.read(at, size)
            case Op.WRITE:
                _, at, size = _RANGE.unpack_from(body)
                self._cache.write(at, body[_WRITE_HEAD : _WRITE_HEAD + size])
                answer = struct.pack("=II", size, 0)
            case Op.STATFS:
                answer = _STATFS.pack(0, 0, 0, 0, 0, SECTOR, 255, SECTOR, 0)
            case Op.FSYNC:
                self._cache.flush()
            case Op.RELEASE | Op.FLUSH | Op.DESTROY:
                pass
            case _:
                error = errno.ENOSYS
        return error, answer

    def _attributes(self) -> bytes:
        size = self._cache.size
        mode = stat.S_IFREG | 0o600
        times = (0,) * 6
        return _ATTR.pack(
            3600, 0, 0, 1, size, size // SECTOR, *times[:3], *times[3:], mode, 1, 0, 0, 0, 4096, 0
        )


def mount(device: int, at: Path) -> None:
    """A FUSE file system whose root is a file, over the file `at`. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=100000,user_id=0,group_id=0".encode()
    if libc.mount(b"durability", bytes(at), b"fuse", 2 | 4, options):  # nosuid, nodev
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(at))


def main(arguments: list[str]) -> int:
    medium, at, kept, seed = arguments
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    cache = Cache(os.open(medium, os.O_RDWR | os.O_CLOEXEC), float(kept), random.Random(seed))
    mount(device, Path(at))
    print("ready", flush=True)
    Disk(device, cache).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
