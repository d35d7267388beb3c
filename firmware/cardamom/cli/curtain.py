"""`cardamom curtain`: the picture after a fall, drawn by whoever is left.

systemd runs it when the daemon has ended (ExecStopPost= of the unit). A daemon that was killed
leaves its last picture on the panel, which may still invite somebody to pay; an orderly end has
drawn its own.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cardamom.cli.main import FAULT, Parser
from cardamom.cli.places import refusal_file
from cardamom.faults import SettingsError

if TYPE_CHECKING:
    from cardamom.devices.panel import LumaPanel
    from cardamom.settings.model import DisplaySettings
    from cardamom.simulator.bench import Album
    from cardamom.values.merchant import Language
    from cardamom.values.notices import KeysUnopened, SettingsRefused, Stopping

ORDERLY: Final = "success"
"""systemd.exec(5), $SERVICE_RESULT."""

UNOPENED: Final = "243"
"""EXIT_CREDENTIALS of systemd.exec(5), $EXIT_STATUS: a credential that is there does not open, and
the daemon was never run. This picture's own process is given no credentials."""


def main(verb: str, argv: list[str]) -> int:
    """0, whatever the panel does: the next start must not wait for it."""
    parser = Parser(prog=f"cardamom {verb}")
    parser.add_argument("--settings", type=Path, default=Path("/etc/cardamom/terminal.toml"))
    args = parser.parse_args(argv)
    if os.environ.get("SERVICE_RESULT") != ORDERLY:
        from cardamom.daemon.log import set_up
        from cardamom.story import tell

        set_up("info")
        if _keys_unopened():
            tell("keys_unopened")
        asyncio.run(draw(args.settings))
    return 0


async def draw(file: Path) -> None:
    """Show that the terminal starts again, or why it does not, on the panel that the settings name.

    Settings that the daemon refused may still name their panel. A panel that cannot be opened is
    told in the log.
    """
    from cardamom.ui.display import ScreenDisplay

    settings, language, folder = _read(file)
    panel, album = _panel(settings, folder)
    display = ScreenDisplay(panel, language, drawn=album.drew if album is not None else None)
    await panel.check()
    display.show(_last_picture())
    display.close()
    panel.close()


def _last_picture() -> SettingsRefused | KeysUnopened | Stopping:
    from cardamom.values.notices import KeysUnopened, SettingsRefused, Stopping

    if _keys_unopened():
        return KeysUnopened()
    why = _reason()
    return SettingsRefused(why) if why else Stopping(fault=True)


def _keys_unopened() -> bool:
    told = os.environ.get
    return (told("EXIT_CODE"), told("EXIT_STATUS")) == ("exited", UNOPENED)


def _reason() -> str:
    """Why it did not start, where it ended with a sentence of its own; empty where it fell."""
    path = refusal_file()
    if path is None or os.environ.get("EXIT_STATUS") != str(FAULT):
        return ""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _read(file: Path) -> tuple[DisplaySettings, Language, Path | None]:
    """The panel, its language, and where a simulated one leaves pictures."""
    from cardamom.settings.convert import convert, read_toml
    from cardamom.settings.load import resolve
    from cardamom.settings.model import DisplaySettings, SimulatorSettings
    from cardamom.values.merchant import Language

    try:
        tables = read_toml(file)
    except SettingsError:
        tables = {}
    language = Language.EN if tables.get("language") == "en" else Language.ZH
    try:
        display = convert(tables.get("display", {}), DisplaySettings, str(file), "display")
        where = convert(tables.get("simulator", {}), SimulatorSettings, str(file), "simulator")
    except SettingsError:
        return DisplaySettings(), language, None
    return display, language, resolve(file, where.screens) if where.screens else None


def _panel(display: DisplaySettings, folder: Path | None) -> tuple[LumaPanel, Album | None]:
    from cardamom.daemon.face import real_panel, simulated_panel

    if display.driver != "simulated":
        return real_panel(display), None
    panel, _, album = simulated_panel(display, folder)
    return panel, album
