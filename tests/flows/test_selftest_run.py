"""A run of the self-test: printer, menu, the desk's turn, the journal."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from cardamom.control.messages import SelfTest
from cardamom.duties.selftest import verdict
from cardamom.flows.desk import DeskRefusal
from cardamom.values.health import Condition
from cardamom.values.operations import OPERATIONS, Operation
from cardamom.values.screens import Idle, Menu, PresentCard
from cardamom.values.selftest import Finding, Grade, Result, TestPart
from cardamom.values.terminal_events import OperatorAct
from cardamom.values.trial_screens import (
    LightsAsked,
    SelfTesting,
    SelfTestShown,
    TestKeys,
    TestPattern,
)
from support.clerk import opens, supervises
from support.trials import Bench, bench, every_key_but, one


@pytest.mark.parametrize(
    ("condition", "grade", "said"),
    [
        (
            Condition.OK,
            Grade.OK,
            "it answers and has paper; no slip was printed (use --print)",
        ),
        (
            Condition.PAPER_LOW,
            Grade.WARNING,
            "little paper is left: have a new roll ready",
        ),
        (
            Condition.PAPER_OUT,
            Grade.FAILED,
            "out of paper: put a new roll in and close the cover",
        ),
        (
            Condition.FAULT,
            Grade.FAILED,
            "the cover is open: close it; at its pins",
        ),
    ],
)
def test_the_printers_status(tmp_path: Path, condition: Condition, grade: Grade, said: str) -> None:
    async def script(shop: Bench) -> None:
        shop.paper.condition = condition
        shop.paper.detail = "the cover is open: close it"
        assert one(await shop.asks(TestPart.PRINTER)) == (grade, said)
        assert shop.slips == []

    bench(tmp_path, script)


def test_the_slip_has_what_was_found_before_and_itself(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        report = await shop.asks(TestPart.KEYPAD, TestPart.PRINTER, attended=False, printed=True)
        (slip,) = shop.slips
        assert slip.results == report.results
        assert [r.finding for r in slip.results] == [
            Finding.KEYPAD_UNTRIED,
            Finding.PRINTER_PRINTED,
        ]
        assert report.well

    bench(tmp_path, script)


def test_a_slip_that_does_not_come(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        shop.slip_fault = "the printer hangs: switch it off and on"
        assert one(await shop.asks(TestPart.PRINTER, printed=True)) == (
            Grade.FAILED,
            "the printer hangs: switch it off and on; at its pins",
        )

    bench(tmp_path, script)


def test_no_printer_is_not_tried(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        shop.has(slip=None)
        shop.paper.condition = Condition.ABSENT
        assert one(await shop.asks(TestPart.PRINTER, printed=True)) == (
            Grade.NOT_TRIED,
            "no printer is configured (printer.driver)",
        )

    bench(tmp_path, script)


def test_a_trial_that_breaks_does_not_hide_the_others(tmp_path: Path) -> None:
    async def broken() -> Result:
        raise ZeroDivisionError

    async def well() -> Result:
        return verdict(TestPart.DISK, Grade.NOT_TRIED, Finding.DISK_UNTOLD)

    async def script(shop: Bench) -> None:
        shop.has(alone={TestPart.BOARD: broken, TestPart.DISK: well})
        report = await shop.asks(TestPart.BOARD, TestPart.DISK)
        assert [r.grade for r in report.results] == [Grade.FAILED, Grade.NOT_TRIED]
        assert report.results[0].finding is Finding.BROKEN
        assert report.results[0].fill == {"why": "ZeroDivisionError"}

    bench(tmp_path, script)


def test_it_waits_for_nobody_and_payments_wait_for_it(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        shop.types("1234")
        await shop.sees(PresentCard)
        with pytest.raises(DeskRefusal, match="busy"):
            await shop.asks(TestPart.PRINTER)
        shop.keypad.press("cancel")
        await shop.waits_for(Idle)
        asked = shop.asks(TestPart.DISPLAY)
        await shop.sees(TestPattern)
        assert shop.desk.busy
        with pytest.raises(DeskRefusal, match="busy"):
            await shop.asks(TestPart.PRINTER)
        shop.keypad.press("enter")
        await asked
        await shop.sees(Idle)

    bench(tmp_path, script)


def acts(shop: Bench) -> list[tuple[str, str]]:
    """Operators and their acts, as the journal has them."""
    with closing(sqlite3.connect(shop.folder / "journal.db")) as db:
        rows = db.execute("SELECT body FROM events WHERE txn = 0 ORDER BY seq").fetchall()
    return [(e.operator, e.act) for (body,) in rows if (e := _act(body)) is not None]


def _act(body: str) -> OperatorAct | None:
    try:
        return msgspec.json.decode(body, type=OperatorAct)
    except msgspec.ValidationError:
        return None


def test_what_came_of_it_is_journalled(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        shop.paper.condition = Condition.PAPER_OUT
        await shop.asks(TestPart.KEYPAD, TestPart.PRINTER, attended=False)
        assert acts(shop) == [("technician", "self_test keypad=not_tried printer=failed")]
        shop.journal.fails = (OperatorAct,)
        report = await shop.asks(TestPart.PRINTER)
        assert len(report.results) == 1

    bench(tmp_path, script)


def test_from_the_menu_to_the_result(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        await opens(shop, Operation.SELF_TEST)
        await supervises(shop)
        await shop.shows(TestPattern(asked=True))
        shop.keypad.press("enter")
        await shop.shows(LightsAsked(asked=True))
        shop.keypad.press("cancel")
        await shop.shows(TestKeys(frozenset()))
        shop.keypad.press(*every_key_but())
        shown = await shop.sees(SelfTestShown)
        assert isinstance(shown, SelfTestShown)
        assert [(r.part, r.grade) for r in shown.results] == [
            (TestPart.DISPLAY, Grade.OK),
            (TestPart.LIGHTS, Grade.FAILED),
            (TestPart.KEYPAD, Grade.OK),
            (TestPart.PRINTER, Grade.OK),
        ]
        assert shown.selected == 1  # the first that is to be seen to
        shop.keypad.press("down", "down", "down")
        await shop.shows(SelfTestShown(shown.results, 0))
        shop.keypad.press("up")
        await shop.shows(SelfTestShown(shown.results, 3))
        shop.keypad.press("enter")
        await shop.sees(Menu)
        assert SelfTesting(TestPart.PRINTER, 3, 4) in shop.display.shown
        assert len(shop.slips) == 1
        assert acts(shop) == [
            ("supervisor", "self_test"),
            ("supervisor", "self_test display=ok lights=failed keypad=ok printer=ok"),
        ]

    bench(tmp_path, script)


def test_without_the_passcode_nothing_is_tried(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        await opens(shop, Operation.SELF_TEST)
        await supervises(shop, "111111")
        await asyncio.sleep(0.05)
        shop.keypad.press("cancel")
        await shop.sees(Menu)
        assert not any(isinstance(s, SelfTesting) for s in shop.display.shown)

    bench(tmp_path, script)


def test_the_socket_takes_what_the_operation_names() -> None:
    assert set(SelfTest.__struct_fields__) == set(OPERATIONS[Operation.SELF_TEST].arguments)
