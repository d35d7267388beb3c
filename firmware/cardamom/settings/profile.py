"""Read a message profile: the default one, or a file that the settings name."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

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
    return _checked(raw, source)


def find_message_profile(name: str) -> Profile:
    """A file, or one of the profiles that come with Cardamom by its name. Raises SettingsError."""
    shipped = files("cardamom").joinpath("data", "acquirers")
    known = {entry.name.removesuffix(".toml"): entry for entry in shipped.iterdir()}
    if name in known and not Path(name).exists():
        return _checked(tomllib.loads(known[name].read_text("utf-8")), known[name].name)
    if not Path(name).exists():
        raise SettingsError(
            f"there is no profile {name}: give a file, or one of {', '.join(sorted(known))}"
        )
    return load_message_profile(Path(name))


def _checked(raw: dict[str, Any], source: str) -> Profile:
    profile = convert(raw, Profile, source)
    for problem in profile.problems():
        raise SettingsError(f"{source}: {problem}")
    return profile
