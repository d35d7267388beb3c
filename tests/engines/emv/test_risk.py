"""Terminal Risk Management. The velocity cases are those of openemv/emv-utils,
tests/emv_terminal_risk_management_test.c (data only)."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from cardamom.engines.apdu import Reply
from cardamom.engines.emv.replay import Step, replay
from cardamom.engines.emv.requests import (
    CardHistory,
    Decision,
    Outcome,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.risk import manage_risk, target_percent
from cardamom.engines.emv.rules import AidRule
from cardamom.engines.emv.session import Session
from cardamom.values.online import CardData
from cardamom.values.secret import Pan
from support.conformance import case, rows
from support.emv import ORDER, PAN, RULE, RULES, t

FLOOR = replace(RULE, floor_limit=10_000)
ATC, LAST = Transmit(bytes.fromhex("80CA9F3600")), Transmit(bytes.fromhex("80CA9F1300"))


def session_for(amount: int, rule: AidRule = FLOOR, terminal_type: int = 0x22) -> Session:
    session = Session(
        replace(ORDER, amount_minor=amount), replace(RULES, terminal_type=terminal_type)
    )
    session.aid_rule = rule
    session.card = CardData(Pan(PAN), "2712", psn=1)
    return session


def risk(session: Session, *steps: Step, history: CardHistory | None = None) -> tuple[str, str]:
    """TVR and TSI after the step."""

    def kernel() -> Generator[Request, Any, Outcome]:
        yield from manage_risk(session)
        return session.outcome(Decision.ENDED)

    first = Step(Recall(Pan(PAN), 1), history or CardHistory())
    replay(kernel(), [first, *steps])
    return session.store.terminal[0x95].hex(), session.store.terminal[0x9B].hex()


@rows(
    "Book 3, 10.6.3",
    "counter,last,tvr",
    ("ATC 1234, last online 1233, limits 18 and 52", "TVR 0000000000",
     "04D2", "04D1", "0000000000"),
    ("neither counter to be had", "TVR 1.6, 4.7 and 4.6", None, None, "2000006000"),
    ("18 offline in a row", "TVR 0000000000", "04D2", "04C0", "0000000000"),
    ("19 offline in a row", "TVR 4.7", "04D2", "04BF", "0000004000"),
    ("52 offline in a row", "TVR 4.7", "04D2", "049E", "0000004000"),
    ("53 offline in a row", "TVR 4.7 and 4.6", "04D2", "049D", "0000006000"),
    ("a card never online", "TVR 2.4", "0005", "0000", "0008000000"),
    ("a card never online, no ATC", "TVR 1.6, 2.4, 4.7 and 4.6", None, "0000", "2008006000"),
    ("ATC equal to the last online one", "TVR 4.7 and 4.6", "0007", "0007", "0000006000"),
    ("ATC below the last online one", "TVR 4.7 and 4.6", "0006", "0007", "0000006000"),
    ("both counters zero", "TVR 2.4, 4.7 and 4.6", "0000", "0000", "0008006000"),
    ("ATC but no last online one", "TVR 1.6, 4.7 and 4.6", "0007", None, "2000006000"),
    ("a card never online, 53 offline in a row", "TVR 2.4, 4.7 and 4.6",
     "0035", "0000", "0008006000"),
)  # fmt: skip
def test_velocity(counter: str | None, last: str | None, tvr: str) -> None:
    session = session_for(5_000)
    session.store.card |= {0x9F14: b"\x12", 0x9F23: b"\x34"}
    steps = [
        Step(ask, Reply(b"", 0x6A81) if value is None else Reply(t(tag, value), 0x9000))
        for ask, tag, value in ((ATC, 0x9F36, counter), (LAST, 0x9F13, last))
    ]
    assert risk(session, *steps) == (tvr, "0800")


@rows(
    "Book 3, 10.6.3",
    "data",
    ("an ATC of one byte", "counts as none", b"\x9f\x36\x01\x07"),
    ("an ATC cut short", "counts as none", b"\x9f\x36"),
    ("an empty answer for the ATC", "counts as none", b""),
    ("another object for the ATC", "counts as none", b"\x9f\x17\x02\x00\x07"),
)
def test_a_garbled_counter_counts_as_none(data: bytes) -> None:
    session = session_for(5_000)
    session.store.card |= {0x9F14: b"\x12", 0x9F23: b"\x34"}
    steps = [Step(ATC, Reply(data, 0x9000)), Step(LAST, Reply(t(0x9F13, "0001"), 0x9000))]
    assert risk(session, *steps)[0] == "2000006000"


@rows(
    "Book 3, 10.6.3",
    "present",
    ("the lower limit alone", "no GET DATA, TVR 0000000000", 0x9F14),
    ("the upper limit alone", "no GET DATA, TVR 0000000000", 0x9F23),
)
def test_one_limit_alone_asks_nothing(present: int) -> None:
    session = session_for(5_000)
    session.store.card[present] = b"\x12"
    assert risk(session) == ("0000000000", "0800")


@rows(
    "Book 3, 10.6.1",
    "amount,spent,tvr",
    ("50.00, floor limit 100.00", "TVR 0000000000", 5_000, 0, "0000000000"),
    ("99.99, floor limit 100.00", "TVR 0000000000", 9_999, 0, "0000000000"),
    ("100.00, floor limit 100.00", "TVR 4.8", 10_000, 0, "0000008000"),
    ("150.00, floor limit 100.00", "TVR 4.8", 15_000, 0, "0000008000"),
    ("50.00 after 49.99 with this card", "TVR 0000000000", 5_000, 4_999, "0000000000"),
    ("50.00 after 50.00 with this card: a split sale", "TVR 4.8", 5_000, 5_000, "0000008000"),
)
def test_floor_limit_and_split_sales(amount: int, spent: int, tvr: str) -> None:
    assert risk(session_for(amount), history=CardHistory(spent_minor=spent))[0] == tvr


@case("Book 3, 10.6.1", "a floor limit of zero", "TVR 4.8 for any amount")
def test_no_floor() -> None:
    assert risk(session_for(0, RULE))[0] == "0000008000"


@case("Book 4, 6.3.5", "the card on the exception list", "TVR 1.5")
def test_exception_list() -> None:
    history = CardHistory(on_exception_list=True)
    assert risk(session_for(5_000), history=history)[0] == "1000000000"


@case("Book 3, 10.6", "the merchant wants the issuer asked", "TVR 4.4")
def test_forced_online() -> None:
    session = session_for(5_000)
    session.order = replace(session.order, force_online=True)
    assert risk(session)[0] == "0000000800"


LOTTERY = replace(FLOOR, target_percent=20, max_target_percent=60, threshold=2_000)


@pytest.mark.parametrize(
    ("amount", "percent"),
    [(0, 20), (1_999, 20), (2_000, 20), (6_000, 40), (9_999, 59.995), (10_000, 0)],
)
def test_target_percent(amount: int, percent: float) -> None:
    assert target_percent(session_for(amount, LOTTERY)) == pytest.approx(percent)


@rows(
    "Book 3, 10.6.2",
    "amount,drawn,tvr",
    ("20 drawn of 99, 20 % below the threshold", "TVR 4.5", 1_000, 19, "0000001000"),
    ("21 drawn, 20 % below the threshold", "TVR 0000000000", 1_000, 20, "0000000000"),
    ("40 drawn, 20 to 60 % in the middle of the span", "TVR 4.5", 6_000, 39, "0000001000"),
    ("41 drawn, 20 to 60 % in the middle of the span", "TVR 0000000000", 6_000, 40, "0000000000"),
    ("20 drawn, at the threshold", "TVR 4.5", 2_000, 19, "0000001000"),
    ("59 drawn, just below the floor limit", "TVR 4.5", 9_999, 58, "0000001000"),
    ("60 drawn, just below the floor limit", "TVR 0000000000", 9_999, 59, "0000000000"),
    ("the number comes round: 118 is 20", "TVR 4.5", 1_000, 99 + 19, "0000001000"),
    ("the number comes round: 119 is 21", "TVR 0000000000", 1_000, 99 + 20, "0000000000"),
)
def test_random_selection(amount: int, drawn: int, tvr: str) -> None:
    """The number drawn is 1 to 99: one more than the remainder."""
    step = Step(Random(4), drawn.to_bytes(4))
    assert risk(session_for(amount, LOTTERY), step)[0] == tvr


@rows(
    "Book 3, 10.6.2",
    "amount,terminal_type",
    ("online only, attended", "no lottery", 1_000, 0x21),
    ("offline only, attended", "no lottery", 1_000, 0x23),
    ("online only, unattended", "no lottery", 1_000, 0x24),
    ("offline only, unattended", "no lottery", 1_000, 0x26),
)
def test_no_lottery_where_there_is_no_choice(amount: int, terminal_type: int) -> None:
    assert risk(session_for(amount, LOTTERY, terminal_type))[0] == "0000000000"


@case("Book 3, 10.6.2", "an amount over the floor limit", "no lottery, TVR 4.8")
def test_no_lottery_over_the_floor_limit() -> None:
    assert risk(session_for(10_000, LOTTERY))[0] == "0000008000"


@case("Book 3, 10.6.2", "a target of zero below the threshold", "no lottery")
def test_no_target_no_lottery() -> None:
    assert risk(session_for(1_000, replace(LOTTERY, target_percent=0)))[0] == "0000000000"
