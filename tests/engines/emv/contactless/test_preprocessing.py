"""Pre-processing: which applications an amount allows, and the qualifiers that the card is told,
read off the command that it gets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cardamom.engines.emv.contactless.outcome import FinalOutcome, Message, Status
from cardamom.engines.emv.requests import Decision, TransactionType
from cardamom.values.events import Reason
from support.conformance import rows
from support.contactless import ONLINE, RULES, M, TapTape, V, combination, only, ui
from support.contactless_qualified import Qualified
from support.emv import ORDER

PLAIN, REQUIRED, VERIFY, BOTH = "36004000", "36804000", "36404000", "36C04000"


@rows(
    "Book B, 3.1.1",
    "changed, order, ttq",
    ("no limit reached", "TTQ 36004000 as it is set", {}, {}, PLAIN),
    ("amount equal to the floor limit", "TTQ unchanged", {"floor_limit": 1234}, {}, PLAIN),
    ("amount above the floor limit", "TTQ 2.8", {"floor_limit": 1233}, {}, REQUIRED),
    ("amount below the CVM limit", "TTQ unchanged", {"cvm_limit": 1235}, {}, PLAIN),
    ("amount equal to the CVM limit", "TTQ 2.7", {"cvm_limit": 1234}, {}, VERIFY),
    (
        "floor and CVM limit reached",
        "TTQ 2.8 and 2.7",
        {"floor_limit": 0, "cvm_limit": 1},
        {},
        BOTH,
    ),
    (
        "TTQ 2.8 and 2.7 set by configuration",
        "cleared before anything else",
        {"ttq": bytes.fromhex("36C04000")},
        {},
        PLAIN,
    ),
    (
        "amount below the transaction limit",
        "allowed",
        {"transaction_limit": 1235},
        {},
        PLAIN,
    ),
    (
        "status check: one unit of currency",
        "TTQ 2.8",
        {"status_check": True},
        {"amount_minor": 100},
        REQUIRED,
    ),
    (
        "one unit of currency, no status check",
        "TTQ unchanged",
        {},
        {"amount_minor": 100},
        PLAIN,
    ),
    (
        "status check, another amount",
        "TTQ unchanged",
        {"status_check": True},
        {"amount_minor": 101},
        PLAIN,
    ),
    (
        "status check in a currency without decimals",
        "TTQ 2.8 for an amount of 1",
        {"status_check": True},
        {"amount_minor": 1, "currency_exponent": 0},
        REQUIRED,
    ),
    ("amount zero, allowed", "TTQ 2.8", {}, {"amount_minor": 0}, REQUIRED),
    (
        "the merchant wants the issuer asked",
        "TTQ 2.8",
        {},
        {"force_online": True},
        REQUIRED,
    ),
)
def test_the_card_is_told(changed: dict[str, Any], order: dict[str, Any], ttq: str) -> None:
    bought = replace(ORDER, **order)
    result = Qualified(
        order=bought, tap=only(V, **changed), ttq=ttq, ctq="4000" if ttq in (VERIFY, BOTH) else ""
    )
    from support.contactless import APPROVED_ONLINE

    signed = ui(Message.APPROVED_SIGN, Status.NOT_READY)
    ends = signed if ttq in (VERIFY, BOTH) else APPROVED_ONLINE
    assert result.online(ends=ends).outcome.decision is Decision.APPROVED


def test_where_a_tc_may_not_stand_the_issuer_is_always_asked() -> None:
    told = Qualified(tap=only(V, ONLINE), ttq=REQUIRED).online()
    assert told.outcome.decision is Decision.APPROVED


@rows(
    "Book B, 3.1.1",
    "changed, order",
    (
        "amount equal to the transaction limit",
        "try another interface, message 18",
        {"transaction_limit": 1234},
        {},
    ),
    (
        "amount zero, not allowed",
        "try another interface, message 18",
        {"zero_amount": False},
        {"amount_minor": 0},
    ),
    (
        "amount zero, an offline-only reader",
        "try another interface, message 18",
        {"ttq": bytes.fromhex("3E004000")},
        {"amount_minor": 0},
    ),
    (
        "a refund",
        "try another interface, message 18",
        {},
        {"transaction_type": TransactionType.REFUND},
    ),
)
def test_no_application_is_allowed(changed: dict[str, Any], order: dict[str, Any]) -> None:
    tape = TapTape(order=replace(ORDER, **order), tap=only(V, **changed))
    result = tape.show(ui(Message.INSERT_OR_SWIPE, Status.PROCESSING_ERROR)).result()
    assert result.parameters.final is FinalOutcome.ANOTHER_INTERFACE
    assert (result.outcome.decision, result.outcome.reason, result.outcome.fallback) == (
        Decision.ENDED,
        Reason.OTHER_INTERFACE,
        True,
    )


@rows(
    "Book B, 3.1.1",
    "amount, allowed",
    (
        "Kernel 2, amount below its higher limit",
        "allowed: the kernel takes the right one",
        4999,
        True,
    ),
    ("Kernel 2, amount equal to its higher limit", "not allowed", 5000, False),
)
def test_kernel_2_has_two_limits(amount: int, allowed: bool) -> None:
    from cardamom.engines.emv.contactless.preprocessing import prepare_all

    both = only(
        M,
        transaction_limit=1000,
        mchip=replace(combination(M).mchip, on_device_limit=5000),
    )
    assert bool(prepare_all(replace(ORDER, amount_minor=amount), both)) is allowed


def test_one_combination_may_be_allowed_and_another_not() -> None:
    from cardamom.engines.emv.contactless.preprocessing import prepare_all
    from cardamom.engines.emv.contactless.rules import TapRules

    tap = TapRules(RULES, (combination(V, transaction_limit=1), combination(M)))
    assert [p.combination.kernel for p in prepare_all(ORDER, tap)] == [2]
