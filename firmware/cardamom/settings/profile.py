"""Read a message profile: one that comes with Cardamom, or a file that the settings name."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from cardamom.engines.iso8583.profile import Profile
from cardamom.faults import SettingsError
from cardamom.settings.convert import convert, read_toml
from cardamom.settings.load import resolve

DEFAULT: Final = "iso8583-1987"
LIKE: Final = "like"
"""Key of a profile that says only where it differs from one that comes along."""


def load_message_profile(path: Path | None = None) -> Profile:
    """The profile of a file; None gives the default. Raises SettingsError naming file and key."""
    if path is None:
        return _shipped(DEFAULT)
    return _checked(read_toml(path), str(path))


def find_message_profile(name: str, beside: Path | None = None) -> Profile:
    """A file, or one of the profiles that come with Cardamom by its name; empty for the default.

    `beside`: the file that a relative name is beside; else the working folder. Raises
    SettingsError.
    """
    if not name:
        return _shipped(DEFAULT)
    path = resolve(beside, name) if beside is not None else Path(name)
    if path.is_file():
        return load_message_profile(path)
    known = _known()
    if name in known:
        return _shipped(name)
    raise SettingsError(
        f"there is no profile {name}: give a file, or one of {', '.join(sorted(known))}"
    )


def profile_names() -> tuple[str, ...]:
    """Those that come with Cardamom, the default first."""
    return (DEFAULT, *sorted(_known().keys() - {DEFAULT}))


def _known() -> dict[str, Traversable]:
    shipped = files("cardamom").joinpath("data", "acquirers")
    return {entry.name.removesuffix(".toml"): entry for entry in shipped.iterdir()}


def _shipped(name: str) -> Profile:
    return _checked(_tables(name), f"{name}.toml")


def _tables(name: str) -> dict[str, Any]:
    return tomllib.loads(_known()[name].read_text("utf-8"))


def _checked(raw: dict[str, Any], source: str) -> Profile:
    profile = convert(_whole(raw, source), Profile, source)
    for problem in profile.problems():
        raise SettingsError(f"{source}: {problem}")
    return profile


def _whole(raw: dict[str, Any], source: str) -> dict[str, Any]:
    """With what `like` names underneath."""
    if LIKE not in raw:
        return raw
    own = dict(raw)
    name = own.pop(LIKE)
    # one step: what is spoken of has no `like` of its own
    known = sorted(n for n in _known() if LIKE not in _tables(n))
    if name not in known:
        raise SettingsError(f"{source}: {LIKE}: expected one of {', '.join(known)}")
    return _over(_tables(name), own)


def _over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; whatever is no table replaces what it differs from."""
    merged = dict(base)
    for key, value in own.items():
        below = base.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _over(below, value) if both else value  # type: ignore[arg-type]
    return merged
