"""An answers file: from the boot partition, taken once and erased; or by `--answers`."""

from __future__ import annotations

import contextlib
import hashlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cardamom.commissioning import act
from cardamom.commissioning.answers import Answers
from cardamom.commissioning.files import FileFault, erase, write_whole
from cardamom.faults import Fault
from cardamom.settings.load import load, resolve
from cardamom.values.commissioning import Stage

LONGEST: Final = 64_000
CA: Final = "ca"
MORE: Final = "settings"
"""The table with further keys of terminal.toml."""


@dataclass(frozen=True, slots=True)
class AnswersFile:
    """What a file says: answers, and tables of terminal.toml."""

    answers: dict[str, str]
    more: dict[str, Any] = field(default_factory=dict)
    ca: str = ""
    """PEM of the CA of the acquirer's host; empty: none comes along."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a boot file."""

    done: bool
    """The terminal is set up; else the rest is asked."""
    refused: str = ""


def read(path: Path) -> AnswersFile:
    """Raises AnswerRefused naming file, key and what is allowed."""
    try:
        with path.open("rb") as file:
            tables = tomllib.loads(file.read(LONGEST).decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as e:
        raise act.AnswerRefused(f"{path}: cannot be read ({e.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # neither says what it met: that may be half a secret
        raise act.AnswerRefused(
            f'{path}: not TOML in UTF-8, or cut off: each line is `key = "value"`'
        ) from None
    more, ca = tables.pop(MORE, {}), tables.pop(CA, "")
    if not isinstance(ca, str):
        raise act.AnswerRefused(f"{path}: {CA}: expected PEM certificates in three quotes")
    if not isinstance(more, dict):
        raise act.AnswerRefused(f"{path}: {MORE}: expected tables of terminal.toml")
    answers = {k: str(v) if type(v) is int else v for k, v in tables.items()}
    try:
        act.flat(more)
        good = act.checked(answers, str(path))
    except act.AnswerRefused as e:
        raise act.AnswerRefused(
            str(e) if str(e).startswith(str(path)) else f"{path}: {e}"
        ) from None
    return AnswersFile(good, more, ca)


def take(path: Path, settings_file: Path) -> Taken:
    """Sets the terminal up by the file on the boot partition, then erases the file.

    A power cut anywhere is made good by doing it again. A file that will not do is left with
    `.refused` at its end and a reason beside it, and the terminal asks its questions. A terminal
    that is set up takes no file: whoever holds the card could change it.
    """
    settings = load(settings_file)
    answers = Answers(resolve(settings_file, settings.commissioning.answers))
    if answers.erasing:
        _consumed(path, answers)
        return Taken(done=settings.commissioning.stage is Stage.DONE)
    digest = _digest(path)
    if settings.commissioning.stage is Stage.DONE:
        if answers.noted("taking") == digest:  # the power went before this was noted
            _consumed(path, answers)
            return Taken(done=True)
        return _refuse(path, answers, "this terminal is set up; log in as root to change it")
    try:
        found = read(path)
        all_answers = {**answers.all(), **found.answers}
        act.tried(settings_file, all_answers, found.more)
        answers.note(taking=digest)
        bring(settings_file, found)
        answers.put_all(found.answers)
        done = answers.next_step() is None
        if done:
            with contextlib.suppress(Fault):
                # without its network it is still set up: the screen says that it is offline
                act.connect(settings, settings_file, all_answers)
            act.finish(settings_file, all_answers)
        answers.note(refused="", erasing=True)
    except FileFault:
        raise
    except Fault as e:
        return _refuse(path, answers, str(e))
    _consumed(path, answers)
    return Taken(done=done)


def bring(settings_file: Path, found: AnswersFile) -> None:
    """What of the file is no answer: further settings, the CA. Raises a Fault."""
    if found.more:
        act.add_settings(settings_file, found.more)
    if found.ca:
        act.put_ca(settings_file, found.ca)


def _digest(path: Path) -> str:
    """Of a file that may be half erased; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _consumed(path: Path, answers: Answers) -> None:
    """The secrets that were used go first: once the file is gone nobody comes back for them."""
    if answers.next_step() is None:
        answers.forget()
    erase(path)
    answers.note(erasing=False, taking=None)


def _refuse(path: Path, answers: Answers, why: str) -> Taken:
    """Kept for whoever wrote it to correct; its name changes, so that it is not tried for ever."""
    answers.note(refused=why)
    write_whole(path.with_name(f"{path.name}.refused.txt"), f"{why}\n".encode(), 0o644)
    path.replace(path.with_name(f"{path.name}.refused"))
    return Taken(done=False, refused=why)
