"""Kernel 3: processing restrictions."""

from __future__ import annotations

from dataclasses import replace

from cardamom.engines.emv.contactless.outcome import Message
from cardamom.engines.emv.requests import CardHistory, Decision, TransactionType
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.contactless import INSERT, V, only
from support.contactless_qualified import Qualified
from support.emv import ORDER

TAP = only(V)
EXPIRED = replace(ORDER, date=bytes.fromhex("280101"))


@rows(
    "C-3, 5.5.1",
    "ctq, online",
    ("a TC from an expired card, no CTQ", "declined", "", False),
    ("a TC from an expired card, CTQ 1.4 clear", "declined", "2000", False),
    ("a TC from an expired card, CTQ 1.4: go online", "online request", "0800", True),
)
def test_expired(ctq: str, online: bool) -> None:
    card = Qualified(tap=TAP, order=EXPIRED, cid="40", ctq=ctq)
    result = card.online() if online else card.ends(Message.NOT_AUTHORISED)
    assert result.outcome.went_online is online


@case("C-3, 5.5.1", "a TC from an expired card, CTQ 1.4, an offline-only reader", "declined")
def test_expired_offline_only() -> None:
    tap = only(V, ttq=bytes.fromhex("3E004000"))
    card = Qualified(tap=tap, ttq="3E004000", order=EXPIRED, cid="40", ctq="0800")
    assert card.ends(Message.NOT_AUTHORISED).outcome.decision is Decision.DECLINED


@case("C-3, 5.5.1", "an ARQC from an expired card", "the issuer's to say: online request")
def test_expired_with_arqc() -> None:
    assert Qualified(tap=TAP, order=EXPIRED).online().outcome.went_online


@rows(
    "C-3, 5.5.1",
    "cid, declined",
    ("a TC from a card on the exception list", "declined", "40", True),
    ("an ARQC from a card on the exception list", "online request", "80", False),
)
def test_exception_list(cid: str, declined: bool) -> None:
    card = Qualified(
        tap=TAP, cid=cid, signature="good" if declined else "none",
        history=CardHistory(on_exception_list=True),
    )  # fmt: skip
    result = card.ends(Message.NOT_AUTHORISED) if declined else card.online()
    assert result.outcome.went_online is not declined


@rows(
    "C-3, 5.5.1",
    "kind, ctq, switch",
    (
        "cash, CTQ 1.3: switch for cash",
        "try another interface, 1D",
        TransactionType.CASH,
        "0400",
        True,
    ),
    ("cash, CTQ 1.3 clear", "online request", TransactionType.CASH, "0200", False),
    (
        "cashback, CTQ 1.2: switch for cashback",
        "try another interface, 1D",
        TransactionType.CASHBACK,
        "0200",
        True,
    ),
    ("cashback, CTQ 1.2 clear", "online request", TransactionType.CASHBACK, "0400", False),
    ("a sale, CTQ 1.3 and 1.2", "online request", TransactionType.SALE, "0600", False),
)
def test_cash(kind: TransactionType, ctq: str, switch: bool) -> None:
    card = Qualified(tap=TAP, order=replace(ORDER, transaction_type=kind), ctq=ctq)
    result = card.shown(INSERT) if switch else card.online()
    assert (result.outcome.reason is Reason.OTHER_INTERFACE) is switch


@case("C-3, 5.5.1", "cash, CTQ 1.3, a reader without contacts", "online request")
def test_cash_without_contacts() -> None:
    order = replace(ORDER, transaction_type=TransactionType.CASH)
    tap = only(V, ttq=bytes.fromhex("26004000"))
    card = Qualified(tap=tap, ttq="26004000", order=order, ctq="0400")
    assert card.online().outcome.went_online
