"""What the settings hold a journal to. Light: the desk's key commands start with it as well."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cardamom.engines.iso8583.profile import Profile
from cardamom.faults import SettingsError
from cardamom.settings.board import board_serial
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.settings.profile import find_message_profile
from cardamom.store.guard import Binding

DESK: Final = "a desk"
"""The board of a demo on a machine without a number."""


def binding_of(settings: Settings, file: Path, profile: Profile | None = None) -> Binding:
    """Raises SettingsError where the board has no serial number; a demo goes without one."""
    profile = profile or find_message_profile(settings.acquirer.profile, file)
    return Binding(
        board=_board(settings, file),
        mark=mark_of(settings, file),
        scheme=profile.keys.scheme,
    )


def _board(settings: Settings, file: Path) -> str:
    named = settings.security.board_serial_file
    try:
        return board_serial(resolve(file, named) if named else None)
    except SettingsError:
        if named or settings.mode == "production":
            raise
        return DESK


def mark_of(settings: Settings, file: Path) -> Path:
    """Where the high-water mark lies."""
    if settings.security.mark_file:
        return resolve(file, settings.security.mark_file)
    journal = resolve(file, settings.journal.path)
    return journal.with_name(journal.name + ".mark")
