"""Offline data authentication inside whole transactions: SDA, DDA, and what each failure marks."""

from __future__ import annotations

from dataclasses import replace

from cardamom.engines.emv.requests import Decision, Outcome
from cardamom.engines.emv.rules import Rules
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.emv import APPROVED, PAN, RULE, RULES, UN, Tape, cryptogram, default_objects, t
from support.emv_rsa import (
    Pair,
    ca_key,
    icc_certificate,
    issuer_certificate,
    pair,
    signed_dynamic,
    signed_static,
)

CA, ISSUER, ICC = pair(1408), pair(1152), pair(1024)
WITH_CA = replace(RULES, ca_keys=(ca_key(CA, 0x92), ca_key(pair(1024, serial=1), 0x93), ca_key(CA)))
SDA, DDA, BOTH, CDA = "5800", "3800", "7800", "1900"
SIGNED = {0x9F4A: b"\x82", 0x5F20: b"TEST/CARD", 0x5F24: bytes.fromhex("271231")}
SIGNED_BODY = b"".join(t(tag, value) for tag, value in SIGNED.items())


def keys(issuer: Pair = ISSUER) -> dict[int, bytes]:
    certificate, remainder = issuer_certificate(CA, issuer)
    return {0x8F: b"\x94", 0x90: certificate, 0x92: remainder, 0x9F32: b"\x03"}


def sda_card(aip: str = SDA) -> dict[int, bytes]:
    return keys() | {0x93: signed_static(ISSUER, SIGNED_BODY + bytes.fromhex(aip))}


def dda_card(aip: str = DDA) -> dict[int, bytes]:
    static = SIGNED_BODY + bytes.fromhex(aip)
    certificate, remainder = icc_certificate(ISSUER, ICC, static, pan=PAN)
    return keys() | {0x9F46: certificate, 0x9F48: remainder, 0x9F47: b"\x03"}


def tape_with(card: dict[int, bytes], aip: str, *, signed: bytes = SIGNED_BODY) -> Tape:
    """A first, signed record and a second, unsigned one."""
    objects = default_objects() | card
    del objects[0x5F24]
    tape = Tape().directory().initiate(aip, "0801010110010100")
    tape.apdu("00B2010C00", t(0x70, signed))
    return tape.apdu("00B2011400", t(0x70, b"".join(t(*item) for item in objects.items())))


def ends_with_tvr(tape: Tape, tvr: str, rules: Rules = WITH_CA) -> Outcome:
    outcome = tape.recall().first(tvr, answer=b"").run(rules)
    assert outcome.reason is Reason.CARD_ERROR
    return outcome


@case(
    "Book 2, 5.4",
    "SDA, signed static data that hold",
    "9F45 and 9F22 kept, TVR 0200008000, TSI 1.8",
)
def test_sda() -> None:
    outcome = ends_with_tvr(tape_with(sda_card(), SDA), "0200008000")
    assert outcome.tags[0x9F45].hex() == "dac0"
    assert outcome.tags[0x9F22].hex() == "94"
    assert outcome.tags[0x9B].hex() == "c800"


def dda(tape: Tape, signature: bytes | None = None, *, template: int = 0x77) -> Tape:
    signed = signed_dynamic(ICC, UN) if signature is None else signature
    body = signed if template == 0x80 else t(0x9F4B, signed)
    return tape.apdu("0088000004" + UN.hex() + "00", t(template, body))


@rows(
    "Book 2, 6.5.2",
    "template, aip",
    ("DDA, INTERNAL AUTHENTICATE in format 2", "9F4C kept, TVR 0000008000, TSI 1.8", 0x77, DDA),
    ("DDA, INTERNAL AUTHENTICATE in format 1", "9F4C kept, TVR 0000008000, TSI 1.8", 0x80, DDA),
    ("Book 3, 10.3", "AIP with SDA and DDA, format 2", "DDA, TVR 0000008000", 0x77, BOTH),
    ("Book 3, 10.3", "AIP with SDA and DDA, format 1", "DDA, TVR 0000008000", 0x80, BOTH),
)
def test_dda(template: int, aip: str) -> None:
    tape = dda(tape_with(dda_card(aip), aip), template=template)
    outcome = ends_with_tvr(tape, "0000008000")
    assert outcome.tags[0x9F4C].hex() == "0102030405"
    assert outcome.tags[0x9B].hex() == "c800"


@case(
    "Book 2, 6.5.2",
    "DDA, a CDOL2 that asks for 9F4C",
    "the dynamic number of INTERNAL AUTHENTICATE is sent",
)
def test_the_dynamic_number_outlives_the_first_cryptogram() -> None:
    card = dda_card() | {0x8D: bytes.fromhex("8A029F4C08")}
    tape = dda(tape_with(card, DDA)).recall().first("0000008000").online(APPROVED)
    tape.apdu("80AE40000A" + "3030" + "0102030405000000" + "00", cryptogram(0x40))
    outcome = tape.run(WITH_CA)
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F4C].hex() == "0102030405"


@case("Book 2, 6.5.1", "the card's DDOL 9F37049A03", "both sent and signed, TVR 0000008000")
def test_the_cards_own_ddol() -> None:
    ddol = {0x9F49: bytes.fromhex("9F37049A03")}
    data = UN + bytes.fromhex("250511")
    tape = tape_with(dda_card() | ddol, DDA)
    tape.apdu("0088000007" + data.hex() + "00", t(0x77, t(0x9F4B, signed_dynamic(ICC, data))))
    ends_with_tvr(tape, "0000008000")


@rows(
    "Book 3, 10.3",
    "missing",
    *(
        (f"SDA, {tag:X} missing", "TVR 6200008000, TSI 1.8", tag)
        for tag in (0x8F, 0x90, 0x9F32, 0x93)
    ),
)
def test_sda_data_missing(missing: int) -> None:
    card = sda_card()
    del card[missing]
    ends_with_tvr(tape_with(card, SDA), "6200008000")


@rows(
    "Book 3, 10.3",
    "missing",
    *(
        (f"DDA, {tag:X} missing", "TVR 2800008000, TSI 1.8", tag)
        for tag in (0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47)
    ),
)
def test_dda_data_missing(missing: int) -> None:
    card = dda_card()
    del card[missing]
    ends_with_tvr(tape_with(card, DDA), "2800008000")


@rows(
    "Book 2, 5.4",
    "changed",
    ("Book 2, 5.2", "SDA, no CA key of the index", "TVR 4200008000", {0x8F: b"\x95"}),
    (
        "Book 2, 5.3",
        "SDA, a certificate of zeros",
        "TVR 4200008000",
        {0x8F: b"\x92", 0x90: bytes(176)},
    ),
    (
        "Book 2, 5.3",
        "SDA, a certificate shorter than the CA key",
        "TVR 4200008000",
        {0x90: bytes(144)},
    ),
    ("Book 2, 5.3", "SDA, another remainder", "TVR 4200008000", {0x92: bytes(4)}),
    ("Book 2, 5.3", "SDA, another exponent than certified", "TVR 4200008000", {0x9F32: b"\x05"}),
    ("SDA, signed static data of zeros", "TVR 4200008000", {0x93: bytes(144)}),
    (
        "SDA, static data signed without the AIP that 9F4A names",
        "TVR 4200008000",
        {0x93: signed_static(ISSUER, SIGNED_BODY)},
    ),
    ("SDA, signed static data shorter than the key", "TVR 4200008000", {0x93: bytes(143)}),
    (
        "SDA, static data signed with another format",
        "TVR 4200008000",
        {0x93: ISSUER.sign(bytes.fromhex("0501DAC0"), SIGNED_BODY + bytes.fromhex(SDA))},
    ),
    (
        "SDA, static data signed by another hash",
        "TVR 4200008000",
        {0x93: ISSUER.sign(bytes.fromhex("0302DAC0"), SIGNED_BODY + bytes.fromhex(SDA))},
    ),
)
def test_sda_fails(changed: dict[int, bytes]) -> None:
    ends_with_tvr(tape_with(sda_card() | changed, SDA), "4200008000")


@rows(
    "Book 2, 6.4",
    "changed",
    ("Book 2, 6.2", "DDA, no CA key of the index", "TVR 0800008000, no command", {0x8F: b"\x95"}),
    ("DDA, an ICC certificate of zeros", "TVR 0800008000, no command", {0x9F46: bytes(144)}),
    ("DDA, another exponent than certified", "TVR 0800008000, no command", {0x9F47: b"\x11"}),
    (
        "Book 2, 6.5.1",
        "a DDOL without 9F37",
        "TVR 0800008000, no command",
        {0x9F49: bytes.fromhex("9A03")},
    ),
    (
        "Book 2, 6.5.1",
        "a DDOL cut short",
        "TVR 0800008000, no command",
        {0x9F49: bytes.fromhex("9F37")},
    ),
)
def test_dda_fails_before_the_card_is_asked(changed: dict[int, bytes]) -> None:
    ends_with_tvr(tape_with(dda_card() | changed, DDA), "0800008000")


@rows(
    "Book 3, 7.5",
    "aip, card, tvr",
    (
        "SDA, 92 missing that the issuer's key needs",
        "TVR 6200008000",
        SDA,
        sda_card() | {0x92: b""},
        "6200008000",
    ),
    (
        "DDA, 92 missing that the issuer's key needs",
        "TVR 2800008000",
        DDA,
        dda_card() | {0x92: b""},
        "2800008000",
    ),
    (
        "DDA, 9F48 missing that the card's key needs",
        "TVR 2800008000",
        DDA,
        dda_card() | {0x9F48: b""},
        "2800008000",
    ),
    (
        "CDA, 92 missing that the issuer's key needs",
        "TVR 2400008000",
        CDA,
        dda_card(CDA) | {0x92: b""},
        "2400008000",
    ),
    (
        "CDA, 9F48 missing that the card's key needs",
        "TVR 2400008000",
        CDA,
        dda_card(CDA) | {0x9F48: b""},
        "2400008000",
    ),
)
def test_a_remainder_is_missing(aip: str, card: dict[int, bytes], tvr: str) -> None:
    ends_with_tvr(tape_with({k: v for k, v in card.items() if v}, aip), tvr)


@rows(
    "Book 2, 6.5.2",
    "signature",
    ("DDA, a signature of zeros", "TVR 0800008000", bytes(128)),
    ("DDA, a signature of one byte", "TVR 0800008000", b"\x01"),
    (
        "DDA, signed for another unpredictable number",
        "TVR 0800008000",
        signed_dynamic(ICC, b"\0\0\0\0"),
    ),
    ("DDA, signed with another key", "TVR 0800008000", signed_dynamic(ISSUER, UN)),
    ("DDA, a dynamic number of one byte", "TVR 0800008000", signed_dynamic(ICC, UN, "01")),
    ("DDA, a dynamic number of nine bytes", "TVR 0800008000", signed_dynamic(ICC, UN, "01" * 9)),
    (
        "DDA, signed in another format",
        "TVR 0800008000",
        ICC.sign(bytes.fromhex("030109080102030405060708"), UN),
    ),
    (
        "DDA, signed by another hash",
        "TVR 0800008000",
        ICC.sign(bytes.fromhex("050209080102030405060708"), UN),
    ),
    (
        "DDA, more signed than the signature holds",
        "TVR 0800008000",
        ICC.sign(bytes.fromhex("0501FF08"), UN),
    ),
)
def test_dda_fails_on_the_signature(signature: bytes) -> None:
    ends_with_tvr(dda(tape_with(dda_card(), DDA), signature), "0800008000")


@rows(
    "Book 3, 6.5.9",
    "data, sw",
    ("INTERNAL AUTHENTICATE answered 6985", "card error, no cryptogram", b"", 0x6985),
    ("INTERNAL AUTHENTICATE without data", "card error", b"", 0x9000),
    ("INTERNAL AUTHENTICATE without 9F4B", "card error", t(0x77, b""), 0x9000),
    ("INTERNAL AUTHENTICATE in another template", "card error", t(0x70, t(0x9F4B, "00")), 0x9000),
    ("INTERNAL AUTHENTICATE cut short", "card error", b"\x80\x20\x00", 0x9000),
    ("INTERNAL AUTHENTICATE with 9F4B twice", "card error", t(0x77, t(0x9F4B, "00") * 2), 0x9000),
)
def test_what_is_no_signed_data_ends_the_transaction(data: bytes, sw: int) -> None:
    tape = tape_with(dda_card(), DDA).apdu("0088000004" + UN.hex() + "00", data, sw)
    outcome = tape.run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@rows(
    "Book 2, 5.1.1",
    "tag_list",
    ("an empty SDA tag list", "TVR 4200008000", b""),
    ("the AIP twice in the SDA tag list", "TVR 4200008000", b"\x82\x82"),
    ("another object in the SDA tag list", "TVR 4200008000", b"\x5a"),
    ("the AIP and another object in the SDA tag list", "TVR 4200008000", b"\x82\x5a"),
)
def test_the_sda_tag_list_names_the_aip_alone(tag_list: bytes) -> None:
    body = SIGNED_BODY.replace(t(0x9F4A, b"\x82"), t(0x9F4A, tag_list))
    card = keys() | {0x93: signed_static(ISSUER, body + bytes.fromhex(SDA))}
    ends_with_tvr(tape_with(card, SDA, signed=body), "4200008000")


@case("Book 2, 5.1.1", "no SDA tag list", "the AIP is not signed, TVR 0200008000")
def test_without_a_tag_list_the_aip_is_not_signed() -> None:
    body = SIGNED_BODY.replace(t(0x9F4A, b"\x82"), b"")
    card = keys() | {0x93: signed_static(ISSUER, body)}
    ends_with_tvr(tape_with(card, SDA, signed=body), "0200008000")


@case(
    "Book 3, 10.3", "a signed record in file 11", "hashed with its tag and length, TVR 0200008000"
)
def test_signed_records_beyond_file_10_are_signed_whole() -> None:
    record = t(0x70, t(0xDF01, b"issuer's own"))
    card = keys() | {0x93: signed_static(ISSUER, record)}
    objects = default_objects() | card
    tape = Tape().directory().initiate(SDA, "0801010058010101")
    body = b"".join(t(*item) for item in objects.items())
    tape.apdu("00B2010C00", t(0x70, body)).apdu("00B2015C00", record)
    ends_with_tvr(tape, "0200008000")


@case("Book 3, 10.3", "a signed record that is no template 70", "TVR 4200008000")
def test_a_signed_record_that_is_no_template_fails_the_authentication() -> None:
    objects = default_objects() | keys() | {0x93: signed_static(ISSUER, b"anything")}
    tape = Tape().directory().initiate(SDA, "0801010058010101")
    body = b"".join(t(*item) for item in objects.items())
    tape.apdu("00B2010C00", t(0x70, body)).apdu("00B2015C00", b"anything")
    ends_with_tvr(tape, "4200008000")


@rows(
    "Book 2, 11.2.2",
    "expires, tvr",
    ("a CA key on its last day", "TVR 0200008000", "250511", "02"),
    ("a CA key past its date", "counts as none: TVR 4200008000", "250510", "42"),
    ("a CA key without a date", "TVR 0200008000", "", "02"),
)
def test_a_ca_key_past_its_date_counts_as_none(expires: str, tvr: str) -> None:
    rules = replace(RULES, ca_keys=(replace(ca_key(CA), expires=expires),))
    ends_with_tvr(tape_with(sda_card(), SDA), tvr + "00008000", rules)


@rows(
    "Book 3, 10.3",
    "aip, capabilities, card, tvr",
    ("a card without any method", "TVR 8000008000, TSI 6800", "1800", "E0E8C8", {}, "8000008000"),
    ("a terminal without any method", "TVR 8000008000", BOTH, "E0E800", {}, "8000008000"),
    (
        "both have SDA, the terminal no DDA",
        "SDA, TVR 0200008000",
        BOTH,
        "E0E880",
        sda_card(BOTH),
        "0200008000",
    ),
    ("a card with DDA, a terminal with SDA", "TVR 8000008000", DDA, "E0E880", {}, "8000008000"),
    ("a card with SDA, a terminal with DDA", "TVR 8000008000", SDA, "E0E840", {}, "8000008000"),
)
def test_the_method_is_one_that_both_have(
    aip: str, capabilities: str, card: dict[int, bytes], tvr: str
) -> None:
    rules = replace(WITH_CA, capabilities=bytes.fromhex(capabilities))
    outcome = ends_with_tvr(tape_with(card, aip), tvr, rules)
    performed = outcome.tags[0x9B][0] & 0x80
    assert bool(performed) is (tvr[0] != "8")


@case("Book 2, 5.2", "a key of that index under another RID", "TVR 4200008000")
def test_another_schemes_key_of_the_same_index_is_not_taken() -> None:
    rules = replace(RULES, aids=(RULE,), ca_keys=(replace(ca_key(CA), rid=b"\xa0\0\0\0\x04"),))
    ends_with_tvr(tape_with(sda_card(), SDA), "4200008000", rules)
