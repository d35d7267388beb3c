"""Secrets do not print, not even by accident."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.values.online import CardData
from cardamom.values.secret import Hidden, Key, Pan, Pin, PinBlock, Track2, mask_pan
from cardamom.values.tags import Tags

NUMBER = "6222020000000007"
DIGITS = st.text("0123456789", min_size=8, max_size=19)


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        (NUMBER, "622202******0007"),
        ("6222020000000000003", "622202*********0003"),
        ("4000000000006", "400000***0006"),
        ("400000000006", "************"),
        ("12345678", "********"),
        ("", ""),
        ("622202000000000x", "*" * 16),
        ("６２２２０２００００００００" + "07", "*" * 16),
        ("6222 0200 0000 0007", "*" * 19),
    ],
)
def test_a_number_is_masked_and_what_is_none_is_hidden_whole(digits: str, shown: str) -> None:
    assert mask_pan(digits) == shown


@given(DIGITS)
@settings(deadline=None)
def test_no_way_of_printing_a_number_shows_its_middle(digits: str) -> None:
    pan = Pan(digits)
    card = CardData(pan, "2812", 1)
    shown = [str(pan), repr(pan), f"{pan}", f"{pan!r}", repr(card), str([pan])]
    for text in shown:
        assert digits not in text
    assert pan.masked.count("*") == (len(digits) - 10 if len(digits) >= 13 else len(digits))
    assert pan.reveal() == digits
    assert pan.last4 == digits[-4:]


@pytest.mark.parametrize(
    "digits", ["", "1234567", "1" * 20, "622202000000000a", "６２２２０２００"]
)
def test_what_is_no_number_is_refused_without_telling_it(digits: str) -> None:
    with pytest.raises(ValueError, match="8 to 19 digits") as refusal:
        Pan(digits)
    assert not digits or digits not in str(refusal.value)


@pytest.mark.parametrize(
    "secret",
    [
        Pin(b"4826"),
        PinBlock(bytes.fromhex("0482679FFFFFFFFF")),
        Track2(bytes.fromhex("6222020000000007D28122010000000000")),
        Key(bytes(range(16))),
    ],
)
def test_hidden_values_show_their_type_alone(secret: Hidden) -> None:
    name = type(secret).__name__
    for text in (repr(secret), str(secret), f"{secret}", str((secret,)), f"{[secret]}"):
        assert f"<{name} hidden>" in text
        assert secret.reveal().hex() not in text
        assert repr(secret.reveal())[2:-1] not in text
    assert secret == type(secret)(secret.reveal())
    assert hash(secret) == hash(type(secret)(secret.reveal()))
    assert secret != secret.reveal()


@pytest.mark.parametrize("secret", [Pin(b"4826"), Key(bytes(16)), Pan(NUMBER)])
def test_secrets_are_never_serialised(secret: object) -> None:
    for way in (
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        msgspec.json.encode,
        msgspec.msgpack.encode,
    ):
        with pytest.raises(TypeError):
            way(secret)


def test_secrets_of_different_kinds_are_never_equal() -> None:
    assert Key(bytes(8)) != PinBlock(bytes(8))
    assert Pan(NUMBER) != NUMBER
    assert Pan(NUMBER) == Pan(NUMBER)
    assert len({Pan(NUMBER), Pan(NUMBER)}) == 1


@pytest.mark.parametrize("digits", [b"", b"123", b"1234567890123", b"12a4", b"\xff" * 4])
def test_a_pin_has_4_to_12_digits(digits: bytes) -> None:
    with pytest.raises(ValueError, match="4 to 12 digits"):
        Pin(digits)
    assert Pin(b"1234").reveal() == b"1234"
    assert Pin(b"123456789012").reveal() == b"123456789012"


def test_tags_print_their_numbers_alone() -> None:
    tags = Tags({0x5A: bytes.fromhex(NUMBER), 0x9F02: bytes(6)})
    assert repr(tags) == str(tags) == "Tags(5A 9F02)"
    assert tags[0x9F02] == bytes(6)
    assert dict(tags) == {0x5A: bytes.fromhex(NUMBER), 0x9F02: bytes(6)}
    assert len(tags) == 2


def test_card_data_shows_neither_number_nor_track() -> None:
    card = CardData(Pan(NUMBER), "2812", 1, Track2(bytes.fromhex(NUMBER)))
    assert NUMBER not in repr(card)
    assert NUMBER not in repr(replace(card, psn=2))
    assert "Track2 hidden" in repr(card)
