"""Offline data authentication inside whole transactions: SDA, DDA, and what each failure marks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardamom.engines.emv.requests import Decision, Outcome
from cardamom.engines.emv.rules import Rules
from cardamom.values.events import Reason
from support.emv import PAN, RULE, RULES, UN, Tape, default_objects, t
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
SDA, DDA, BOTH = "5800", "3800", "7800"
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


def test_sda() -> None:
    outcome = ends_with_tvr(tape_with(sda_card(), SDA), "0200008000")
    assert outcome.tags[0x9F45].hex() == "dac0"
    assert outcome.tags[0x9F22].hex() == "94"
    assert outcome.tags[0x9B].hex() == "c800"


def dda(tape: Tape, signature: bytes | None = None, *, template: int = 0x77) -> Tape:
    signed = signed_dynamic(ICC, UN) if signature is None else signature
    body = signed if template == 0x80 else t(0x9F4B, signed)
    return tape.apdu("0088000004" + UN.hex() + "00", t(template, body))


@pytest.mark.parametrize("template", [0x77, 0x80])
@pytest.mark.parametrize("aip", [DDA, BOTH])
def test_dda(template: int, aip: str) -> None:
    tape = dda(tape_with(dda_card(aip), aip), template=template)
    outcome = ends_with_tvr(tape, "0000008000")
    assert outcome.tags[0x9F4C].hex() == "0102030405"
    assert outcome.tags[0x9B].hex() == "c800"


def test_the_cards_own_ddol() -> None:
    ddol = {0x9F49: bytes.fromhex("9F37049A03")}
    data = UN + bytes.fromhex("250511")
    tape = tape_with(dda_card() | ddol, DDA)
    tape.apdu("0088000007" + data.hex() + "00", t(0x77, t(0x9F4B, signed_dynamic(ICC, data))))
    ends_with_tvr(tape, "0000008000")


@pytest.mark.parametrize("missing", [0x8F, 0x90, 0x9F32, 0x93])
def test_sda_data_missing(missing: int) -> None:
    card = sda_card()
    del card[missing]
    ends_with_tvr(tape_with(card, SDA), "6200008000")


@pytest.mark.parametrize("missing", [0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47])
def test_dda_data_missing(missing: int) -> None:
    card = dda_card()
    del card[missing]
    ends_with_tvr(tape_with(card, DDA), "2800008000")


@pytest.mark.parametrize(
    "changed",
    [
        {0x8F: b"\x95"},
        {0x8F: b"\x92", 0x90: bytes(176)},
        {0x90: bytes(144)},
        {0x92: bytes(4)},
        {0x9F32: b"\x05"},
        {0x93: bytes(144)},
        {0x93: signed_static(ISSUER, SIGNED_BODY)},
    ],
)
def test_sda_fails(changed: dict[int, bytes]) -> None:
    ends_with_tvr(tape_with(sda_card() | changed, SDA), "4200008000")


@pytest.mark.parametrize(
    "changed",
    [
        {0x8F: b"\x95"},
        {0x9F46: bytes(144)},
        {0x9F48: b""},
        {0x9F47: b"\x11"},
        {0x9F49: bytes.fromhex("9A03")},
        {0x9F49: bytes.fromhex("9F37")},
    ],
)
def test_dda_fails_before_the_card_is_asked(changed: dict[int, bytes]) -> None:
    ends_with_tvr(tape_with(dda_card() | changed, DDA), "0800008000")


@pytest.mark.parametrize(
    "signature", [bytes(128), b"\x01", signed_dynamic(ICC, b"\0\0\0\0"), signed_dynamic(ISSUER, UN)]
)
def test_dda_fails_on_the_signature(signature: bytes) -> None:
    ends_with_tvr(dda(tape_with(dda_card(), DDA), signature), "0800008000")


@pytest.mark.parametrize(
    ("data", "sw"),
    [(b"", 0x6985), (b"", 0x9000), (t(0x77, b""), 0x9000), (b"\x80\x20\x00", 0x9000)],
)
def test_what_is_no_signed_data_ends_the_transaction(data: bytes, sw: int) -> None:
    tape = tape_with(dda_card(), DDA).apdu("0088000004" + UN.hex() + "00", data, sw)
    outcome = tape.run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@pytest.mark.parametrize("tag_list", [b"", b"\x82\x82", b"\x5a"])
def test_the_sda_tag_list_names_the_aip_alone(tag_list: bytes) -> None:
    body = SIGNED_BODY.replace(t(0x9F4A, b"\x82"), t(0x9F4A, tag_list))
    card = keys() | {0x93: signed_static(ISSUER, body + bytes.fromhex(SDA))}
    ends_with_tvr(tape_with(card, SDA, signed=body), "4200008000")


def test_without_a_tag_list_the_aip_is_not_signed() -> None:
    body = SIGNED_BODY.replace(t(0x9F4A, b"\x82"), b"")
    card = keys() | {0x93: signed_static(ISSUER, body)}
    ends_with_tvr(tape_with(card, SDA, signed=body), "0200008000")


def test_signed_records_beyond_file_10_are_signed_whole() -> None:
    record = t(0x70, t(0xDF01, b"issuer's own"))
    card = keys() | {0x93: signed_static(ISSUER, record)}
    objects = default_objects() | card
    tape = Tape().directory().initiate(SDA, "0801010058010101")
    body = b"".join(t(*item) for item in objects.items())
    tape.apdu("00B2010C00", t(0x70, body)).apdu("00B2015C00", record)
    ends_with_tvr(tape, "0200008000")


def test_a_signed_record_that_is_no_template_fails_the_authentication() -> None:
    objects = default_objects() | keys() | {0x93: signed_static(ISSUER, b"anything")}
    tape = Tape().directory().initiate(SDA, "0801010058010101")
    body = b"".join(t(*item) for item in objects.items())
    tape.apdu("00B2010C00", t(0x70, body)).apdu("00B2015C00", b"anything")
    ends_with_tvr(tape, "4200008000")


@pytest.mark.parametrize(("expires", "tvr"), [("250511", "02"), ("250510", "42"), ("", "02")])
def test_a_ca_key_past_its_date_counts_as_none(expires: str, tvr: str) -> None:
    rules = replace(RULES, ca_keys=(replace(ca_key(CA), expires=expires),))
    ends_with_tvr(tape_with(sda_card(), SDA), tvr + "00008000", rules)


@pytest.mark.parametrize(
    ("aip", "capabilities", "card", "tvr"),
    [
        ("1800", "E0E8C0", {}, "8000008000"),
        (BOTH, "E0E800", {}, "8000008000"),
        (BOTH, "E0E880", sda_card(BOTH), "0200008000"),
        ("1900", "E0E8C0", {}, "8000008000"),
    ],
)
def test_the_method_is_one_that_both_have(
    aip: str, capabilities: str, card: dict[int, bytes], tvr: str
) -> None:
    rules = replace(WITH_CA, capabilities=bytes.fromhex(capabilities))
    ends_with_tvr(tape_with(card, aip), tvr, rules)


def test_another_schemes_key_of_the_same_index_is_not_taken() -> None:
    rules = replace(RULES, aids=(RULE,), ca_keys=(replace(ca_key(CA), rid=b"\xa0\0\0\0\x04"),))
    ends_with_tvr(tape_with(sda_card(), SDA), "4200008000", rules)
