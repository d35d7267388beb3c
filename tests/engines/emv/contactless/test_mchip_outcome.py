"""Kernel 2: what the card's cryptogram leads to."""

from __future__ import annotations

from dataclasses import replace

from cardamom.engines.emv.contactless.outcome import FinalOutcome, Message, Status
from cardamom.engines.emv.requests import Decision
from cardamom.values.events import CvmUsed, Reason
from support.conformance import case, rows
from support.contactless import ONLINE, M, combination, only, ui
from support.contactless_mchip import (
    APPROVED_OFFLINE,
    CDOL1,
    CLEAR,
    DECLINED,
    END,
    INSERT,
    NO_ODA,
    Mchip,
    errors,
    plain,
)
from support.emv import ORDER, t

PHONE = "01560000303100"


@rows(
    "C-2, S910",
    "changed, ends, reason",
    ("an AAC from a card", "try another interface, 1D", {}, INSERT, Reason.OTHER_INTERFACE),
    (
        "an AAC from a phone (9F6E, device type 01)",
        "declined, 07",
        {0x9F6E: PHONE},
        DECLINED,
        Reason.CARD_DECLINED,
    ),
    (
        "an AAC, 9F6E with device type 00: a card",
        "try another interface, 1D",
        {0x9F6E: "01560000303000"},
        INSERT,
        Reason.OTHER_INTERFACE,
    ),
    (
        "an AAC, 9F6E without a device type",
        "try another interface, 1D",
        {0x9F6E: "01568000303100"},
        INSERT,
        Reason.OTHER_INTERFACE,
    ),
)
def test_aac(changed: dict[int, str | None], ends: object, reason: Reason) -> None:
    card = Mchip(changed=changed)
    tape = card.generate(card.known(), 0x40, answer=plain(0x00))
    result = card.alone(tape, ends)  # type: ignore[arg-type]
    assert result.outcome.reason is reason
    assert result.outcome.decision is not Decision.APPROVED


@case("C-2, S910", "an AAC, the terminal has no contacts", "declined, 07")
def test_aac_without_contacts() -> None:
    mchip = replace(combination(M).mchip, input=0x00)
    card = Mchip(tap=only(M, mchip=mchip))
    tape = card.generate(card.known(), 0x40, capabilities="000808", answer=plain(0x00))
    assert card.alone(tape, DECLINED).outcome.decision is Decision.DECLINED


@case("C-2, S910", "an AAC for another kind than a payment", "end application, clear display")
def test_aac_of_no_payment() -> None:
    order = replace(ORDER, transaction_type=0x31)
    card = Mchip(order=order)
    tape = card.generate(card.known(), 0x40, answer=plain(0x00))
    shown = ui(Message.CLEAR_DISPLAY, Status.NOT_READY)
    assert card.alone(tape, shown).parameters.final is FinalOutcome.END_APPLICATION


@case("C-2, S910", "a TC", "approved, message 03 held 1.3 s, no receipt")
def test_tc() -> None:
    card = Mchip()
    result = card.alone(card.generate(card.known(), 0x40), APPROVED_OFFLINE)
    assert (result.outcome.decision, result.parameters.receipt) == (Decision.APPROVED, False)
    assert result.outcome.chip is not None
    assert (result.outcome.chip.cid, result.outcome.chip.arc) == ("40", "5931")


@case("C-2, S910", "an ARQC where a TC was asked for", "online request, message 1B")
def test_arqc_for_tc() -> None:
    card = Mchip()
    result = card.online(card.generate(card.known(), 0x40, answer=plain(0x80)))
    assert result.outcome.tags[0x9F27] == b"\x80"
    assert result.parameters.final is FinalOutcome.ONLINE_REQUEST


@rows(
    "C-2, S9",
    "ask, answer, sw, indication",
    (
        "GENERATE AC answers 6985",
        "end application, status bytes 6985",
        0x40,
        None,
        0x6985,
        "00030069851C",
    ),
    (
        "a TC where an ARQC was asked for",
        "end application, card data error",
        0x80,
        plain(0x40),
        0x9000,
        "00060000001C",
    ),
    (
        "a TC where an AAC was asked for",
        "end application, card data error",
        0x00,
        plain(0x40),
        0x9000,
        "00060000001C",
    ),
    (
        "CID C0: reserved",
        "end application, card data error",
        0x40,
        plain(0xC0),
        0x9000,
        "00060000001C",
    ),
    (
        "no CID",
        "end application, card data missing",
        0x40,
        t(0x77, t(0x9F36, "0001")),
        0x9000,
        "00010000001C",
    ),
    (
        "no ATC",
        "end application, card data missing",
        0x40,
        t(0x77, t(0x9F27, "40")),
        0x9000,
        "00010000001C",
    ),
    (
        "a cryptogram of 7 bytes",
        "end application, parsing error",
        0x40,
        t(0x77, t(0x9F27, "40") + t(0x9F36, "0001") + t(0x9F26, "11" * 7)),
        0x9000,
        "00040000001C",
    ),
    (
        "an answer that is no TLV",
        "end application, parsing error",
        0x40,
        b"\x77",
        0x9000,
        "00040000001C",
    ),
    (
        "format 1 cut short",
        "end application, parsing error",
        0x40,
        t(0x80, "400007"),
        0x9000,
        "00040000001C",
    ),
)
def test_answers(ask: int, answer: bytes | None, sw: int, indication: str) -> None:
    changed: dict[int, str | None] = {}
    if ask == 0x80:
        changed = {0x9F0F: NO_ODA}
    elif not ask:
        changed = {0x9F0E: NO_ODA}
    card = Mchip(changed=changed)
    tape = card.generate(card.known(), ask, answer=answer, sw=sw).show(END)
    result = tape.result()
    assert errors(result) == indication
    assert result.outcome.decision is Decision.ENDED


@case("C-2, S910", "no cryptogram", "card read OK, then end application, card data missing")
def test_no_cryptogram() -> None:
    card = Mchip()
    answer = t(0x77, t(0x9F27, "40") + t(0x9F36, "0001"))
    tape = card.generate(card.known(), 0x40, answer=answer).show(CLEAR).show(END)
    result = tape.result()
    assert errors(result) == "00010000001C"
    assert result.outcome.decision is Decision.ENDED


@case("C-2, S9", "GENERATE AC in format 1", "approved")
def test_answer_in_format_1() -> None:
    card = Mchip()
    answer = t(0x80, "40" + "0007" + "1122334455667788" + "0110A0")
    result = card.alone(card.generate(card.known(), 0x40, answer=answer), APPROVED_OFFLINE)
    assert result.outcome.tags[0x9F10].hex().upper() == "0110A0"


@case("C-2, S1", "a CDOL1 that asks for 9F1D, 9F53 and 9F35", "as the terminal is set to")
def test_terminals_own_data() -> None:
    card = Mchip(changed={0x8C: "9F1D089F53019F3501"})
    tape = card.known().apdu("80AE40000A2C00000000000000522200", plain(0x40))
    assert card.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


def test_the_card_cannot_set_what_is_the_terminals() -> None:
    card = Mchip(changed={0x8C: "9F5301" + CDOL1, 0x9F53: "5A"})
    data = b"R" + card.values(NO_ODA, "3F0000", "200808")
    tape = card.known().apdu(bytes((0x80, 0xAE, 0x40, 0x00, len(data))) + data + b"\0", plain(0x40))
    assert card.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


@case("C-2, S1", "an online-only reader", "ARQC is asked for, approved by the issuer")
def test_online() -> None:
    card = Mchip(tap=only(M, ONLINE))
    result = card.online(card.generate(card.known(), 0x80))
    assert (result.outcome.decision, result.outcome.cvm) == (Decision.APPROVED, CvmUsed.NONE)
    assert result.outcome.tags[0x9F39] == b"\x07"
