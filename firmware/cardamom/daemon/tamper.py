"""The tamper switch from its settings, and the request to erase what only root can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cardamom.devices.tamper import LidSwitch
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.story import tell

if TYPE_CHECKING:
    from cardamom.simulator.lid import SimulatedLid

REQUEST: Final = "erase-keys"
"""Beside the journal; `cardamom-tamper.path` waits for it, and `cardamom-tamper.service` erases
the payment keys among root's sealed credentials, removes it and starts the terminal anew."""


def lid_of(settings: Settings) -> SimulatedLid | None:
    """The lid of a simulated terminal; None where it is none."""
    if settings.tamper.driver != "simulated":
        return None
    from cardamom.simulator.lid import SimulatedLid

    return SimulatedLid(settings.tamper.pin, closed_is_safe=settings.tamper.lid_on == "closed")


def switch_of(
    settings: Settings, lid: SimulatedLid | None, close: list[Callable[[], Any]]
) -> LidSwitch | None:
    """None where no switch is wired."""
    chosen = settings.tamper
    if chosen.driver == "none":
        return None
    factory: Callable[[], Any]
    if lid is not None:
        factory = lid.factory
    else:
        from cardamom.devices.keypad import gpio_factory

        factory = gpio_factory
    switch = LidSwitch(
        factory,
        chosen.pin,
        closed_is_safe=chosen.lid_on == "closed",
        debounce_s=chosen.debounce_ms / 1000,
    )
    close.append(switch.close)
    return switch


def outside(settings: Settings, file: Path) -> Callable[[], None]:
    """Asks root's unit for the credentials that hold payment keys, where any are there."""
    master = settings.acquirer.master_key_file
    request = resolve(file, settings.journal.path).with_name(REQUEST)

    def ask() -> None:
        if not master or not resolve(file, master).exists():
            return
        try:
            request.touch(mode=0o600)
        except OSError as e:
            tell("tamper_request_failed", error=e)

    return ask
