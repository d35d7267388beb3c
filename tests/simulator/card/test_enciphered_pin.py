"""The card's side of an enciphered PIN (Book 2, 7): the block is enciphered here with the numbers
of the key that the card's certificates name, recovered without the card's code."""

from __future__ import annotations

import pytest

from cardamom.simulator.card.card import Card
from cardamom.simulator.testdata import chain
from support.cards import initiate, powered, send


def block(pin: str = "1234") -> bytes:
    return bytes.fromhex(f"2{len(pin):X}{pin}".ljust(16, "F"))


def challenge(card: Card) -> bytes:
    reply = send(card, "0084000000")
    assert reply.ok
    assert len(reply.data) == 8
    return reply.data


def key(card: Card) -> tuple[int, int, int]:
    """Modulus, exponent, size: of the first chain's card, or of the second's for an own key."""
    a = card.profile.applications[0]
    icc = chain("ca1984" if a.pin_encipherment == "icc" else "ca1408").icc
    return icc.n, icc.exponent, icc.size


def sealed(card: Card, number: bytes, pin: str = "1234", header: int = 0x7F) -> bytes:
    n, e, size = key(card)
    clear = bytes((header,)) + block(pin) + number + b"\xa5" * (size - 17)
    return pow(int.from_bytes(clear), e, n).to_bytes(size)


def verify(card: Card, data: bytes) -> int:
    return send(card, bytes((0x00, 0x20, 0x00, 0x88, len(data))) + data).sw


@pytest.fixture(params=["enciphered-pin", "enciphered-pin-own"])
def card(request: pytest.FixtureRequest) -> Card:
    made = powered(request.param)
    initiate(made)
    return made


def test_right_and_wrong(card: Card) -> None:
    assert verify(card, sealed(card, challenge(card), "4321")) == 0x63C2
    assert verify(card, sealed(card, challenge(card))) == 0x9000
    assert send(card, "80CA9F1700").data == bytes.fromhex("9F170103")


def test_used_up(card: Card) -> None:
    for left in (2, 1, 0):
        assert verify(card, sealed(card, challenge(card), "0000")) == 0x63C0 | left
    assert verify(card, sealed(card, challenge(card))) == 0x6983


def test_a_challenge_counts_once_and_the_latest_alone(card: Card) -> None:
    old = challenge(card)
    new = challenge(card)
    assert verify(card, sealed(card, old)) == 0x6A80
    assert verify(card, sealed(card, new)) == 0x6985, "used up with the command before"
    assert send(card, "80CA9F1700").data == bytes.fromhex("9F170103")


def test_without_a_challenge(card: Card) -> None:
    assert verify(card, sealed(card, bytes(8))) == 0x6985


def test_what_is_no_block(card: Card) -> None:
    _, _, size = key(card)
    number = challenge(card)
    assert verify(card, sealed(card, number, header=0x7E)) == 0x6A80
    challenge(card)
    assert verify(card, bytes(size - 1)) == 0x6700
    challenge(card)
    assert verify(card, b"\xff" * size) == 0x6A80
    assert send(card, "80CA9F1700").data == bytes.fromhex("9F170103")


def test_the_plaintext_pin_holds_as_well(card: Card) -> None:
    assert send(card, bytes.fromhex("0020008008") + block()).ok
