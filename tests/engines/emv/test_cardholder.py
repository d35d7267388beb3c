"""Cardholder verification: the list's methods and conditions, with CVM Results and TVR exact.

The expected results follow EMV 4.4 Book 4, Table 2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.emv import cvm_list
from cardamom.engines.emv.requests import (
    Decision,
    EmvOrder,
    GoOnline,
    PinRefusal,
)
from cardamom.engines.emv.session import Session
from cardamom.engines.emv.store import DataError
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.online import NotSent
from cardamom.values.secret import Pin, PinBlock
from support.conformance import case, rows
from support.emv import GONE, ORDER, RULES, Tape
from support.emv_cvm import LIMITS, ONLINE, PIN, card, counted, ends, pin

NONE, SIGNED, FAILED = CvmUsed.NONE, CvmUsed.SIGNATURE, CvmUsed.FAILED


@rows(
    "Book 3, 10.5",
    "rules,tvr,results,cvm",
    ("no CVM, always", "1F0002", "1F00", "800000", "1F0002", NONE),
    ("no CVM, if supported, else next", "5F0302", "5F03", "800000", "5F0302", NONE),
    ("Book 3, 10.5.3", "signature, always", "1E0000", "1E00", "800000", "1E0000", SIGNED),
    (
        "Book 3, 10.5.3",
        "signature if supported, then no CVM",
        "5E0300, the list ends",
        "5E031F00",
        "800000",
        "5E0300",
        SIGNED,
    ),
    ("fail CVM, else end", "000001, TVR 3.8", "00001F00", "800080", "000001", FAILED),
    (
        "fail CVM, else next",
        "400001, TVR 3.8: it fails whatever bit 7 says",
        "40001F00",
        "800080",
        "400001",
        FAILED,
    ),
    ("no condition met", "3F0001, TVR 3.8", "1E011F04", "800080", "3F0001", FAILED),
    ("only unknown conditions", "3F0001, TVR 3.8", "1F0A1F7F1F80", "800080", "3F0001", FAILED),
    ("an unknown condition, then signature", "1E0000", "1F0B1E00", "800000", "1E0000", SIGNED),
    (
        "method 20 not recognised, else next",
        "TVR 3.7, then no CVM: 1F0002",
        "60001F00",
        "800040",
        "1F0002",
        NONE,
    ),
    (
        "method 20 not recognised, else end",
        "3F0001, TVR 3.8 and 3.7",
        "20001F00",
        "8000C0",
        "3F0001",
        FAILED,
    ),
    ("method 20 alone, else next", "3F0001, TVR 3.8 and 3.7", "6000", "8000C0", "3F0001", FAILED),
    (
        "method 20 if supported",
        "passed over, TVR 3.7 not set",
        "60031F00",
        "800000",
        "1F0002",
        NONE,
    ),
    (
        "face biometric, else next",
        "TVR 4.2, then no CVM: 1F0002",
        "46001F00",
        "8000008200",
        "1F0002",
        NONE,
    ),
    ("an empty rule list after a met one", "1F0002", "1F001E00", "800000", "1F0002", NONE),
)
def test_methods_without_entry(rules: str, tvr: str, results: str, cvm: CvmUsed) -> None:
    ends(card(rules), tvr, results, cvm)


@case("Book 3, 10.5", "AIP without cardholder verification", "3F0000, TSI 1.7 not set")
def test_card_without_cardholder_verification() -> None:
    tape = Tape().begin("0800", x8E=bytes.fromhex(LIMITS + "1E00"))
    ends(tape, "800000", "3F0000", NONE, tsi="08")


@rows(
    "Book 3, 10.5",
    "data",
    ("no CVM list", "TVR 1.6, 3F0000, TSI 1.7 not set", None),
    ("an empty CVM list", "TVR 1.6, 3F0000, TSI 1.7 not set", b""),
    ("a CVM list without rules", "TVR 1.6, 3F0000, TSI 1.7 not set", bytes(8)),
)
def test_list_missing_or_without_rules(data: bytes | None) -> None:
    ends(Tape().begin("1800", x8E=data), "A00000", "3F0000", NONE, tsi="08")


@rows(
    "Book 3, 10.5",
    "data",
    ("a CVM list of one byte", "terminated: card error", "00"),
    ("a CVM list with half a rule", "terminated: card error", "00000000000000001F"),
    ("a CVM list without the whole of Y", "terminated: card error", "00000000000000"),
)
def test_malformed_list(data: str) -> None:
    outcome = Tape().begin("1800", x8E=bytes.fromhex(data)).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    with pytest.raises(DataError):
        cvm_list.parse(bytes.fromhex(data))


BIG = replace(ORDER, amount_minor=0x1001)
HUGE = replace(ORDER, amount_minor=0x2001)
AT_X, AT_Y = replace(ORDER, amount_minor=0x1000), replace(ORDER, amount_minor=0x2000)
CASH = replace(ORDER, transaction_type=0x01)
DISBURSED = replace(ORDER, transaction_type=0x17)
CASHBACK = replace(ORDER, transaction_type=0x09)
REFUND = replace(ORDER, transaction_type=0x20)
WITH_OTHER = replace(ORDER, other_minor=500)
CNY = bytes.fromhex("0156")


@rows(
    "Book 3, C3",
    "condition,order,terminal_type,currency,met",
    ("00, sale", "met", 0x00, ORDER, 0x21, None, True),
    ("01, cash, unattended", "met", 0x01, CASH, 0x24, None, True),
    ("01, cash, attended", "not met", 0x01, CASH, 0x21, None, False),
    ("01, sale, unattended", "not met", 0x01, ORDER, 0x24, None, False),
    ("02, sale", "met", 0x02, ORDER, 0x21, None, True),
    ("02, refund", "met", 0x02, REFUND, 0x21, None, True),
    ("02, cash", "not met", 0x02, CASH, 0x21, None, False),
    ("02, cash disbursement", "not met", 0x02, DISBURSED, 0x21, None, False),
    ("02, cashback", "not met", 0x02, CASHBACK, 0x21, None, False),
    ("02, sale with 9F03", "not met", 0x02, WITH_OTHER, 0x21, None, False),
    ("03, signature supported", "met", 0x03, ORDER, 0x21, None, True),
    ("04, cash, attended", "met", 0x04, CASH, 0x21, None, True),
    ("04, cash disbursement, attended", "met", 0x04, DISBURSED, 0x21, None, True),
    ("04, cash, unattended", "not met", 0x04, CASH, 0x24, None, False),
    ("04, sale", "not met", 0x04, ORDER, 0x21, None, False),
    ("05, cashback", "met", 0x05, CASHBACK, 0x21, None, True),
    ("05, sale with 9F03", "met", 0x05, WITH_OTHER, 0x21, None, True),
    ("05, sale", "not met", 0x05, ORDER, 0x21, None, False),
    ("05, refund", "not met", 0x05, REFUND, 0x21, None, False),
    ("06, under X in the card's currency", "met", 0x06, ORDER, 0x21, CNY, True),
    ("06, exactly X", "not met", 0x06, AT_X, 0x21, CNY, False),
    ("06, no 9F42", "not met", 0x06, ORDER, 0x21, None, False),
    ("06, another currency", "not met", 0x06, ORDER, 0x21, b"\x08\x40", False),
    ("07, over X", "met", 0x07, BIG, 0x21, CNY, True),
    ("07, exactly X", "not met", 0x07, AT_X, 0x21, CNY, False),
    ("07, over X in another currency", "not met", 0x07, BIG, 0x21, b"\x08\x40", False),
    ("08, under Y", "met", 0x08, BIG, 0x21, CNY, True),
    ("08, exactly Y", "not met", 0x08, AT_Y, 0x21, CNY, False),
    ("09, over Y", "met", 0x09, HUGE, 0x21, CNY, True),
    ("09, exactly Y", "not met", 0x09, AT_Y, 0x21, CNY, False),
    ("0A, reserved", "not met", 0x0A, ORDER, 0x21, CNY, False),
    ("80, of a payment system", "not met", 0x80, ORDER, 0x21, CNY, False),
)
def test_conditions(
    condition: int, order: EmvOrder, terminal_type: int, currency: bytes | None, met: bool
) -> None:
    session = Session(order, replace(RULES, terminal_type=terminal_type))
    if currency:
        session.store.card[0x9F42] = currency
    rules = cvm_list.parse(bytes.fromhex(LIMITS + f"1E{condition:02X}"))
    assert cvm_list.condition_met(session, rules, rules.rules[0]) == met


@rows(
    "Book 3, 10.5",
    "order,tvr,results",
    ("signature under X, else fail: 12.34", "1E0600", ORDER, "800000", "1E0600"),
    ("signature under X, else fail: 40.96", "000001", AT_X, "800080", "000001"),
)
def test_an_amount_decides(order: EmvOrder, tvr: str, results: str) -> None:
    cvm = FAILED if results == "000001" else SIGNED
    ends(card("1E060000", order, x9F42=CNY), tvr, results, cvm)


BYPASS = replace(RULES, pin_bypass=True)


@case("Book 4, 6.3.4.3", "online PIN bypassed, then offline PIN, then signature",
      "TVR 3.4, nobody is asked again, 1E0000")  # fmt: skip
def test_bypassing_one_pin_bypasses_all() -> None:
    tape = card("420041001E00").add(ONLINE, PinRefusal.BYPASSED)
    tape.apdu("80CA9F1700", bytes.fromhex("9F170103"))
    ends(tape, "800008", "1E0000", SIGNED, BYPASS)


@case("Book 4, 6.3.4.3", "online PIN bypassed, nothing left", "TVR 3.8 and 3.4, 020001")
def test_bypassed_and_nothing_left() -> None:
    tape = card("0200").add(ONLINE, PinRefusal.BYPASSED)
    ends(tape, "800088", "020001", FAILED, BYPASS)


@case("Book 4, 6.3.4.3", "offline PIN bypassed, then online PIN", "TVR 3.8 and 3.4, 420001")
def test_offline_bypassed_then_online() -> None:
    tape = counted("41004200", 3).add(*pin(PinRefusal.BYPASSED))
    ends(tape, "800088", "420001", FAILED, BYPASS)


@case("Book 3, 10.5.2", "a PIN pad that fails at online PIN, then signature", "TVR 3.5, 1E0000")
def test_a_broken_pin_pad() -> None:
    tape = card("42001E00").add(ONLINE, PinRefusal.PAD_FAULT)
    ends(tape, "800010", "1E0000", SIGNED)


@case("Book 3, 10.5.1", "a PIN pad that fails at offline PIN", "TVR 3.8 and 3.5, 010001")
def test_a_broken_pin_pad_offline() -> None:
    tape = counted("0100", 3).add(*pin(PinRefusal.PAD_FAULT))
    ends(tape, "800090", "010001", FAILED)


@case("Book 3, 10.5.2", "a PIN pad that fails, then a second PIN method",
      "TVR 3.8 and 3.5, 010001, asked once")  # fmt: skip
def test_a_broken_pin_pad_is_asked_once() -> None:
    tape = card("42000100").add(ONLINE, PinRefusal.PAD_FAULT)
    ends(tape.apdu("80CA9F1700", sw=0x6A88), "800090", "010001", FAILED)


@rows(
    "Book 4, 6.3.4",
    "capabilities,rules,tvr,results",
    ("no PIN at all; online PIN, then signature", "TVR 3.5, 1E0000",
     "E028C0", "42001E00", "800010", "1E0000"),
    ("no PIN at all; online PIN if supported, then signature", "1E0000",
     "E028C0", "42031E00", "800000", "1E0000"),
    ("no PIN at all; offline PIN, then signature", "TVR 3.5, 1E0000",
     "E028C0", "41001E00", "800010", "1E0000"),
    ("no PIN at all; enciphered PIN alone", "TVR 3.8 and 3.5, 3F0001",
     "E028C0", "0400", "800090", "3F0001"),
    ("PINs but no signature; PIN and signature", "TVR 3.8, 3F0001",
     "E0C0C0", "43000400", "800080", "3F0001"),
    ("no CVM not allowed; no CVM", "TVR 3.8, 3F0001", "E0C0C0", "1F00", "800080", "3F0001"),
    ("no signature; signature", "TVR 3.8, 3F0001", "E0C0C0", "1E00", "800080", "3F0001"),
    ("no enciphered PIN; it, then no CVM", "1F0002", "E0E8C0", "44001F00", "800000", "1F0002"),
    ("no enciphered PIN; it, else end", "TVR 3.8, 3F0001",
     "E0E8C0", "04001F00", "800080", "3F0001"),
    ("no enciphered PIN; it if supported, then no CVM", "1F0002",
     "E0E8C0", "44031F00", "800000", "1F0002"),
    ("no enciphered PIN; it and signature", "TVR 3.8, 3F0001",
     "E0E8C0", "0500", "800080", "3F0001"),
)  # fmt: skip
def test_terminals_that_can_less(capabilities: str, rules: str, tvr: str, results: str) -> None:
    terminal = replace(RULES, capabilities=bytes.fromhex(capabilities))
    cvm = {"1E": SIGNED, "1F": NONE, "3F": FAILED}[results[:2]]
    ends(card(rules), tvr, results, cvm, terminal)


@rows(
    "Book 3, 10.5.2",
    "entered",
    ("an online PIN typed here", "TVR 3.3, 020000, the PIN goes to the host", PIN),
    ("an online PIN as a block", "TVR 3.3, 020000, the block goes to the host", PinBlock(bytes(8))),
)
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


@case("Book 3, 10.5.2", "the card pulled while the PIN is asked for", "terminated: card pulled")
def test_card_pulled_while_the_pin_is_asked_for() -> None:
    outcome = card("0200").add(ONLINE, GONE).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_PULLED)


@given(st.integers(0, 255), st.integers(0, 255))
@settings(deadline=None)
def test_every_rule_parses(code: int, condition: int) -> None:
    parsed = cvm_list.parse(bytes(8) + bytes((code, condition))).rules[0]
    assert parsed.method is None or parsed.method == code & 0x3F
    assert parsed.go_on == bool(code & 0x40)
