"""Read a message profile: the default one, or a file that the settings name."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from cardamom.engines.iso8583.profile import Profile
from cardamom.faults import SettingsError
from cardamom.settings.convert import convert, read_toml

DEFAULT = "iso8583-1987"


def load_message_profile(path: Path | None = None) -> Profile:
    """The profile of a file; None gives the default. Raises SettingsError naming file and key."""
    if path is None:
        source = f"{DEFAULT}.toml"
        text = files("cardamom").joinpath("data", "acquirers", source).read_text("utf-8")
        raw = tomllib.loads(text)
    else:
        source, raw = str(path), read_toml(path)
    profile = convert(raw, Profile, source)
    for problem in profile.problems():
        raise SettingsError(f"{source}: {problem}")
    return profile
