"""The matrix scanner on mock pins: one key a press, no ghosts, nothing lost, quiet at rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st

from cardamom.devices.keypad import LAYOUT, SCAN_S, STABLE, Debouncer, MatrixKeypad
from cardamom.simulator.pad import LOOKS, SimulatedPad
from cardamom.values.health import Condition
from cardamom.values.keys import Key
from support.glass import run, until

ROWS, COLUMNS = (5, 6, 13, 19), (12, 16, 20, 21)


@asynccontextmanager
async def keypad() -> AsyncIterator[tuple[MatrixKeypad, SimulatedPad]]:
    pad = SimulatedPad(ROWS, COLUMNS)
    pins = MatrixKeypad(pad.factory, ROWS, COLUMNS)
    assert (await pins.check()).condition is Condition.OK
    yield pins, pad
    pins.close()


async def looked(pad: SimulatedPad) -> None:
    """Returns once the scanner has seen enough of a key that is down."""
    enough = sum(pad.looks.values()) + LOOKS * len(COLUMNS)
    await until(lambda: sum(pad.looks.values()) >= enough, "enough scans")


async def asleep(pad: SimulatedPad) -> None:
    """Returns once the scanner has stopped reading the pins."""
    before: dict[int, int] = {}
    while before != pad.looks:
        before = dict(pad.looks)
        await asyncio.sleep(SCAN_S * 8)


async def taken(pins: MatrixKeypad) -> list[Key]:
    """All keys that have come."""
    keys = []
    while True:
        try:
            keys.append(await asyncio.wait_for(pins.key(), 0.05))
        except TimeoutError:
            return keys


def test_each_key_of_the_layout_comes_once() -> None:
    async def work() -> None:
        async with keypad() as (pins, pad):
            for key in Key:
                await asyncio.to_thread(pad.press, key)
            assert await taken(pins) == list(Key)

    run(work)


def test_the_layout_is_the_pads() -> None:
    assert [row[3] for row in LAYOUT] == [Key.CANCEL, Key.CLEAR, Key.MENU, Key.ENTER]
    assert LAYOUT[3][:3] == (Key.UP, Key.D0, Key.DOWN)
    assert {key for row in LAYOUT for key in row} == set(Key)


def test_a_key_held_comes_once() -> None:
    async def work() -> None:
        async with keypad() as (pins, pad):
            pad.down(Key.D5)
            for _ in range(4):
                await looked(pad)
            pad.up(Key.D5)
            await asleep(pad)
            assert await taken(pins) == [Key.D5]
            await asyncio.to_thread(pad.press, Key.D5)
            assert await taken(pins) == [Key.D5]

    run(work)


def test_two_keys_rolled_over_come_in_order() -> None:
    async def work() -> None:
        async with keypad() as (pins, pad):
            pad.down(Key.D1)
            await looked(pad)
            pad.down(Key.D9)
            await looked(pad)
            pad.up(Key.D1)
            await looked(pad)
            pad.up(Key.D9)
            await asleep(pad)
            assert await taken(pins) == [Key.D1, Key.D9]

    run(work)


def test_three_keys_of_a_rectangle_make_no_fourth() -> None:
    async def work() -> None:
        async with keypad() as (pins, pad):
            for key in (Key.D1, Key.D2, Key.D4):
                pad.down(key)
            await looked(pad)
            for key in (Key.D1, Key.D2, Key.D4):
                pad.up(key)
            await asleep(pad)
            came = await taken(pins)
            assert Key.D5 not in came
            assert came in ([], [Key.D1], [Key.D1, Key.D2])  # by how far the scanner had got
            await asyncio.to_thread(pad.press, Key.D5)
            assert await taken(pins) == [Key.D5]

    run(work)


@given(
    noise=st.lists(st.integers(1, STABLE - 1), max_size=12),
    held=st.integers(STABLE, 30),
    key=st.sampled_from(list(Key)),
)
def test_a_dome_that_bounces_makes_one_key(noise: list[int], held: int, key: Key) -> None:
    """Contact and no contact in turn, never for as long as STABLE scans; then held; then let go."""
    down, up = frozenset({key}), frozenset[Key]()
    bouncing = [scan for i, n in enumerate(noise) for scan in [up if i % 2 else down] * n]
    bouncing += [up] if bouncing[-1:] == [down] else []
    scans = [*bouncing, *[down] * held, *bouncing, *[up] * STABLE]
    settle = Debouncer()
    came = [got for scan in scans for got in settle.feed(scan)]
    assert came == [key]
    assert settle.at_rest


@given(st.lists(st.frozensets(st.sampled_from(list(Key)), min_size=3), max_size=20))
def test_three_keys_and_more_give_nothing(scans: list[frozenset[Key]]) -> None:
    settle = Debouncer()
    assert [key for scan in scans for _ in range(STABLE) for key in settle.feed(scan)] == []


def test_keys_wait_for_a_reader_and_clear_forgets_them() -> None:
    async def work() -> None:
        async with keypad() as (pins, pad):
            for key in (Key.D1, Key.D2):
                await asyncio.to_thread(pad.press, key)
            await asleep(pad)
            pins.clear()
            waiting = asyncio.create_task(pins.key())
            await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.to_thread(pad.press, Key.ENTER)
            assert await taken(pins) == [Key.ENTER]

    run(work)


def test_nothing_is_read_while_nothing_is_pressed() -> None:
    async def work() -> None:
        async with keypad() as (pins, pad):
            await asyncio.to_thread(pad.press, Key.D3)
            assert await taken(pins) == [Key.D3]
            await asleep(pad)
            before = dict(pad.looks)
            await asyncio.sleep(0.2)
            assert pad.looks == before

    run(work)


def test_no_pins_is_a_state_and_they_are_tried_again() -> None:
    async def work() -> None:
        pad = SimulatedPad(ROWS, COLUMNS)
        there = False

        def factory() -> object:
            if not there:
                raise RuntimeError("no GPIO here")
            return pad.factory()

        pins = MatrixKeypad(factory, ROWS, COLUMNS)
        assert (await pins.check()).condition is Condition.ABSENT
        there = True
        assert (await pins.check()).condition is Condition.OK
        await asyncio.to_thread(pad.press, Key.D8)
        assert await taken(pins) == [Key.D8]
        pins.close()

    run(work)


def test_pins_that_fail_in_mid_scan_are_a_fault_and_are_opened_anew() -> None:
    async def work() -> None:
        async with keypad() as (pins, pad):
            healthy = pad.joined_low

            def broken(pin: int) -> bool:
                raise OSError(f"pin {pin} lost")

            pad.joined_low = broken  # type: ignore[method-assign]
            pins._edge.set()
            await until(lambda: not pins.state().usable, "the fault")
            pad.joined_low = healthy  # type: ignore[method-assign]
            assert (await pins.check()).condition is Condition.OK
            await asyncio.to_thread(pad.press, Key.D2)
            assert await taken(pins) == [Key.D2]

    run(work)
