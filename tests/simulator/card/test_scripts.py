"""Issuer scripts really performed; MAC and enciphered PIN come from pyemv."""

from __future__ import annotations

import pyemv
import pytest

from cardamom.simulator.card.card import Card
from cardamom.simulator.testdata import issuer_keys
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
)

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES:Warning")


def first(card: Card, asked: int = ARQC) -> dict[int, bytes]:
    initiate(card)
    return objects(generate_ac(card, asked))


def run(card: Card, answer: dict[int, bytes], header: str, body: bytes = b"") -> int:
    return send(card, script(card.profile.applications[0], answer, header, body)).sw


def second(card: Card, asked: int, answer: dict[int, bytes], code: bytes = b"00") -> int:
    issuer = arpc(card.profile.applications[0], answer, code)
    return objects(generate_ac(card, asked, issuer + code + CDOL_DATA))[0x9F27][0]


def enciphered(card: Card, answer: dict[int, bytes], block: bytes) -> bytes:
    a = card.profile.applications[0]
    key = pyemv.kd.derive_icc_mk_a(issuer_keys().smc.reveal(), a.pan, f"{a.psn:02d}")
    key = pyemv.kd.derive_common_sk(key, answer[0x9F26])
    return bytes(pyemv.sm.encrypt_command_data(key, block, pyemv.sm.EncryptionType.EMV))


def verify(card: Card, pin: str) -> int:
    initiate(card)
    return send(card, "0020008008" + f"2{len(pin):X}{pin}".ljust(16, "F")).sw


def test_blocked_and_unblocked_in_one_transaction() -> None:
    card = powered()
    answer = first(card)
    assert run(card, answer, "841E0000") == 0x9000
    assert second(card, TC, answer) == AAC, "a blocked application gives nothing more"
    assert run(card, answer, "84180000") == 0x9000
    assert select(card).ok


def test_unblocked_before_the_decision() -> None:
    card = powered()
    answer = first(card)
    assert run(card, answer, "841E0000") == 0x9000
    assert run(card, answer, "84180000") == 0x9000
    assert second(card, TC, answer) == TC


@pytest.mark.parametrize("pin", ["8765", "123456789012"])
def test_a_new_pin(pin: str) -> None:
    card = powered("offline-pin")
    for _ in range(3):
        verify(card, "0000")
    answer = first(card)
    block = pyemv.sm.format_iso9564_2_pin_block(pin)
    assert run(card, answer, "84240002", enciphered(card, answer, block)) == 0x9000
    assert send(card, "80CA9F1700").data == bytes.fromhex("9F170103")
    card.reset()
    assert verify(card, "1234") == 0x63C2
    assert verify(card, pin) == 0x9000


@pytest.mark.parametrize(
    ("block", "sw"),
    [
        ("141234FFFFFFFFFF", 0x6A80),
        ("231234FFFFFFFFFF", 0x6A80),
        ("24123AFFFFFFFFFF", 0x6A80),
        ("241234FFFFFFFF00", 0x6A80),
        ("241234FFFFFFFF", 0x6A80),
    ],
)
def test_a_new_pin_that_is_none(block: str, sw: int) -> None:
    card = powered("offline-pin")
    answer = first(card)
    data = enciphered(card, answer, bytes.fromhex(block))
    assert run(card, answer, "84240002", data) == sw
    card.reset()
    assert verify(card, "1234") == 0x9000, "the old one holds"


@pytest.mark.parametrize(("data", "sw"), [(b"", 0x6700), (bytes(7), 0x6700), (bytes(16), 0x6A80)])
def test_a_new_pin_that_is_not_enciphered(data: bytes, sw: int) -> None:
    card = powered("offline-pin")
    answer = first(card)
    assert run(card, answer, "84240002", data) == sw


def test_pin_change_of_other_kinds() -> None:
    card = powered("offline-pin")
    assert run(card, first(card), "84240001") == 0x6A86
    without = powered("signature")
    assert run(without, first(without), "84240000") == 0x6985


def test_put_data_moves_the_cards_limits() -> None:
    card = powered("velocity")
    answer = first(card)
    assert send(card, "80CA9F5800").data.hex() == "9f580102"
    assert run(card, answer, "04DA9F58", b"\x05") == 0x9000
    assert run(card, answer, "04DA9F59", b"\x07") == 0x9000
    assert send(card, "80CA9F5800").data.hex() == "9f580105"
    assert send(card, "80CA9F5900").data.hex() == "9f590107"


@pytest.mark.parametrize(
    ("header", "body", "sw"),
    [
        ("04DA9F36", b"\0\1", 0x6A88),
        ("04DA9F58", b"\0\1", 0x6700),
        ("04DA9F58", b"", 0x6700),
        ("84DA9F58", b"\1", 0x6D00),
    ],
)
def test_put_data_of_what_it_has_not(header: str, body: bytes, sw: int) -> None:
    card = powered("velocity")
    assert run(card, first(card), header, body) == sw


def test_every_command_needs_its_mac() -> None:
    for header, body in (
        ("841E0000", b""),
        ("84180000", b""),
        ("84160000", b""),
        ("84240000", b""),
        ("04DA9F58", b"\x09"),
    ):
        card = powered("velocity")
        answer = first(card)
        good = script(card.profile.applications[0], answer, header, body)
        for at in range(5, len(good)):
            wrong = bytearray(good)
            wrong[at] ^= 0x01
            assert send(card, bytes(wrong)).sw == 0x6988, f"{header}, byte {at}"
        assert send(card, "80CA9F5800").data.hex() == "9f580102"
        assert select(card).ok


def test_nothing_runs_without_an_arqc() -> None:
    card = powered("velocity")
    initiate(card)
    invented = {0x9F36: b"\0\1", 0x9F26: bytes(8)}
    assert run(card, invented, "841E0000") == 0x6985
    answer = objects(generate_ac(card, AAC))
    assert run(card, answer, "841E0000") == 0x6985


def offline_sale(card: Card) -> tuple[int, dict[int, bytes]]:
    answer = first(card, TC)
    return answer[0x9F27][0], answer


def test_the_cards_own_velocity() -> None:
    """It approves two alone, asks for the issuer at the third, and takes no more than four where
    nobody can be asked."""
    card = powered("velocity")
    unable = bytes(10)
    given = []
    for _ in range(5):
        cid, _answer = offline_sale(card)
        if cid == ARQC:
            ends = generate_ac(card, TC, unable + b"Y3" + CDOL_DATA)
            given.append((cid, objects(ends)[0x9F27][0]))
        else:
            given.append((cid, cid))
    assert given == [(TC, TC), (TC, TC), (ARQC, TC), (ARQC, TC), (ARQC, AAC)]
    cid, answer = offline_sale(card)
    assert cid == ARQC
    assert second(card, TC, answer) == TC
    assert offline_sale(card)[0] == TC, "online sets the count back"
