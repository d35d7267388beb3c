"""When the chip gives way to another technology, and what the customer is told at the end."""

from __future__ import annotations

import pytest

from cardamom.engines.emv.prompts import prompt_of
from cardamom.engines.emv.requests import Decision, Outcome, PinRefusal
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.prompts import Prompt
from support.conformance import case, rows
from support.emv import AID, APPROVED, DECLINED, GONE, MUTE, NO_ODA, Tape, adf_fci, cryptogram
from support.emv_cvm import ONLINE, card

PSE = b"1PAY.SYS.DDF01"


def to_gpo() -> Tape:
    """Directory and final SELECT, no PDOL; GET PROCESSING OPTIONS is next."""
    tape = Tape().directory().initiate()
    del tape.steps[-1]
    return tape


GPO = "80A8000002830000"


@rows(
    "Book 4, 11.2",
    "tape,reason,fallback,first,third",
    ("a chip without any application of ours", "fallback at once: USE MAG STRIPE",
     Tape().select(PSE, sw=0x6A82).select(AID, sw=0x6A82),
     Reason.NO_APPLICATION, True, Prompt.USE_MAG_STRIPE, Prompt.USE_MAG_STRIPE),
    ("a chip that is mute at SELECT", "TRY AGAIN, the third time USE MAG STRIPE",
     Tape().select(PSE, MUTE), Reason.CARD_ERROR, True, Prompt.TRY_AGAIN, Prompt.USE_MAG_STRIPE),
    ("a blocked card", "no fallback: NOT ACCEPTED",
     Tape().select(PSE, sw=0x6A81),
     Reason.CARD_BLOCKED, False, Prompt.NOT_ACCEPTED, Prompt.NOT_ACCEPTED),
    ("a blocked application", "no fallback: NOT ACCEPTED",
     Tape().directory().select(AID, adf_fci(), 0x6283),
     Reason.CARD_BLOCKED, False, Prompt.NOT_ACCEPTED, Prompt.NOT_ACCEPTED),
    ("the card pulled at SELECT", "no fallback: PROCESSING ERROR",
     Tape().select(PSE, GONE),
     Reason.CARD_PULLED, False, Prompt.PROCESSING_ERROR, Prompt.PROCESSING_ERROR),
    ("GET PROCESSING OPTIONS answers 6700", "TRY AGAIN, the third time USE MAG STRIPE",
     to_gpo().apdu(GPO, sw=0x6700),
     Reason.CARD_ERROR, True, Prompt.TRY_AGAIN, Prompt.USE_MAG_STRIPE),
    ("GET PROCESSING OPTIONS answers garbage", "TRY AGAIN, the third time USE MAG STRIPE",
     to_gpo().apdu(GPO, b"\x77\x7f"),
     Reason.CARD_ERROR, True, Prompt.TRY_AGAIN, Prompt.USE_MAG_STRIPE),
    ("mute at GET PROCESSING OPTIONS", "TRY AGAIN, the third time USE MAG STRIPE",
     to_gpo().apdu(GPO, MUTE),
     Reason.CARD_ERROR, True, Prompt.TRY_AGAIN, Prompt.USE_MAG_STRIPE),
    ("mute at READ RECORD", "the application was initiated: no fallback, CARD ERROR",
     Tape().directory().initiate().apdu("00B2010C00", MUTE),
     Reason.CARD_ERROR, False, Prompt.CARD_ERROR, Prompt.CARD_ERROR),
    ("READ RECORD answers 6A83", "no fallback, CARD ERROR",
     Tape().directory().initiate().apdu("00B2010C00", sw=0x6A83),
     Reason.CARD_ERROR, False, Prompt.CARD_ERROR, Prompt.CARD_ERROR),
    ("PIN entry cancelled", "no fallback, PROCESSING ERROR",
     card("0200").add(ONLINE, PinRefusal.CANCELLED),
     Reason.PIN_CANCELLED, False, Prompt.PROCESSING_ERROR, Prompt.PROCESSING_ERROR),
)  # fmt: skip
def test_before_a_cryptogram(
    tape: Tape, reason: Reason, fallback: bool, first: Prompt, third: Prompt
) -> None:
    outcome = Tape([*tape.steps]).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, reason)
    assert outcome.fallback == fallback
    assert prompt_of(outcome) is first
    assert prompt_of(outcome, unread=2) is first
    assert prompt_of(outcome, unread=3) is third


@rows(
    "Book 4, 11.2",
    "tape,prompt",
    ("approved", "03 APPROVED",
     Tape().begin().recall().first(NO_ODA).online(APPROVED).second(NO_ODA, b"00"),
     Prompt.APPROVED),
    ("approved, signature wanted", "1A APPROVED, SIGN",
     card("1E00").recall().first(NO_ODA).online(APPROVED).second(NO_ODA, b"00", "1E0000"),
     Prompt.APPROVED_SIGN),
    ("declined by the issuer", "07 DECLINED",
     Tape().begin().recall().first(NO_ODA).online(DECLINED).second(NO_ODA, b"05", ask=0),
     Prompt.DECLINED),
    ("declined by the card", "07 DECLINED",
     Tape().begin().recall().first(NO_ODA, answer=cryptogram(0)), Prompt.DECLINED),
    ("not for here, says the card", "0C NOT ACCEPTED",
     Tape().begin().recall().first(NO_ODA, answer=cryptogram(1)), Prompt.NOT_ACCEPTED),
    ("pulled before the second GENERATE AC, the host approving", "0F PROCESSING ERROR",
     Tape().begin().recall().first(NO_ODA).online(APPROVED).second(NO_ODA, b"00", answer=GONE),
     Prompt.PROCESSING_ERROR),
    ("mute at the second GENERATE AC, the host declining", "07 DECLINED",
     Tape().begin().recall().first(NO_ODA).online(DECLINED)
     .second(NO_ODA, b"05", ask=0, answer=MUTE),
     Prompt.DECLINED),
)  # fmt: skip
def test_after_a_cryptogram(tape: Tape, prompt: Prompt) -> None:
    outcome = Tape([*tape.steps]).run()
    assert prompt_of(outcome) is prompt
    assert prompt_of(outcome, unread=99) is prompt
    assert not outcome.fallback


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_outcome_has_a_prompt(decision: Decision, reason: Reason | None) -> None:
    """Nothing but an approval reads as one."""
    for fallback in (False, True):
        for cvm in CvmUsed:
            outcome = Outcome(decision, reason, cvm=cvm, fallback=fallback)
            approves = prompt_of(outcome) in (Prompt.APPROVED, Prompt.APPROVED_SIGN)
            assert approves == (decision is Decision.APPROVED)


def test_a_referral_says_call_your_bank() -> None:
    assert prompt_of(Outcome(Decision.DECLINED, Reason.REFERRAL)) is Prompt.CALL_YOUR_BANK


@pytest.mark.parametrize(("allowed", "prompt"), [(1, Prompt.USE_MAG_STRIPE), (2, Prompt.TRY_AGAIN)])
def test_how_often_is_a_setting(allowed: int, prompt: Prompt) -> None:
    outcome = Outcome(Decision.ENDED, Reason.CARD_ERROR, fallback=True)
    assert prompt_of(outcome, allowed=allowed) is prompt


@case("Book 4, 11.2", "a chip that cannot be used, a terminal without a stripe reader",
      "13 TRY AGAIN, the third time 0C NOT ACCEPTED")  # fmt: skip
def test_without_a_stripe_reader() -> None:
    outcome = Outcome(Decision.ENDED, Reason.CARD_ERROR, fallback=True)
    assert prompt_of(outcome, unread=2, stripe=False) is Prompt.TRY_AGAIN
    assert prompt_of(outcome, unread=3, stripe=False) is Prompt.NOT_ACCEPTED
    nothing = Outcome(Decision.ENDED, Reason.NO_APPLICATION, fallback=True)
    assert prompt_of(nothing, stripe=False) is Prompt.NOT_ACCEPTED
