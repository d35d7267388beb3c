"""Processing Restrictions. Some of the cases follow openemv/emv-utils,
tests/emv_processing_restrictions_test.c (data only)."""

from __future__ import annotations

from dataclasses import replace

from cardamom.engines.emv.requests import TransactionType
from cardamom.engines.emv.rules import Rules
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.emv import NO_ODA, ORDER, RULE, RULES, Tape

HERE = replace(RULES, aids=(replace(RULE, version=b"\x13\x13"),), terminal_type=0x22)
ATM = replace(HERE, terminal_type=0x15, additional_capabilities=bytes.fromhex("E0" + "00B0A001"))
GOODS = replace(HERE, additional_capabilities=bytes.fromhex("40" + "00F0A001"))
SERVICES = replace(HERE, additional_capabilities=bytes.fromhex("20" + "00F0A001"))
NEITHER = replace(HERE, additional_capabilities=bytes.fromhex("80" + "00F0A001"))
NO_CASH_ATM = replace(ATM, additional_capabilities=bytes.fromhex("60" + "00F0A001"))
HOME, ABROAD = "0156", "0840"
RESTRICTING = (0x9F07, 0x9F08, 0x5F25, 0x5F28)
SALE, CASH, CASHBACK = TransactionType.SALE, TransactionType.CASH, TransactionType.CASHBACK
REFUND = TransactionType.REFUND
OK, NOT_ALLOWED = "0000000000", "0010000000"


def run(
    card: dict[int, str], rules: Rules, kind: int, other: int, tvr: str, date: str = "250511"
) -> None:
    """A whole transaction whose first GENERATE AC has these bits, beside those of a card without
    data authentication over a floor limit of zero."""
    order = replace(ORDER, transaction_type=kind, other_minor=other, date=bytes.fromhex(date))
    shown = {f"x{tag:X}": bytes.fromhex(card[tag]) if tag in card else None for tag in RESTRICTING}
    shown["x5F24"] = bytes.fromhex(card.get(0x5F24, "250511"))
    whole = f"{int(tvr, 16) | int(NO_ODA, 16):010X}"
    tape = Tape(order=order).begin(**shown).recall().first(whole, answer=b"")
    outcome = tape.run(rules)
    assert outcome.reason is Reason.CARD_ERROR
    assert outcome.tags[0x95].hex().upper() == whole


@rows(
    "Book 3, 10.4.1",
    "card, tvr",
    ("the same version", "TVR 0000000000", {0x9F08: "1313"}, OK),
    ("another version", "TVR 2.8", {0x9F08: "1310"}, "0080000000"),
    ("no version on the card", "TVR 0000000000", {}, OK),
)
def test_versions(card: dict[int, str], tvr: str) -> None:
    run(card, HERE, SALE, 0, tvr)


@rows(
    "Book 3, 10.4.3",
    "card, date, tvr",
    ("a day before the effective date", "TVR 2.6", {0x5F25: "250511"}, "250510", "0020000000"),
    ("on the effective date", "TVR 0000000000", {0x5F25: "250511"}, "250511", OK),
    ("an effective date of 1999", "TVR 0000000000", {0x5F25: "990101"}, "250511", OK),
    ("an effective date of 2049", "TVR 2.6", {0x5F25: "490101"}, "250511", "0020000000"),
    ("on the expiration date", "TVR 0000000000", {}, "250511", OK),
    ("a day after the expiration date", "TVR 2.7", {}, "250512", "0040000000"),
    ("the expiration date long past", "TVR 2.7", {}, "490101", "0040000000"),
    ("an expiration date of 1999", "TVR 2.7", {0x5F24: "991231"}, "250511", "0040000000"),
    (
        "neither effective nor unexpired",
        "TVR 2.7 and 2.6",
        {0x5F24: "250401", 0x5F25: "250601"},
        "250511",
        "0060000000",
    ),
)
def test_dates(card: dict[int, str], date: str, tvr: str) -> None:
    run(card, HERE, SALE, 0, tvr, date)


@rows(
    "Book 3, 10.4.2",
    "usage, country, rules, kind, other, tvr",
    ("no usage control", "allowed", "", HOME, HERE, SALE, 0, OK),
    ("everything allowed, at home", "allowed", "FFC0", HOME, HERE, SALE, 0, OK),
    ("everything allowed, abroad", "allowed", "FFC0", ABROAD, HERE, SALE, 0, OK),
    ("not at terminals other than ATMs", "TVR 2.5", "FEC0", HOME, HERE, SALE, 0, NOT_ALLOWED),
    (
        "not at terminals other than ATMs, no country",
        "TVR 2.5",
        "FEC0",
        "",
        HERE,
        SALE,
        0,
        NOT_ALLOWED,
    ),
    ("not at ATMs, at one", "TVR 2.5", "FDC0", HOME, ATM, CASH, 0, NOT_ALLOWED),
    ("at ATMs alone, at one", "allowed", "FEC0", HOME, ATM, CASH, 0, OK),
    (
        "at ATMs alone, at one without cash",
        "TVR 2.5",
        "FEC0",
        HOME,
        NO_CASH_ATM,
        SALE,
        0,
        NOT_ALLOWED,
    ),
    ("no issuer country: place alone counts", "allowed", "0100", "", HERE, CASH, 0, OK),
    (
        "domestic goods and services not allowed",
        "TVR 2.5",
        "D7C0",
        HOME,
        HERE,
        SALE,
        0,
        NOT_ALLOWED,
    ),
    ("domestic goods alone, terminal for both", "allowed", "2100", HOME, HERE, SALE, 0, OK),
    ("domestic services alone, terminal for both", "allowed", "0900", HOME, HERE, SALE, 0, OK),
    ("domestic goods alone, terminal for goods", "allowed", "2100", HOME, GOODS, SALE, 0, OK),
    (
        "domestic goods alone, terminal for services",
        "TVR 2.5",
        "2100",
        HOME,
        SERVICES,
        SALE,
        0,
        NOT_ALLOWED,
    ),
    (
        "domestic services alone, terminal for goods",
        "TVR 2.5",
        "0900",
        HOME,
        GOODS,
        SALE,
        0,
        NOT_ALLOWED,
    ),
    (
        "domestic services alone, terminal for services",
        "allowed",
        "0900",
        HOME,
        SERVICES,
        SALE,
        0,
        OK,
    ),
    ("domestic goods alone, terminal for neither", "allowed", "2100", HOME, NEITHER, SALE, 0, OK),
    ("international goods alone, abroad", "allowed", "1100", ABROAD, GOODS, SALE, 0, OK),
    ("international goods alone, at home", "TVR 2.5", "1100", HOME, GOODS, SALE, 0, NOT_ALLOWED),
    ("international services alone, abroad", "allowed", "0500", ABROAD, SERVICES, SALE, 0, OK),
    (
        "international services alone, terminal for goods",
        "TVR 2.5",
        "0500",
        ABROAD,
        GOODS,
        SALE,
        0,
        NOT_ALLOWED,
    ),
    ("domestic use alone, abroad", "TVR 2.5", "A980", ABROAD, HERE, SALE, 0, NOT_ALLOWED),
    ("domestic cash allowed", "allowed", "8100", HOME, HERE, CASH, 0, OK),
    ("domestic cash not allowed", "TVR 2.5", "7F00", HOME, HERE, CASH, 0, NOT_ALLOWED),
    ("international cash allowed", "allowed", "4100", ABROAD, HERE, CASH, 0, OK),
    ("international cash not allowed", "TVR 2.5", "BF00", ABROAD, HERE, CASH, 0, NOT_ALLOWED),
    (
        "cash over the counter, domestic",
        "TVR 2.5",
        "7F00",
        HOME,
        HERE,
        TransactionType.CASH_DISBURSEMENT,
        0,
        NOT_ALLOWED,
    ),
    ("domestic cashback allowed", "allowed", "2980", HOME, HERE, CASHBACK, 500, OK),
    ("domestic cashback not allowed", "TVR 2.5", "FF40", HOME, HERE, CASHBACK, 500, NOT_ALLOWED),
    ("international cashback allowed", "allowed", "FF40", ABROAD, HERE, CASHBACK, 500, OK),
    (
        "international cashback not allowed",
        "TVR 2.5",
        "FF80",
        ABROAD,
        HERE,
        CASHBACK,
        500,
        NOT_ALLOWED,
    ),
    ("cashback by amount, allowed", "allowed", "FF40", ABROAD, HERE, SALE, 500, OK),
    ("cashback by amount, not allowed", "TVR 2.5", "FF80", ABROAD, HERE, SALE, 500, NOT_ALLOWED),
    (
        "cashback allowed, goods and services not",
        "TVR 2.5",
        "D5C0",
        HOME,
        HERE,
        CASHBACK,
        500,
        NOT_ALLOWED,
    ),
    ("a refund by a card for cash alone", "allowed", "8100", HOME, HERE, REFUND, 0, OK),
    ("a refund by a card for ATMs alone", "TVR 2.5", "FEC0", HOME, HERE, REFUND, 0, NOT_ALLOWED),
)
def test_usage(usage: str, country: str, rules: Rules, kind: int, other: int, tvr: str) -> None:
    card = {0x9F07: usage, 0x5F28: country}
    run({tag: value for tag, value in card.items() if value}, rules, kind, other, tvr)


@case("Book 3, 10.4", "a card that fails in every respect", "TVR 2.8, 2.7, 2.6 and 2.5")
def test_all_at_once() -> None:
    card = {0x9F08: "0001", 0x9F07: "0000", 0x5F24: "240101", 0x5F25: "260101"}
    run(card, HERE, SALE, 0, "00F0000000")
