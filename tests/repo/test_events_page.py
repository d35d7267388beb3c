"""The log's events: code, table, words and page agree, and no call hands a secret in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, get_args

from cardamom.happenings import HAPPENINGS, LEVELS, NAMED
from cardamom.story import Field
from cardamom.texts.events_page import page
from cardamom.texts.happenings import WORDS
from cardamom.values import secret
from cardamom.values.merchant import Language
from support.repo import ROOT

FIRMWARE: Final = ROOT / "firmware" / "cardamom"


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Each call of story.tell, with where it stands."""
    for path in sorted(FIRMWARE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        imported = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "cardamom.story"
            and any(name.name == "tell" for name in node.names)
            for node in ast.walk(tree)
        )
        for node in ast.walk(tree) if imported else ():
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "tell"
            ):
                yield f"{path.relative_to(FIRMWARE)}:{node.lineno}", node


def events_of(call: ast.Call) -> set[str]:
    """Its event names; empty where they are not written out."""
    (first,) = call.args
    choices = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
    names = {c.value for c in choices if isinstance(c, ast.Constant) and isinstance(c.value, str)}
    return names if len(names) == len(choices) else set()


CALLS: Final = list(calls())


def test_every_call_names_listed_events_and_their_fields() -> None:
    wrong = []
    for where, call in CALLS:
        events = events_of(call)
        said = {str(keyword.arg) for keyword in call.keywords}
        for event in events or {""}:
            known = HAPPENINGS.get(event)
            if known is None or not said <= {*known.fields, *NAMED}:
                wrong.append((where, event, sorted(said)))
    assert wrong == []


def test_every_listed_event_is_told_somewhere_with_each_of_its_fields() -> None:
    told: dict[str, set[str]] = {"library": {"library", "text", "error"}}
    for _, call in CALLS:
        for event in events_of(call):
            told.setdefault(event, set()).update(str(k.arg) for k in call.keywords)
    listed = {event: set(h.fields) - set(NAMED) for event, h in HAPPENINGS.items()}
    assert {event: fields - set(NAMED) for event, fields in told.items()} == listed


def test_nothing_goes_round_the_one_way_in() -> None:
    """No other module writes to a logger: those that silence a library's are named."""
    elsewhere = {
        str(path.relative_to(FIRMWARE))
        for path in FIRMWARE.rglob("*.py")
        if "getLogger" in path.read_text("utf-8")
    }
    silencing = {"escpos_library.py", "devices/pn532_chip.py"}
    assert elsewhere == {"story.py", "daemon/log.py"} | silencing


def test_every_event_has_words_in_each_language_with_fields_it_has() -> None:
    for words in WORDS.values():
        assert set(words) == set(HAPPENINGS)
        for event, sentences in words.items():
            known = {*HAPPENINGS[event].fields, *NAMED}
            known |= {"exception", "at"} if "error" in known else set()
            used = set(re.findall(r"\{(\w+)\}", " ".join(sentences)))
            assert used <= known, event


def test_what_is_wrong_says_what_to_do() -> None:
    """From an error on, but for the simulator's."""
    silent = {
        event
        for event, happening in HAPPENINGS.items()
        if LEVELS[happening.level] in ("error", "critical")
        and happening.step != "simulator"
        and not WORDS[Language.EN][event][1]
    }
    assert silent <= {"transcript_lost"}


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "events.md").read_text("utf-8") == page()


def test_no_secret_is_of_a_type_that_the_log_takes() -> None:
    """So mypy, which checks every call, refuses it."""
    taken = tuple(kind for kind in get_args(Field) if kind is not type(None))
    secrets = [kind for kind in vars(secret).values() if isinstance(kind, type)]
    assert len(secrets) > 5
    assert not [kind for kind in secrets if issubclass(kind, taken)]
