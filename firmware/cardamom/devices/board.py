"""The board's own sensors, through the kernel's files: nothing is switched or set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cardamom.devices.disk_wear import read_fillings, read_wear
from cardamom.values.board import BoardReading
from cardamom.worker import StuckError, Worker

READ_S: Final = 5.0
"""A card that hangs holds up statvfs; the sensors ask the firmware and take a moment."""

_UNDER_VOLTAGE: Final = 1 << 0
_CAPPED: Final = 1 << 1
_THROTTLED: Final = 1 << 2
_SOFT_LIMIT: Final = 1 << 3
_SINCE_START: Final = 16
"""Bits of the firmware's get_throttled (Raspberry Pi documentation, vcgencmd): now, and 16 further
up since the board started."""


class Board:
    """ports.Board over sysfs. `place`: a path on the file system whose room counts. `root`: where
    /sys is, for tests."""

    def __init__(self, place: Path, root: Path = Path("/")) -> None:
        self._place = place
        self._root = root
        self._worker: Worker | None = None

    async def read(self) -> BoardReading:
        """What the sensors say now; never raises. Nothing of it where they do not answer."""
        if self._worker is None or self._worker.stuck:
            self._worker = Worker("board")
        try:
            return await self._worker.call(read_board, self._place, self._root, deadline_s=READ_S)
        except StuckError:
            return BoardReading()

    def close(self) -> None:
        """Lets the thread go."""
        if self._worker is not None:
            self._worker.close()


def read_board(place: Path, root: Path = Path("/")) -> BoardReading:
    """Blocks. See Board."""
    free, total = room(place)
    flags = _throttled(root)
    alarm = _voltage_alarm(root)
    wear = read_wear(existing(place), root / "sys")
    held_back = _CAPPED | _THROTTLED | _SOFT_LIMIT
    return BoardReading(
        free_bytes=free,
        total_bytes=total,
        celsius=_celsius(root),
        under_voltage=_either(_bit(flags, _UNDER_VOLTAGE), alarm),
        under_voltage_since_start=_either(_bit(flags, _UNDER_VOLTAGE << _SINCE_START), alarm),
        throttled=_bit(flags, held_back),
        throttled_since_start=_bit(flags, held_back << _SINCE_START),
        wear_percent=wear.used_percent if wear is not None else None,
        spare=wear.spare if wear is not None else None,
        fillings=read_fillings(existing(place), total, root / "sys"),
    )


def existing(place: Path) -> Path:
    """`place`, or the first folder above it that is there."""
    return next((path for path in (place, *place.absolute().parents) if path.exists()), place)


def room(place: Path) -> tuple[int | None, int | None]:
    """Bytes free for us, bytes in all, on the file system of `place` or of the first folder above
    it that is there."""
    for path in (place, *place.absolute().parents):
        try:
            found = os.statvfs(path)
        except FileNotFoundError:
            continue
        except OSError:
            break
        return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    return None, None


def _celsius(root: Path) -> float | None:
    """The zone cpu-thermal, in thousandths of a degree (Linux, sysfs-class-thermal). What is hot
    for other zones, and on other machines, is not known here."""
    for zone in sorted((root / "sys/class/thermal").glob("thermal_zone*")):
        if _text(zone / "type") == "cpu-thermal":
            try:
                return int(_text(zone / "temp") or "") / 1000
            except ValueError:
                continue
    return None


def _throttled(root: Path) -> int | None:
    """The firmware's flags, hex, as Raspberry Pi's own kernel shows them; where the folder lies
    goes by the model."""
    platform = root / "sys/devices/platform"
    for pattern in ("*firmware/get_throttled", "soc*/*firmware/get_throttled"):
        for file in sorted(platform.glob(pattern)):
            try:
                return int(_text(file) or "", 16)
            except ValueError:
                continue
    return None


def _voltage_alarm(root: Path) -> bool | None:
    """Linux, raspberrypi-hwmon: in0_lcrit_alarm of the sensor rpi_volt."""
    for sensor in sorted((root / "sys/class/hwmon").glob("hwmon*")):
        if _text(sensor / "name") == "rpi_volt":
            text = _text(sensor / "in0_lcrit_alarm")
            return None if text is None else text != "0"
    return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _bit(flags: int | None, mask: int) -> bool | None:
    return None if flags is None else bool(flags & mask)


def _either(one: bool | None, other: bool | None) -> bool | None:
    known = [said for said in (one, other) if said is not None]
    return any(known) if known else None
