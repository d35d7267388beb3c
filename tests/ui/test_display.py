"""The display over a panel: what is drawn, when, and how much it sends."""

from __future__ import annotations

import asyncio

import pytest
from PIL import Image

from cardamom.ui.display import ScreenDisplay
from cardamom.ui.gallery import SIZES
from cardamom.ui.motion import frame
from cardamom.ui.render import render
from cardamom.ui.specimen import AMOUNT, DEMO, LIMIT, NO_PAPER
from cardamom.ui.specimens import SPECIMENS
from cardamom.ui.tokens import TOKENS
from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language
from cardamom.values.screens import (
    Approved,
    Authorising,
    EnterAmount,
    EnterPin,
    FindOriginal,
    Idle,
    Reading,
    RefundAmount,
    Screen,
    SettleStep,
    Settling,
    StatusLine,
)
from support.glass import Frames, Glass, on_glass, run, until

ZH = Language.ZH
DRIVER = {(320, 240): "ili9341", (480, 320): "ili9488"}


class Steps:
    """A sleep that ends when the test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._go = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self._go.wait()
        self._go.clear()

    async def step(self) -> None:
        before = len(self.asked)
        self._go.set()
        await until(lambda: len(self.asked) > before or not self._go.is_set(), "a step")
        await asyncio.sleep(0)


def expect(screen: Screen, tick: int = 0, status: StatusLine = DEMO) -> bytes:
    return render(screen, status, ZH, (320, 240), tick).tobytes()


def test_it_draws_what_it_is_shown() -> None:
    async def work() -> None:
        frames = Frames()
        display = ScreenDisplay(frames, ZH)
        display.status(DEMO)
        await display.settled()
        assert frames.drawn == []  # nothing to show yet
        display.show(Idle("x"))
        await display.settled()
        display.status(NO_PAPER)
        await display.settled()
        display.close()
        assert [i.tobytes() for i in frames.drawn] == [
            expect(Idle("x")),
            expect(Idle("x"), status=NO_PAPER),
        ]

    run(work)


def test_the_same_screen_is_not_drawn_again_and_the_newest_wins() -> None:
    async def work() -> None:
        frames = Frames()
        display = ScreenDisplay(frames, ZH)
        display.status(DEMO)
        for typed in range(5):
            display.show(EnterPin(AMOUNT, typed, 60))
        display.show(EnterPin(AMOUNT, 4, 60))
        await display.settled()
        display.show(EnterPin(AMOUNT, 4, 60))
        await display.settled()
        display.close()
        assert frames.drawn[-1].tobytes() == expect(EnterPin(AMOUNT, 4, 60))
        assert len({i.tobytes() for i in frames.drawn}) == len(frames.drawn)

    run(work)


def test_it_tells_whom_it_drew_for_before_the_panel_has_it() -> None:
    async def work() -> None:
        frames = Frames()
        told: list[tuple[Image.Image, Screen, int]] = []
        display = ScreenDisplay(
            frames, ZH, drawn=lambda image, screen: told.append((image, screen, len(frames.drawn)))
        )
        display.show(Idle("x"))
        await display.settled()
        display.close()
        assert [(screen, before) for _, screen, before in told] == [(Idle("x"), 0)]
        assert told[0][0] is frames.drawn[0]

    run(work)


def test_the_block_walks_and_a_second_does_not_disturb_it() -> None:
    async def work() -> None:
        frames, steps = Frames(), Steps()
        display = ScreenDisplay(frames, ZH, sleep=steps)
        display.status(DEMO)
        task = asyncio.create_task(display.run())
        display.show(Authorising(AMOUNT, 0, 60))
        await until(lambda: len(steps.asked) == 1, "the first sleep")
        await steps.step()
        await steps.step()
        display.show(Authorising(AMOUNT, 1, 60))
        await display.settled()
        assert frames.drawn[-1].tobytes() == expect(Authorising(AMOUNT, 1, 60), tick=2)
        assert set(steps.asked) == {TOKENS.motion.tick_ms / 1000}
        task.cancel()
        display.close()

    run(work)


def test_it_sleeps_where_nothing_moves() -> None:
    async def work() -> None:
        frames, steps = Frames(), Steps()
        display = ScreenDisplay(frames, ZH, sleep=steps)
        task = asyncio.create_task(display.run())
        display.show(EnterAmount(AMOUNT, LIMIT))
        await until(lambda: len(steps.asked) == 1, "the first sleep")
        display.show(Approved(AMOUNT, None))
        await steps.step()
        await asyncio.sleep(0.05)
        assert len(steps.asked) == 1
        task.cancel()
        display.close()

    run(work)


def test_the_caret_stands_still_while_keys_come() -> None:
    assert frame(EnterAmount(AMOUNT, LIMIT), 0) == 1
    assert frame(EnterAmount(AMOUNT, LIMIT), 2) == 0

    async def work() -> None:
        frames, steps = Frames(), Steps()
        display = ScreenDisplay(frames, ZH, sleep=steps)
        display.status(DEMO)
        task = asyncio.create_task(display.run())
        display.show(EnterAmount(AMOUNT, LIMIT))
        await until(lambda: len(steps.asked) == 1, "the first sleep")
        await steps.step()
        await steps.step()
        await display.settled()
        assert frames.drawn[-1].tobytes() == expect(EnterAmount(AMOUNT, LIMIT), tick=2)
        display.show(EnterAmount(LIMIT, LIMIT))
        await display.settled()
        assert frames.drawn[-1].tobytes() == expect(EnterAmount(LIMIT, LIMIT), tick=0)
        task.cancel()
        display.close()

    run(work)


class Cracked(Frames):
    """A panel that raises what an adapter never should."""

    def draw(self, image: Image.Image) -> None:
        if not self.drawn:
            self.drawn.append(image)
            raise OSError("broken")
        super().draw(image)


def test_a_picture_that_fails_ends_nothing() -> None:
    async def work() -> None:
        frames = Cracked()
        display = ScreenDisplay(frames, ZH)
        display.show(Idle("x"))
        await display.settled()
        display.show(Idle("y"))
        await display.settled()
        display.close()
        assert len(frames.drawn) == 2

    run(work)


def moves() -> list[Screen]:
    return [
        EnterAmount(AMOUNT, LIMIT),
        FindOriginal(Kind.VOID, "345"),
        RefundAmount(AMOUNT, AMOUNT),
        Authorising(AMOUNT, 6, 60),
        Reading(AMOUNT, contact=False),
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", list(Language))
def test_what_moves_by_itself_stays_inside_the_budget(
    size: tuple[int, int], language: Language
) -> None:
    async def work() -> None:
        glass = Glass(DRIVER[size], size)
        await glass.panel.check()

        async def sent(image: Image.Image) -> int:
            before, shown = glass.spi.sent, len(glass.shown)
            glass.panel.draw(image)
            await until(lambda: len(glass.shown) > shown, "the picture")
            return glass.spi.sent - before

        for screen in moves():
            await sent(render(screen, DEMO, language, size))
            for tick in range(1, 17):
                cost = await sent(render(screen, DEMO, language, size, tick))
                assert cost <= TOKENS.motion.budget_bytes, (screen, tick)
        for waited in range(1, 60):
            cost = await sent(render(Authorising(AMOUNT, waited, 60), DEMO, language, size))
            if waited > 1:
                assert cost <= TOKENS.motion.budget_bytes, waited
        await sent(render(Settling(12, SettleStep.UPLOAD, 100, 340), DEMO, language, size))
        for done in range(101, 120):
            screen = Settling(12, SettleStep.UPLOAD, done, 340)
            cost = await sent(render(screen, DEMO, language, size))
            share = {0: 2.1, 5: 1.3}.get(done % 10, 1)  # a second digit; a digit and the bar
            assert cost <= TOKENS.motion.budget_bytes * share, done
        for typed in range(13):
            cost = await sent(render(EnterPin(AMOUNT, typed, 30), DEMO, language, size))
            if typed:
                assert cost <= TOKENS.motion.budget_bytes, typed
        glass.panel.close()

    run(work)


def test_the_glass_shows_exactly_what_was_drawn() -> None:
    async def work() -> None:
        glass = Glass()
        await glass.panel.check()
        for specimen in SPECIMENS.values():
            image = render(specimen.screen, specimen.status, ZH, (320, 240))
            shown = len(glass.shown)
            glass.panel.draw(image)
            await until(lambda n=shown: len(glass.shown) > n, "the picture")  # type: ignore[misc]
            assert glass.spi.picture().tobytes() == on_glass(image).tobytes()
        glass.panel.close()

    run(work)
