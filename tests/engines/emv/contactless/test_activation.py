"""Protocol activation and restarts."""

from __future__ import annotations

from typing import Any

import pytest

from cardamom.engines.emv.contactless.outcome import FinalOutcome, Message, Status
from cardamom.engines.emv.contactless.requests import Presented
from cardamom.engines.emv.contactless.restart import MAX_COLLISIONS, MAX_STARTS
from cardamom.engines.emv.requests import Decision
from cardamom.faults import CardFault
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.contactless import (
    AGAIN,
    APPROVED_ONLINE,
    END,
    READ_OK,
    TapTape,
    V,
    entry,
    fci,
    only,
    ui,
)
from support.contactless_qualified import PDOL, Qualified
from support.emv import GONE, MUTE

ONE_CARD = ui(Message.ONE_CARD_ONLY, Status.COLLISION)
BROKEN = ui(Message.PRESENT_AGAIN, Status.PROCESSING_ERROR)


def finish(tape: TapTape) -> None:
    """A second presentation that is approved."""
    card = Qualified(tap=only(V))
    tape.ppse(entry(V)).select(V, fci(V, PDOL)).options(card.sent, card.options())
    tape.show(READ_OK).tap_recall().show(ui(Message.AUTHORISING, Status.CARD_READ_OK))
    tape.host().show(APPROVED_ONLINE)


@case(
    "Book B, 3.2",
    "two cards in the field, then one",
    "message 19, polling goes on; the transaction is made",
)
def test_collision() -> None:
    tape = TapTape(tap=only(V)).activate(answer=Presented.COLLISION).activate(ONE_CARD)
    finish(tape)
    assert tape.result().outcome.decision is Decision.APPROVED


@case("Book B, 3.2", "two cards that nobody takes away", "message 19 until it is given up")
def test_collision_for_ever() -> None:
    tape = TapTape(tap=only(V)).activate(answer=Presented.COLLISION)
    for _ in range(MAX_COLLISIONS - 1):
        tape.activate(ONE_CARD, answer=Presented.COLLISION)
    assert tape.result().outcome.reason is Reason.TIMEOUT


@rows(
    "Book B, 3.2",
    "reason",
    ("nobody presents a card", "ended: timeout", Reason.TIMEOUT),
    ("the sale is cancelled", "ended: cancelled", Reason.CANCELLED),
    ("the reader breaks", "ended: fault", Reason.FAULT),
)
def test_no_card_comes(reason: Reason) -> None:
    result = TapTape(tap=only(V)).activate(answer=reason).result()
    assert (result.outcome.decision, result.outcome.reason) == (Decision.ENDED, reason)
    assert result.outcome.chip is None


def _gone_at(step: str, fault: CardFault) -> TapTape:
    card = Qualified(tap=only(V), cid="40")
    tape = TapTape(tap=only(V)).activate()
    if step == "directory":
        return tape.select(b"2PAY.SYS.DDF01", fault)
    tape.ppse(entry(V))
    if step == "selection":
        return tape.select(V, fault)
    tape.select(V, fci(V, PDOL))
    if step == "options":
        return tape.options(card.sent, fault)
    return tape.options(card.sent, card.options()).apdu("00B2010C00", fault)


@rows(
    "Book B, 3.5",
    "step, fault",
    ("the card leaves at the directory", "message 21, start B, approved", "directory", GONE),
    ("the card leaves at its SELECT", "message 21, start B, approved", "selection", GONE),
    ("the card leaves at the options", "message 21, start B, approved", "options", GONE),
    ("the card leaves at a record", "message 21, start B, approved", "record", GONE),
    ("the card falls silent at the options", "message 21, start B, approved", "options", MUTE),
)
def test_torn_off_and_presented_again(step: str, fault: CardFault) -> None:
    tape = _gone_at(step, fault).show(BROKEN).activate(AGAIN)
    finish(tape)
    assert tape.result().outcome.decision is Decision.APPROVED


@case("Book B, 3.5", "the card leaves and nobody presents it again", "ended: timeout")
def test_not_presented_again() -> None:
    tape = _gone_at("options", GONE).show(BROKEN).activate(AGAIN, answer=Reason.TIMEOUT)
    result = tape.result()
    assert (result.outcome.decision, result.outcome.reason) == (Decision.ENDED, Reason.TIMEOUT)
    assert result.outcome.chip is None


@case("Book B, 3.5", "a card that leaves at each of ten presentations", "end application, 1C")
def test_given_up() -> None:
    tape = TapTape(tap=only(V))
    for number in range(MAX_STARTS):
        tape.activate(AGAIN) if number else tape.activate()
        tape.select(b"2PAY.SYS.DDF01", GONE).show(BROKEN)
    result = tape.show(END).result()
    assert result.parameters.final is FinalOutcome.END_APPLICATION


@case(
    "Book B, 3.5",
    "a phone that wants its owner: 6986",
    "message 20 held 1.3 s, field off 1.3 s, message 21, start B, approved",
)
def test_see_phone() -> None:
    tape = TapTape(tap=only(V)).chosen(V, PDOL).options(Qualified().sent, sw=0x6986)
    tape.show(ui(Message.SEE_PHONE, Status.PROCESSING_ERROR, 1300)).activate(AGAIN, 1300)
    finish(tape)
    assert tape.result().outcome.decision is Decision.APPROVED


@pytest.mark.parametrize("answer", [Reason.CANCELLED, Presented.CARD])
def test_the_first_presentation_may_be_the_only_one(answer: Any) -> None:
    tape = TapTape(tap=only(V)).activate(answer=answer)
    if answer is Presented.CARD:
        tape.ppse(sw=0x6A82).show(END)
    assert tape.result().outcome.decision is Decision.ENDED
