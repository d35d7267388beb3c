"""The second presentment: what an approval brings for the card is given to it, and changes nothing
of the approval (Book B, 3.3.2.1; C-3, 5.9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cardamom.engines.emv.contactless.outcome import (
    FinalOutcome,
    Message,
    OnlineData,
    Start,
    Status,
)
from cardamom.engines.emv.contactless.requests import Presented, TapResult, Updated
from cardamom.engines.emv.notes import NotAgain, Note, StartedAgain, TsiSet, TvrSet
from cardamom.engines.emv.replay import replay
from cardamom.engines.emv.requests import Decision
from cardamom.engines.emv.scripts import not_performed
from cardamom.faults import CardFault
from cardamom.values.events import Reason
from cardamom.values.online import OnlineAnswer
from support.conformance import case, rows
from support.contactless import AGAIN, BROKEN, REFUSED_ONLINE, TapTape, U, V, fci, only, ui
from support.contactless_qualified import PDOL, Qualified
from support.emv import APPROVED, DECLINED, GONE, MUTE, t

TAP = only(V, issuer_update=True)
TTQ = "3600C000"
AUTH = bytes.fromhex("A1B2C3D4E5F607083030")
BLOCK = bytes.fromhex("841E000008") + bytes(8)
UNBLOCK = bytes.fromhex("8424000008") + bytes(8)
FIRST = t(0x71, t(0x9F18, "00000001") + t(0x86, BLOCK))
SECOND = t(0x72, t(0x9F18, "00000002") + t(0x86, UNBLOCK))
NO_COMMAND = t(0x72, t(0x9F18, "00000003"))
TOO_LONG = t(0x72, t(0x9F18, "00000004") + t(0x86, bytes.fromhex("841E000080") + bytes(128)))
ALL = replace(APPROVED, issuer_auth=AUTH, scripts=SECOND + FIRST)
DONE = ui(Message.APPROVED, Status.CARD_READ_OK)
REFUSED = ui(Message.INSERT_SWIPE_OR_TRY_ANOTHER, Status.READY_TO_READ)
EXTERNAL = bytes.fromhex("008200000A") + AUTH


def paid(answer: OnlineAnswer = ALL, **card: Any) -> TapResult:
    """An approval whose card can be updated: CTQ byte 2, bit 7."""
    more = {"ttq": TTQ, "ctq": "0040", "tap": TAP, **card}
    result = Qualified(**more).online(answer=answer)
    assert result.outcome.decision is Decision.APPROVED
    return result


def again(result: TapResult, tape: TapTape) -> Updated:
    assert result.restart is not None
    return replay(result.restart(), tape.steps)


def selected() -> TapTape:
    """Presented again, and the application that paid selected by its name: no directory, no
    options."""
    return TapTape(tap=TAP).activate(AGAIN).select(V, fci(V, PDOL))


@case("C-3, 5.8", "TTQ 3.8 and CTQ 2.7", "online request: start B, EMV data, message 21 on restart")
def test_the_online_request_says_that_its_answer_makes_a_restart() -> None:
    parameters = paid().parameters
    assert (parameters.start, parameters.online_data) == (Start.B, OnlineData.EMV)
    assert parameters.ui_on_restart == AGAIN


@rows(
    "C-3, 5.8",
    "card",
    ("TTQ 3.8, a CTQ without 2.7", "no restart", {"ttq": TTQ, "ctq": "8000", "tap": TAP}),
    ("TTQ 3.8, no CTQ", "no restart", {"ttq": TTQ, "tap": TAP}),
    ("CTQ 2.7, TTQ without 3.8", "no restart", {"ctq": "0040", "tap": only(V)}),
)
def test_no_restart_where_one_cannot(card: dict[str, Any]) -> None:
    pin = card.get("ctq") == "8000"
    result = Qualified(**card).online(answer=ALL, pin=pin)
    assert result.outcome.decision is Decision.APPROVED
    assert result.restart is None
    assert result.parameters.online_data is OnlineData.NONE
    assert 0x9F5B not in result.outcome.tags


@case("C-3, 5.9", "an approval without tags 91, 71 and 72", "no second presentment")
def test_nothing_to_give() -> None:
    assert paid(APPROVED).restart is None


@rows(
    "C-3, 5.9",
    "scripts, results",
    ("a script without a command", "no second presentment, 9F5B 00", NO_COMMAND, "0000000003"),
    ("a script beyond 128 bytes", "no second presentment, 9F5B 00", TOO_LONG, "0000000004"),
    ("scripts of which nothing can be read", "no second presentment", b"\x72\x30", ""),
)
def test_nothing_that_can_be_given(scripts: bytes, results: str) -> None:
    """The customer is not asked to tap again for what no card will be sent."""
    result = paid(replace(APPROVED, issuer_auth=bytes(7), scripts=scripts))
    assert result.restart is None
    assert result.outcome.tags.get(0x9F5B, b"").hex() == results


@case("C-3, 5.9", "scripts with a refusal", "no second presentment")
def test_not_after_a_refusal() -> None:
    answer = replace(DECLINED, issuer_auth=AUTH, scripts=FIRST)
    card = Qualified(ttq=TTQ, ctq="0040", tap=TAP)
    assert card.online(answer=answer, ends=REFUSED_ONLINE).restart is None


@case("C-3, 5.9", "a card of Kernel 7 with CTQ 2.7", "no second presentment: not offered")
def test_kernel_7_has_none() -> None:
    card = Qualified(aid=U, tap=only(U), ctq="0040")
    assert card.online(answer=ALL).restart is None


@case("Book B, 3.2.1", "a restart with a message of the kernel", "message 21, ready to read")
@case("Book B, 3.3.2.1", "start B with the issuer's data", "SELECT of the combination that paid")
@case(
    "C-3, 5.9",
    "tags 91, 71 and 72",
    "SELECT, EXTERNAL AUTHENTICATE, 71, 72: 9F5B 20 and 20; no options, no cryptogram",
)
def test_all_is_given() -> None:
    result = paid()
    assert result.outcome.tags[0x9F5B].hex() == "00000000010000000002"
    tape = selected().apdu(EXTERNAL).apdu(BLOCK).apdu(UNBLOCK).show(DONE)
    updated = again(result, tape)
    assert (updated.why, updated.results.hex()) == (None, "20000000012000000002")
    assert updated.parameters.final is FinalOutcome.END_APPLICATION


@rows(
    "C-3, 5.9",
    "answer, commands, results",
    ("tag 91 alone", "EXTERNAL AUTHENTICATE", replace(ALL, scripts=b""), [EXTERNAL], ""),
    ("tag 72 alone", "the script", replace(APPROVED, scripts=SECOND), [UNBLOCK], "2000000002"),
)
def test_a_part_of_it(answer: OnlineAnswer, commands: list[bytes], results: str) -> None:
    tape = selected()
    for command in commands:
        tape.apdu(command)
    updated = again(paid(answer), tape.show(DONE))
    assert (updated.why, updated.results.hex()) == (None, results)


@case("C-3, 5.9", "the card refuses the issuer (6300)", "no script is sent: 9F5B 00 and 00")
def test_a_card_that_does_not_know_its_issuer() -> None:
    updated = again(paid(), selected().apdu(EXTERNAL, sw=0x6300).show(DONE))
    assert (updated.why, updated.results.hex()) == (Reason.CARD_DECLINED, "00000000010000000002")


@case("C-3, 5.9", "the card refuses the command of tag 71", "9F5B 11; tag 72 is sent all the same")
def test_a_script_that_fails() -> None:
    tape = selected().apdu(EXTERNAL).apdu(BLOCK, sw=0x6988).apdu(UNBLOCK).show(DONE)
    updated = again(paid(), tape)
    assert (updated.why, updated.results.hex()) == (None, "11000000012000000002")


@case("C-3, 5.9", "scripts that are no TLV", "asked for again for what can be read of them")
def test_garbled_scripts() -> None:
    answer = replace(APPROVED, scripts=FIRST + b"\x72\x30")
    updated = again(paid(answer), selected().apdu(BLOCK).show(DONE))
    assert updated.results.hex() == "2000000001"


@rows(
    "Book B, 3.3.3.5",
    "data, sw",
    ("restart with the issuer's data, SELECT answers 6A82", "end application, 1C", b"", 0x6A82),
    ("restart with the issuer's data, SELECT answers no FCI", "end application, 1C", b"?", 0x9000),
)
def test_another_application(data: bytes, sw: int) -> None:
    tape = TapTape(tap=TAP).activate(AGAIN).select(V, data, sw).show(REFUSED)
    updated = again(paid(), tape)
    assert (updated.why, updated.results.hex()) == (Reason.CARD_ERROR, "00000000010000000002")


@case("Book B, 3.3.2.1", "extended selection", "the name with 9F29 is selected again")
def test_extended_selection() -> None:
    from support.contactless import READ_OK, entry

    tap = only(V, issuer_update=True, extended_selection=True)
    card = Qualified(ttq=TTQ, ctq="0040", tap=tap)
    tape = TapTape(tap=tap).activate().ppse(entry(V, more=t(0x9F29, "AB")))
    tape.select(V + b"\xab", fci(V, PDOL)).options(card.sent, card.options()).show(READ_OK)
    tape.tap_recall().show(ui(Message.AUTHORISING, Status.CARD_READ_OK))
    result = tape.host(ALL).show(ui(Message.APPROVED, Status.NOT_READY)).result()
    once = TapTape(tap=tap).activate(AGAIN).select(V + b"\xab", b"", 0x6A82).show(REFUSED)
    assert again(result, once).why is Reason.CARD_ERROR


@rows(
    "Book B, 3.5",
    "reason",
    ("no second presentment in time", "9F5B 00; the approval stands", Reason.TIMEOUT),
    ("the clerk ends the wait", "9F5B 00; the approval stands", Reason.CANCELLED),
)
def test_nobody_comes(reason: Reason) -> None:
    result = paid()
    updated = again(result, TapTape(tap=TAP).activate(AGAIN, answer=reason))
    assert (updated.why, updated.results.hex()) == (reason, "00000000010000000002")
    assert result.outcome.decision is Decision.APPROVED


@rows(
    "Book B, 3.3.3.7",
    "fault, at",
    ("restart: the card leaves at its SELECT", "message 21, start B", GONE, 0),
    ("restart: the card is mute at EXTERNAL AUTHENTICATE", "message 21, start B", MUTE, 1),
)
def test_a_card_that_leaves_is_asked_for_again(fault: CardFault, at: int) -> None:
    tape = TapTape(tap=TAP).activate(AGAIN)
    if at == 0:
        tape.select(V, fault)
    else:
        tape.select(V, fci(V, PDOL)).apdu(EXTERNAL, fault)
    tape.show(BROKEN).activate(AGAIN).select(V, fci(V, PDOL))
    updated = again(paid(), tape.apdu(EXTERNAL).apdu(BLOCK).apdu(UNBLOCK).show(DONE))
    assert updated.why is None


@case("C-3, 5.9", "the card leaves at a script's command", "ends: 9F5B 11, the others 00")
@pytest.mark.parametrize(
    ("fault", "why"), [(GONE, Reason.CARD_PULLED), (MUTE, Reason.CARD_ERROR)], ids=["gone", "mute"]
)
def test_a_script_is_not_sent_twice(fault: CardFault, why: Reason) -> None:
    updated = again(paid(), selected().apdu(EXTERNAL).apdu(BLOCK, fault).show(BROKEN))
    assert (updated.why, updated.results.hex()) == (why, "11000000010000000002")


@case("Book B, 3.2.1", "restart: two cards in the field", "message 19, then the one that stays")
def test_collision() -> None:
    tape = TapTape(tap=TAP).activate(AGAIN, answer=Presented.COLLISION)
    tape.activate(ui(Message.ONE_CARD_ONLY, Status.COLLISION)).select(V, fci(V, PDOL))
    updated = again(paid(), tape.apdu(EXTERNAL).apdu(BLOCK).apdu(UNBLOCK).show(DONE))
    assert updated.why is None


def test_a_card_that_leaves_again_and_again_ends_it() -> None:
    tape = TapTape(tap=TAP)
    for _ in range(10):
        tape.activate(AGAIN).select(V, GONE).show(BROKEN)
    assert again(paid(), tape).why is Reason.CARD_ERROR


def test_it_is_noted_for_whoever_explains_it() -> None:
    from cardamom.engines.emv.contactless.entry import entry_point

    notes: list[Note] = []
    card = Qualified(ttq=TTQ, ctq="0040", tap=TAP)
    tape = card.known().show(ui(Message.AUTHORISING, Status.CARD_READ_OK)).host(ALL)
    tape.show(ui(Message.APPROVED, Status.NOT_READY))
    result = replay(entry_point(tape.order, TAP, watch=notes.append), tape.steps)
    notes.clear()
    again(result, selected().apdu(EXTERNAL).apdu(BLOCK, sw=0x6985).apdu(UNBLOCK).show(DONE))
    assert notes == [
        StartedAgain(update=True),
        TsiSet(0x1000),
        TsiSet(0x0400),
        TvrSet(0x0000000020),
    ]
    notes.clear()
    again(result, TapTape(tap=TAP).activate(AGAIN, answer=Reason.TIMEOUT))
    assert notes == [NotAgain("timeout")]


@pytest.mark.parametrize(
    ("scripts", "results"),
    [(b"", ""), (FIRST, "0000000001"), (SECOND + FIRST, "00000000010000000002"), (b"\x71", "")],
)
def test_what_is_owed_before_any_is_run(scripts: bytes, results: str) -> None:
    assert not_performed(scripts).hex() == results


def test_the_setting_alone_sets_the_qualifier() -> None:
    from cardamom.engines.emv.contactless.preprocessing import prepare
    from cardamom.engines.emv.contactless.qualifiers import Ttq
    from support.emv import ORDER

    for offered in (False, True):
        tap = only(V, issuer_update=offered)
        prepared = prepare(ORDER, tap, tap.combinations[0])
        assert prepared is not None
        assert (Ttq.ISSUER_UPDATE in prepared.ttq) is offered
