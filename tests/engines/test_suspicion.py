"""What a last look finds: card numbers and tracks however written, and not every long number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.suspicion import is_valid, suspicions

PAN = "6222020000040128"
FOUND = (
    PAN,
    f"card {PAN}.",
    f'{{"pan": "{PAN}"}}',
    "4761 7300 0000 0003",
    "5413-3300-0000-0001",
    "622202000000000",
    f";{PAN}=30122010000000000?",
    f"{PAN}D30122011234500000F",
    f"%B{PAN}^LI/LEI^3012201",
    f"5A08{PAN}",
    f"9F10125A08{PAN}5F24033012315F",
    f"5713{PAN}D30122011234500000F",
)
PASSED = (
    "622202******0128",
    f"{PAN[:-1]}9",
    "1732626983123456",
    "000000000000000000000000",
    "SHA256:6222020000040128abcdef",
    "RRN 532613000340",
    "a" * 100,
    "",
)


@pytest.mark.parametrize("text", FOUND)
def test_it_suspects(text: str) -> None:
    assert suspicions(text)
    assert suspicions(f"before\n{text}\nafter")


@pytest.mark.parametrize("text", PASSED)
def test_it_lets_pass(text: str) -> None:
    assert not suspicions(text)


def test_it_names_kinds_and_never_what_it_saw() -> None:
    told = suspicions("\n".join(FOUND))
    assert told == ["a card number", "a card number in chip data", "a track"]


def test_a_number_of_the_merchants_own_is_none() -> None:
    assert not suspicions(f"merchant {PAN}", {PAN})
    assert suspicions(f"merchant {PAN} {PAN[:4]}", ())


@given(st.text("23456", min_size=12, max_size=18), st.sampled_from(["", " ", "-"]))
def test_every_number_that_checks_is_suspected(digits: str, gap: str) -> None:
    (number,) = (digits + str(d) for d in range(10) if is_valid(digits + str(d)))
    written = gap.join(number[i : i + 4] for i in range(0, len(number), 4))
    assert suspicions(f"x {written} y")


@given(st.text(max_size=200))
def test_it_takes_any_text(text: str) -> None:
    suspicions(text)
