"""Lights and tones of the contactless field, on gpiozero's mock pins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from cardamom.devices.lights import PATTERNS, FieldSignals, Unlit
from cardamom.engines.emv.contactless.outcome import Status
from cardamom.faults import DeviceFault

LIGHTS, TONE = (5, 6, 12, 13), 18
Look = tuple[str, int, float]


class Watch:
    """What is to be seen and heard at each moment; time passes at once."""

    def __init__(self) -> None:
        self.pins = MockFactory(pin_class=MockPWMPin)
        self.signals = FieldSignals(lambda: self.pins, LIGHTS, TONE, sleep=self._passes)
        self.seen: list[Look] = []
        self.gate: asyncio.Event | None = None

    def now(self) -> tuple[str, int]:
        lit = "".join(str(int(self.pins.pin(p).state)) for p in LIGHTS)
        tone = self.signals._tone
        return lit, round(tone.frequency) if tone.value else 0

    async def _passes(self, seconds: float) -> None:
        self.seen.append((*self.now(), seconds))
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)


def watched(script: Callable[[Watch], Awaitable[None]]) -> None:
    async def run() -> None:
        watch = Watch()
        try:
            await script(watch)
        finally:
            watch.signals.close()

    asyncio.run(run())


async def rest() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


def test_card_read_ok_is_four_lights_and_half_a_second_of_1500_hz() -> None:
    async def script(w: Watch) -> None:
        w.signals.tell(Status.CARD_READ_OK)
        await rest()
        assert w.seen == [("1111", 1500, 0.5), ("1111", 0, 0.25)]
        assert w.now() == ("0000", 0)

    watched(script)


@pytest.mark.parametrize("status", [Status.PROCESSING_ERROR, Status.COLLISION])
def test_the_alert_is_two_tones_of_750_hz(status: Status) -> None:
    async def script(w: Watch) -> None:
        w.signals.tell(status)
        await rest()
        assert w.seen == [("0000", 750, 0.2), ("0000", 0, 0.2), ("0000", 750, 0.2)]
        assert w.now() == ("0000", 0)

    watched(script)


def test_ready_is_the_first_light_and_processing_lets_them_follow() -> None:
    async def script(w: Watch) -> None:
        w.signals.tell(Status.READY_TO_READ)
        await rest()
        assert w.now() == ("1000", 0)
        w.signals.tell(Status.PROCESSING)
        await rest()
        assert [look[0] for look in w.seen] == ["1000", "1100"]
        assert w.now() == ("1110", 0)

    watched(script)


def test_idle_blinks_slowly_until_something_else_is_told() -> None:
    async def script(w: Watch) -> None:
        w.signals.tell(Status.IDLE)
        await rest()
        assert w.seen[:4] == [("1000", 0, 0.2), ("0000", 0, 4.8)] * 2
        w.signals.tell(Status.NOT_READY)
        await rest()
        before = len(w.seen)
        await rest()
        assert (w.now(), len(w.seen)) == (("0000", 0), before)

    watched(script)


def test_the_success_tone_is_heard_to_its_end() -> None:
    """NOT_READY follows at once where the host is asked."""

    async def script(w: Watch) -> None:
        w.gate = asyncio.Event()
        w.signals.tell(Status.CARD_READ_OK)
        await rest()
        w.signals.tell(Status.NOT_READY)
        w.signals.tell(Status.READY_TO_READ)
        await rest()
        assert w.now() == ("1111", 1500)
        w.gate.set()
        await rest()
        assert w.seen == [("1111", 1500, 0.5), ("1111", 0, 0.25)]
        assert w.now() == ("1000", 0)

    watched(script)


def test_a_pin_that_fails_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    del capsys

    async def script() -> None:
        def broken() -> Any:
            raise OSError("no such pin")

        signals = FieldSignals(broken, LIGHTS, TONE)
        await signals.begin()
        for status in Status:
            signals.tell(status)
            await rest()
        signals.close()

    asyncio.run(script())


def test_each_status_has_a_pattern_and_nothing_is_needed() -> None:
    assert set(PATTERNS) == set(Status)
    for status in Status:
        Unlit().tell(status)


def test_each_light_alone_from_the_left_then_the_tone() -> None:
    async def script(w: Watch) -> None:
        w.signals.tell(Status.IDLE)
        await w.signals.each()
        dark = ("0000", 0, 0.0)
        alone = [(lit, 0, 0.5) for lit in ("1000", "0100", "0010", "0001")]
        assert w.seen[-6:] == [*alone, ("0000", 1500, 0.5), dark]
        w.signals.tell(Status.IDLE)  # and it goes on as before
        await rest()
        assert w.seen[-1] != dark

    watched(script)


def test_pins_that_fail_are_told_to_who_tries_them() -> None:
    def gone() -> MockFactory:
        raise OSError

    async def script() -> None:
        signals = FieldSignals(gone, LIGHTS, TONE)
        with pytest.raises(DeviceFault, match=r"^the pins of lights and tone fail \(OSError\)$"):
            await signals.each()
        signals.close()

    asyncio.run(script())
