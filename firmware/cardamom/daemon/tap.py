"""The contactless reader that the settings choose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from cardamom.ports import ContactlessReader
from cardamom.settings.model import Settings


def tap_reader(
    settings: Settings,
    start: list[Callable[[], Awaitable[Any]]],
    close: list[Callable[[], Any]],
) -> ContactlessReader | None:
    """None where there is none. What is to be opened first, and closed, is added to the lists."""
    chosen = settings.contactless
    match chosen.driver:
        case "none":
            return None
        case "pcsc":
            from cardamom.devices.pcsc_tap import PcscTapReader

            over_pcsc = PcscTapReader(chosen.name)
            close.append(over_pcsc.close)
            return over_pcsc
        case "pn532":
            from cardamom.devices.keypad import gpio_factory

            return _pn532(settings, chosen.device, gpio_factory, chosen.reset_pin, close)
        case "simulated":
            from cardamom.simulator.pn532.simulated import Conditions, SimulatedPn532

            simulated = SimulatedPn532(Conditions(ports=(chosen.port, chosen.port_b)))

            async def begin() -> None:
                simulated.open()

            start.append(begin)
            close.append(simulated.close)
            return _pn532(settings, simulated.device, simulated.pins, 0, close)


def _pn532(
    settings: Settings,
    device: str,
    factory: Callable[[], Any],
    pin: int,
    close: list[Callable[[], Any]],
) -> ContactlessReader:
    from cardamom.devices.pn532 import Pn532Reader
    from cardamom.devices.reset_line import ResetLine

    chosen = settings.contactless
    pulse = ResetLine(factory, pin).pulse if pin >= 0 else None
    reader = Pn532Reader(device, baud=chosen.baud, rate=chosen.rate, reset=pulse)
    close.append(reader.close)
    return reader
