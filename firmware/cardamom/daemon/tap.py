"""The contactless reader that the settings choose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from cardamom.engines.emv.rules import Rules
from cardamom.flows.taps import Taps
from cardamom.ports import ContactlessReader, Signals
from cardamom.settings.model import Settings
from cardamom.settings.profile import find_message_profile
from cardamom.values.member import ClosedLoop

FASTEST_BAUD: Final = 1_288_000
"""The PN532's fastest (SetSerialBaudRate of its user manual)."""
SAFE_BAUD: Final = 921_600
"""What a chip without its reset line is asked for: common ports can do it."""


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


def taps_for(
    settings: Settings,
    settings_file: Path,
    rules: Rules,
    reader: ContactlessReader | None,
    start: list[Callable[[], Awaitable[Any]]],
    close: list[Callable[[], Any]],
) -> Taps | None:
    """What a sale by tap needs; None without a reader. Raises SettingsError."""
    if reader is None:
        return None
    from cardamom.settings.tap import tap_rules_for

    return Taps(
        reader,
        tap_rules_for(settings, settings_file, rules),
        _signals(settings, start, close),
        update_s=settings.contactless.update_s,
    )


def own_cards(settings: Settings, settings_file: Path) -> ClosedLoop | None:
    """What the merchant's own cards may do; None where there are none. Raises SettingsError."""
    from cardamom.settings.closed_loop import closed_loop_for

    profile = find_message_profile(settings.acquirer.profile, settings_file)
    return closed_loop_for(settings, settings_file, pays=profile.closed_loop is not None)


def _signals(
    settings: Settings,
    start: list[Callable[[], Awaitable[Any]]],
    close: list[Callable[[], Any]],
) -> Signals:
    from cardamom.devices.lights import FieldSignals, Unlit

    chosen = settings.contactless
    if not chosen.light_pins and chosen.tone_pin < 0:
        return Unlit()
    from cardamom.devices.keypad import gpio_factory

    signals = FieldSignals(gpio_factory, chosen.light_pins, chosen.tone_pin)
    start.append(signals.begin)
    close.append(signals.close)
    return signals


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
    baud = chosen.baud or (FASTEST_BAUD if pulse else SAFE_BAUD)
    reader = Pn532Reader(device, baud=baud, rate=chosen.rate, reset=pulse)
    close.append(reader.close)
    return reader
