"""A technician at the keys of a terminal that is not set up."""

from __future__ import annotations

from cardamom.commissioning.typing import ORDER, TABLES
from cardamom.simulator.rig import Rig
from cardamom.values.commissioning import Letters

NEW = """
[commissioning]
stage = "new"  # until a technician was here
answers = "commission.json"
helper = ""
stick = "stick"
network = "simulated"
"""


def presses(text: str, letters: Letters = Letters.LOWER) -> list[str]:
    """The keys that type it, where the field begins with these letters."""
    keys: list[str] = []
    before = None
    digits = TABLES[Letters.DIGITS].values()
    if text and all(any(char in choices for choices in digits) for char in text):
        while letters is not Letters.DIGITS:
            keys.append("menu")
            letters = ORDER[(ORDER.index(letters) + 1) % len(ORDER)]
    for char in text:
        wanted = next(t for t in (letters, *ORDER) if any(char in c for c in TABLES[t].values()))
        while letters is not wanted:
            keys.append("menu")
            letters, before = ORDER[(ORDER.index(letters) + 1) % len(ORDER)], None
        key, choices = next((k, c) for k, c in TABLES[letters].items() if char in c)
        if key is before and len(choices) > 1:
            keys.append("down")
        keys += [key.value] * (choices.index(char) + 1)
        before = key
    return keys


def hex_presses(digits: str) -> list[str]:
    """The keys that type hex digits."""
    keys: list[str] = []
    before = None
    for char in digits:
        key, choices = next((k, c) for k, c in TABLES[Letters.HEX].items() if char in c)
        if key is before and len(choices) > 1:
            keys.append("down")
        keys += [key.value] * (choices.index(char) + 1)
        before = key
    return keys


class Technician:
    """Presses keys, and looks first whether the screen asks for them."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def begins(self) -> None:
        self._rig.begin_terminal()
        self._rig.until(self._rig.shows, "the terminal has no screen")

    def chooses(self, digit: str) -> None:
        self._rig.sees("SetupChoice")
        self._rig.press(digit)

    def types(self, text: str, letters: Letters = Letters.LOWER, *, cleared: int = 0) -> None:
        self._rig.sees("SetupText")
        self._rig.press(*["clear"] * cleared, *presses(text, letters), "enter")

    def enters(self, *screens: str) -> None:
        self._rig.sees(*screens)
        self._rig.press("enter")
