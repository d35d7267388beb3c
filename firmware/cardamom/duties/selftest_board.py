"""The self-test's trials of the board itself: heat, supply, and the wear of its disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from cardamom.duties.selftest import verdict
from cardamom.values.board import BoardReading
from cardamom.values.selftest import DiskWear, Finding, Grade, Result, TestPart

WARM_C: Final = 70.0
HOT_C: Final = 80.0
"""Here a Raspberry Pi begins to slow down (its documentation, frequency management and thermal
control)."""
WORN: Final = 80
"""Per cent."""
NEARLY: Final = 2
NONE_LEFT: Final = 3
"""Codes of PRE_EOL_INFO (JESD84-B51, 7.4.44)."""


async def try_board(read: Callable[[], Awaitable[BoardReading]], model: str) -> Result:
    """What its sensors say now; `model` as the device tree names it."""
    part = TestPart.BOARD
    seen = await read()
    known = ("celsius", "under_voltage", "under_voltage_since_start", "throttled")
    facts = {"model": model} | {
        name: str(value) for name in known if (value := getattr(seen, name)) is not None
    }
    celsius = seen.celsius
    if seen.under_voltage:
        return verdict(part, Grade.FAILED, Finding.BOARD_LOW_VOLTAGE, facts)
    if celsius is not None and celsius >= HOT_C:
        return verdict(part, Grade.FAILED, Finding.BOARD_HOT, facts, celsius=f"{celsius:.0f}")
    if seen.under_voltage_since_start:
        return verdict(part, Grade.WARNING, Finding.BOARD_HAD_LOW_VOLTAGE, facts)
    if seen.throttled or seen.throttled_since_start:
        return verdict(part, Grade.WARNING, Finding.BOARD_THROTTLED, facts)
    if celsius is not None and celsius >= WARM_C:
        return verdict(part, Grade.WARNING, Finding.BOARD_WARM, facts, celsius=f"{celsius:.0f}")
    if not model.startswith("Raspberry Pi"):
        return verdict(part, Grade.NOT_TRIED, Finding.BOARD_OTHER, facts)
    if celsius is None or seen.under_voltage is None:
        return verdict(part, Grade.NOT_TRIED, Finding.BOARD_MUTE, facts, model=model)
    return verdict(part, Grade.OK, Finding.BOARD_OK, facts, model=model, celsius=f"{celsius:.0f}")


async def try_disk(read: Callable[[], DiskWear | None]) -> Result:
    """Wear, where the disk tells of it; its room is the journal's trial."""
    part = TestPart.DISK
    wear = read()
    if wear is None:
        return verdict(part, Grade.NOT_TRIED, Finding.DISK_UNTOLD)
    used = str(wear.used_percent)
    facts = {"disk": wear.name, "used_percent": used, "spare": str(wear.spare)}
    if wear.spare >= NONE_LEFT or wear.used_percent >= 100:
        return verdict(part, Grade.FAILED, Finding.DISK_SPENT, facts, name=wear.name)
    grade, finding = Grade.OK, Finding.DISK_OK
    if wear.spare == NEARLY or wear.used_percent > WORN:
        grade, finding = Grade.WARNING, Finding.DISK_WORN
    return verdict(part, grade, finding, facts, name=wear.name, used=used)
