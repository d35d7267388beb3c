"""Support's words: what it may say, and that nothing else gets through."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.cli.main import VERBS
from cardamom.cli.support_words import OWN, WORDS, WordError, parse, usage

FILES = {"--file", "--save", "--transcript", "--socket", "--settings", "--out", "--to", "--host"}
SAID = (
    "status",
    "status --json",
    "logs --follow --since 2h --level warning",
    "logs --txn 17 --explain --lang zh",
    "explain 42 --brief",
    "explain --lang zh 42",
    "show 1",
    "trace --minutes 10 --follow",
    "trace --minutes 0",
    "selftest --only printer",
    "transactions --limit 50",
    "bundle",
    "help",
)
REFUSED = (
    "bash",
    "sale 1.00",
    "status; id",
    "status|id",
    "status\nid",
    "status\x00",
    "status \x1b[2J",
    "logs --file /etc/shadow",
    "logs --fil x",
    "logs --since",
    "logs --since -1",
    "logs --since $(id)",
    "logs --txn",
    "logs --txn 0",
    "logs --txn ١",
    "explain",
    "explain x",
    "explain 1 2",
    "explain 1 --save /tmp/x",
    "trace --minutes 61",
    "trace --minutes 5 --socket /tmp/x",
    "selftest --print",
    "help me",
    "x" * 201,
)


@pytest.mark.parametrize("line", SAID)
def test_it_may_say(line: str) -> None:
    assert parse(line) == line.split()


@pytest.mark.parametrize("line", REFUSED)
def test_it_may_not_say(line: str) -> None:
    with pytest.raises(WordError):
        parse(line)


def test_an_empty_line_is_nothing() -> None:
    assert parse("   ") == []


def test_every_word_is_a_command_of_ours_and_is_told_of() -> None:
    assert set(WORDS) <= set(VERBS)
    assert all(name in usage() for name in (*WORDS, *OWN))


def test_no_word_takes_a_file_or_asks_somebody() -> None:
    for word in WORDS.values():
        assert not {*word.options, *word.valued} & (FILES | {"--print", "--attended"})


@given(st.one_of(st.text(max_size=250), st.lists(st.sampled_from(
    [*WORDS, *FILES, "--json", "--since", "1", "2h", "/etc/passwd", ";", "--", "-f", "\n"]
)).map(" ".join)))  # fmt: skip
def test_whatever_is_said_only_listed_words_come_through(line: str) -> None:
    with contextlib.suppress(WordError):
        for place, one in enumerate(parse(line)):
            assert one.isascii()
            assert one.isprintable()
            assert one not in FILES
            assert not (place == 0 and one not in WORDS and one not in OWN)
            assert "/" not in one
