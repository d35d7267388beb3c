"""A shop whose parts can be tried, moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from cardamom.duties.selftest import Trials
from cardamom.faults import DeviceFault
from cardamom.texts.selftest import sentence
from cardamom.values.health import Condition, Health, Part
from cardamom.values.keys import GRID, Key
from cardamom.values.merchant import Language
from cardamom.values.selftest import Grade, SelfTestReport, TestPart
from support.clerk import play
from support.shop import Shop

ROWS = ("GPIO 5 (29)", "GPIO 6 (31)", "GPIO 13 (33)", "GPIO 19 (35)")
COLUMNS = ("GPIO 12 (32)", "GPIO 16 (36)", "GPIO 20 (38)", "GPIO 21 (40)")
WHERE = dict.fromkeys(TestPart, "its pins")
Told = tuple[Grade, str]


class HandPart:
    """A device that is as the script says."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.condition = Condition.OK
        self.detail = ""

    def state(self) -> Health:
        return Health(part=self.part, condition=self.condition, detail=self.detail)

    async def check(self) -> Health:
        return self.state()


class Bench(Shop):
    """A shop whose parts can be tried."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.panel = HandPart(Part.DISPLAY)
        self.keys = HandPart(Part.KEYPAD)
        self.paper = HandPart(Part.PRINTER)
        self.slips: list[SelfTestReport] = []
        self.slip_fault = ""
        self.lit = 0
        self.light_fault = ""
        object.__setattr__(self.terminal, "trials", self.trials())

    def trials(self) -> Trials:
        return Trials(
            where=WHERE,
            rows=ROWS,
            columns=COLUMNS,
            panel=self.panel,
            keypad=self.keys,
            lights=self._light,
            paper=self.paper,
            slip=self._slip,
        )

    def has(self, **changes: object) -> None:
        """Other trials than the usual."""
        trials = replace(self.terminal.trials, **changes)  # type: ignore[arg-type]
        object.__setattr__(self.terminal, "trials", trials)

    async def _light(self) -> None:
        self.lit += 1
        if self.light_fault:
            raise DeviceFault(self.light_fault)

    async def _slip(self, report: SelfTestReport) -> None:
        if self.slip_fault:
            raise DeviceFault(self.slip_fault)
        self.slips.append(report)

    def asks(
        self, *only: TestPart, attended: bool = True, printed: bool = False
    ) -> asyncio.Task[SelfTestReport]:
        """As the command does."""
        return asyncio.create_task(self.desk.self_test(only, attended=attended, printed=printed))


def one(report: SelfTestReport) -> Told:
    (result,) = report.results
    assert sentence(result, Language.ZH)
    return result.grade, sentence(result, Language.EN)


def bench(folder: Path, script: Callable[[Bench], Awaitable[None]]) -> None:
    async def run(shop: Shop) -> None:
        assert isinstance(shop, Bench)
        await script(shop)

    play(folder, run, Bench)


def every_key_but(*missing: Key) -> list[Key]:
    return [key for row in GRID for key in row if key not in missing]
