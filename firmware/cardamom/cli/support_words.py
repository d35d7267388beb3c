"""What support may say, word for word: no shell, no file, no option that is not listed here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from cardamom.faults import Fault

LONGEST: Final = 200
_NUMBER: Final = r"[1-9][0-9]{0,17}"
_NAME: Final = r"[a-z][a-z0-9_]{0,39}"
_TIME: Final = r"[0-9][0-9A-Za-z:.+-]{0,39}"
_LANGUAGE: Final = r"zh|en"


class WordError(Fault):
    """Nothing was done: what was typed is none of support's words."""


@dataclass(frozen=True, slots=True)
class Word:
    """One command. `options` have no value, `valued` one of a form; `named` is the form of the one
    argument it takes, empty where it takes none."""

    about: str
    options: frozenset[str] = frozenset()
    valued: dict[str, str] = field(default_factory=dict)
    named: str = ""


def _options(*names: str) -> frozenset[str]:
    return frozenset(names)


WORDS: Final[dict[str, Word]] = {
    "status": Word("how the terminal and its parts are", _options("--json")),
    "logs": Word(
        "the log: --follow --since 2h --txn N --device printer --level warning --explain",
        _options("--follow", "--explain", "--json", "--events"),
        {
            "--since": _TIME,
            "--until": _TIME,
            "--txn": _NUMBER,
            "--stan": _NUMBER,
            "--device": _NAME,
            "--event": _NAME,
            "--level": _NAME,
            "--lines": r"[1-9][0-9]{0,5}",
            "--lang": _LANGUAGE,
        },
    ),
    "transactions": Word(
        "the newest transactions: --limit N", _options("--json"), {"--limit": r"[1-9][0-9]{0,2}"}
    ),
    "show": Word("one transaction: show N", _options("--json"), named=_NUMBER),
    "explain": Word(
        "what happened in one, step by step: explain N [--brief] [--lang zh]",
        _options("--brief", "--json"),
        {"--lang": _LANGUAGE},
        named=_NUMBER,
    ),
    "owed": Word("what is owed to the host, what waits for a supervisor", _options("--json")),
    "selftest": Word(
        "try each part, while nothing else is under way: --only PART",
        _options("--json"),
        {"--only": _NAME},
    ),
    "trace": Word(
        "messages to and from the host, masked: --minutes N [--follow], --minutes 0 ends it",
        _options("--follow", "--json"),
        {"--minutes": r"[0-9]|[1-5][0-9]|60"},
    ),
    "metrics": Word("figures in Prometheus' format"),
    "bundle": Word(
        "all of it, sealed for support: ssh support@HOST bundle > terminal.age",
        _options("--no-self-test"),
    ),
}
OWN: Final = ("help", "exit")


def parse(line: str) -> list[str]:
    """The words of a line, checked: a command's arguments, or one of OWN; empty for an empty line.
    Raises WordError."""
    if len(line) > LONGEST:
        raise WordError(f"that is longer than {LONGEST} characters: nothing was done")
    if not line.isprintable():
        raise WordError("that has characters which nobody types: nothing was done")
    words = line.split()
    if not words:
        return []
    name, *rest = words
    if name in OWN and not rest:
        return words
    word = WORDS.get(name)
    if word is None:
        raise WordError(f"there is no command {name!a}: help lists them")
    taken = 0
    waiting = iter(rest)
    for one in waiting:
        if one in word.options:
            continue
        if one in word.valued:
            value = next(waiting, "")
            if re.fullmatch(word.valued[one], value, re.ASCII) is None:
                raise WordError(f"{name}: {one} takes no {value!a}")
        elif word.named and not taken and re.fullmatch(word.named, one, re.ASCII):
            taken += 1
        else:
            raise WordError(f"{name} takes no {one!a}: {word.about}")
    if word.named and not taken:
        raise WordError(word.about)
    return words


def usage() -> str:
    """The list of commands."""
    lines = [f"  {name:<14}{word.about}" for name, word in WORDS.items()]
    lines.append(f"  {'help, exit':<14}")
    return "\n".join(["Support looks; it changes nothing. Ctrl-C ends what runs.", *lines])
