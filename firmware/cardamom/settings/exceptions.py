"""The exception list's file: a keyed hash of a card number a line, `#` before a comment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from cardamom.faults import SettingsError
from cardamom.settings.keys import read_key
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.values.exceptions import NONE_LISTED, ExceptionList

KEY_SIZE: Final = 32
_HASH: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def exceptions_for(settings: Settings, settings_file: Path) -> ExceptionList:
    """The list under these settings; an empty one where none is named. Raises SettingsError."""
    emv = settings.emv
    if not emv.exception_file:
        return NONE_LISTED
    if not emv.exception_key_file:
        raise SettingsError(
            "emv.exception_key_file: empty; expected the file with the key that made the list"
        )
    key = read_key(
        resolve(settings_file, emv.exception_key_file),
        "emv.exception_key_file",
        sizes=(KEY_SIZE,),
        production=settings.mode == "production",
    )
    return ExceptionList(key, read_hashes(resolve(settings_file, emv.exception_file)))


def read_hashes(path: Path) -> frozenset[str]:
    """The file's hashes. Raises SettingsError naming the line; it repeats nothing of it, for it
    may be a card number."""
    try:
        lines = path.read_text("ascii").splitlines()
    except OSError as e:
        raise SettingsError(f"emv.exception_file: {path} cannot be read ({e.strerror})") from None
    except ValueError:
        raise SettingsError(
            f"emv.exception_file: {path} is not ASCII; expected what `cardamom exceptions` writes"
        ) from None
    found: set[str] = set()
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if text and not _HASH.fullmatch(text):
            raise SettingsError(
                f"emv.exception_file: line {number} is no hash; expected 32 hex digits in lower "
                "case, as `cardamom exceptions` writes them"
            )
        if text:
            found.add(text)
    return frozenset(found)
