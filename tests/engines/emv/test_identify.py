"""A refund's card is read and left as it was: exact transcripts, and every card of the desk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardamom.engines.apdu import parse_reply
from cardamom.engines.emv.identify import REFUND, identify_kernel
from cardamom.engines.emv.replay import drive, replay
from cardamom.engines.emv.requests import (
    Answer,
    Choose,
    Decision,
    Outcome,
    Random,
    Request,
    Transmit,
)
from cardamom.faults import CardFault
from cardamom.values.events import Reason
from support.emv import GONE, MUTE, ORDER, PAN, RULES, Tape
from support.emv_issuer import TODAY, card_of, transmit
from support.emv_rules import test_rules as parameters

BACK = replace(ORDER, transaction_type=REFUND)


def identify(tape: Tape) -> Outcome:
    return replay(identify_kernel(BACK, RULES), tape.steps)


def test_it_selects_reads_and_stops() -> None:
    outcome = identify(Tape().begin())
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, None)
    assert outcome.card is not None
    assert (outcome.card.pan.reveal(), outcome.card.expiry, outcome.card.psn) == (PAN, "2712", 1)
    assert outcome.chip is not None
    assert outcome.chip.cryptogram == ""


def test_a_pdol_that_asks_is_told_that_it_is_a_refund() -> None:
    sent = f"20{BACK.amount_minor:012d}"
    outcome = identify(Tape().directory().initiate(pdol="9C019F0206", sent=sent).record())
    assert outcome.reason is None
    assert outcome.tags[0x9C] == b"\x20"


@pytest.mark.parametrize(
    ("fault", "reason"), [(GONE, Reason.CARD_PULLED), (MUTE, Reason.CARD_ERROR)]
)
def test_a_card_that_breaks_off(fault: CardFault, reason: Reason) -> None:
    tape = Tape().directory().initiate().apdu("00B2010C00", fault)
    outcome = identify(tape)
    assert (outcome.decision, outcome.reason, outcome.card) == (Decision.ENDED, reason, None)


def test_a_record_that_is_none() -> None:
    outcome = identify(Tape().directory().initiate().apdu("00B2010C00", b"\x70\x05"))
    assert (outcome.reason, outcome.card) == (Reason.CARD_ERROR, None)


def test_a_card_of_no_application_that_is_taken() -> None:
    tape = Tape().directory().select(RULES.aids[0].aid, sw=0x6283)
    assert identify(tape).reason is Reason.CARD_BLOCKED


@pytest.mark.parametrize("name", ["debit", "signature", "offline-pin", "no-cvm", "sda"])
def test_no_card_is_asked_for_a_cryptogram_or_a_pin(name: str) -> None:
    card = card_of(name)
    card.power_on()
    commands: list[int] = []

    def serve(request: Request) -> Answer:
        match request:
            case Transmit(apdu):
                commands.append(apdu[1])
                return parse_reply(transmit(card, apdu))
            case Random(size):
                return bytes(size)
            case Choose(among):
                return among[0]
            case _:
                raise AssertionError(request)

    order = replace(TODAY, transaction_type=REFUND)
    outcome = drive(identify_kernel(order, parameters()), serve)
    assert outcome.card is not None
    assert outcome.card.pan == card.profile.applications[0].card_number
    assert set(commands) == {0xA4, 0xA8, 0xB2}
