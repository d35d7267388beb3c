"""Amounts in the minor unit of an ISO 4217 currency."""

from __future__ import annotations

import re
from typing import Final

import msgspec

MAX_MINOR: Final = 999_999_999_999
"""Twelve digits, the width of field 4 (ISO 8583) and of tag 9F02 (EMV 4.4 Book 3, A1)."""


class AmountError(ValueError):
    """The text is no amount of that currency; the message says what to do."""


class Currency(msgspec.Struct, frozen=True):
    """An ISO 4217 currency: alphabetic and numeric code, decimals, sign for the screen."""

    code: str
    number: str
    exponent: int
    sign: str


CURRENCIES: Final[dict[str, Currency]] = {
    c.code: c
    for c in (
        Currency("CNY", "156", 2, "¥"),
        Currency("HKD", "344", 2, "HK$"),
        Currency("MOP", "446", 2, "MOP$"),
        Currency("TWD", "901", 2, "NT$"),
        Currency("SGD", "702", 2, "S$"),
        Currency("MYR", "458", 2, "RM"),
        Currency("THB", "764", 2, "฿"),
        Currency("JPY", "392", 0, "¥"),
        Currency("KRW", "410", 0, "₩"),
        Currency("AUD", "036", 2, "A$"),
        Currency("CAD", "124", 2, "C$"),
        Currency("CHF", "756", 2, "CHF"),
        Currency("EUR", "978", 2, "€"),
        Currency("GBP", "826", 2, "£"),
        Currency("USD", "840", 2, "$"),
        Currency("KWD", "414", 3, "KD"),
    )
}
BY_NUMBER: Final[dict[str, Currency]] = {c.number: c for c in CURRENCIES.values()}


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount: `minor` units (never negative) of the currency with alphabetic code `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise AmountError(f"unknown currency {self.currency!r}")
        if not 0 <= self.minor <= MAX_MINOR:
            raise AmountError("an amount has at most 12 digits and is never negative")

    @property
    def unit(self) -> Currency:
        return CURRENCIES[self.currency]

    def digits(self, *, grouped: bool = False) -> str:
        """`1234.50`, or `1,234.50` when grouped: no sign, no currency."""
        exponent = self.unit.exponent
        whole, part = divmod(self.minor, 10**exponent)
        text = f"{whole:,}" if grouped else str(whole)
        return f"{text}.{part:0{exponent}d}" if exponent else text

    def __str__(self) -> str:
        return f"{self.digits()} {self.currency}"


def parse_amount(text: str, currency: str) -> Money:
    """Read `12.34`, `12` or `12.3` as an amount of more than zero.

    Raises AmountError with a sentence for the person who typed it.
    """
    unit = CURRENCIES.get(currency)
    if unit is None:
        raise AmountError(f"unknown currency {currency!r}")
    match = re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?", text.strip(), re.ASCII)
    if match is None:
        raise AmountError(f"{text!r} is not an amount: write digits like 12.34")
    whole, part = match[1], match[2] or ""
    if len(part) > unit.exponent:
        raise AmountError(f"{currency} has {unit.exponent} decimals: write digits like 12.34")
    if len(whole.lstrip("0")) + unit.exponent > 12:
        raise AmountError("the amount has more than 12 digits")
    minor = int(whole) * 10**unit.exponent + int(part.ljust(unit.exponent, "0") or "0")
    if minor == 0:
        raise AmountError("the amount must be more than zero")
    return Money(minor, currency)
