"""The self-test: each part tried in turn, a person asked where only a person can tell."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from typing import Final

from cardamom.duties.selftest import Trials, printer_state, verdict
from cardamom.faults import DeviceFault, Fault, JournalFault
from cardamom.flows.asking import pressed_or_left
from cardamom.flows.terminal import Terminal, first
from cardamom.ports import Device
from cardamom.story import tell
from cardamom.values.health import Condition
from cardamom.values.keys import GRID, Key
from cardamom.values.screens import Screen
from cardamom.values.selftest import (
    Finding,
    Grade,
    Result,
    SelfTestReport,
    TestPart,
    summary,
)
from cardamom.values.trial_screens import (
    LightsAsked,
    SelfTesting,
    SelfTestShown,
    TestKeys,
    TestPattern,
)

SHOWN_S: Final = 2.0
"""The test picture stays so long where nobody is asked about it."""
ASKED_S: Final = 30.0
KEY_S: Final = 10.0
"""Between two keys; before the first ASKED_S."""
ALL_KEYS: Final = frozenset(Key)


async def self_test(
    t: Terminal,
    only: Collection[TestPart] = (),
    *,
    attended: bool,
    printed: bool,
    operator: str,
) -> SelfTestReport:
    """Tries these parts, or all that are there. `attended`: somebody stands at the terminal.
    `printed`: the printer prints what came of it. What came of it is journalled, where the journal
    takes it."""
    parts = [p for p in t.trials.parts if p in only or not only]
    results: list[Result] = []
    for done, part in enumerate(parts):
        t.display.show(SelfTesting(part, done, len(parts)))
        try:
            result = await _try(t, part, results, attended=attended, printed=printed)
        except Exception as e:  # noqa: BLE001 one trial that breaks must not hide the others
            why = str(e) if isinstance(e, Fault) else type(e).__name__
            tell("selftest_broken", part=part.value, why=why)
            result = verdict(part, Grade.FAILED, Finding.BROKEN, why=why)
        tell("selftest", part=part.value, grade=result.grade.value, finding=result.finding.value)
        results.append(result)
    with contextlib.suppress(JournalFault):  # its own trial has told
        await t.rights.note(operator, f"self_test {summary(results)}")
    return SelfTestReport(at=t.clock.now(), results=tuple(results))


async def show_self_test(t: Terminal, report: SelfTestReport) -> None:
    """What came of it, row by row, until it is left."""
    selected = next(
        (n for n, r in enumerate(report.results) if r.grade in (Grade.FAILED, Grade.WARNING)), 0
    )
    while True:
        t.display.show(SelfTestShown(report.results, selected))
        key = await pressed_or_left(t)
        if key in (Key.CANCEL, Key.ENTER):
            return
        step = {Key.UP: -1, Key.DOWN: 1}.get(key, 0)
        selected = (selected + step) % max(1, len(report.results))


async def _try(
    t: Terminal, part: TestPart, before: list[Result], *, attended: bool, printed: bool
) -> Result:
    trials = t.trials
    where = trials.where.get(part, "-")
    match part:
        case TestPart.DISPLAY if trials.panel is not None:
            return await _display(t, trials.panel, where, attended=attended)
        case TestPart.KEYPAD if trials.keypad is not None:
            return await _keypad(t, trials, trials.keypad, where, attended=attended)
        case TestPart.LIGHTS if trials.lights is not None:
            return await _lights(t, trials, where, attended=attended)
        case TestPart.PRINTER if trials.paper is not None:
            return await _printer(t, trials, trials.paper, before, where, printed=printed)
        case _:
            return await trials.alone[part]()


async def _display(t: Terminal, panel: Device, where: str, *, attended: bool) -> Result:
    part = TestPart.DISPLAY
    await panel.check()
    if attended:
        right = await _asked(t, TestPattern(asked=True))
    else:
        t.display.show(TestPattern())
        await t.clock.sleep(SHOWN_S)
        right = None
    health = await panel.check()
    if not health.usable:
        return verdict(part, Grade.FAILED, Finding.DISPLAY_FAULT, why=health.detail, where=where)
    match right:
        case None:
            return verdict(part, Grade.NOT_TRIED, Finding.DISPLAY_UNSEEN)
        case True:
            return verdict(part, Grade.OK, Finding.DISPLAY_RIGHT)
        case False:
            return verdict(part, Grade.FAILED, Finding.DISPLAY_WRONG, where=where)


async def _lights(t: Terminal, trials: Trials, where: str, *, attended: bool) -> Result:
    part = TestPart.LIGHTS
    assert trials.lights is not None  # noqa: S101 the caller has looked
    if attended:
        t.display.show(LightsAsked())
    try:
        await trials.lights()
    except DeviceFault as fault:
        return verdict(part, Grade.FAILED, Finding.LIGHTS_FAULT, why=str(fault), where=where)
    match await _asked(t, LightsAsked(asked=True)) if attended else None:
        case None:
            return verdict(part, Grade.NOT_TRIED, Finding.LIGHTS_UNSEEN)
        case True:
            return verdict(part, Grade.OK, Finding.LIGHTS_RIGHT)
        case False:
            return verdict(part, Grade.FAILED, Finding.LIGHTS_WRONG, where=where)


async def _asked(t: Terminal, screen: Screen) -> bool | None:
    """Enter says right, Cancel wrong; None where nobody says anything."""
    t.keypad.clear()
    t.display.show(screen)
    while True:
        name, key = await first(key=t.keypad.key(), left=t.clock.sleep(ASKED_S))
        if name == "left":
            return None
        if key in (Key.ENTER, Key.CANCEL):
            return key is Key.ENTER


async def _keypad(
    t: Terminal, trials: Trials, keypad: Device, where: str, *, attended: bool
) -> Result:
    part = TestPart.KEYPAD
    health = await keypad.check()
    if not health.usable:
        return verdict(part, Grade.FAILED, Finding.KEYPAD_FAULT, why=health.detail, where=where)
    if not attended:
        return verdict(part, Grade.NOT_TRIED, Finding.KEYPAD_UNTRIED)
    t.keypad.clear()
    came: set[Key] = set()
    while came != ALL_KEYS:
        t.display.show(TestKeys(frozenset(came)))
        limit = KEY_S if came else ASKED_S
        name, key = await first(key=t.keypad.key(), left=t.clock.sleep(limit))
        if name == "left":
            break
        came.add(key)
    return _keys_missing(frozenset(came), trials, where)


def _keys_missing(came: frozenset[Key], trials: Trials, where: str) -> Result:
    """A whole line that is missing is its wire's fault."""
    part = TestPart.KEYPAD
    missing = [key for row in GRID for key in row if key not in came]
    if not missing:
        return verdict(part, Grade.OK, Finding.KEYPAD_OK)
    if not came:
        return verdict(part, Grade.FAILED, Finding.KEYPAD_SILENT, where=where)
    keys = " ".join(key.value for key in missing)
    lines = [
        *zip(GRID, trials.rows, strict=True),
        *zip(zip(*GRID, strict=True), trials.columns, strict=True),
    ]
    for line, pin in lines:
        if set(missing) == set(line):
            return verdict(part, Grade.FAILED, Finding.KEYPAD_LINE, keys=keys, where=pin)
    return verdict(part, Grade.FAILED, Finding.KEYPAD_KEYS, keys=keys, where=where)


async def _printer(
    t: Terminal, trials: Trials, paper: Device, before: list[Result], where: str, *, printed: bool
) -> Result:
    """The slip that it prints is the report, this part of it included."""
    part = TestPart.PRINTER
    health = await paper.check()
    if health.condition is Condition.ABSENT and trials.slip is None:
        return verdict(part, Grade.NOT_TRIED, Finding.PRINTER_NONE)
    if (trouble := printer_state(health, where)) is not None:
        return trouble
    low = health.condition is Condition.PAPER_LOW
    if not printed or trials.slip is None:
        if low:
            return verdict(part, Grade.WARNING, Finding.PRINTER_LOW)
        return verdict(part, Grade.OK, Finding.PRINTER_ANSWERS)
    result = verdict(part, Grade.OK, Finding.PRINTER_PRINTED)
    if low:
        result = verdict(part, Grade.WARNING, Finding.PRINTER_LOW)
    try:
        await trials.slip(SelfTestReport(at=t.clock.now(), results=(*before, result)))
    except DeviceFault as fault:
        trouble = printer_state(await paper.check(), where)
        return trouble or verdict(
            part, Grade.FAILED, Finding.PRINTER_FAULT, why=str(fault), where=where
        )
    return printer_state(await paper.check(), where) or result
