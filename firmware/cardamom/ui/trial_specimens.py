"""Specimens of the self-test's screens."""

from __future__ import annotations

from typing import Final

from cardamom.ui.specimen import NO_PAPER, OFFLINE, Specimen
from cardamom.values.keys import Key
from cardamom.values.selftest import Finding, Grade, Result, TestPart
from cardamom.values.trial_screens import (
    LightsAsked,
    SelfTesting,
    SelfTestShown,
    TestKeys,
    TestPattern,
)


def _found(part: TestPart, grade: Grade, finding: Finding, **fill: str) -> Result:
    return Result(part=part, grade=grade, finding=finding, fill=fill)


WELL: Final = (
    _found(TestPart.JOURNAL, Grade.OK, Finding.JOURNAL_OK, ms="4", free="11234", tail="200"),
    _found(TestPart.CLOCK, Grade.OK, Finding.CLOCK_OK, now="2025-11-22 05:37:05"),
    _found(TestPart.READER, Grade.OK, Finding.READER_EMPTY, name="ACS ACR39U"),
    _found(TestPart.DISK, Grade.NOT_TRIED, Finding.DISK_UNTOLD),
)
BAD: Final = (
    *WELL[:2],
    _found(
        TestPart.LINK,
        Grade.WARNING,
        Finding.LINK_OURS_EXPIRES,
        until="2025-12-09",
    ),
    _found(
        TestPart.KEYPAD,
        Grade.FAILED,
        Finding.KEYPAD_LINE,
        keys="cancel clear menu enter",
        where="GPIO 21 (40)",
    ),
    _found(TestPart.PRINTER, Grade.FAILED, Finding.PRINTER_OUT),
)

TRIALS: Final[dict[str, Specimen]] = {
    "36-self-test": Specimen(SelfTesting(TestPart.READER, 4, 11)),
    "37-test-pattern": Specimen(TestPattern()),
    "37-test-pattern-asked": Specimen(TestPattern(asked=True)),
    "38-test-keys": Specimen(TestKeys(frozenset((Key.D1, Key.D2, Key.CANCEL, Key.UP)))),
    "39-test-lights": Specimen(LightsAsked(asked=True)),
    "40-self-test-well": Specimen(SelfTestShown(WELL)),
    "40-self-test-link": Specimen(SelfTestShown(BAD, 2), OFFLINE),
    "40-self-test-keypad": Specimen(SelfTestShown(BAD, 3)),
    "40-self-test-paper": Specimen(SelfTestShown(BAD, 4), NO_PAPER),
}
"""By name, as desk_specimens.py."""
