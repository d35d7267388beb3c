"""No card number that could be somebody's stands in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from support.repo import tracked_texts

# Numbers that schemes and standards publish for tests, and the project's own.
TEST_BINS = (
    "62220200",  # the project's own cards: BIN and two zeros
    "62220212",
    "99900100",  # the project's own closed-loop accounts: ISO 3166-1 gives nobody 990
    "476173",  # Visa test cards
    "541333",  # Mastercard test cards
)
PUBLISHED = {
    "4012345678909",  # ANSI X9.24-1, annex A
    "4111111111111111",  # ANSI X9.24-3, annex B
}

NUMBER = r"[2-9][0-9]{12,18}"  # ISO/IEC 7812: 0 and 1 are no payment cards
SHAPES = (
    re.compile(rf"(?<![0-9A-Za-z])({NUMBER})(?=D[0-9]|[^0-9A-Za-z]|$)", re.MULTILINE),
    re.compile(r"(?<![0-9])([2-9][0-9]{3}(?P<gap>[ -])(?:[0-9]{4}(?P=gap)){2}[0-9]{1,7})(?![0-9])"),
    re.compile(rf"5A0[7-9A]({NUMBER})(?=F|(?![0-9]))"),  # tag 5A as hex
    re.compile(rf"57[01][0-9A-F]({NUMBER})(?=D)"),  # tag 57 as hex
)


def luhn_holds(number: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def made_up(number: str) -> bool:
    """Zeros between issuer and check digit: an account that no issuer gives out."""
    return set(number[6:-1]) == {"0"}


def card_numbers(text: str) -> Iterator[tuple[int, str]]:
    """Line and digits of whatever looks like a card number."""
    for shape in SHAPES:
        for found in shape.finditer(text):
            number = re.sub(r"[ -]", "", found[1])
            if luhn_holds(number):
                yield text.count("\n", 0, found.start()) + 1, number


def test_every_card_number_is_a_test_number() -> None:
    strange = [
        f"{path}:{line}: {number[:6]}..."
        for path, text in tracked_texts().items()
        for line, number in card_numbers(text)
        if not (number.startswith(TEST_BINS) or number in PUBLISHED or made_up(number))
    ]
    assert strange == []


@pytest.mark.parametrize(
    "text",
    ["pan = '{}'", "{}", "{}=2512201", "5711{}D2512201", "5A08{}", "5A0A{}F", "{}D2512201"],
)
def test_the_scan_sees_a_number_in_each_form(text: str) -> None:
    number = "400000000000000" + "2"
    assert [found for _, found in card_numbers(text.format(number))] == [number]


def test_the_scan_sees_a_number_in_groups() -> None:
    assert [found for _, found in card_numbers("on 4000 0000 0000 000" + "2.")]


def test_the_scan_passes_over_hashes_and_counters() -> None:
    assert not list(card_numbers("a4000000000000002b 0000000000000000 1234567890123"))
