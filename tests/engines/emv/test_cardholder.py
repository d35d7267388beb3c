"""Cardholder verification: each method, condition and failure, with CVM Results and TVR exact.

The expected results follow EMV 4.4 Book 4, Table 2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.emv import cvm_list
from cardamom.engines.emv.offline_pin import plaintext_block
from cardamom.engines.emv.requests import (
    Decision,
    EmvOrder,
    EnterPin,
    GoOnline,
    Outcome,
    PadVerified,
    PinRefusal,
    PinUse,
)
from cardamom.engines.emv.rules import Rules
from cardamom.engines.emv.session import Session
from cardamom.engines.emv.store import DataError
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.online import NotSent
from cardamom.values.secret import Pin, PinBlock
from support.emv import GONE, ORDER, RULES, Tape, t

PIN = Pin(b"1234")
VERIFY = "0020008008241234FFFFFFFFFF"
COUNTER = "80CA9F1700"
LIMITS = "0000100000002000"


def card(rules: str, order: EmvOrder = ORDER, **changed: bytes | None) -> Tape:
    """A card with this CVM list; X is 40.96, Y 81.92."""
    changed = {"x8E": bytes.fromhex(LIMITS + rules), "x9F07": None, **changed}
    return Tape(order=order).begin("1800", **changed)


def ends(
    tape: Tape, tvr: str, results: str, cvm: CvmUsed, rules: Rules = RULES, tsi: str = "48"
) -> Outcome:
    """First GENERATE AC with these three bytes of TVR, then the card fails."""
    outcome = tape.recall().first(tvr + "8000", answer=b"").run(rules)
    assert outcome.tags[0x9F34].hex().upper() == results
    assert outcome.cvm is cvm
    assert outcome.tags[0x9B].hex() == tsi + "00"
    return outcome


def pin(answer: Any, tries: int | None = 3, *, wrong: bool = False) -> tuple[EnterPin, Any]:
    return EnterPin(PinUse.OFFLINE_PLAINTEXT, tries=tries, wrong=wrong), answer


ONLINE = EnterPin(PinUse.ONLINE)


@pytest.mark.parametrize(
    ("rules", "tvr", "results", "cvm"),
    [
        ("1F00", "800000", "1F0002", CvmUsed.NONE),
        ("5F03", "800000", "5F0302", CvmUsed.NONE),
        ("1E00", "800000", "1E0000", CvmUsed.SIGNATURE),
        ("5E031F00", "800000", "5E0300", CvmUsed.SIGNATURE),
        ("00001F00", "800080", "000001", CvmUsed.FAILED),
        ("40001F00", "800080", "400001", CvmUsed.FAILED),
        # no condition met
        ("1E011F04", "800080", "3F0001", CvmUsed.FAILED),
        ("1F0A1F7F1F80", "800080", "3F0001", CvmUsed.FAILED),
        # a condition not understood is passed over
        ("1F0B1E00", "800000", "1E0000", CvmUsed.SIGNATURE),
        # methods not recognised: the list goes on or ends by bit 7
        ("60001F00", "800040", "1F0002", CvmUsed.NONE),
        ("20001F00", "8000C0", "3F0001", CvmUsed.FAILED),
        ("6000", "8000C0", "3F0001", CvmUsed.FAILED),
        ("60031F00", "800000", "1F0002", CvmUsed.NONE),
        # recognised, not supported
        ("44001F00", "800000", "1F0002", CvmUsed.NONE),
        ("04001F00", "800080", "3F0001", CvmUsed.FAILED),
        ("44031F00", "800000", "1F0002", CvmUsed.NONE),
        ("0500", "800080", "3F0001", CvmUsed.FAILED),
        ("46001F00", "800000", "1F0002", CvmUsed.NONE),
    ],
)
def test_methods_without_entry(rules: str, tvr: str, results: str, cvm: CvmUsed) -> None:
    biometric = rules.startswith("46")
    tape = card(rules).recall().first(tvr + ("82" if biometric else "80") + "00", answer=b"")
    outcome = tape.run()
    assert outcome.tags[0x9F34].hex().upper() == results
    assert outcome.cvm is cvm
    assert outcome.tags[0x9B].hex() == "4800"


def test_card_without_cardholder_verification() -> None:
    tape = Tape().begin("0800", x8E=bytes.fromhex(LIMITS + "1E00"))
    ends(tape, "800000", "3F0000", CvmUsed.NONE, tsi="08")


@pytest.mark.parametrize("data", [None, b"", bytes(8)])
def test_list_missing_or_without_rules(data: bytes | None) -> None:
    ends(Tape().begin("1800", x8E=data), "A00000", "3F0000", CvmUsed.NONE, tsi="08")


@pytest.mark.parametrize("data", ["00", "00000000000000001F", "00000000000000"])
def test_malformed_list(data: str) -> None:
    outcome = Tape().begin("1800", x8E=bytes.fromhex(data)).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    with pytest.raises(DataError):
        cvm_list.parse(bytes.fromhex(data))


BIG = replace(ORDER, amount_minor=0x1001)
HUGE = replace(ORDER, amount_minor=0x2001)
AT_X, AT_Y = replace(ORDER, amount_minor=0x1000), replace(ORDER, amount_minor=0x2000)
CASH = replace(ORDER, transaction_type=0x01)
CASHBACK = replace(ORDER, transaction_type=0x09)
WITH_OTHER = replace(ORDER, other_minor=500)
CNY = bytes.fromhex("0156")


@pytest.mark.parametrize(
    ("condition", "order", "terminal_type", "currency", "met"),
    [
        (0x00, ORDER, 0x21, None, True),
        (0x01, CASH, 0x24, None, True),
        (0x01, CASH, 0x21, None, False),
        (0x01, ORDER, 0x24, None, False),
        (0x02, ORDER, 0x21, None, True),
        (0x02, CASH, 0x21, None, False),
        (0x02, CASHBACK, 0x21, None, False),
        (0x02, WITH_OTHER, 0x21, None, False),
        (0x03, ORDER, 0x21, None, True),
        (0x04, CASH, 0x21, None, True),
        (0x04, CASH, 0x24, None, False),
        (0x04, ORDER, 0x21, None, False),
        (0x05, CASHBACK, 0x21, None, True),
        (0x05, WITH_OTHER, 0x21, None, True),
        (0x05, ORDER, 0x21, None, False),
        (0x06, ORDER, 0x21, CNY, True),
        (0x06, AT_X, 0x21, CNY, False),
        (0x06, ORDER, 0x21, None, False),
        (0x06, ORDER, 0x21, bytes.fromhex("0840"), False),
        (0x07, BIG, 0x21, CNY, True),
        (0x07, AT_X, 0x21, CNY, False),
        (0x08, BIG, 0x21, CNY, True),
        (0x08, AT_Y, 0x21, CNY, False),
        (0x09, HUGE, 0x21, CNY, True),
        (0x09, AT_Y, 0x21, CNY, False),
        (0x0A, ORDER, 0x21, CNY, False),
    ],
)
def test_conditions(
    condition: int, order: EmvOrder, terminal_type: int, currency: bytes | None, met: bool
) -> None:
    session = Session(order, replace(RULES, terminal_type=terminal_type))
    if currency:
        session.store.card[0x9F42] = currency
    rules = cvm_list.parse(bytes.fromhex(LIMITS + f"1E{condition:02X}"))
    assert cvm_list.condition_met(session, rules, rules.rules[0]) == met


@pytest.mark.parametrize("counter", [3, None])
def test_offline_pin(counter: int | None) -> None:
    tape = card("0100")
    if counter is None:
        tape.apdu(COUNTER, sw=0x6A88)
    else:
        tape.apdu(COUNTER, t(0x9F17, bytes((counter,))))
    tape.add(*pin(PIN, counter)).apdu(VERIFY)
    ends(tape, "800000", "010002", CvmUsed.OFFLINE_PIN)


def test_offline_pin_wrong_then_right() -> None:
    tape = card("0100").apdu(COUNTER, t(0x9F17, "03")).add(*pin(PIN)).apdu(VERIFY, sw=0x63C2)
    tape.add(*pin(PIN, 2, wrong=True)).apdu(VERIFY)
    ends(tape, "800000", "010002", CvmUsed.OFFLINE_PIN)


@pytest.mark.parametrize("last", [0x63C0, 0x6983, 0x6984])
@pytest.mark.parametrize(
    ("rules", "tvr", "results", "cvm"),
    [
        ("01001E00", "8000A0", "010001", CvmUsed.FAILED),
        ("41001E00", "800020", "1E0000", CvmUsed.SIGNATURE),
        ("4100", "8000A0", "410001", CvmUsed.FAILED),
        ("41001E01", "8000A0", "410001", CvmUsed.FAILED),
        ("41000400", "8000A0", "410001", CvmUsed.FAILED),
        ("43001E00", "800020", "1E0000", CvmUsed.SIGNATURE),
        ("03001E00", "8000A0", "030001", CvmUsed.FAILED),
    ],
)
def test_offline_pin_used_up(last: int, rules: str, tvr: str, results: str, cvm: CvmUsed) -> None:
    tape = card(rules).apdu(COUNTER, t(0x9F17, "01")).add(*pin(PIN, 1)).apdu(VERIFY, sw=last)
    ends(tape, tvr, results, cvm)


def test_offline_pin_already_blocked_asks_nobody() -> None:
    tape = card("41001E00").apdu(COUNTER, t(0x9F17, "00"))
    ends(tape, "800020", "1E0000", CvmUsed.SIGNATURE)


def test_a_counter_that_does_not_fall_is_not_believed() -> None:
    tape = card("0100").apdu(COUNTER, t(0x9F17, "02"))
    tape.add(*pin(PIN, 2)).apdu(VERIFY, sw=0x63CF)
    tape.add(*pin(PIN, 1, wrong=True)).apdu(VERIFY, sw=0x63CF)
    ends(tape, "8000A0", "010001", CvmUsed.FAILED)


@pytest.mark.parametrize("sw", [0x6700, 0x6300, 0x6A80])
def test_verify_answers_something_else(sw: int) -> None:
    tape = card("0100").apdu(COUNTER, t(0x9F17, "03")).add(*pin(PIN)).apdu(VERIFY, sw=sw)
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


def test_offline_pin_and_signature() -> None:
    tape = card("0300").apdu(COUNTER, t(0x9F17, "03")).add(*pin(PIN)).apdu(VERIFY)
    ends(tape, "800000", "030000", CvmUsed.SIGNATURE)


@pytest.mark.parametrize(
    ("sw", "tvr", "results", "cvm"),
    [
        (0x9000, "800000", "010002", CvmUsed.OFFLINE_PIN),
        (0x63C0, "8000A0", "010001", CvmUsed.FAILED),
    ],
)
def test_a_pinpad_that_verifies_itself(sw: int, tvr: str, results: str, cvm: CvmUsed) -> None:
    tape = card("0100").apdu(COUNTER, t(0x9F17, "03")).add(*pin(PadVerified(sw)))
    ends(tape, tvr, results, cvm)


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (PinRefusal.CANCELLED, Reason.PIN_CANCELLED),
        (PinRefusal.TIMEOUT, Reason.PIN_TIMEOUT),
        (PinRefusal.BYPASSED, Reason.PIN_CANCELLED),
    ],
)
@pytest.mark.parametrize("online", [True, False])
def test_refusing_the_pin_ends_the_transaction(
    refusal: PinRefusal, reason: Reason, online: bool
) -> None:
    tape = card("0200" if online else "0100")
    if online:
        tape.add(ONLINE, refusal)
    else:
        tape.apdu(COUNTER, t(0x9F17, "03")).add(*pin(refusal))
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, reason)
    assert outcome.card is not None
    assert not outcome.fallback


BYPASS = replace(RULES, pin_bypass=True)


def test_bypassing_one_pin_bypasses_all() -> None:
    tape = card("420041001E00").add(ONLINE, PinRefusal.BYPASSED)
    tape.apdu(COUNTER, t(0x9F17, "03"))
    ends(tape, "800008", "1E0000", CvmUsed.SIGNATURE, BYPASS)


def test_bypassed_and_nothing_left() -> None:
    tape = card("0200").add(ONLINE, PinRefusal.BYPASSED)
    ends(tape, "800088", "020001", CvmUsed.FAILED, BYPASS)


def test_a_broken_pin_pad() -> None:
    tape = card("42001E00").add(ONLINE, PinRefusal.PAD_FAULT)
    ends(tape, "800010", "1E0000", CvmUsed.SIGNATURE)
    tape = card("0100").apdu(COUNTER, t(0x9F17, "03")).add(*pin(PinRefusal.PAD_FAULT))
    ends(tape, "800090", "010001", CvmUsed.FAILED)


@pytest.mark.parametrize(
    ("capabilities", "rules", "tvr", "results"),
    [
        ("E028C0", "42001E00", "800010", "1E0000"),
        ("E028C0", "42031E00", "800000", "1E0000"),
        ("E028C0", "41001E00", "800010", "1E0000"),
        ("E028C0", "0400", "800090", "3F0001"),
        ("E0C0C0", "43000400", "800080", "3F0001"),
        ("E0C0C0", "1F00", "800080", "3F0001"),
        ("E0C0C0", "1E00", "800080", "3F0001"),
    ],
)
def test_terminals_that_can_less(capabilities: str, rules: str, tvr: str, results: str) -> None:
    terminal = replace(RULES, capabilities=bytes.fromhex(capabilities))
    cvm = CvmUsed.SIGNATURE if results.startswith("1E") else CvmUsed.FAILED
    ends(card(rules), tvr, results, cvm, terminal)


@pytest.mark.parametrize("entered", [PIN, PinBlock(bytes(8))])
def test_online_pin_goes_to_the_host(entered: Pin | PinBlock) -> None:
    seen: list[GoOnline] = []

    def look(request: Any) -> bool:
        seen.append(request)
        return isinstance(request, GoOnline)

    tape = card("0200").add(ONLINE, entered).recall().first("8000048000")
    tape.add(look, NotSent("no link")).second("8000048000", b"Z3", "020000", ask=0)
    outcome = tape.run()
    assert seen[0].pin == entered
    assert seen[0].cvm is CvmUsed.ONLINE_PIN
    assert outcome.cvm is CvmUsed.ONLINE_PIN
    amount_too = seen[0].chip.icc
    assert "1234" not in repr(seen[0]).replace(amount_too, "")


def test_card_pulled_while_the_pin_is_asked_for() -> None:
    outcome = card("0200").add(ONLINE, GONE).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_PULLED)


@pytest.mark.parametrize("wrong", [PinBlock(bytes(8)), None, b"1234"])
def test_an_answer_of_another_kind_is_a_programming_error(wrong: Any) -> None:
    tape = card("0100").apdu(COUNTER, t(0x9F17, "03")).add(*pin(wrong))
    with pytest.raises(TypeError):
        tape.run()


@pytest.mark.parametrize(
    ("digits", "block"),
    [
        (b"1234", "241234ffffffffff"),
        (b"12345", "2512345fffffffff"),
        (b"123456789012", "2c123456789012ff"),
    ],
)
def test_plaintext_block(digits: bytes, block: str) -> None:
    assert plaintext_block(Pin(digits)).hex() == block


@given(st.integers(0, 255), st.integers(0, 255))
@settings(deadline=None)
def test_every_rule_parses(code: int, condition: int) -> None:
    parsed = cvm_list.parse(bytes(8) + bytes((code, condition))).rules[0]
    assert parsed.method is None or parsed.method == code & 0x3F
    assert parsed.go_on == bool(code & 0x40)
