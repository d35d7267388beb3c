"""The lid of a simulated terminal: gpiozero's mock pin, pulled up, with a contact to ground."""

from __future__ import annotations

from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin


class SimulatedLid:
    """`factory()` gives the pin to the real switch; `move` lifts the lid and puts it back."""

    def __init__(self, number: int, *, closed_is_safe: bool) -> None:
        self._number = number
        self._closed_is_safe = closed_is_safe
        self._is_open = False
        lid = self

        class ContactPin(MockPin):  # type: ignore[misc]
            """Low while the contact joins it to ground, else as it is pulled."""

            def _get_state(self) -> Any:
                return False if lid.joined else super()._get_state()

        self._pins = MockFactory(pin_class=ContactPin)

    @property
    def joined(self) -> bool:
        """Whether the contact is closed."""
        return self._is_open is not self._closed_is_safe

    def factory(self) -> Any:
        return self._pins

    def move(self, *, is_open: bool) -> None:
        self._is_open = is_open
        pin = self._pins.pin(self._number)
        if pin.when_changed is not None:
            pin.when_changed(0, pin.state)
