"""Kernel 7 in whole transactions: where it differs from Kernel 3."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cardamom.engines.emv.contactless.outcome import Message, Status
from cardamom.engines.emv.requests import Decision
from cardamom.values.events import CvmUsed, Reason
from support.conformance import case, rows
from support.contactless import APPROVED_ONLINE, END, INSERT, TapTape, U, only, ui
from support.contactless_qualified import PDOL, Qualified
from support.emv import ORDER

SIGN_ONLINE = ui(Message.APPROVED_SIGN, Status.NOT_READY)


def card(ttq: str = "36004000", tap: dict[str, Any] | None = None, **changed: Any) -> Qualified:
    return Qualified(aid=U, ttq=ttq, tap=only(U, **(tap or {})), **changed)


@case("UICS V, 4.1", "an ARQC", "online request, approved by the issuer")
def test_online() -> None:
    result = card().online()
    assert (result.outcome.decision, result.outcome.cvm) == (Decision.APPROVED, CvmUsed.NONE)


@case("UICS V, 4.1", "an AAC", "declined, message 07")
def test_aac() -> None:
    assert card(cid="00").ends(Message.NOT_AUTHORISED).outcome.decision is Decision.DECLINED


@case("UICS V, 4.1", "a TC of a debit or credit application, fDDA holds", "approved offline")
def test_offline() -> None:
    result = card(cid="40", signature="good").ends(Message.APPROVED)
    assert result.outcome.decision is Decision.APPROVED


@rows(
    "UICS V, 4.1",
    "tag, value",
    ("a TC with a balance of e-cash (9F79)", "not offered: message 1D", 0x9F79, "000000050000"),
    ("a TC with an available amount (9F5D)", "not offered: message 1D", 0x9F5D, "000000050000"),
    (
        "a TC with an e-cash authorisation code (9F74)",
        "not offered: message 1D",
        0x9F74,
        "303132333435",
    ),
)
def test_e_cash(tag: int, value: str) -> None:
    result = card(cid="40", signature="good", more={tag: value}).shown(INSERT)
    assert (result.outcome.decision, result.outcome.reason) == (
        Decision.ENDED,
        Reason.OTHER_INTERFACE,
    )


@case("UICS V, 4.1", "an ARQC of a card that has e-cash too", "online request")
def test_e_cash_online() -> None:
    result = card(more={0x9F5D: "000000050000"}).online(balance=50000)
    assert result.outcome.decision is Decision.APPROVED


@case(
    "UICS V, 4.1", "a PDOL with the e-cash support indicator (9F7A)", "zero is sent: not supported"
)
def test_no_e_cash_is_told() -> None:
    tape = TapTape(tap=only(U)).chosen(U, "9F66049F7A01").options("3600400000", sw=0x6A80)
    assert tape.show(END).result().outcome.reason is Reason.CARD_ERROR


@rows(
    "UICS V, 4.1",
    "sw, shown, reason",
    ("6984", "try another interface, 1D", 0x6984, INSERT, Reason.OTHER_INTERFACE),
    ("6985", "select next", 0x6985, END, Reason.NOT_ACCEPTED),
    ("6A80", "end application", 0x6A80, END, Reason.CARD_ERROR),
)
def test_refused(sw: int, shown: Any, reason: Reason) -> None:
    tape = TapTape(tap=only(U)).chosen(U, PDOL).options(card().sent, sw=sw).show(shown)
    assert tape.result().outcome.reason is reason


@rows(
    "UICS V, 4.1",
    "signature",
    ("a TC, fDDA version 00", "declined", "version 00"),
    ("a TC, another amount signed", "declined", "amount"),
    ("a TC without a signature", "declined", "unsigned"),
)
def test_fdda(signature: str) -> None:
    result = card(cid="40", signature=signature).ends(Message.NOT_AUTHORISED)
    assert result.outcome.decision is Decision.DECLINED


@rows(
    "UICS V, 4.1",
    "amount, ctq, cvm",
    (
        "1234, free up to 1234, CTQ 1.8: PIN",
        "neither PIN nor signature",
        1234,
        "8000",
        CvmUsed.NONE,
    ),
    ("1235, free up to 1234, CTQ 1.8: PIN", "online PIN", 1235, "8000", CvmUsed.ONLINE_PIN),
    (
        "1234, free up to 1234, CTQ 1.7: signature",
        "neither PIN nor signature",
        1234,
        "4000",
        CvmUsed.NONE,
    ),
    ("1235, free up to 1234, CTQ 1.7: signature", "signature", 1235, "4000", CvmUsed.SIGNATURE),
    ("1234, free up to 1234, CTQ 2.8", "done by the device", 1234, "0080", CvmUsed.DEVICE),
    ("1234, free up to 1234, CTQ 1.8 and 2.8", "done by the device", 1234, "8080", CvmUsed.DEVICE),
    ("1234, free up to 1234, no CTQ", "neither PIN nor signature", 1234, "", CvmUsed.NONE),
)
def test_small_amounts(amount: int, ctq: str, cvm: CvmUsed) -> None:
    bought = replace(ORDER, amount_minor=amount)
    one = card(order=bought, ctq=ctq, tap={"free_limit": 1234})
    result = one.online(
        pin=cvm is CvmUsed.ONLINE_PIN,
        ends=SIGN_ONLINE if cvm is CvmUsed.SIGNATURE else APPROVED_ONLINE,
    )
    assert result.outcome.cvm is cvm


@case("UICS V, 4.1", "free up to 1234, but the CVM limit is 1000; 1234, CTQ 1.8", "online PIN")
def test_the_cvm_limit_goes_before() -> None:
    one = card("36404000", {"free_limit": 1234, "cvm_limit": 1000}, ctq="8000")
    assert one.online(pin=True).outcome.cvm is CvmUsed.ONLINE_PIN


@case("UICS V, 4.1", "CVM required, CTQ asks for none", "declined")
def test_required_but_none() -> None:
    one = card("36404000", {"cvm_limit": 1000}, ctq="0000")
    assert one.ends(Message.NOT_AUTHORISED).outcome.decision is Decision.DECLINED


@case("UICS V, 4.1", "TTQ 4.8: fDDA version 01", "told to the card as it is set")
def test_fdda_version_is_told() -> None:
    one = card("36004080", {"ttq": bytes.fromhex("36004080")})
    assert one.online().outcome.decision is Decision.APPROVED
