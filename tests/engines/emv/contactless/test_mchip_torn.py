"""Kernel 2: torn transactions, balances, and phones that want to be looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cardamom.engines.emv.contactless.outcome import Message, Status
from cardamom.engines.emv.contactless.requests import TapResult
from cardamom.engines.emv.contactless.rules import MchipRules
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.requests import Decision
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.contactless import AGAIN, BROKEN, M, TapTape, combination, only, ui
from support.contactless_mchip import (
    APPROVED_OFFLINE,
    CDA,
    CLEAR,
    END,
    LOW,
    NOT_PERFORMED,
    NOTHING,
    Mchip,
    errors,
    plain,
)
from support.emv import GONE, MUTE, ORDER, t

DRDOL = {0x9F51: "9F3704"}
SECOND_UN = bytes.fromhex("0A0B0C0D")
RECOVER = "80D0000004DEADBEEF00"


def settings(**changed: Any) -> MchipRules:
    return replace(combination(M).mchip, torn_records=2, torn_seconds=60, **changed)


REMEMBERS = only(M, mchip=settings())


def card(**changed: Any) -> Mchip:
    return Mchip(**{"tap": REMEMBERS, "changed": {**DRDOL}, **changed})


def torn(one: Mchip | None = None) -> TornLog:
    """The log after a card that left at GENERATE AC and never came back."""
    one = one or card()
    tape = one.generate(one.known(), 0x50 if one.cda else 0x40,
                        NOTHING if one.cda else "8000000000", answer=GONE)  # fmt: skip
    if one.remembers:
        tape.remembers()
    return tape.show(BROKEN).activate(AGAIN, answer=Reason.TIMEOUT).result().torn


def again(one: Mchip, tape: TapTape) -> TapTape:
    """The same card once more, with another unpredictable number."""
    tape.found(M).options("", one.options(), un=SECOND_UN)
    return one.read(tape).tap_recall()


def recovered(one: Mchip, answer: bytes, sw: int = 0x9000) -> TapTape:
    tape = one.generate(one.known(), 0x40, answer=GONE).remembers().show(BROKEN).activate(AGAIN)
    return again(one, tape).apdu(RECOVER, answer, sw)


@case("C-2, S10", "the card leaves at GENERATE AC", "message 21; one record in the log")
def test_a_record() -> None:
    log = torn()
    assert len(log.records) == 1
    record = log.records[0]
    assert record.recovery.hex() == "deadbeef"
    assert record.sent == card().values("8000000000", NOT_PERFORMED, LOW)
    assert "4761739001010119" not in repr(log)


@case("C-2, S10", "the card falls silent at GENERATE AC", "one record in the log")
def test_a_record_of_silence() -> None:
    one = card()
    tape = one.generate(one.known(), 0x40, answer=MUTE).remembers().show(BROKEN)
    assert len(tape.activate(AGAIN, answer=Reason.TIMEOUT).result().torn.records) == 1


@case("C-2, S10", "presented again: RECOVER AC with the DRDOL's data", "the TC of before: approved")
def test_recovered() -> None:
    one = card()
    result = one.alone(recovered(one, plain(0x40)), APPROVED_OFFLINE, forgets=True)
    assert result.outcome.decision is Decision.APPROVED
    assert result.outcome.tags[0x9F37].hex() == "deadbeef"
    assert not result.torn.records


@case("C-2, S10", "RECOVER AC gives the ARQC of before", "online request with the data of before")
def test_recovered_arqc() -> None:
    one = card()
    result = one.online(recovered(one, plain(0x80)), forgets=True)
    assert result.outcome.decision is Decision.APPROVED
    assert result.outcome.tags[0x9F37].hex() == "deadbeef"


@case(
    "C-2, S10", "RECOVER AC of a signed cryptogram", "the signature over the data of before holds"
)
def test_recovered_with_cda() -> None:
    one = card(aip=CDA)
    sent = one.values(NOTHING, NOT_PERFORMED, LOW)
    tape = (
        one.generate(one.known(), 0x50, NOTHING, answer=GONE)
        .remembers()
        .show(BROKEN)
        .activate(AGAIN)
    )
    again(one, tape).apdu(RECOVER, one.signed(0x40, sent))
    assert one.alone(tape, APPROVED_OFFLINE, forgets=True).outcome.decision is Decision.APPROVED


@case("C-2, S10", "RECOVER AC is refused (6985)", "GENERATE AC anew; the record goes")
def test_not_recovered() -> None:
    one = card()
    tape = recovered(one, b"", 0x6985)
    fresh = replace(one, un=SECOND_UN)
    result = one.alone(fresh.generate(tape, 0x40), APPROVED_OFFLINE, forgets=True)
    assert result.outcome.decision is Decision.APPROVED
    assert not result.torn.records
    assert result.outcome.tags[0x9F37] == SECOND_UN


@case(
    "C-2, S10",
    "RECOVER AC is refused, GENERATE AC is torn as well",
    "the new record takes its place",
)
def test_torn_twice() -> None:
    one = card()
    tape = recovered(one, b"", 0x6985)
    fresh = replace(one, un=SECOND_UN)
    fresh.generate(tape, 0x40, answer=GONE).remembers().show(BROKEN).activate(
        AGAIN, answer=Reason.CANCELLED
    )
    log = tape.result().torn
    assert [r.recovery for r in log.records] == [SECOND_UN]


@case("C-2, S10", "the card leaves at RECOVER AC", "message 21; the record stays")
def test_torn_at_recovery() -> None:
    one = card()
    tape = one.generate(one.known(), 0x40, answer=GONE).remembers().show(BROKEN).activate(AGAIN)
    again(one, tape).apdu(RECOVER, GONE).show(BROKEN).activate(AGAIN, answer=Reason.CANCELLED)
    assert len(tape.result().torn.records) == 1


@rows(
    "C-2, S10",
    "answer, indication",
    (
        "RECOVER AC in format 1",
        "end application, parsing error",
        t(0x80, "400007" + "11" * 8),
        "04",
    ),
    ("RECOVER AC gives a reserved type", "end application, card data error", plain(0xC0), "06"),
)
def test_recovery_malformed(answer: bytes, indication: str) -> None:
    result = recovered(card(), answer).remembers().show(END).result()
    assert errors(result) == f"00{indication}0000001C"


@case(
    "C-2, S910",
    "RECOVER AC without cryptogram",
    "card read OK, then end application, card data missing",
)
def test_recovery_without_cryptogram() -> None:
    answer = t(0x77, t(0x9F27, "40") + t(0x9F36, "0001"))
    result = recovered(card(), answer).show(CLEAR).remembers().show(END).result()
    assert errors(result) == "00010000001C"


def later(log: TornLog, *, old: bool, **order: Any) -> TapResult:
    """Another sale with the same card; GENERATE AC and no RECOVER AC."""
    one = card(torn=log, order=replace(ORDER, **order))
    return one.alone(one.generate(one.known(), 0x40), APPROVED_OFFLINE, forgets=old)


@rows(
    "C-2, S456",
    "order, old",
    ("a torn record of another amount", "passed over: GENERATE AC", {"amount_minor": 999}, False),
    ("a torn record of another currency", "passed over: GENERATE AC", {"currency": "840"}, False),
    (
        "a torn record of another day",
        "too old: GENERATE AC",
        {"date": bytes.fromhex("250512")},
        True,
    ),
    (
        "a torn record, 61 seconds old",
        "too old: GENERATE AC",
        {"time": bytes.fromhex("101213")},
        True,
    ),
)
def test_record_of_another_sale(order: dict[str, Any], old: bool) -> None:
    assert later(torn(), old=old, **order).outcome.decision is Decision.APPROVED


@case("C-2, S456", "a torn record in the next sale, 60 seconds old", "RECOVER AC")
def test_next_sale() -> None:
    one = card(torn=torn(), order=replace(ORDER, time=bytes.fromhex("101212")))
    tape = one.known().apdu(RECOVER, plain(0x40))
    result = one.alone(tape, APPROVED_OFFLINE, forgets=True)
    assert result.outcome.decision is Decision.APPROVED
    assert result.outcome.tags[0x9F21] == ORDER.time


@case("C-2, S456", "a torn record of another card", "passed over: GENERATE AC")
def test_record_of_another_card() -> None:
    renamed = TornLog(tuple(replace(r, psn=b"\x02") for r in torn().records))
    one = card(torn=renamed)
    result = one.alone(one.generate(one.known(), 0x40), APPROVED_OFFLINE)
    assert len(result.torn.records) == 1


@rows(
    "C-2, S10",
    "changed, records",
    ("no DRDOL", "no record", {"changed": {}}, 0),
    ("the log switched off", "no record", {"tap": only(M)}, 0),
)
def test_no_record(changed: dict[str, Any], records: int) -> None:
    assert len(torn(card(**changed)).records) == records


def test_the_log_is_bounded() -> None:
    log = TornLog()
    record = torn().records[0]
    for _ in range(5):
        log = log.with_record(replace(record), most=2)
    assert len(log.records) == 2
    assert not log.with_record(record, most=0).records
    assert not log.cleaned(replace(ORDER, date=bytes.fromhex("999999")), seconds=60).records


# balances
ACI = {0x9F5D: "000200"}
BALANCE = t(0x9F50, "000000012345")


@case("C-2, S17", "balance after GENERATE AC, the card tells it", "shown with the approval")
def test_balance_after() -> None:
    tap = only(M, mchip=settings(balance_after=True))
    one = card(tap=tap, changed={**ACI, 0x9F42: "0156"})
    tape = one.generate(one.known(), 0x40).apdu("80CA9F5000", BALANCE)
    shown = replace(APPROVED_OFFLINE, balance=12345, currency="156")
    result = one.alone(tape, shown)
    assert result.parameters.discretionary is not None
    assert result.parameters.discretionary[0xDF8105].hex() == "000000012345"


@case("C-2, S16", "balance before GENERATE AC", "in the discretionary data")
def test_balance_before() -> None:
    tap = only(M, mchip=settings(balance_before=True))
    one = card(tap=tap, changed=dict(ACI))
    tape = one.known().apdu("80CA9F5000", BALANCE)
    result = one.alone(one.generate(tape, 0x40), APPROVED_OFFLINE)
    assert result.parameters.discretionary is not None
    assert result.parameters.discretionary[0xDF8104].hex() == "000000012345"


@rows(
    "C-2, S17",
    "answer, sw",
    ("the card does not tell its balance (6A88)", "approved without it", b"", 0x6A88),
    ("a balance of 5 bytes", "approved without it", t(0x9F50, "0000000123"), 0x9000),
    ("the card has left by then", "approved without it", GONE, 0x9000),
)
def test_no_balance(answer: Any, sw: int) -> None:
    tap = only(M, mchip=settings(balance_after=True))
    one = card(tap=tap, changed=dict(ACI))
    tape = one.generate(one.known(), 0x40).apdu("80CA9F5000", answer, sw)
    assert one.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


@case("C-2, S17", "ACI without balance reading", "not asked for")
def test_balance_not_supported() -> None:
    tap = only(M, mchip=settings(balance_before=True, balance_after=True))
    one = card(tap=tap, changed={0x9F5D: "000000"})
    assert one.alone(one.generate(one.known(), 0x40), APPROVED_OFFLINE).outcome.chip is not None


# phones
SEE_PHONE = ui(Message.SEE_PHONE, Status.NOT_READY, 1300)


@rows(
    "C-2, S910",
    "interaction",
    ("DF4B 000001: the owner is asked for", "message 20, start B, message 21", "000001"),
    ("DF4B 000100", "message 20, start B, message 21", "000100"),
    ("DF4B 000008", "message 20, start B, message 21", "000008"),
)
def test_see_phone(interaction: str) -> None:
    one = Mchip()
    tape = one.generate(one.known(), 0x40, answer=plain(0x00, t(0xDF4B, interaction)))
    tape.show(CLEAR).show(SEE_PHONE).activate(AGAIN)
    tape.found(M).options("", one.options())
    one.read(tape).tap_recall()
    result = one.alone(one.generate(tape, 0x40), APPROVED_OFFLINE)
    assert result.outcome.decision is Decision.APPROVED


@rows(
    "C-2, S910",
    "interaction",
    ("DF4B 000000", "nothing is asked of the owner: by the cryptogram", "000000"),
    ("DF4B F00000: other bits", "nothing is asked of the owner: by the cryptogram", "F00000"),
)
def test_nothing_on_the_phone(interaction: str) -> None:
    one = Mchip()
    tape = one.generate(one.known(), 0x40, answer=plain(0x40, t(0xDF4B, interaction)))
    assert one.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


@case("C-2, S910", "DF4B with a TC: the owner is asked for", "not approved: message 20, start B")
def test_a_tc_with_a_wish_is_no_approval() -> None:
    one = Mchip()
    tape = one.generate(one.known(), 0x40, answer=plain(0x40, t(0xDF4B, "000001")))
    tape.show(CLEAR).show(SEE_PHONE).activate(AGAIN, answer=Reason.TIMEOUT)
    assert tape.result().outcome.decision is Decision.ENDED
