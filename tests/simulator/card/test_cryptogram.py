"""GENERATE AC, issuer authentication and scripts, with pyemv as the issuer."""

from __future__ import annotations

import pyemv
import pytest
from msgspec import structs

from cardamom.engines.apdu import command
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import ApplicationProfile, load_profile
from support.cards import (
    AAC,
    ARQC,
    CDOL_DATA,
    TC,
    arpc,
    generate_ac,
    initiate,
    objects,
    powered,
    script,
    select,
    send,
    session,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES:Warning")

NO_ARPC = bytes(10)


def varied(**changes: object) -> Card:
    plastic = load_profile("debit")
    application = structs.replace(plastic.applications[0], **changes)
    card = Card(structs.replace(plastic, applications=(application,)))
    card.power_on()
    return card


def application(card: Card) -> ApplicationProfile:
    return card.profile.applications[0]


def first(card: Card, asked: int = ARQC) -> dict[int, bytes]:
    initiate(card)
    return objects(generate_ac(card, asked))


def second(card: Card, asked: int, issuer: bytes, code: bytes = b"00") -> dict[int, bytes]:
    return objects(generate_ac(card, asked, issuer + code + CDOL_DATA))


def test_the_issuer_recomputes_the_request_cryptogram() -> None:
    card = powered()
    answer = first(card)
    assert answer[0x9F27] == b"\x80"
    assert answer[0x9F36] == b"\x00\x01"
    assert answer[0x9F10].hex().upper() == "06011203A00000"
    data = CDOL_DATA + bytes.fromhex("3800") + answer[0x9F36] + answer[0x9F10]
    key = session(application(card), answer[0x9F36])
    assert answer[0x9F26] == pyemv.ac.generate_ac(key, data)


def test_answers_in_format_1() -> None:
    card = powered("sda")
    initiate(card)
    answer = generate_ac(card, ARQC)
    assert answer.data[:3].hex() == "801280"
    key = session(application(card), b"\0\1")
    issuer_data = answer.data[13:]
    data = CDOL_DATA + bytes.fromhex("5800") + b"\0\1" + issuer_data
    assert answer.data[5:13] == pyemv.ac.generate_ac(key, data)


def test_every_transaction_has_its_own_cryptogram() -> None:
    card = powered()
    assert first(card)[0x9F26] != first(card)[0x9F26]


@pytest.mark.parametrize(
    ("changes", "asked", "given"),
    [
        ({}, AAC, AAC),
        ({}, ARQC, ARQC),
        ({}, TC, ARQC),
        ({"offline": True}, TC, TC),
        ({"offline": True}, ARQC, ARQC),
        ({"first": "decline"}, ARQC, AAC),
        ({"first": "decline", "offline": True}, TC, AAC),
    ],
)
def test_first_decision(changes: dict[str, object], asked: int, given: int) -> None:
    assert first(varied(**changes), asked)[0x9F27][0] == given


def test_approval_with_the_issuers_cryptogram() -> None:
    card = powered()
    answer = first(card)
    completed = second(card, TC, arpc(application(card), answer))
    assert completed[0x9F27] == b"\x40"
    assert completed[0x9F10].hex().upper() == "06011203600000"
    data = CDOL_DATA + bytes.fromhex("3800") + completed[0x9F36] + completed[0x9F10]
    key = session(application(card), completed[0x9F36])
    assert completed[0x9F26] == pyemv.ac.generate_ac(key, data)
    assert send(card, "80CA9F1300").data == bytes.fromhex("9F13020001")


def test_a_wrong_issuer_cryptogram_is_refused() -> None:
    card = powered()
    issuer = bytearray(arpc(application(card), first(card)))
    issuer[0] ^= 1
    completed = second(card, TC, bytes(issuer))
    assert completed[0x9F27] == b"\x00"
    assert completed[0x9F10].hex().upper() == "06011203280000"
    assert send(card, "80CA9F1300").data == bytes.fromhex("9F13020000")


def test_the_issuer_cryptogram_covers_the_response_code() -> None:
    card = powered()
    issuer = arpc(application(card), first(card), b"05")
    assert second(card, TC, issuer[:8] + b"00")[0x9F27] == b"\x00"


@pytest.mark.parametrize(
    ("changes", "asked", "code", "given"),
    [
        ({}, TC, b"00", TC),
        ({"arpc": "required"}, TC, b"00", AAC),
        ({}, AAC, b"05", AAC),
        ({}, TC, b"Y3", AAC),
        ({"offline": True}, TC, b"Y3", TC),
        ({"offline": True}, AAC, b"Z3", AAC),
        ({"second": "decline"}, TC, b"00", AAC),
    ],
)
def test_second_decision_without_an_issuer_cryptogram(
    changes: dict[str, object], asked: int, code: bytes, given: int
) -> None:
    card = varied(**changes)
    first(card)
    assert second(card, asked, NO_ARPC, code)[0x9F27][0] == given


def test_the_card_that_declines_whatever_the_issuer_said() -> None:
    card = powered("declines-second")
    issuer = arpc(application(card), first(card))
    assert second(card, TC, issuer)[0x9F27] == b"\x00"


def external_authenticate(card: Card, issuer: bytes) -> int:
    return send(card, command(0x00, 0x82, 0, 0, issuer)).sw


def test_external_authenticate() -> None:
    card = powered("signature")
    issuer = arpc(application(card), first(card))
    assert external_authenticate(card, issuer) == 0x9000
    assert external_authenticate(card, issuer) == 0x6985, "once a transaction"
    assert second(card, TC, b"")[0x9F27] == b"\x40"


def test_external_authenticate_that_fails_ends_in_a_refusal() -> None:
    card = powered("signature")
    first(card)
    assert external_authenticate(card, bytes(10)) == 0x6300
    assert second(card, TC, b"")[0x9F27] == b"\x00"


def test_external_authenticate_out_of_turn() -> None:
    card = powered("signature")
    initiate(card)
    assert external_authenticate(card, bytes(10)) == 0x6985
    generate_ac(card, ARQC)
    assert external_authenticate(card, bytes(7)) == 0x6700
    by_cdol = powered()
    first(by_cdol)
    assert external_authenticate(by_cdol, bytes(10)) == 0x6985


def test_generate_ac_out_of_turn() -> None:
    card = powered()
    select(card)
    assert generate_ac(card, ARQC).sw == 0x6985
    initiate(card)
    assert generate_ac(card, ARQC, CDOL_DATA[:-1]).sw == 0x6700
    assert generate_ac(card, 0xC0).sw == 0x6A86
    assert generate_ac(card, ARQC).ok
    assert generate_ac(card, ARQC, NO_ARPC + b"00" + CDOL_DATA).sw == 0x6985
    assert generate_ac(card, AAC, NO_ARPC + b"00" + CDOL_DATA).ok
    assert generate_ac(card, AAC, NO_ARPC + b"00" + CDOL_DATA).sw == 0x6985, "two at most"
    after_aac = powered()
    first(after_aac, AAC)
    assert generate_ac(after_aac, AAC, NO_ARPC + b"00" + CDOL_DATA).sw == 0x6985


def test_verification_results_tell_of_pin_and_dda() -> None:
    card = powered("offline-pin")
    initiate(card)
    send(card, "0020008008241111FFFFFFFFFF")
    send(card, command(0x00, 0x88, 0, 0, bytes(4), 0))
    answer = objects(generate_ac(card, ARQC))
    assert answer[0x9F10].hex().upper() == "06011203A60002"


def test_application_block_and_unblock_by_script() -> None:
    card = powered()
    answer = first(card)
    assert send(card, script(application(card), answer, "841E0000")).ok
    completed = second(card, TC, arpc(application(card), answer))
    assert completed[0x9F10].hex().upper() == "06011203200010", "an AAC and nothing more"
    assert select(card).sw == 0x6283
    assert send(card, script(application(card), answer, "84180000")).sw == 0x6985, "no ARQC yet"


def test_pin_unblock_by_script() -> None:
    card = powered("offline-pin")
    initiate(card)
    for _ in range(3):
        send(card, "0020008008241111FFFFFFFFFF")
    answer = objects(generate_ac(card, ARQC))
    assert answer[0x9F10].hex().upper() == "06011203A64000"
    assert send(card, script(application(card), answer, "84240000")).ok
    assert send(card, "80CA9F1700").data == bytes.fromhex("9F170103")


def test_card_block_by_script() -> None:
    card = powered()
    assert send(card, script(application(card), first(card), "84160000")).ok
    card.reset()
    assert select(card).sw == 0x6A81


def test_a_script_with_a_wrong_mac_changes_nothing() -> None:
    card = powered()
    answer = first(card)
    good = script(application(card), answer, "841E0000")
    assert send(card, good[:-1] + bytes((good[-1] ^ 1,))).sw == 0x6988
    assert send(card, "841E00000101").sw == 0x6700
    completed = second(card, TC, arpc(application(card), answer))
    assert completed[0x9F10].hex().upper() == "06011203600008"
    assert select(card).ok
