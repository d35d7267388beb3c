"""All of a simulated PN532: chip, radio, serial port, cards on TCP, and its reset line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from gpiozero.pins.mock import MockFactory, MockPin

from cardamom.simulator.pn532.cards import CardPorts
from cardamom.simulator.pn532.chip import Chip
from cardamom.simulator.pn532.picc import Manner, Picc
from cardamom.simulator.pn532.radio import Radio
from cardamom.simulator.pn532.times import Pace, Slow
from cardamom.simulator.pn532.wire import Pn532Port


@dataclass(frozen=True, slots=True)
class Conditions:
    """`ports`: TCP ports for cards of type A and B, 0 takes a free one. `tear_after`: each card
    leaves with that byte on the radio. `hang_after`: the chip hangs after so many commands."""

    slow: Slow = field(default_factory=Slow)
    noise: float = 0.0
    seed: int = 0
    ports: tuple[int, int] = (0, 0)
    manner: Callable[[], Manner] = Manner
    tear_after: int | None = None
    hang_after: int | None = None
    leaves_selected: bool = False


class SimulatedPn532:
    """`with SimulatedPn532() as pn532:` and the driver opens `pn532.device`."""

    def __init__(self, conditions: Conditions = Conditions()) -> None:
        self.conditions = conditions
        self.pace = Pace(conditions.slow)
        self.radio = Radio(self.pace, noise=conditions.noise, seed=conditions.seed)
        self.chip = Chip(self.radio, self.pace, leaves_selected=conditions.leaves_selected)
        self.chip.hang_after = conditions.hang_after
        self.port = Pn532Port(self.chip, self.pace)
        self.cards = CardPorts(
            self.radio, ports=conditions.ports, manner=conditions.manner, arrived=self._arrived
        )
        self.device = self.port.device
        self.ports = (0, 0)

    def open(self) -> Self:
        """Raises DeviceFault when a TCP port is taken."""
        self.ports = self.cards.open()
        self.port.open()
        return self

    def close(self) -> None:
        self.cards.close()
        self.port.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def pins(self) -> Any:
        """A pin factory whose every pin is wired to the chip's reset line."""
        chip = self.chip

        class ResetPin(MockPin):  # type: ignore[misc]
            def _set_state(self, value: Any) -> None:
                super()._set_state(value)
                if self.function == "output" and not value:
                    chip.reset()

        return MockFactory(pin_class=ResetPin)

    def _arrived(self, picc: Picc) -> None:
        if self.conditions.tear_after is not None:
            self.radio.tear(picc, self.conditions.tear_after)
