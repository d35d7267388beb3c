"""Offline PIN in the clear: tries, refusals, combinations, a pinpad that verifies itself."""

from __future__ import annotations

from typing import Any

import pytest

from cardamom.engines.emv.offline_pin import plaintext_block
from cardamom.engines.emv.requests import Decision, PadVerified, PinRefusal
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.secret import Pin, PinBlock
from support.conformance import case, rows
from support.emv import GONE
from support.emv_cvm import COUNTER, ONLINE, PIN, VERIFY, card, counted, ends, pin

OFFLINE, SIGNED, FAILED = CvmUsed.OFFLINE_PIN, CvmUsed.SIGNATURE, CvmUsed.FAILED


@case("Book 3, 10.5.1", "the right PIN", "010002")
def test_offline_pin() -> None:
    ends(counted("0100", 3).add(*pin(PIN)).apdu(VERIFY), "800000", "010002", OFFLINE)


@rows(
    "Book 3, 10.5.1",
    "sw,data",
    ("no PIN try counter", "asked all the same, 010002", 0x6A88, b""),
    ("a PIN try counter of two bytes", "asked all the same, 010002", 0x9000, b"\x9f\x17\x02\0\3"),
    ("GET DATA answers another object", "asked all the same, 010002", 0x9000, b"\x9f\x36\x01\3"),
)
def test_without_a_counter(sw: int, data: bytes) -> None:
    tape = card("0100").apdu(COUNTER, data, sw).add(*pin(PIN, None)).apdu(VERIFY)
    ends(tape, "800000", "010002", OFFLINE)


@case("Book 3, 10.5.1", "a wrong PIN, then the right one", "asked with two tries left, 010002")
def test_offline_pin_wrong_then_right() -> None:
    tape = counted("0100", 3).add(*pin(PIN)).apdu(VERIFY, sw=0x63C2)
    tape.add(*pin(PIN, 2, wrong=True)).apdu(VERIFY)
    ends(tape, "800000", "010002", OFFLINE)


@case("Book 3, 10.5.1", "two wrong PINs, then the right one at the last try", "010002")
def test_the_last_try() -> None:
    tape = counted("0100", 3).add(*pin(PIN)).apdu(VERIFY, sw=0x63C2)
    tape.add(*pin(PIN, 2, wrong=True)).apdu(VERIFY, sw=0x63C1)
    tape.add(*pin(PIN, 1, wrong=True)).apdu(VERIFY)
    ends(tape, "800000", "010002", OFFLINE)


@case("Book 3, 10.5.1", "a wrong PIN, then bypassed where that is not allowed",
      "terminated: PIN cancelled")  # fmt: skip
def test_wrong_then_given_up() -> None:
    tape = counted("0100", 3).add(*pin(PIN)).apdu(VERIFY, sw=0x63C2)
    outcome = tape.add(*pin(PinRefusal.BYPASSED, 2, wrong=True)).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.PIN_CANCELLED)


_USED_UP = [
    ("PIN, else end", "TVR 3.8 and 3.6, 010001", "01001E00", "8000A0", "010001", FAILED),
    ("PIN, then signature", "TVR 3.6, 1E0000", "41001E00", "800020", "1E0000", SIGNED),
    ("PIN, else next, which is none", "410001", "4100", "8000A0", "410001", FAILED),
    ("PIN, then signature for cash", "410001", "41001E01", "8000A0", "410001", FAILED),
    ("PIN and signature, then signature", "1E0000", "43001E00", "800020", "1E0000", SIGNED),
    ("PIN and signature, else end", "030001", "03001E00", "8000A0", "030001", FAILED),
    ("PIN, then PIN again", "010001, asked once", "41000100", "8000A0", "010001", FAILED),
    ("PIN, then enciphered PIN", "040001, asked once", "41000400", "8000A0", "040001", FAILED),
]


@rows(
    "Book 3, 10.5.1",
    "last,rules,tvr,results,cvm",
    *(
        (f"the last try used up with {sw:04X}: {given}", result, sw, *values)
        for sw in (0x63C0, 0x6983, 0x6984)
        for given, result, *values in _USED_UP
    ),
)
def test_used_up(last: int, rules: str, tvr: str, results: str, cvm: CvmUsed) -> None:
    ends(counted(rules, 1).add(*pin(PIN, 1)).apdu(VERIFY, sw=last), tvr, results, cvm)


@case("Book 3, 10.5.1", "a PIN try counter of zero, then signature",
      "TVR 3.6, nobody is asked, 1E0000")  # fmt: skip
def test_already_blocked_asks_nobody() -> None:
    ends(counted("41001E00", 0), "800020", "1E0000", SIGNED)


@case("Book 3, 10.5.1", "a PIN try counter of zero, else end", "TVR 3.8 and 3.6, 010001")
def test_already_blocked_and_nothing_left() -> None:
    ends(counted("0100", 0), "8000A0", "010001", FAILED)


@case("Book 3, 10.5.1", "a counter that does not fall", "two tries, then TVR 3.6, 010001")
def test_a_counter_that_does_not_fall_is_not_believed() -> None:
    tape = counted("0100", 2).add(*pin(PIN, 2)).apdu(VERIFY, sw=0x63CF)
    tape.add(*pin(PIN, 1, wrong=True)).apdu(VERIFY, sw=0x63CF)
    ends(tape, "8000A0", "010001", FAILED)


@rows(
    "Book 3, 6.5.12",
    "sw",
    *((f"VERIFY answers {sw:04X}", "terminated: card error", sw)
      for sw in (0x6700, 0x6300, 0x6A80, 0x6985, 0x6A86, 0x9001)),
)  # fmt: skip
def test_verify_answers_something_else(sw: int) -> None:
    outcome = counted("0100", 3).add(*pin(PIN)).apdu(VERIFY, sw=sw).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@case("Book 3, 6.5.12", "the card pulled at VERIFY", "terminated: card pulled")
def test_pulled_at_verify() -> None:
    outcome = counted("0100", 3).add(*pin(PIN)).apdu(VERIFY, GONE).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_PULLED)


@case("Book 3, 10.5.4", "the right PIN, and signature", "030000")
def test_offline_pin_and_signature() -> None:
    ends(counted("0300", 3).add(*pin(PIN)).apdu(VERIFY), "800000", "030000", SIGNED)


@case("Book 3, 10.5", "offline PIN used up, then online PIN",
      "TVR 3.6 and 3.3, 020000")  # fmt: skip
def test_used_up_then_online() -> None:
    tape = counted("41000200", 1).add(*pin(PIN, 1)).apdu(VERIFY, sw=0x63C0).add(ONLINE, PIN)
    ends(tape, "800024", "020000", CvmUsed.ONLINE_PIN)


@rows(
    "Book 4, 6.3.4.1",
    "sw,tvr,results,cvm",
    ("a pinpad that verifies itself, 9000", "010002", 0x9000, "800000", "010002", OFFLINE),
    ("a pinpad that verifies itself, 63C0", "TVR 3.8 and 3.6, 010001",
     0x63C0, "8000A0", "010001", FAILED),
    ("a pinpad that verifies itself, 6983", "TVR 3.8 and 3.6, 010001",
     0x6983, "8000A0", "010001", FAILED),
)  # fmt: skip
def test_a_pinpad_that_verifies_itself(sw: int, tvr: str, results: str, cvm: CvmUsed) -> None:
    ends(counted("0100", 3).add(*pin(PadVerified(sw))), tvr, results, cvm)


@case("Book 4, 6.3.4.1", "a pinpad that verifies itself, wrong once", "asked again, 010002")
def test_a_pinpad_asks_again() -> None:
    tape = counted("0100", 3).add(*pin(PadVerified(0x63C2)))
    tape.add(*pin(PadVerified(0x9000), 2, wrong=True))
    ends(tape, "800000", "010002", OFFLINE)


@rows(
    "Book 4, 6.3.4.3",
    "refusal,reason,online",
    ("cancelled at online PIN", "terminated", PinRefusal.CANCELLED, Reason.PIN_CANCELLED, True),
    ("cancelled at offline PIN", "terminated", PinRefusal.CANCELLED, Reason.PIN_CANCELLED, False),
    ("no key in time at online PIN", "terminated", PinRefusal.TIMEOUT, Reason.PIN_TIMEOUT, True),
    ("no key in time at offline PIN", "terminated", PinRefusal.TIMEOUT, Reason.PIN_TIMEOUT, False),
    ("online PIN bypassed where that is not allowed", "terminated",
     PinRefusal.BYPASSED, Reason.PIN_CANCELLED, True),
    ("offline PIN bypassed where that is not allowed", "terminated",
     PinRefusal.BYPASSED, Reason.PIN_CANCELLED, False),
)  # fmt: skip
def test_refusing_the_pin_ends_the_transaction(
    refusal: PinRefusal, reason: Reason, online: bool
) -> None:
    question = card("0200").add(ONLINE, refusal)
    outcome = (question if online else counted("0100", 3).add(*pin(refusal))).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, reason)
    assert outcome.card is not None
    assert not outcome.fallback


@pytest.mark.parametrize("wrong", [PinBlock(bytes(8)), None, b"1234"])
def test_an_answer_of_another_kind_is_a_programming_error(wrong: Any) -> None:
    tape = counted("0100", 3).add(*pin(wrong))
    with pytest.raises(TypeError):
        tape.run()


@rows(
    "Book 3, 6.5.12",
    "digits,block",
    ("a PIN of 4 digits", "241234FFFFFFFFFF", b"1234", "241234ffffffffff"),
    ("a PIN of 5 digits", "2512345FFFFFFFFF", b"12345", "2512345fffffffff"),
    ("a PIN of 12 digits", "2C123456789012FF", b"123456789012", "2c123456789012ff"),
)
def test_plaintext_block(digits: bytes, block: str) -> None:
    assert plaintext_block(Pin(digits)).hex() == block
