"""Persons who type the components of a key at the terminal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

import pytest

from cardamom.commissioning.components import PATIENCE_S, ComponentsRefused, Entry
from cardamom.engines.keys.check import check_value
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.components import Component
from cardamom.values.commissioning import KeyField, KeyRefusal
from cardamom.values.keys import Key
from cardamom.values.screens import Screen, StatusLine
from cardamom.values.secret import Key as SecretKey
from cardamom.values.setup_screens import SetupKeyPart, SetupKeyText, SetupKeyWhole
from support.keyed import COMPONENTS, PROTECTION, typed
from support.technician import hex_presses

TDES: Final = ("0123456789ABCDEFFEDCBA9876543210", "2A3B4C5D6E7F80912233445566778899")


@dataclass
class Hall:
    """Screen and keys. None: nobody presses anything for as long as is waited."""

    keys: list[str | None]
    screens: list[Screen] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def show(self, screen: Screen) -> None:
        self.screens.append(screen)

    def status(self, line: StatusLine) -> None: ...

    async def key_within(self, wait_s: float) -> Key | None:
        self.waits.append(wait_s)
        key = self.keys.pop(0)
        return None if key is None else Key(key)

    def run(self, of: int) -> tuple[Component, str] | None:
        return asyncio.run(Entry(self, self.key_within).run(of))

    def refusals(self) -> list[KeyRefusal]:
        found = (s.refused for s in self.screens if isinstance(s, SetupKeyText))
        return [why for why in found if why is not None]


def person(name: str, digits: str, check: str) -> list[str | None]:
    """Types it and reads the screen behind it."""
    return [*name, "enter", *hex_presses(digits), "enter", *hex_presses(check), "enter", "enter"]


def kcv(digits: str, cipher: Cipher) -> str:
    return check_value(SecretKey(bytes.fromhex(digits)), cipher).digits


def test_two_persons_make_the_key() -> None:
    (first, second) = typed()
    hall = Hall([*person("471", *first), *person("472", *second), "enter"])
    assert hall.run(2) == (PROTECTION, "471 and 472")
    assert hall.keys == []
    told = [s for s in hall.screens if not isinstance(s, SetupKeyText)]
    assert told == [
        SetupKeyPart(1, 2, first[1]),
        SetupKeyPart(2, 2, second[1]),
        SetupKeyWhole(PROTECTION.check.digits, "AES"),
    ]


def test_no_more_of_a_component_is_seen_than_the_digit_under_way() -> None:
    (first, second) = typed()
    hall = Hall([*person("471", *first), *person("472", *second), "enter"])
    hall.run(2)
    shown = [
        s for s in hall.screens if isinstance(s, SetupKeyText) and s.field is KeyField.COMPONENT
    ]
    assert max(s.count for s in shown) == len(COMPONENTS[0])
    for screen in shown:
        clear = screen.typed.lstrip("*")
        assert len(clear) <= screen.waiting
    assert not any(digits in repr(hall.screens) for digits in COMPONENTS)


def test_the_check_value_tells_the_cipher() -> None:
    parts = [(digits, kcv(digits, Cipher.TDES)[:6]) for digits in TDES]
    hall = Hall([*person("1", *parts[0]), *person("2", *parts[1]), "enter"])
    done = hall.run(2)
    assert done is not None
    assert done[0].cipher is Cipher.TDES


def test_a_typing_error_is_found_and_the_third_ends_it() -> None:
    ((digits, check), second) = typed()
    wrong = person("1", digits[:-1] + "0", check)[2:-1]
    hall = Hall(
        ["1", "enter", *wrong, *person("1", digits, check)[2:], *person("2", *second), "enter"]
    )
    assert hall.run(2) is not None
    assert set(hall.refusals()) == {KeyRefusal.CHECK}
    with pytest.raises(ComponentsRefused, match="3 wrong components: nothing was taken"):
        Hall(["1", "enter", *wrong, *wrong, *wrong]).run(2)


def test_lengths_and_persons_are_seen_to_at_once() -> None:
    ((digits, check), second) = typed()
    keys: list[str | None] = ["enter", "1", "enter", "5", "enter", "clear"]
    keys += [*person("", digits, check)[1:], "1", "enter", "clear", "2", "enter"]
    keys += [*hex_presses(TDES[0]), "enter", *["clear"] * 32]
    keys += [*person("", *second)[1:], "enter"]
    hall = Hall(keys)
    assert hall.run(2) is not None
    assert list(dict.fromkeys(hall.refusals())) == [
        KeyRefusal.NOBODY,
        KeyRefusal.LENGTH,
        KeyRefusal.SAME_PERSON,
    ]


@pytest.mark.parametrize("keys", [["1", "enter", "5", "cancel"], ["1", "enter", "5", None]])
def test_an_entry_can_be_left_and_is_when_nobody_is_there(keys: list[str | None]) -> None:
    hall = Hall(keys)
    assert hall.run(2) is None
    assert hall.waits[-1] == PATIENCE_S


def test_a_key_that_is_not_the_one_on_the_sheets_is_not_taken() -> None:
    (first, second) = typed()
    hall = Hall([*person("1", *first), *person("2", *second), "cancel"])
    assert hall.run(2) is None


def test_two_components_alike_are_refused() -> None:
    (first, _) = typed()
    with pytest.raises(ComponentsRefused, match="two components are the same"):
        Hall([*person("1", *first), *person("2", *first)]).run(2)


def test_three_persons() -> None:
    third = "0F" * 32
    parts = [*typed(), (third, kcv(third, Cipher.AES))]
    keys = [key for name, part in zip("123", parts, strict=True) for key in person(name, *part)]
    done = Hall([*keys, "enter"]).run(3)
    assert done is not None
    assert done[1] == "1 and 2 and 3"
