"""The self-test's trials of the board: heat, supply, wear. Exact sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cardamom.duties.selftest_board import try_board, try_disk
from cardamom.texts.selftest import sentence
from cardamom.values.board import BoardReading
from cardamom.values.merchant import Language
from cardamom.values.selftest import DiskWear, Grade, Result, SelfTestReport


def tried(trial: Awaitable[Result]) -> tuple[Grade, str]:
    """Grade and English sentence; the Chinese one must fill as well."""

    async def run() -> Result:
        return await trial

    result = asyncio.run(run())
    assert sentence(result, Language.ZH)
    return result.grade, sentence(result, Language.EN)


PI = "Raspberry Pi 4 Model B Rev 1.5"
WELL = BoardReading(
    celsius=48.3,
    under_voltage=False,
    under_voltage_since_start=False,
    throttled=False,
    throttled_since_start=False,
)


@pytest.mark.parametrize(
    ("changed", "grade", "said"),
    [
        ({}, Grade.OK, f"{PI}: 48 °C, voltage well, not throttled"),
        (
            {"under_voltage": True, "celsius": 90.0},
            Grade.FAILED,
            (
                "the supply is below 4.63 V now: use a stronger one with a short thick cable; the "
                "printer on a supply of its own"
            ),
        ),
        (
            {"under_voltage_since_start": True},
            Grade.WARNING,
            (
                "the supply was below 4.63 V since the start: use a stronger one with a short "
                "thick cable; the printer on a supply of its own"
            ),
        ),
        (
            {"celsius": 80.0, "throttled": True},
            Grade.FAILED,
            "80 °C is too hot, it slows down: give it air, a heat sink or a fan",
        ),
        (
            {"celsius": 70.0},
            Grade.WARNING,
            "70 °C is warm: give it air, a heat sink or a fan",
        ),
        (
            {"throttled_since_start": True},
            Grade.WARNING,
            "the board is slowed down, or was since the start: see to its supply and air",
        ),
        (
            {"under_voltage": None},
            Grade.NOT_TRIED,
            f"{PI} tells neither voltage nor throttling: its kernel lacks the driver",
        ),
    ],
)
def test_a_pi(changed: dict[str, Any], grade: Grade, said: str) -> None:
    async def read() -> BoardReading:
        return msgspec.structs.replace(WELL, **changed)

    assert tried(try_board(read, PI)) == (grade, said)


def test_no_pi_but_hot() -> None:
    async def read() -> BoardReading:
        return BoardReading(celsius=48.0)

    async def hot() -> BoardReading:
        return BoardReading(celsius=95.0)

    assert tried(try_board(read, "")) == (
        Grade.NOT_TRIED,
        "no Raspberry Pi: neither its voltage nor throttling can be told",
    )
    assert tried(try_board(hot, ""))[0] is Grade.FAILED


@pytest.mark.parametrize(
    ("used", "spare", "grade", "said"),
    [
        (80, 1, Grade.OK, "mmcblk0 has used up to 80 % of its writing life"),
        (
            90,
            0,
            Grade.WARNING,
            "mmcblk0 has used up to 90 % of its writing life: replace it soon",
        ),
        (
            10,
            2,
            Grade.WARNING,
            "mmcblk0 has used up to 10 % of its writing life: replace it soon",
        ),
        (10, 3, Grade.FAILED, "mmcblk0 has used up its writing life: replace it now"),
        (100, 1, Grade.FAILED, "mmcblk0 has used up its writing life: replace it now"),
    ],
)
def test_wear(used: int, spare: int, grade: Grade, said: str) -> None:
    wear = DiskWear(name="mmcblk0", used_percent=used, spare=spare)
    assert tried(try_disk(lambda: wear)) == (grade, said)


def test_a_disk_that_does_not_tell_was_not_tried() -> None:
    assert tried(try_disk(lambda: None)) == (
        Grade.NOT_TRIED,
        "this disk tells nothing of its wear, as SD cards do",
    )


@pytest.mark.parametrize(
    ("grades", "well"),
    [
        ([Grade.OK, Grade.NOT_TRIED], True),
        ([Grade.OK, Grade.WARNING], False),
        ([Grade.FAILED, Grade.OK], False),
    ],
)
def test_a_run_is_well_when_nothing_is_to_be_seen_to(grades: list[Grade], well: bool) -> None:
    finding = asyncio.run(try_disk(lambda: None))
    results = tuple(msgspec.structs.replace(finding, grade=grade) for grade in grades)
    assert SelfTestReport(at=datetime(2025, 11, 22, tzinfo=UTC), results=results).well is well
