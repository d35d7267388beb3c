"""A TOML file keeps its comments and order; what cannot be found in it is refused."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.commissioning.edit import edited
from cardamom.faults import SettingsError
from support.repo import ROOT

EXAMPLE = (ROOT / "config" / "terminal.toml").read_text(encoding="utf-8")


def test_comments_stay_and_a_value_changes() -> None:
    done = edited(EXAMPLE, {"mode": "production", "acquirer.port": 7443}, "f")
    before, after = EXAMPLE.splitlines(), done.splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert changed == [
        (before[2], before[2].replace('"demo"', '"production"')),
        ("port = 7000", "port = 7443"),
    ]


def test_what_is_not_there_yet_is_added_to_its_section() -> None:
    done = edited('a = 1\n[x] # first\nk = "v"\n\n[y]\nz = true\n', {"x.new": "n", "w.v": 2}, "f")
    assert done == 'a = 1\n[x] # first\nk = "v"\nnew = "n"\n\n[y]\nz = true\n\n[w]\nv = 2\n'


@pytest.mark.parametrize(
    "text",
    [
        'x = {k = "v"}\n',
        'x.k = "v"\n',
        '[x]\n"k" = "v"\n',
        '[x]\nk = """\nv\n"""\n',
        "[[x]]\nk = 1\n",
    ],
)
def test_what_cannot_be_found_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        edited(text, {"x.k": "new"}, "f")


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(SettingsError, match="f: not TOML"):
        edited("mode = \n", {"mode": "demo"}, "f")


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_text_comes_back(value: str, comment: str) -> None:
    comment = "".join(c for c in comment if c.isprintable())
    text = f'[a]\nk = "old" # {comment}\n'
    if not any(0xD800 <= ord(c) <= 0xDFFF for c in value + comment):
        done = edited(text, {"a.k": value}, "f")
        assert tomllib.loads(done) == {"a": {"k": value}}
        assert done.endswith(f"# {comment}\n")
