"""Kernel 2: CDA, the relay resistance protocol, and both at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cardamom.engines.emv.contactless.entry import entry_point
from cardamom.engines.emv.contactless.mchip_relay import measure
from cardamom.engines.emv.contactless.rules import RelayRules
from cardamom.engines.emv.notes import Note, TvrSet
from cardamom.engines.emv.replay import replay
from cardamom.engines.emv.requests import Decision
from support.conformance import case, rows
from support.contactless import APPROVED_ONLINE, RULES, M, TapTape, combination, only
from support.contactless_mchip import (
    APPROVED_OFFLINE,
    AUTHORISING,
    CDA,
    CLEAR,
    END,
    INSERT,
    LOW,
    NO_ODA,
    NOT_PERFORMED,
    NOTHING,
    Mchip,
    errors,
    plain,
    relayed,
)

FAILED, MISSING = "0400000000", "2400000000"


def cda(**changed: Any) -> Mchip:
    return Mchip(aip=CDA, **changed)


def sent(card: Mchip, tvr: str = NOTHING) -> bytes:
    return card.values(tvr, NOT_PERFORMED, LOW)


def signed_end(card: Mchip, answer: bytes, tvr: str = NOTHING, ask: int = 0x50) -> TapTape:
    return card.generate(card.known(), ask, tvr, answer=answer)


@case("C-2, GAC", "CDA, a TC is asked for", "P1 50; the signed TC is approved, 9F26 out of it")
def test_tc() -> None:
    card = cda()
    answer = card.signed(0x40, sent(card), cryptogram="A1A2A3A4A5A6A7A8")
    result = card.alone(signed_end(card, answer), APPROVED_OFFLINE)
    assert result.outcome.decision is Decision.APPROVED
    assert result.outcome.tags[0x9F26].hex().upper() == "A1A2A3A4A5A6A7A8"
    assert result.outcome.tags[0x9F4C].hex() == "0102030405060708"


@case("C-2, GAC", "CDA, an ARQC is asked for", "P1 90; the signed ARQC goes online")
def test_arqc() -> None:
    card = cda(changed={0x9F0F: "FFFFFFFFFF"}, tap=only(M, replace(RULES, offline_approval=False)))
    result = card.online(signed_end(card, card.signed(0x80, sent(card)), ask=0x90))
    assert result.outcome.decision is Decision.APPROVED


@rows(
    "C-2, S910",
    "kind",
    (
        "one bit of the signature flipped",
        "card read OK, then end application, CAM failed, TVR 1.3",
        "spoilt",
    ),
    ("another unpredictable number signed", "end application, CAM failed", "number"),
    ("other data sent than signed", "end application, CAM failed", "sent"),
    ("another cryptogram type signed", "end application, CAM failed", "type"),
)
def test_signature_does_not_hold(kind: str) -> None:
    card = cda()
    other = replace(card, un=bytes(4)) if kind == "number" else card
    data = sent(card)[:-1] + b"\0" if kind == "sent" else sent(card)
    answer = other.signed(0x40, data, spoilt=kind == "spoilt")
    if kind == "type":
        answer = answer.replace(bytes.fromhex("9F270140"), bytes.fromhex("9F270180"), 1)
    result = signed_end(card, answer).show(CLEAR).show(END).result()
    assert errors(result) == "00020000001C"
    assert result.outcome.decision is Decision.DECLINED or result.outcome.chip is not None
    assert result.outcome.decision is not Decision.APPROVED
    assert result.outcome.tags[0x95].hex() == FAILED


@rows(
    "C-2, S910",
    "cid, ends",
    (
        "a TC without the signature that was asked for",
        "end application, card data error",
        0x40,
        None,
    ),
    (
        "an ARQC without the signature that was asked for",
        "end application, card data error",
        0x80,
        None,
    ),
    ("an AAC without a signature", "try another interface: nothing is to be proven", 0x00, INSERT),
)
def test_unsigned(cid: int, ends: Any) -> None:
    card = cda()
    tape = signed_end(card, plain(cid))
    if ends is None:
        assert errors(tape.show(CLEAR).show(END).result()) == "00060000001C"
    else:
        assert card.alone(tape, ends).outcome.decision is Decision.ENDED


@rows(
    "C-2, S456",
    "tag, tvr",
    ("no CA key index", "TVR 1.6 and 1.3, no signature is asked for", 0x8F, MISSING),
    ("no issuer certificate", "TVR 1.6 and 1.3, no signature is asked for", 0x90, MISSING),
    ("no ICC certificate", "TVR 1.6 and 1.3, no signature is asked for", 0x9F46, MISSING),
    ("no issuer key remainder", "TVR 1.3, no signature is asked for", 0x92, FAILED),
)
def test_no_key(tag: int, tvr: str) -> None:
    card = cda(changed={tag: None})
    tape = card.generate(card.known(), 0x40, tvr)
    assert card.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


@case("C-2, S456", "no CA key for the card", "TVR 1.3, no signature is asked for")
def test_no_ca_key() -> None:
    card = cda(tap=only(M, replace(RULES, ca_keys=())))
    tape = card.generate(card.known(), 0x40, FAILED)
    assert card.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


@case("C-2, GAC", "CDA failed on a device that verifies its owner", "AAC is asked for")
def test_failed_on_device() -> None:
    card = Mchip(aip="0380", changed={0x8F: None})
    tape = card.generate(card.known(), 0x00, MISSING, "3F0002")
    assert card.alone(tape, INSERT).outcome.decision is Decision.ENDED


@case("C-2, S3R1", "CDA in the card, not in the terminal", "TVR 1.8")
def test_terminal_without_cda() -> None:
    tap = only(M, mchip=replace(combination(M).mchip, security=0x00))
    card = cda(tap=tap)
    tape = card.generate(card.known(), 0x40, NO_ODA, capabilities="200800")
    assert card.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


@case("C-2, GAC", "AAC is asked for, ACI without CDA for AACs", "P1 00")
def test_aac_unsigned() -> None:
    card = cda(changed={0x9F0E: "0000000000"}, order=Mchip().order)
    rule = replace(combination(M).rule, tac_denial=bytes.fromhex("0000008000"))
    card = replace(card, tap=only(M, rule=rule, floor_limit=1))
    tape = card.generate(card.known(), 0x00, "0000008000")
    assert card.alone(tape, INSERT).outcome.decision is Decision.ENDED


@case("C-2, GAC", "AAC is asked for, ACI 2.1: CDA with every cryptogram", "P1 10")
def test_aac_signed() -> None:
    rule = replace(combination(M).rule, tac_denial=bytes.fromhex("0000008000"))
    card = cda(changed={0x9F5D: "000100"}, tap=only(M, rule=rule, floor_limit=1))
    answer = card.signed(0x00, sent(card, "0000008000"))
    tape = card.generate(card.known(), 0x10, "0000008000", answer=answer)
    assert card.alone(tape, INSERT).outcome.decision is Decision.ENDED


# relay resistance
RELAY = RelayRules(
    min_grace=20, max_grace=50, command_time=18, answer_time=24, accuracy=300, mismatch_percent=50
)
WITH_RELAY = only(M, mchip=replace(combination(M).mchip, relay=RELAY))
ENTROPY = bytes.fromhex("01020304")
ANSWER = "B1B2B3B4" + "0032" + "0064" + "0018"
"""Device entropy; 5.0 to 10.0 ms; 2.4 ms for its answer on the radio."""
RADIO_US = (18 + 24) * 100


@rows(
    "C-2, SR1",
    "took_us, tvr",
    ("the card took 5.0 ms, its least", "TVR 5: performed, 00..02", 5000, "8000000002"),
    ("the card took 15.0 ms: most and grace", "TVR 5: performed", 15000, "8000000002"),
    ("the card took 3.0 ms: least without grace", "TVR 5: performed", 3000, "8000000002"),
)
def test_relay_in_time(took_us: int, tvr: str) -> None:
    card = Mchip(aip="0081", tap=WITH_RELAY, un=ENTROPY)
    tape = relayed(card.begun(), ENTROPY, ANSWER, RADIO_US + took_us)
    card.read(tape).tap_recall()
    result = card.alone(card.generate(tape, 0x40, tvr), APPROVED_OFFLINE)
    assert result.outcome.decision is Decision.APPROVED
    assert result.outcome.card is not None
    assert result.outcome.card.track2 is not None


@case("C-2, SR1", "the card took 2.9 ms: sooner than it can", "end application, card data error")
def test_relay_too_soon() -> None:
    card = Mchip(aip="0081", tap=WITH_RELAY)
    tape = relayed(card.begun(), ENTROPY, ANSWER, RADIO_US + 2900).show(END)
    assert errors(tape.result()) == "00060000001C"


@rows(
    "C-2, SR1",
    "times, tvr",
    ("too late once, then in time", "asked twice, TVR 5: performed", (15100, 6000), "8000000002"),
    ("too late twice, then in time", "asked three times", (15100, 15100, 6000), "8000000002"),
    (
        "too late three times",
        "TVR 5: performed, time limits exceeded",
        (15100, 15100, 15100),
        "8000000006",
    ),
    (
        "too late three times, the last by far",
        "threshold exceeded too",
        (15100, 15100, 36000),
        "800000000E",
    ),
)
def test_relay_repeats(times: tuple[int, ...], tvr: str) -> None:
    card = Mchip(aip="0081", tap=WITH_RELAY)
    tape = card.begun()
    for number, took in enumerate(times):
        entropy = bytes((number,)) * 4
        relayed(tape, entropy, ANSWER, RADIO_US + took)
    card = replace(card, un=bytes((len(times) - 1,)) * 4)
    card.read(tape).tap_recall()
    result = card.alone(card.generate(tape, 0x40, tvr), APPROVED_OFFLINE)
    assert result.outcome.tags[0xDF8307] == bytes((len(times) - 1,))


@rows(
    "C-2, SR1",
    "estimate, tvr",
    ("the device says 1.2 ms on the radio, half of ours", "TVR 5: performed", "000C", "8000000002"),
    ("the device says 1.1 ms on the radio", "TVR 5: threshold exceeded", "000B", "800000000A"),
    ("the device says 4.9 ms on the radio", "TVR 5: threshold exceeded", "0031", "800000000A"),
    ("the device says nothing of the radio: 0", "TVR 5: threshold exceeded", "0000", "800000000A"),
)
def test_relay_mismatch(estimate: str, tvr: str) -> None:
    card = Mchip(aip="0081", tap=WITH_RELAY, un=ENTROPY)
    answer = ANSWER[:-4] + estimate
    radio = (18 + min(24, int(estimate, 16))) * 100
    tape = relayed(card.begun(), ENTROPY, answer, radio + 6000)
    card.read(tape).tap_recall()
    result = card.alone(card.generate(tape, 0x40, tvr), APPROVED_OFFLINE)
    assert result.outcome.decision is Decision.APPROVED


@rows(
    "C-2, SR1",
    "answer, sw, indication",
    ("an answer of 9 bytes", "end application, parsing error", ANSWER[:-2], 0x9000, "00040000001C"),
    (
        "an answer of 11 bytes",
        "end application, parsing error",
        ANSWER + "00",
        0x9000,
        "00040000001C",
    ),
    ("the card refuses (6985)", "end application, status bytes", ANSWER, 0x6985, "00030069851C"),
)
def test_relay_malformed(answer: str, sw: int, indication: str) -> None:
    card = Mchip(aip="0081", tap=WITH_RELAY)
    tape = relayed(card.begun(), ENTROPY, answer, 9000, sw).show(END)
    assert errors(tape.result()) == indication


@case("C-2, S3", "relay resistance in the terminal, not in the card", "TVR 5: not performed, 01")
def test_relay_not_in_the_card() -> None:
    card = Mchip(tap=WITH_RELAY)
    tape = card.generate(card.known(), 0x40, "8000000001")
    assert card.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


@case("C-2, S3", "relay resistance in the card, not in the terminal", "TVR 5: 00, not supported")
def test_relay_not_in_the_terminal() -> None:
    card = Mchip(aip="0081")
    tape = card.generate(card.known(), 0x40)
    assert card.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


@rows(
    "C-2, S910",
    "relay, good",
    (
        "CDA over entropies and times of the protocol",
        "holds: approved",
        ENTROPY.hex() + ANSWER,
        True,
    ),
    (
        "CDA over another terminal entropy",
        "end application, CAM failed",
        "00000000" + ANSWER,
        False,
    ),
    (
        "CDA over other times",
        "end application, CAM failed",
        ENTROPY.hex() + "B1B2B3B4" + "0000" + "0064" + "0018",
        False,
    ),
    ("CDA that leaves the protocol out", "end application, CAM failed", "", False),
)
def test_relay_is_signed(relay: str, good: bool) -> None:
    card = Mchip(aip="0181", tap=WITH_RELAY, un=ENTROPY)
    tape = relayed(card.begun(), ENTROPY, ANSWER, RADIO_US + 6000)
    card.read(tape).tap_recall()
    tvr = "0000000002"
    answer = card.signed(0x40, sent(card, tvr), relay=bytes.fromhex(relay))
    card.generate(tape, 0x50, tvr, answer=answer)
    if good:
        assert card.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED
    else:
        assert errors(tape.show(CLEAR).show(END).result()) == "00020000001C"


@case(
    "C-2, S910",
    "relay resistance performed in 6.0 ms",
    "track 2 for the issuer: counter 0, entropy 46004, 178 and 006 ms in its discretionary data",
)
def test_relay_marks_track_2() -> None:
    card = Mchip(aip="0081", tap=WITH_RELAY, un=ENTROPY, changed={0x8F: "05"})
    tape = relayed(card.begun(), ENTROPY, ANSWER, RADIO_US + 6000)
    card.read(tape).tap_recall()
    result = card.alone(card.generate(tape, 0x40, "8000000002"), APPROVED_OFFLINE)
    assert result.outcome.card is not None
    assert result.outcome.card.track2 is not None
    text = result.outcome.card.track2.reveal().hex()
    assert text == "4761739001010119d2712201" + "5" + "0" + "46004" + "178" + "006" + "f"


@pytest.mark.parametrize(
    ("took_us", "estimate", "measured"),
    [(4200, 24, 0), (4300, 24, 1), (4299, 24, 0), (0, 24, 0), (4300, 100, 1), (4300, 0, 25),
     (10**9, 24, 0xFFFF)],
)  # fmt: skip
def test_measure(took_us: int, estimate: int, measured: int) -> None:
    """C-2, SR1.18: hundreds of microseconds, cut down, never below 0."""
    assert measure(took_us, RELAY, estimate) == measured


def test_what_is_noted_is_what_the_tvr_says() -> None:
    """A flag made of another flag keeps that one's complement: later bits were not noted."""
    notes: list[Note] = []
    rules = only(M, floor_limit=1, mchip=replace(combination(M).mchip, relay=RELAY))
    card = Mchip(aip="0081", tap=rules, un=ENTROPY, changed={0x9F0F: NO_ODA})
    tape = relayed(card.begun(), ENTROPY, ANSWER, RADIO_US + 6000)
    card.read(tape).tap_recall()
    card.generate(tape, 0x80, "8000008002").show(CLEAR).show(AUTHORISING)
    tape.host().show(APPROVED_ONLINE)
    replay(entry_point(card.order, rules, None, notes.append), tape.steps)
    noted = [note.bits for note in notes if isinstance(note, TvrSet)]
    assert noted == [0x02, 0x80_0000_0000, 0x8000]
