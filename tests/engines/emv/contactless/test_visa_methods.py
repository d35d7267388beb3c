"""Kernel 3: fDDA and cardholder verification."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cardamom.engines.emv.contactless.outcome import Message, Status
from cardamom.engines.emv.requests import Decision, PinRefusal
from cardamom.values.events import CvmUsed, Reason
from support.conformance import case, rows
from support.contactless import APPROVED_ONLINE, INSERT, RULES, V, only, ui
from support.contactless_qualified import Qualified

TAP = only(V)
SIGN_ONLINE = ui(Message.APPROVED_SIGN, Status.NOT_READY)


@rows(
    "C-3, 5.6.1",
    "signature",
    ("a TC without certificates", "declined", "none"),
    ("a TC with certificates, without signature", "declined", "unsigned"),
    ("a TC with fDDA version 00", "declined", "version 00"),
    ("a TC, another unpredictable number signed", "declined", "number"),
    ("a TC, another amount signed", "declined", "amount"),
    ("a TC, another currency signed", "declined", "currency"),
    ("a TC, another 9F69 than signed", "declined", "related"),
    ("a TC, one bit of the signature flipped", "declined", "spoilt"),
)
def test_fdda_fails(signature: str) -> None:
    card = Qualified(tap=TAP, cid="40", signature=signature)
    result = card.ends(Message.NOT_AUTHORISED)
    assert (result.outcome.decision, result.outcome.reason) == (
        Decision.DECLINED,
        Reason.CARD_DECLINED,
    )


@case("C-3, 5.6.1", "a TC, no CA key for the card", "declined")
def test_no_ca_key() -> None:
    tap = only(V, replace(RULES, ca_keys=()))
    card = Qualified(tap=tap, cid="40", signature="good")
    assert card.ends(Message.NOT_AUTHORISED).outcome.decision is Decision.DECLINED


@case("C-3, 5.6.1", "a TC, the AIP without DDA", "declined")
def test_aip_without_dda() -> None:
    card = Qualified(tap=TAP, cid="40", signature="good", more={0x82: "0000"})
    assert card.ends(Message.NOT_AUTHORISED).outcome.decision is Decision.DECLINED


@case("C-3, 5.6.1", "fDDA fails, CTQ 1.6: go online", "online request")
def test_online_if_it_fails() -> None:
    assert Qualified(tap=TAP, cid="40", signature="spoilt", ctq="2000").online().outcome.went_online


@case("C-3, 5.6.1", "fDDA fails, CTQ 1.6, an offline-only reader", "declined")
def test_online_if_it_fails_but_offline_only() -> None:
    tap = only(V, ttq=bytes.fromhex("3E004000"))
    card = Qualified(tap=tap, ttq="3E004000", cid="40", signature="spoilt", ctq="2000")
    assert card.ends(Message.NOT_AUTHORISED).outcome.decision is Decision.DECLINED


@case("C-3, 5.6.1", "fDDA fails, CTQ 1.5: switch interface", "try another interface, 1D")
def test_switch_if_it_fails() -> None:
    card = Qualified(tap=TAP, cid="40", signature="spoilt", ctq="1000")
    assert card.shown(INSERT).outcome.reason is Reason.OTHER_INTERFACE


@case("C-3, 5.6.1", "fDDA fails, CTQ 1.5, a reader without contacts", "declined")
def test_switch_if_it_fails_without_contacts() -> None:
    tap = only(V, ttq=bytes.fromhex("26004000"))
    card = Qualified(tap=tap, ttq="26004000", cid="40", signature="spoilt", ctq="1000")
    assert card.ends(Message.NOT_AUTHORISED).outcome.decision is Decision.DECLINED


@case("C-3, 5.6.1", "an ARQC with a signature that does not hold", "not looked at: online request")
def test_not_for_online() -> None:
    assert Qualified(tap=TAP, signature="spoilt").online().outcome.went_online


@rows(
    "C-3, 5.7.1",
    "base, ctq, cvm",
    ("CVM required, no CTQ, signature supported", "signature", "36", "", CvmUsed.SIGNATURE),
    ("CVM required, no CTQ, online PIN alone", "online PIN", "34", "", CvmUsed.ONLINE_PIN),
    ("CVM required, no CTQ, neither supported", "declined", "30", "", None),
    ("CVM required, CTQ 1.8: online PIN", "online PIN", "36", "8000", CvmUsed.ONLINE_PIN),
    (
        "CVM required, CTQ 1.8, no online PIN here, CTQ 1.7",
        "signature",
        "32",
        "C000",
        CvmUsed.SIGNATURE,
    ),
    ("CVM required, CTQ 1.8, no online PIN here", "declined", "32", "8000", None),
    ("CVM required, CTQ 1.7: signature", "signature", "36", "4000", CvmUsed.SIGNATURE),
    ("CVM required, CTQ 1.7, no signature here", "declined", "34", "4000", None),
    ("CVM required, CTQ asks for none", "declined", "36", "0000", None),
    (
        "CVM required, CTQ 2.8 with an ARQC, no 9F69",
        "done by the device",
        "36",
        "0080",
        CvmUsed.DEVICE,
    ),
    ("CVM required, CTQ 1.8 and 2.8", "online PIN goes before", "36", "8080", CvmUsed.ONLINE_PIN),
)
def test_required(base: str, ctq: str, cvm: CvmUsed | None) -> None:
    tap = only(V, ttq=bytes.fromhex(base + "004000"), cvm_limit=1)
    _check(Qualified(tap=tap, ttq=base + "404000", ctq=ctq), cvm)


@rows(
    "C-3, 5.7.1",
    "ctq, cvm",
    ("CVM not required, no CTQ", "no CVM", "", CvmUsed.NONE),
    ("CVM not required, CTQ asks for none", "no CVM", "0000", CvmUsed.NONE),
    (
        "CVM not required, CTQ 1.8: online PIN",
        "online PIN all the same",
        "8000",
        CvmUsed.ONLINE_PIN,
    ),
    ("CVM not required, CTQ 1.7: signature", "signature all the same", "4000", CvmUsed.SIGNATURE),
    ("CVM not required, CTQ 2.8: done by the device", "done by the device", "0080", CvmUsed.DEVICE),
)
def test_not_required(ctq: str, cvm: CvmUsed) -> None:
    _check(Qualified(tap=TAP, ctq=ctq), cvm)


def _check(card: Qualified, cvm: CvmUsed | None) -> None:
    if cvm is None:
        result = card.ends(Message.NOT_AUTHORISED)
        assert result.outcome.decision is Decision.DECLINED
        return
    sign = cvm is CvmUsed.SIGNATURE
    result = card.online(
        pin=cvm is CvmUsed.ONLINE_PIN, ends=SIGN_ONLINE if sign else APPROVED_ONLINE
    )
    assert (result.outcome.decision, result.outcome.cvm) == (Decision.APPROVED, cvm)


@rows(
    "C-3, 5.7.1",
    "signature, message",
    (
        "a TC, CTQ 2.8 the same as in the signed 9F69",
        "done by the device: approved",
        "good",
        Message.APPROVED,
    ),
)
def test_on_device_offline(signature: str, message: Message) -> None:
    tap = only(V, cvm_limit=1)
    card = Qualified(tap=tap, ttq="36404000", cid="40", ctq="0080", signature=signature)
    result = card.ends(message)
    assert result.outcome.cvm is CvmUsed.DEVICE


@case("C-3, 5.7.1", "an ARQC, CTQ 2.8, another CTQ in 9F69", "declined: the CTQ was tampered with")
def test_on_device_contradicted() -> None:
    card = Qualified(tap=TAP, ctq="0080", more={0x9F69: "01A1A2A3A40000"})
    assert card.ends(Message.NOT_AUTHORISED).outcome.decision is Decision.DECLINED


@case("C-3, 5.7.1", "an ARQC, CTQ 2.8, the same CTQ in 9F69", "done by the device")
def test_on_device_confirmed() -> None:
    card = Qualified(tap=TAP, ctq="0080", more={0x9F69: "01A1A2A3A40080"})
    assert card.online().outcome.cvm is CvmUsed.DEVICE


@case("C-3, 5.7.1", "a TC, CTQ 1.8: online PIN", "the PIN is asked for, then the issuer")
def test_pin_makes_it_online() -> None:
    card = Qualified(tap=TAP, cid="40", ctq="8000", signature="good")
    assert card.online(pin=True).outcome.cvm is CvmUsed.ONLINE_PIN


@case("C-3, 5.7.1", "a TC, CTQ 1.7: signature", "approved offline, message 1A, receipt")
def test_signature_offline() -> None:
    card = Qualified(tap=TAP, cid="40", ctq="4000", signature="good")
    result = card.ends(Message.APPROVED_SIGN)
    assert (result.outcome.cvm, result.parameters.receipt) == (CvmUsed.SIGNATURE, True)


@rows(
    "Book A, 6.2",
    "answer, reason",
    (
        "online PIN, the customer cancels",
        "nobody is asked",
        PinRefusal.CANCELLED,
        Reason.PIN_CANCELLED,
    ),
    (
        "online PIN, the customer goes on without",
        "nobody is asked: there is no other method",
        PinRefusal.BYPASSED,
        Reason.PIN_CANCELLED,
    ),
    ("online PIN, no key pressed", "nobody is asked", PinRefusal.TIMEOUT, Reason.PIN_TIMEOUT),
    ("online PIN, the PIN pad is broken", "nobody is asked", PinRefusal.PAD_FAULT, Reason.FAULT),
)
def test_no_pin(answer: PinRefusal, reason: Reason) -> None:
    result = Qualified(tap=TAP, ctq="8000").known().pin(answer).result()
    assert (result.outcome.decision, result.outcome.reason) == (Decision.ENDED, reason)
    assert not result.outcome.went_online


@case(
    "Book A, 6.2", "online PIN", "message 09 after the card has left; the PIN goes with the request"
)
def test_pin_goes_with_the_request() -> None:
    card = Qualified(tap=TAP, ctq="8000")
    tape = card.known().pin().show(ui(Message.AUTHORISING, Status.CARD_READ_OK))
    seen: list[Any] = []

    def look(request: Any) -> bool:
        seen.append(request.pin)
        return True

    from support.emv import APPROVED

    tape.add(look, APPROVED).show(APPROVED_ONLINE)
    assert tape.result().outcome.decision is Decision.APPROVED
    assert seen[0].reveal() == b"1234"


@pytest.mark.parametrize("bit", range(0, 128 * 8, 41))
def test_any_bit_of_the_signature_counts(bit: int) -> None:
    from cardamom.engines.emv.contactless import fdda
    from cardamom.engines.emv.contactless.preprocessing import prepare
    from cardamom.engines.emv.contactless.tap import Tap, read_records, take_options
    from cardamom.engines.emv.contactless.visa import OBJECTS
    from cardamom.engines.emv.replay import replay
    from support.contactless import TapTape
    from support.emv import ORDER, UN

    card = Qualified(tap=TAP, cid="40", signature="good")
    prepared = prepare(ORDER, TAP, TAP.combinations[0])
    assert prepared is not None
    tap = Tap(ORDER, RULES, prepared=prepared, objects=OBJECTS)
    tap.select(V, "TEST")
    tap.store.terminal[0x9F37] = UN
    take_options(tap, card.options())
    tape = TapTape()
    card.records(tape)
    replay(read_records(tap), tape.steps)
    assert fdda.holds(tap)
    signature = bytearray(tap.store.card[0x9F4B])
    signature[bit // 8] ^= 1 << bit % 8
    tap.store.card[0x9F4B] = bytes(signature)
    assert not fdda.holds(tap)
