"""The switch under the lid on mock pins: an opening counts, a bounce does not."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from cardamom.devices.tamper import LidSwitch
from cardamom.simulator.lid import SimulatedLid
from cardamom.values.health import Condition
from support.glass import run

PIN = 26
DEBOUNCE_S = 0.02


async def opened(switch: LidSwitch, within_s: float = 5.0) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await switch.opened()
    except TimeoutError:
        return False
    return True


def switch_on(factory: Any, *, closed_is_safe: bool = True) -> LidSwitch:
    return LidSwitch(factory, PIN, closed_is_safe=closed_is_safe, debounce_s=DEBOUNCE_S)


@pytest.mark.parametrize("closed_is_safe", [True, False])
def test_a_lifted_lid_counts(*, closed_is_safe: bool) -> None:
    async def work() -> None:
        lid = SimulatedLid(PIN, closed_is_safe=closed_is_safe)
        switch = switch_on(lid.factory, closed_is_safe=closed_is_safe)
        assert (await switch.check()).condition is Condition.OK
        assert not await opened(switch, 0.1)
        lid.move(is_open=True)
        assert await opened(switch)
        assert await opened(switch)  # it still is
        switch.close()

    run(work)


def test_a_wire_that_is_cut_counts_where_the_contact_is_closed() -> None:
    """The pull-up of the pin alone is left."""

    async def work() -> None:
        pins = MockFactory()
        switch = switch_on(lambda: pins)
        await switch.check()
        assert pins.pin(PIN).pull == "up"
        assert await opened(switch)

    run(work)


class BouncingPin(MockPin):  # type: ignore[misc]
    """Reads as its script says, then closed."""

    script: ClassVar[list[bool]] = []

    def _get_state(self) -> bool:
        return self.script.pop(0) if self.script else False


def test_a_bounce_does_not_count() -> None:
    async def work() -> None:
        pins = MockFactory(pin_class=BouncingPin)
        switch = switch_on(lambda: pins)
        await switch.check()
        BouncingPin.script = [True, True, True, False] * 2
        assert not await opened(switch, 1.5)
        assert not BouncingPin.script
        BouncingPin.script = [True] * 4
        assert await opened(switch)

    run(work)


def test_an_opening_that_made_no_edge_is_seen_too() -> None:
    async def work() -> None:
        pins = MockFactory()
        pin = pins.pin(PIN)
        switch = switch_on(lambda: pins)
        await switch.check()
        pin.drive_low()
        waiting = asyncio.create_task(opened(switch))
        await asyncio.sleep(0.05)
        pin.when_changed = None
        pin.drive_high()
        assert await waiting

    run(work)


def test_pins_that_do_not_open_are_told_and_no_opening() -> None:
    async def work() -> None:
        def broken() -> Any:
            raise PermissionError

        switch = switch_on(broken)
        seen = await switch.check()
        assert seen.condition is Condition.ABSENT
        assert "tamper.pin" in seen.detail
        assert not await opened(switch, 0.05)

    run(work)
