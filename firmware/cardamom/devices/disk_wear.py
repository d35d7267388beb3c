"""What a disk says of its wear, and what board this is, read from sysfs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cardamom.values.selftest import DiskWear

SYS: Final = Path("/sys")
_TENTHS: Final = range(1, 12)
"""Codes of a life time estimate that mean one (JESD84-B51, 7.4.43)."""


def read_model(sys: Path = SYS) -> str:
    """The board as its device tree names it; empty where there is none, as on a PC."""
    return (_text(sys / "firmware/devicetree/base/model") or "").strip("\0\n ")


def read_wear(path: Path, sys: Path = SYS) -> DiskWear | None:
    """Wear of the disk that holds `path`; None where it tells nothing, as SD cards do. Never
    raises."""
    try:
        device = os.stat(path).st_dev  # noqa: PTH116 the number, not the path's own facts
    except OSError:
        return None
    return wear_of(os.major(device), os.minor(device), sys)


def wear_of(major: int, minor: int, sys: Path = SYS) -> DiskWear | None:
    """The same by device number. Of an eMMC: `life_time` in tenths for both kinds of cells,
    `pre_eol_info` (JESD84-B51, 7.4.42 to 7.4.44)."""
    try:
        disk = (sys / f"dev/block/{major}:{minor}").resolve(strict=True)
    except OSError:
        return None
    if (disk / "partition").exists():
        disk = disk.parent
    codes = [_number(word) for word in (_text(disk / "device/life_time") or "").split()]
    tenths = [code for code in codes if code in _TENTHS]
    if not tenths:
        return None
    spare = _number(_text(disk / "device/pre_eol_info") or "")
    return DiskWear(name=disk.name, used_percent=min(100, 10 * max(tenths)), spare=max(0, spare))


def read_fillings(path: Path, total_bytes: int | None, sys: Path = SYS) -> float | None:
    """How many times its own size was written to the file system that holds `path`, since it was
    made: ext4 counts that (Linux, ABI/testing/sysfs-fs-ext4, lifetime_write_kbytes). None for
    others. Never raises."""
    try:
        device = os.stat(path).st_dev  # noqa: PTH116 the number, not the path's own facts
        name = (sys / f"dev/block/{os.major(device)}:{os.minor(device)}").resolve(strict=True).name
    except OSError:
        return None
    written = _number(_text(sys / "fs/ext4" / name / "lifetime_write_kbytes") or "")
    if written < 0 or not total_bytes:
        return None
    return written * 1024 / total_bytes


def _text(path: Path) -> str | None:
    try:
        return path.read_text("ascii", errors="replace")
    except OSError:
        return None


def _number(text: str) -> int:
    try:
        return int(text.strip(), 0)
    except ValueError:
        return -1
