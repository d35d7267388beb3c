"""Kernel 2 in whole transactions: options, records, action analysis, outcomes."""

from __future__ import annotations

from dataclasses import replace

from cardamom.engines.emv.contactless.outcome import FinalOutcome
from cardamom.engines.emv.requests import CardHistory, Decision
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.contactless import END as ENTRY_END
from support.contactless import INSERT as ENTRY_INSERT
from support.contactless import RULES, M, TapTape, combination, only
from support.contactless_mchip import (
    APPROVED_OFFLINE,
    DECLINED,
    END,
    INSERT,
    NO_ODA,
    Mchip,
    errors,
)
from support.emv import ORDER, PAN, t


def begun() -> TapTape:
    return TapTape(tap=only(M)).chosen(M)


@rows(
    "C-2, S3",
    "sw",
    ("GET PROCESSING OPTIONS answers 6985", "select next; level 2: status bytes", 0x6985),
    ("GET PROCESSING OPTIONS answers 6986", "select next: no phone message here", 0x6986),
    ("GET PROCESSING OPTIONS answers 6283", "select next", 0x6283),
)
def test_options_refused(sw: int) -> None:
    result = begun().options("", sw=sw).show(ENTRY_END).result()
    assert result.outcome.reason is Reason.NOT_ACCEPTED


@rows(
    "C-2, S3",
    "answer, indication",
    ("no AFL", "end application, level 2: card data missing", t(0x77, t(0x82, "0080")), "01"),
    ("no AIP", "end application, level 2: card data missing", t(0x77, t(0x94, "08010100")), "01"),
    ("an answer that is no TLV", "end application, level 2: parsing error", b"\x77\x09\x82", "04"),
    ("another template", "end application, level 2: parsing error", t(0x70, b""), "04"),
    ("an empty AIP", "end application, level 2: parsing error", t(0x77, t(0x82, "")), "04"),
)
def test_options_malformed(answer: bytes, indication: str) -> None:
    result = begun().options("", answer).show(END).result()
    assert result.parameters.final is FinalOutcome.END_APPLICATION
    assert errors(result) == f"00{indication}0000001C"


@case("C-2, S3", "an AIP without EMV mode", "magnetic stripe mode is not offered: message 1D")
def test_stripe_mode() -> None:
    tape = begun().options("", t(0x77, t(0x82, "0000") + t(0x94, "08010100")))
    assert tape.show(ENTRY_INSERT).result().outcome.reason is Reason.OTHER_INTERFACE


@case("C-2, S3", "options in format 1", "AIP and AFL are taken; approved")
def test_format_1() -> None:
    card = Mchip()
    tape = begun().options("", t(0x80, "008008010100"))
    card.read(tape).tap_recall()
    result = card.alone(card.generate(tape, 0x40), APPROVED_OFFLINE)
    assert result.outcome.decision is Decision.APPROVED


@rows(
    "C-2, S456",
    "tag",
    ("no PAN", "end application, level 2: card data missing", 0x5A),
    ("no expiry date", "end application, level 2: card data missing", 0x5F24),
    ("no CDOL1", "end application, level 2: card data missing", 0x8C),
)
def test_mandatory(tag: int) -> None:
    card = Mchip(changed={tag: None})
    result = card.read(card.begun()).show(END).result()
    assert errors(result) == "00010000001C"


@rows(
    "C-2, S4",
    "record, sw",
    ("a record that is not there", "end application", b"", 0x6A83),
    ("a record without template 70", "end application", t(0x71, b""), 0x9000),
    ("the same object twice", "end application", t(0x70, t(0x5A, PAN) * 2), 0x9000),
)
def test_records(record: bytes, sw: int) -> None:
    card = Mchip()
    result = card.begun().apdu("00B2010C00", record, sw).show(END).result()
    assert (result.outcome.decision, errors(result)) == (Decision.ENDED, "00040000001C")


@rows(
    "C-2, S456",
    "amount, allowed",
    ("amount equal to the transaction limit", "goes on", 1000, True),
    ("amount above the transaction limit without on-device CVM", "select next", 1001, False),
)
def test_transaction_limit(amount: int, allowed: bool) -> None:
    # a higher limit for devices lets pre-processing pass
    tap = only(
        M,
        transaction_limit=1000,
        mchip=replace(combination(M).mchip, on_device_limit=9999),
    )
    card = Mchip(tap=tap, order=replace(ORDER, amount_minor=amount))
    if allowed:
        result = card.alone(card.generate(card.known(), 0x40), APPROVED_OFFLINE)
        assert result.outcome.decision is Decision.APPROVED
        return
    result = card.read(card.begun()).show(ENTRY_END).result()
    assert result.outcome.reason is Reason.NOT_ACCEPTED


@case("C-2, S456", "amount above the limit, but the device verifies its owner", "its limit counts")
def test_on_device_limit() -> None:
    tap = only(
        M,
        transaction_limit=1000,
        mchip=replace(combination(M).mchip, on_device_limit=9999),
    )
    card = Mchip(aip="0280", tap=tap)
    tape = card.generate(card.known(), 0x40, cvm="3F0002")
    assert card.alone(tape, APPROVED_OFFLINE).outcome.decision is Decision.APPROVED


@rows(
    "C-2, TAA",
    "changed, tvr, ask",
    ("nothing speaks against it", "TC is asked for", {}, NO_ODA, 0x40),
    ("IAC - Denial 80..: no ODA", "AAC is asked for", {0x9F0E: NO_ODA}, NO_ODA, 0x00),
    ("IAC - Online 80..: no ODA", "ARQC is asked for", {0x9F0F: NO_ODA}, NO_ODA, 0x80),
    ("no IAC - Online", "counts as FFFFFFFFFC: ARQC is asked for", {0x9F0F: None}, NO_ODA, 0x80),
    ("no IAC - Denial", "counts as zero: TC is asked for", {0x9F0E: None}, NO_ODA, 0x40),
    (
        "an expired application, IAC - Online 0040..",
        "ARQC is asked for",
        {0x9F0F: "0040000000", 0x5F24: "250131"},
        "8040000000",
        0x80,
    ),
    (
        "not yet effective, IAC - Denial 0020..",
        "AAC is asked for",
        {0x9F0E: "0020000000", 0x5F25: "260101"},
        "8020000000",
        0x00,
    ),
    (
        "another version, IAC - Online 0080..",
        "ARQC is asked for",
        {0x9F0F: "0080000000", 0x9F08: "0009"},
        "8080000000",
        0x80,
    ),
    (
        "not for goods, IAC - Denial 0010..",
        "AAC is asked for",
        {0x9F0E: "0010000000", 0x9F07: "0100", 0x5F28: "0156"},
        "8010000000",
        0x00,
    ),
)
def test_action_analysis(changed: dict[int, str | None], tvr: str, ask: int) -> None:
    card = Mchip(changed=changed)
    tape = card.generate(card.known(), ask, tvr)
    if ask == 0x80:
        assert card.online(tape).outcome.went_online
    else:
        assert not card.alone(tape, APPROVED_OFFLINE if ask else INSERT).outcome.went_online


@rows(
    "C-2, TAA",
    "rules, ask",
    ("terminal type 21: online only", "ARQC is asked for", {"terminal_type": 0x21}, 0x80),
    ("a TC may not stand", "ARQC is asked for", {"offline_approval": False}, 0x80),
    ("terminal type 23: offline only", "TC is asked for", {"terminal_type": 0x23}, 0x40),
    (
        "offline only, and a TC may not stand",
        "AAC is asked for",
        {"terminal_type": 0x23, "offline_approval": False},
        0x00,
    ),
)
def test_terminal_type(rules: dict[str, object], ask: int) -> None:
    card = Mchip(tap=only(M, replace(RULES, **rules)))  # type: ignore[arg-type]
    tape = card.generate(card.known(), ask)
    if ask == 0x80:
        assert card.online(tape).outcome.decision is Decision.APPROVED
    else:
        result = card.alone(tape, APPROVED_OFFLINE if ask else INSERT)
        assert (result.outcome.decision is Decision.APPROVED) is bool(ask)


@rows(
    "C-2, S456",
    "floor, tvr, ask",
    ("amount equal to the floor limit", "TVR 4.8 clear", 1234, NO_ODA, 0x40),
    ("amount above the floor limit", "TVR 4.8", 1233, "8000008000", 0x80),
)
def test_floor_limit(floor: int, tvr: str, ask: int) -> None:
    rule = replace(combination(M).rule, tac_online=bytes.fromhex("0000008000"))
    card = Mchip(tap=only(M, floor_limit=floor, rule=rule))
    tape = card.generate(card.known(), ask, tvr)
    result = card.online(tape) if ask == 0x80 else card.alone(tape, APPROVED_OFFLINE)
    assert result.outcome.decision is Decision.APPROVED


@case("C-2, S456", "above the floor limit with what was spent today", "TVR 4.8, ARQC is asked for")
def test_split_sales() -> None:
    card = Mchip(tap=only(M, floor_limit=2000), history=CardHistory(spent_minor=900))
    assert card.online(card.generate(card.known(), 0x80, "8000008000")).outcome.went_online


@case("C-2, S456", "a card on the exception list", "TVR 1.5, AAC is asked for, declined")
def test_exception_list() -> None:
    card = Mchip(history=CardHistory(on_exception_list=True))
    result = card.alone(card.generate(card.known(), 0x00, "9000000000"), DECLINED)
    assert (result.outcome.decision, result.outcome.reason) == (
        Decision.DECLINED,
        Reason.CARD_DECLINED,
    )


@case("C-2, S456", "the merchant wants the issuer asked", "TVR 4.4, ARQC is asked for")
def test_forced_online() -> None:
    card = Mchip(order=replace(ORDER, force_online=True))
    assert card.online(card.generate(card.known(), 0x80, "8000000800")).outcome.went_online
