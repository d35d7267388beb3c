"""Amounts: what a person types is read exactly or refused with a sentence."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.values.money import (
    BY_NUMBER,
    CURRENCIES,
    MAX_MINOR,
    AmountError,
    Money,
    parse_amount,
)

CODES = st.sampled_from(sorted(CURRENCIES))
MONEY = st.builds(Money, st.integers(0, MAX_MINOR), CODES)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.34", "CNY", 1234),
        ("12.3", "CNY", 1230),
        ("12", "CNY", 1200),
        ("0.01", "CNY", 1),
        ("000012.34", "CNY", 1234),
        (" 12.34 ", "CNY", 1234),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("9999999999.99", "CNY", MAX_MINOR),
        ("999999999999", "JPY", MAX_MINOR),
    ],
)
def test_amounts_as_people_type_them(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "match"),
    [
        ("", "CNY", "not an amount"),
        (".", "CNY", "not an amount"),
        (".5", "CNY", "not an amount"),
        ("5.", "CNY", "not an amount"),
        ("-5", "CNY", "not an amount"),
        ("+5", "CNY", "not an amount"),
        ("1e3", "CNY", "not an amount"),
        ("1,234.00", "CNY", "not an amount"),
        ("1_000", "CNY", "not an amount"),
        ("12 34", "CNY", "not an amount"),
        ("NaN", "CNY", "not an amount"),
        ("１２.３４", "CNY", "not an amount"),
        ("٣", "CNY", "not an amount"),
        ("12.345", "CNY", "2 decimals"),
        ("12.300", "CNY", "2 decimals"),
        ("12.0", "JPY", "0 decimals"),
        ("0", "CNY", "more than zero"),
        ("0.00", "CNY", "more than zero"),
        ("10000000000", "CNY", "12 digits"),
        ("9" * 5000, "CNY", "12 digits"),
        ("12", "XXX", "unknown currency"),
        ("12", "cny", "unknown currency"),
    ],
)
def test_everything_else_is_refused_with_a_sentence(text: str, currency: str, match: str) -> None:
    with pytest.raises(AmountError, match=match):
        parse_amount(text, currency)


@given(MONEY.filter(lambda m: m.minor > 0))
@settings(deadline=None)
def test_what_is_printed_is_read_back(money: Money) -> None:
    assert parse_amount(money.digits(), money.currency) == money
    assert money.digits(grouped=True).replace(",", "") == money.digits()
    assert Decimal(money.digits()).scaleb(money.unit.exponent) == money.minor
    assert str(money) == f"{money.digits()} {money.currency}"


@given(st.text(), CODES)
@settings(deadline=None)
def test_only_an_amount_error_escapes_from_any_text(text: str, currency: str) -> None:
    try:
        money = parse_amount(text, currency)
    except AmountError:
        return
    assert money.minor == Decimal(text.strip()).scaleb(money.unit.exponent)


@given(st.text("0123456789.", max_size=16), CODES)
@settings(deadline=None)
def test_digits_and_points_are_read_exactly_or_refused(text: str, currency: str) -> None:
    try:
        money = parse_amount(text, currency)
    except AmountError:
        return
    assert 0 < money.minor <= MAX_MINOR
    assert money.minor == Decimal(text).scaleb(money.unit.exponent)


@pytest.mark.parametrize("minor", [-1, MAX_MINOR + 1])
def test_an_amount_has_twelve_digits_and_no_sign(minor: int) -> None:
    with pytest.raises(AmountError, match="12 digits"):
        Money(minor, "CNY")


@given(MONEY)
@settings(deadline=None)
def test_money_survives_the_journal_and_bad_money_does_not(money: Money) -> None:
    assert msgspec.json.decode(msgspec.json.encode(money), type=Money) == money
    for bad in (b'{"minor":-1,"currency":"CNY"}', b'{"minor":1,"currency":"XXX"}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(bad, type=Money)


def test_currencies_are_keyed_by_their_codes() -> None:
    assert all(code == c.code and len(c.number) == 3 for code, c in CURRENCIES.items())
    assert len(BY_NUMBER) == len(CURRENCIES)
    assert BY_NUMBER["156"].code == "CNY"
