"""Kernel 3 in whole transactions: what the card's answer, cryptogram and restrictions lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cardamom.engines.emv.contactless.outcome import FinalOutcome, Message, Status
from cardamom.engines.emv.requests import CardHistory, Decision
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.online import NoAnswer, NotSent
from support.conformance import case, rows
from support.contactless import AGAIN, END, INSERT, REFUSED_ONLINE, RULES, TapTape, V, only, ui
from support.contactless_qualified import PDOL, Qualified
from support.emv import DECLINED, ORDER, t

TAP = only(V)
SENT = Qualified().sent


def begun() -> TapTape:
    return TapTape(tap=TAP).chosen(V, PDOL)


@rows(
    "C-3, 5.2.2",
    "sw, shown, final, reason",
    (
        "6984",
        "try another interface, message 1D",
        0x6984,
        INSERT,
        "ANOTHER_INTERFACE",
        Reason.OTHER_INTERFACE,
    ),
    (
        "6985, no other application",
        "select next, then end application",
        0x6985,
        END,
        "END_APPLICATION",
        Reason.NOT_ACCEPTED,
    ),
    ("6A81", "end application, 1C", 0x6A81, END, "END_APPLICATION", Reason.CARD_ERROR),
    ("6300", "end application, 1C", 0x6300, END, "END_APPLICATION", Reason.CARD_ERROR),
    ("6700", "end application, 1C", 0x6700, END, "END_APPLICATION", Reason.CARD_ERROR),
)
def test_options_refused(sw: int, shown: Any, final: str, reason: Reason) -> None:
    result = begun().options(SENT, sw=sw).show(shown).result()
    assert result.parameters.final is FinalOutcome[final]
    assert (result.outcome.decision, result.outcome.reason) == (Decision.ENDED, reason)


@case("C-3, 5.2.2", "6986", "try again, message 20, held 1300 ms; field off 1300 ms, message 21")
def test_see_phone() -> None:
    tape = begun().options(SENT, sw=0x6986)
    tape.show(ui(Message.SEE_PHONE, Status.PROCESSING_ERROR, 1300))
    tape.activate(AGAIN, 1300, answer=Reason.CANCELLED)
    assert tape.result().outcome.reason is Reason.CANCELLED


@case("C-3, 5.2", "a PDOL without the TTQ: magnetic stripe mode", "not offered: select next")
def test_stripe_mode_is_not_offered() -> None:
    tape = TapTape(tap=TAP).chosen(V, "9F0206").show(END)
    assert tape.result().outcome.reason is Reason.NOT_ACCEPTED


@case("C-3, 5.2", "no PDOL at all", "not offered: select next")
def test_no_pdol() -> None:
    tape = TapTape(tap=TAP).chosen(V).show(END)
    assert tape.result().outcome.reason is Reason.NOT_ACCEPTED


@case(
    "C-3, 5.2", "a card that speaks for the terminal: 9F66 in its FCI", "the terminal's TTQ is sent"
)
def test_the_card_cannot_set_the_qualifiers() -> None:
    tape = TapTape(tap=TAP).chosen(V, PDOL, t(0x9F66, "FFFFFFFF"))
    tape.options(SENT, sw=0x6A80).show(END)
    assert tape.result().outcome.reason is Reason.CARD_ERROR


@rows(
    "C-3, 5.2",
    "answer",
    ("an answer that is no TLV", "end application, 1C", b"\x77\x20\x82"),
    ("an answer in another template", "end application, 1C", t(0x70, t(0x82, "2000"))),
    ("an empty answer", "end application, 1C", b""),
    ("the AIP twice", "end application, 1C", t(0x77, t(0x82, "2000") * 2)),
    ("a CTQ of one byte", "end application, 1C", t(0x77, t(0x82, "2000") + t(0x9F6C, "80"))),
    ("format 1 with half an AIP", "end application, 1C", t(0x80, "20")),
)
def test_options_malformed(answer: bytes) -> None:
    result = begun().options(SENT, answer).show(END).result()
    assert (result.outcome.decision, result.outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@rows(
    "C-3, 5.3",
    "record, sw",
    ("a record that is not there (6A83)", "end application, 1C", b"", 0x6A83),
    ("a record without template 70", "end application, 1C", t(0x77, t(0x5A, "11")), 0x9000),
    (
        "a record that repeats an object of the options",
        "end application, 1C",
        t(0x70, t(0x9F36, "0008")),
        0x9000,
    ),
    ("a record cut short", "end application, 1C", b"\x70\x20\x5a", 0x9000),
)
def test_records(record: bytes, sw: int) -> None:
    answer = Qualified(cid="40").options()
    tape = begun().options(SENT, answer).apdu("00B2010C00", record, sw).show(END)
    assert tape.result().outcome.reason is Reason.CARD_ERROR


@rows(
    "C-3, 5.3",
    "afl",
    ("an AFL of 3 bytes", "end application, 1C", "080101"),
    ("an AFL with record 0", "end application, 1C", "08000100"),
    ("an AFL with file 31", "end application, 1C", "F8010100"),
)
def test_afl(afl: str) -> None:
    tape = begun().options(SENT, Qualified(more={0x94: afl}).options()).show(END)
    assert tape.result().outcome.reason is Reason.CARD_ERROR


@rows(
    "C-3, 5.4.2",
    "tag",
    ("no Application Cryptogram", "end application, 1C", 0x9F26),
    ("no ATC", "end application, 1C", 0x9F36),
    ("no Issuer Application Data", "end application, 1C", 0x9F10),
    ("no track 2 and no PAN", "end application, 1C", 0x57),
)
def test_mandatory(tag: int) -> None:
    result = Qualified(tap=TAP, more={tag: ""}).shown(END, recalled=False)
    assert (result.outcome.decision, result.outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@rows(
    "C-3, 5.4.2",
    "more",
    ("a PAN other than in track 2", "end application, 1C", {0x5A: "4761739001010127"}),
    ("a track 2 that is none", "end application, 1C", {0x57: "AABBCC"}),
    ("month 13 in track 2", "end application, 1C", {0x57: "4761739001010119D2713201123400000F"}),
)
def test_numbers(more: dict[int, str]) -> None:
    result = Qualified(tap=TAP, more=more).shown(END, recalled=False)
    assert result.outcome.reason is Reason.CARD_ERROR


@rows(
    "C-3, 5.4.3",
    "issuer_data, online",
    (
        "no CID, byte 5 of the Issuer Application Data 20",
        "ARQC: online request",
        "06010A03200000",
        True,
    ),
    ("no CID, byte 5 of the Issuer Application Data 00", "AAC: declined", "06010A03000000", False),
    (
        "no CID, byte 5 of the Issuer Application Data 30",
        "no cryptogram type: declined",
        "06010A03300000",
        False,
    ),
    ("no CID, Issuer Application Data of 4 bytes", "AAC: declined", "06010A03", False),
)
def test_cid_out_of_the_issuers_data(issuer_data: str, online: bool) -> None:
    card = Qualified(tap=TAP, cid="", more={0x9F10: issuer_data})
    result = card.online() if online else card.ends(Message.NOT_AUTHORISED)
    assert result.outcome.decision is (Decision.APPROVED if online else Decision.DECLINED)


@case("C-3, 5.4.3", "no CID, byte 5 of the Issuer Application Data 10, fDDA holds", "TC: approved")
def test_tc_out_of_the_issuers_data() -> None:
    card = Qualified(tap=TAP, cid="", signature="good", more={0x9F10: "06010A03100000"})
    assert card.ends(Message.APPROVED).outcome.decision is Decision.APPROVED


@rows(
    "C-3, 5.4.3",
    "cid",
    ("an AAC", "declined, message 07", "00"),
    ("an AAC with the reason 'service not allowed'", "declined, message 07", "01"),
    ("CID C0: reserved", "declined, message 07", "C0"),
)
def test_aac(cid: str) -> None:
    result = Qualified(tap=TAP, cid=cid).ends(Message.NOT_AUTHORISED)
    assert (result.outcome.decision, result.outcome.reason) == (
        Decision.DECLINED,
        Reason.CARD_DECLINED,
    )
    assert not result.outcome.went_online


@case("C-3, 5.4.3", "a TC where an online cryptogram was required", "online request with the TC")
def test_tc_goes_online() -> None:
    card = Qualified(tap=only(V, floor_limit=1), ttq="36804000", cid="40")
    result = card.online()
    assert result.outcome.decision is Decision.APPROVED
    assert result.parameters.final is FinalOutcome.ONLINE_REQUEST
    assert result.outcome.tags[0x9F27] == b"\x40"


@case(
    "C-3, 5.4.3",
    "a TC, and above the floor limit with what the card spent today",
    "online request",
)
def test_split_sales_go_online() -> None:
    card = Qualified(tap=only(V, floor_limit=2000), cid="40", history=CardHistory(spent_minor=1000))
    assert card.online().parameters.final is FinalOutcome.ONLINE_REQUEST


@case("C-3, 5.4.3", "an ARQC", "online request; TVR 0000000000 as the cryptogram has it")
def test_arqc() -> None:
    result = Qualified(tap=TAP).online()
    assert result.outcome.tags[0x95] == bytes(5)
    assert result.outcome.tags[0x9F39] == b"\x07"
    assert result.parameters.record is not None
    assert result.parameters.record[0x9F66].hex() == "36004000"


@rows(
    "C-3, 5.8",
    "answer, decision, reason",
    (
        "the issuer declines",
        "message 07, declined",
        DECLINED,
        Decision.DECLINED,
        Reason.HOST_DECLINED,
    ),
    (
        "nothing was sent",
        "message 07, declined: no second cryptogram approves alone",
        NotSent("no link"),
        Decision.DECLINED,
        Reason.NO_HOST,
    ),
    (
        "nobody answers",
        "message 07; a reversal is owed",
        NoAnswer("silence"),
        Decision.DECLINED,
        Reason.NO_ANSWER,
    ),
)
def test_what_the_issuer_says(answer: Any, decision: Decision, reason: Reason) -> None:
    result = Qualified(tap=TAP).online(answer=answer, ends=REFUSED_ONLINE)
    assert (result.outcome.decision, result.outcome.reason) == (decision, reason)
    assert result.outcome.went_online


@case("C-3, 5.8", "the issuer approves", "message 03; the card is not needed again")
def test_approved_online() -> None:
    result = Qualified(tap=TAP).online()
    assert result.outcome.decision is Decision.APPROVED
    assert result.outcome.chip is not None
    assert (result.outcome.chip.aid, result.outcome.chip.cid) == ("A0000000031010", "80")
    assert result.outcome.chip.arc == "3030"


@rows(
    "C-3, 4.3.1",
    "cid, message",
    (
        "9F5D with a TC",
        "balance on the approval, 9F5D in the discretionary data",
        "40",
        Message.APPROVED,
    ),
    (
        "9F5D with an AAC",
        "balance on the refusal, 9F5D in the discretionary data",
        "00",
        Message.NOT_AUTHORISED,
    ),
)
def test_spending_amount(cid: str, message: Message) -> None:
    card = Qualified(
        tap=TAP, cid=cid, signature="good" if cid == "40" else "none", more={0x9F5D: "000000004200"}
    )
    result = card.ends(message, balance=4200)
    assert result.parameters.discretionary is not None
    assert result.parameters.discretionary[0x9F5D].hex() == "000000004200"


@case("C-3, 4.3.1", "9F5D with an ARQC", "balance while authorising")
def test_spending_amount_online() -> None:
    assert Qualified(tap=TAP, more={0x9F5D: "000000000100"}).online(balance=100).outcome.went_online


@case("C-3, 5.6.1", "a TC, fDDA holds", "approved offline, message 03; 8A is Y1")
def test_approved_offline() -> None:
    result = Qualified(tap=TAP, cid="40", signature="good").ends(Message.APPROVED)
    assert result.outcome.decision is Decision.APPROVED
    assert result.outcome.cvm is CvmUsed.NONE
    assert result.outcome.tags[0x8A] == b"Y1"
    assert not result.outcome.went_online


def test_a_tc_never_stands_where_the_terminal_may_not_approve() -> None:
    """Even where a kernel said so: the entry point looks at it again."""
    from cardamom.engines.emv.contactless.closing import close
    from cardamom.engines.emv.contactless.outcome import Parameters
    from cardamom.engines.emv.contactless.preprocessing import prepare
    from cardamom.engines.emv.contactless.tap import Tap
    from cardamom.engines.emv.contactless.visa import OBJECTS
    from cardamom.engines.emv.replay import drive

    prepared = prepare(ORDER, TAP, TAP.combinations[0])
    assert prepared is not None
    for rules, cid in ((replace(RULES, offline_approval=False), b"\x40"), (RULES, b"\x80")):
        tap = Tap(ORDER, rules, prepared=prepared, objects=OBJECTS)
        tap.select(V, "TEST")
        tap.store.card |= {0x9F27: cid, 0x9F26: bytes(8)}
        tap.cryptogram_given = True
        outcome = drive(close(tap, Parameters(FinalOutcome.APPROVED)), lambda _: None)
        assert outcome.decision is Decision.DECLINED


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_cards_language_is_in_what_is_shown(language: str) -> None:
    tape = TapTape(tap=TAP).chosen(V, PDOL, t(0x5F2D, language.encode()))
    tape.options(SENT, Qualified().options())
    for message in (Message.CARD_READ_OK, Message.AUTHORISING):
        if message is Message.AUTHORISING:
            tape.tap_recall()
        tape.show(replace(ui(message, Status.CARD_READ_OK), language=language))
    tape.host().show(replace(ui(Message.APPROVED, Status.NOT_READY), language=language))
    assert tape.result().outcome.decision is Decision.APPROVED
