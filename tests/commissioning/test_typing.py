"""Letters on sixteen keys: all that a host name or a password may hold can be typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cardamom.commissioning.typing import Typing
from cardamom.values.commissioning import Answering, Letters
from cardamom.values.keys import Key
from support.technician import presses

ASCII = "".join(map(chr, range(0x20, 0x7F)))


def typed(keys: list[str], field: Typing) -> Typing:
    for key in keys:
        field = field.pressed(Key(key))
    return field


@given(st.text(alphabet=ASCII, max_size=63))
def test_any_password_can_be_typed(text: str) -> None:
    field = typed(presses(text), Typing.of(Answering.SECRET, 63))
    assert field.text == text
    assert field.settled().shown == "*" * len(text)


def test_a_key_goes_through_its_letters_and_around() -> None:
    field = Typing.of(Answering.TEXT, 9)
    seen = []
    for _ in range(5):
        field = field.pressed(Key.D2)
        seen.append(field.shown)
    assert seen == ["a", "b", "c", "2", "a"]
    assert field.settled().pressed(Key.D2).shown == "aa"
    assert field.pressed(Key.CLEAR).shown == ""


def test_of_a_password_only_the_letter_under_way_is_seen() -> None:
    field = typed(["2", "3"], Typing.of(Answering.SECRET, 9))
    assert (field.shown, field.settled().shown) == ("*d", "**")
    code = typed(["2", "2"], Typing.of(Answering.SECRET_DIGITS, 9))
    assert (code.text, code.shown) == ("22", "**")


def test_a_full_field_takes_no_more() -> None:
    field = typed(["1", "2", "3"], Typing.of(Answering.DIGITS, 2))
    assert field.text == "12"
    full = Typing.of(Answering.TEXT, 1).pressed(Key.D2)
    assert full.pressed(Key.D3).text == "a"
    assert full.pressed(Key.D2).text == "b"


def test_f_changes_the_letters_but_of_digits() -> None:
    field = Typing.of(Answering.TEXT, 9)
    seen = [field.letters]
    for _ in range(4):
        field = field.pressed(Key.MENU)
        seen.append(field.letters)
    assert seen == [
        Letters.LOWER,
        Letters.UPPER,
        Letters.DIGITS,
        Letters.SIGNS,
        Letters.LOWER,
    ]
    address = typed(["1", "up", "2", "up", "up", "8"], Typing.of(Answering.TEXT, 9, first="123"))
    assert address.text == "1.2/8"
    assert Typing.of(Answering.DIGITS, 5).pressed(Key.UP).text == ""
    assert Typing.of(Answering.DIGITS, 5).pressed(Key.MENU).letters is Letters.DIGITS
