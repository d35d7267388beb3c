"""Writes keys into a TOML text, and leaves its comments and order as they are."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from cardamom.faults import SettingsError

Value = str | int | bool
HEADER: Final = re.compile(r"^\s*\[\s*([A-Za-z0-9_-]+)\s*\]\s*(#.*)?$")
ANY_HEADER: Final = re.compile(r"^\s*\[")
SIMPLE: Final = r"(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^#\"'\[{]*?)(\s*#.*)?"


def edited(text: str, wanted: Mapping[str, Value], source: str) -> str:
    """The text with each `section.key` (or `key`) of `wanted` set.

    Raises SettingsError where the text is no TOML, or says a key in a way that is not found here
    (an inline table, a dotted key): a file is never guessed at.
    """
    meant = copy.deepcopy(_parsed(text, source))
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    for dotted, value in wanted.items():
        section, _, key = dotted.rpartition(".")
        table: Any = meant.setdefault(section, {}) if section else meant
        if not isinstance(table, dict):
            raise SettingsError(f"{source}: {section}: expected a table")
        table[key] = value
        _set(lines, section, key, value)
    done = "\n".join(lines) + "\n"
    if _parsed(done, source) != meant:
        raise SettingsError(
            f"{source}: {', '.join(wanted)}: cannot be written in place; write each as a line "
            "`key = value` below its [section]"
        )
    return done


def literal(value: Value) -> str:
    """TOML 1.0: a basic string, an integer or a boolean."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    plain = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in plain) + '"'


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"{source}: not TOML: {e}") from None


def _set(lines: list[str], section: str, key: str, value: Value) -> None:
    begin, end = _bounds(lines, section)
    found = re.compile(rf"^(\s*{re.escape(key)}\s*=\s*){SIMPLE}$")
    for at in range(begin, end):
        match = found.match(lines[at])
        if match:
            lines[at] = match[1] + literal(value) + (match[3] or "")
            return
    while end > begin and not lines[end - 1].strip():
        end -= 1
    lines.insert(end, f"{key} = {literal(value)}")


def _bounds(lines: list[str], section: str) -> tuple[int, int]:
    """Where the section's keys stand; appended where there is none."""
    begin = 0
    if section:
        heads = [n for n, line in enumerate(lines) if (m := HEADER.match(line)) and m[1] == section]
        if not heads:
            lines += ["", f"[{section}]"]
            return len(lines), len(lines)
        begin = heads[0] + 1
    ends = (n for n in range(begin, len(lines)) if ANY_HEADER.match(lines[n]))
    return begin, next(ends, len(lines))
