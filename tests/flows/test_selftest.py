"""The self-test at the terminal: what a person is asked, and what is made of the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.values.health import Condition
from cardamom.values.keys import GRID, Key
from cardamom.values.screens import Idle
from cardamom.values.selftest import Grade, TestPart
from cardamom.values.trial_screens import LightsAsked, TestKeys, TestPattern
from support.trials import Bench, Told, bench, every_key_but, one


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (Key.ENTER, (Grade.OK, "a person saw the test picture and found it right")),
        (
            Key.CANCEL,
            (
                Grade.FAILED,
                (
                    "a person found the test picture wrong: check its pins; stripes or wrong "
                    "colours: lower display.spi_hz, check display.driver"
                ),
            ),
        ),
    ],
)
def test_a_person_judges_the_picture(tmp_path: Path, key: Key, told: Told) -> None:
    async def script(shop: Bench) -> None:
        asked = shop.asks(TestPart.DISPLAY)
        await shop.shows(TestPattern(asked=True))
        shop.keypad.press("5", key)
        assert one(await asked) == told
        await shop.sees(Idle)

    bench(tmp_path, script)


UNSEEN = (
    "the test picture was sent and nobody said whether it is right: a panel cannot be read back "
    "(use --attended)"
)


@pytest.mark.parametrize(("attended", "seconds"), [(True, 30), (False, 2)])
def test_a_picture_that_nobody_judged_was_not_tried(
    tmp_path: Path, attended: bool, seconds: int
) -> None:
    async def script(shop: Bench) -> None:
        asked = shop.asks(TestPart.DISPLAY, attended=attended)
        await shop.shows(TestPattern(asked=attended))
        await shop.clock.passes(seconds - 1)
        assert not asked.done()
        await shop.clock.passes(1)
        assert one(await asked) == (Grade.NOT_TRIED, UNSEEN)

    bench(tmp_path, script)


def test_a_panel_that_is_not_there(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        shop.panel.condition = Condition.ABSENT
        shop.panel.detail = "OSError: check SPI"
        asked = shop.asks(TestPart.DISPLAY, attended=False)
        await shop.shows(TestPattern())
        await shop.clock.passes(2)
        assert one(await asked) == (Grade.FAILED, "OSError: check SPI; look at its pins")

    bench(tmp_path, script)


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ((), (Grade.OK, "each of the 16 keys came once")),
        (
            GRID[2],
            (
                Grade.FAILED,
                "no key of one line came (7 8 9 menu): its wire, GPIO 13 (33)",
            ),
        ),
        (
            tuple(row[3] for row in GRID),
            (
                Grade.FAILED,
                "no key of one line came (cancel clear menu enter): its wire, GPIO 21 (40)",
            ),
        ),
        (
            (Key.D5, Key.ENTER),
            (
                Grade.FAILED,
                (
                    "these keys did not come: 5 enter; where its neighbours do, the pad is worn; "
                    "lines: its pins"
                ),
            ),
        ),
    ],
)
def test_each_key_is_pressed_once(tmp_path: Path, missing: tuple[Key, ...], told: Told) -> None:
    async def script(shop: Bench) -> None:
        asked = shop.asks(TestPart.KEYPAD)
        await shop.shows(TestKeys(frozenset()))
        shop.keypad.press(*every_key_but(*missing))
        if missing:
            await shop.shows(TestKeys(frozenset(every_key_but(*missing))))
            await shop.clock.passes(9)
            assert not asked.done()
            await shop.clock.passes(1)
        assert one(await asked) == told

    bench(tmp_path, script)


def test_a_keypad_that_nobody_presses_or_that_is_not_there(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        asked = shop.asks(TestPart.KEYPAD)
        await shop.sees(TestKeys)
        await shop.clock.passes(30)
        assert one(await asked) == (
            Grade.FAILED,
            "no key came: was somebody there? Else its ribbon: its pins",
        )
        assert one(await shop.asks(TestPart.KEYPAD, attended=False)) == (
            Grade.NOT_TRIED,
            "it takes a person to press its keys (use --attended)",
        )
        shop.keys.condition = Condition.ABSENT
        shop.keys.detail = "BadPinFactory: check keypad.rows"
        assert one(await shop.asks(TestPart.KEYPAD)) == (
            Grade.FAILED,
            "BadPinFactory: check keypad.rows; look at its pins",
        )

    bench(tmp_path, script)


def test_lights_are_shown_and_asked_about(tmp_path: Path) -> None:
    async def script(shop: Bench) -> None:
        for key, told in (
            (Key.ENTER, (Grade.OK, "a person saw each light and heard the tone")),
            (
                Key.CANCEL,
                (Grade.FAILED, "a person missed a light or the tone: check its pins"),
            ),
        ):
            asked = shop.asks(TestPart.LIGHTS)
            await shop.shows(LightsAsked(asked=True))
            shop.keypad.press(key)
            assert one(await asked) == told
            await shop.sees(Idle)
        assert shop.lit == 2
        assert one(await shop.asks(TestPart.LIGHTS, attended=False)) == (
            Grade.NOT_TRIED,
            "the pins were switched and nobody said what was seen and heard (use --attended)",
        )
        shop.light_fault = "the pins of lights and tone fail (OSError)"
        assert one(await shop.asks(TestPart.LIGHTS)) == (
            Grade.FAILED,
            "the pins of lights and tone fail (OSError); look at its pins",
        )

    bench(tmp_path, script)
