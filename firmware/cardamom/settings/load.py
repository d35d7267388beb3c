"""Read `terminal.toml`, and check what one key alone cannot tell."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cardamom.faults import SettingsError
from cardamom.settings.convert import convert, read_toml
from cardamom.settings.model import Settings
from cardamom.values.merchant import Merchant
from cardamom.values.money import CURRENCIES, AmountError, Money, parse_amount


def load(path: Path) -> Settings:
    """The settings of one file. Relative file names in it are relative to its folder.

    Raises SettingsError naming file, key and allowed values.
    """
    settings = convert(read_toml(path), Settings, str(path))
    _check(settings, str(path))
    return settings


def resolve(settings_file: Path, name: str) -> Path:
    """A file named in the settings, relative to the settings' own folder."""
    return (settings_file.parent / name).resolve()


def limit(settings: Settings) -> Money:
    """The most one sale may be."""
    return parse_amount(settings.terminal.limit, settings.terminal.currency)


def merchant(settings: Settings) -> Merchant:
    """What slips and the idle screen say of the merchant."""
    m = settings.merchant
    return Merchant(
        name_zh=m.name_zh,
        name_en=m.name_en,
        acquirer_zh=m.acquirer_zh,
        acquirer_en=m.acquirer_en,
        language=settings.language,
        merchant_id=m.id,
        terminal_id=settings.terminal.id,
        mode=settings.mode,
    )


def simulated(settings: Settings) -> list[str]:
    """The keys that choose a simulated driver."""
    chosen = {
        "reader.driver": settings.reader.driver == "inprocess",
        "contactless.driver": settings.contactless.driver == "simulated",
        "display.driver": settings.display.driver == "simulated",
        "keypad.driver": settings.keypad.driver == "simulated",
        "tamper.driver": settings.tamper.driver == "simulated",
        "commissioning.network": settings.commissioning.network == "simulated",
        "simulator.socket": bool(settings.simulator.socket),
        "simulator.screens": bool(settings.simulator.screens),
    }
    return [key for key, yes in chosen.items() if yes]


def _check(settings: Settings, source: str) -> None:
    terminal = settings.terminal
    if terminal.currency not in CURRENCIES:
        allowed = ", ".join(CURRENCIES)
        raise SettingsError(
            f"{source}: terminal.currency: {terminal.currency!r} is not allowed; "
            f"expected one of {allowed}"
        )
    try:
        limit(settings)
    except AmountError as e:
        raise SettingsError(f"{source}: terminal.limit: {e}") from None
    for name in ("single", "total"):
        try:
            parse_amount(getattr(settings.offline, name), terminal.currency)
        except AmountError as e:
            raise SettingsError(f"{source}: offline.{name}: {e}") from None
    _check_closed_loop(settings, source)
    try:
        ZoneInfo(terminal.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(
            f"{source}: terminal.timezone: {terminal.timezone!r} is not known here; "
            "expected a name like Asia/Shanghai"
        ) from None
    if bool(settings.acquirer.cert_file) != bool(settings.acquirer.key_file):
        raise SettingsError(
            f"{source}: acquirer.cert_file, acquirer.key_file: name both, or neither and enrol "
            "with `cardamom certificate request`"
        )
    _check_pins(settings, source)
    if settings.contactless.baud == 1_288_000 and settings.contactless.reset_pin < 0:
        raise SettingsError(
            f"{source}: contactless.baud: 1288000 only with contactless.reset_pin; 0 takes what "
            "the wiring allows"
        )
    if (
        settings.contactless.driver == "pn532"
        and settings.printer.driver == "serial"
        and settings.contactless.device == settings.printer.device
    ):
        raise SettingsError(f"{source}: contactless.device: the printer has this port")
    if settings.mode == "production" and (fakes := simulated(settings)):
        raise SettingsError(
            f"{source}: {fakes[0]}: simulated parts are not allowed with mode = production"
        )


def _check_closed_loop(settings: Settings, source: str) -> None:
    own = settings.closed_loop
    try:
        parse_amount(own.uid_limit, settings.terminal.currency)
    except AmountError as e:
        raise SettingsError(f"{source}: closed_loop.uid_limit: {e}") from None
    if (own.keys or own.uid != "refuse") and settings.contactless.driver == "none":
        raise SettingsError(
            f"{source}: contactless.driver: none is not allowed with [closed_loop]; expected a "
            "reader that sees its cards"
        )
    if own.uid == "pay" and not own.pays:
        raise SettingsError(
            f"{source}: closed_loop.uid: pay is not allowed with pays = false; expected refuse or "
            "members"
        )


def _check_pins(settings: Settings, source: str) -> None:
    """No GPIO has two uses."""
    keypad, display, tap = settings.keypad, settings.display, settings.contactless
    pins = [*keypad.rows, *keypad.columns]
    if len(set(pins)) != len(pins):
        raise SettingsError(f"{source}: keypad.rows, keypad.columns: a GPIO is named twice")
    taken = dict.fromkeys((display.dc_pin, display.reset_pin), "the display")
    taken |= dict.fromkeys(pins, "the keypad")
    named = [("reset_pin", tap.reset_pin), ("tone_pin", tap.tone_pin)]
    for name, pin in [*named, *(("light_pins", pin) for pin in tap.light_pins)]:
        if pin in taken:
            raise SettingsError(
                f"{source}: contactless.{name}: {taken[pin]} has GPIO {pin}; expected a free one"
            )
        if pin >= 0:
            taken[pin] = f"contactless.{name}"
    lid = settings.tamper
    if lid.driver == "gpio" and lid.pin in taken:
        raise SettingsError(
            f"{source}: tamper.pin: {taken[lid.pin]} has GPIO {lid.pin}; expected a free one"
        )
