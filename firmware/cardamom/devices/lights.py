"""Four lights and a tone beside the contactless field (EMV Contactless Book A, 9)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cardamom.engines.emv.contactless.outcome import Status
from cardamom.faults import DeviceFault
from cardamom.story import tell

SUCCESS_HZ: Final = 1500
ALERT_HZ: Final = 750
SILENCE: Final = 0
EACH_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Beat:
    """One moment: lights from the left (bit 3 the first), a tone in hertz, seconds."""

    lights: int
    tone: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """`whole`: it is heard and seen to its end, whatever comes; `repeats`: until something else is
    told. What it ends with stays."""

    beats: tuple[Beat, ...]
    whole: bool = False
    repeats: bool = False


OFF: Final = Pattern((Beat(0b0000, SILENCE, 0.0),))
ALERT: Final = Pattern(
    (
        Beat(0b0000, ALERT_HZ, 0.2),
        Beat(0b0000, SILENCE, 0.2),
        Beat(0b0000, ALERT_HZ, 0.2),
        Beat(0b0000, SILENCE, 0.0),
    ),
    whole=True,
)
PATTERNS: Final = {
    Status.NOT_READY: OFF,
    Status.IDLE: Pattern((Beat(0b1000, SILENCE, 0.2), Beat(0b0000, SILENCE, 4.8)), repeats=True),
    Status.READY_TO_READ: Pattern((Beat(0b1000, SILENCE, 0.0),)),
    Status.PROCESSING: Pattern(
        (
            Beat(0b1000, SILENCE, 0.12),
            Beat(0b1100, SILENCE, 0.12),
            Beat(0b1110, SILENCE, 0.0),
        )
    ),
    Status.CARD_READ_OK: Pattern(
        (
            Beat(0b1111, SUCCESS_HZ, 0.5),
            Beat(0b1111, SILENCE, 0.25),
            Beat(0b0000, SILENCE, 0.0),
        ),
        whole=True,
    ),
    Status.PROCESSING_ERROR: ALERT,
    Status.COLLISION: ALERT,
}


class Unlit:
    """ports.Signals of a terminal without lights and tone."""

    def tell(self, status: Status) -> None:
        """Nobody sees it."""

    def close(self) -> None:
        """Nothing is open."""


class FieldSignals:
    """ports.Signals over gpiozero's pins. `factory` gives them; `lights`: four GPIOs from the left,
    or none; `tone`: the GPIO of a passive buzzer, -1 for none.

    A pin that fails is told once; the payment goes on without it.
    """

    def __init__(
        self,
        factory: Callable[[], Any],
        lights: Sequence[int],
        tone: int,
        *,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._factory = factory
        self._light_pins = tuple(lights)
        self._tone_pin = tone
        self._sleep = sleep
        self._lights: list[Any] = []
        self._tone: Any = None
        self._open = False
        self._playing: asyncio.Task[None] | None = None
        self._now = OFF
        self._next: Pattern | None = None

    def tell(self, status: Status) -> None:
        """See ports.Signals. The same again changes nothing."""
        pattern = PATTERNS[status]
        running = self._playing is not None and not self._playing.done()
        if running and self._now.whole:
            self._next = pattern if pattern is not self._now else self._next
            return
        if pattern is self._now and not pattern.whole:
            return
        if self._playing is not None:
            self._playing.cancel()
        self._now = pattern
        self._playing = asyncio.get_running_loop().create_task(self._play())

    async def _play(self) -> None:
        try:
            while True:
                for beat in self._now.beats:
                    self._set(beat)
                    if beat.seconds:
                        await self._sleep(beat.seconds)
                following, self._next = self._next, None
                if following is not None:
                    self._now = following
                elif not self._now.repeats:
                    return
        except Exception as e:  # noqa: BLE001 lights are no reason to stop a payment
            tell("signals_failed", error=e)

    def _set(self, beat: Beat) -> None:
        self._begin()
        for place, light in enumerate(self._lights):
            light.value = beat.lights >> len(self._lights) - 1 - place & 1
        if self._tone is not None:
            if beat.tone:
                self._tone.frequency = beat.tone
            self._tone.value = 0.5 if beat.tone else 0

    async def each(self) -> None:
        """Each light alone, from the left, then the tone; dark and silent after it. Raises
        DeviceFault."""
        if self._playing is not None:
            self._playing.cancel()
            self._now = OFF
        beats = [Beat(1 << n, SILENCE, EACH_S) for n in reversed(range(len(self._light_pins)))]
        try:
            for beat in (*beats, Beat(0b0000, SUCCESS_HZ, EACH_S), *OFF.beats):
                self._set(beat)
                await self._sleep(beat.seconds)
        except Exception as e:  # noqa: BLE001 pin factories raise what they like
            raise DeviceFault(f"the pins of lights and tone fail ({type(e).__name__})") from None

    async def begin(self) -> None:
        """Opens the pins before anybody waits for them: gpiozero takes a while to load."""
        try:
            self._begin()
        except Exception as e:  # noqa: BLE001 lights are no reason not to start
            tell("signals_failed", error=e)

    def _begin(self) -> None:
        if self._open:
            return
        from gpiozero import DigitalOutputDevice, PWMOutputDevice

        self._open = True
        pins = self._factory()
        self._lights = [DigitalOutputDevice(p, pin_factory=pins) for p in self._light_pins]
        if self._tone_pin >= 0:
            self._tone = PWMOutputDevice(self._tone_pin, frequency=SUCCESS_HZ, pin_factory=pins)

    def close(self) -> None:
        """Dark and silent; gives the pins back. Never raises."""
        if self._playing is not None:
            self._playing.cancel()
        for pin in (*self._lights, *([self._tone] if self._tone is not None else [])):
            with contextlib.suppress(Exception):
                pin.close()
        self._lights, self._tone, self._open = [], None, False
