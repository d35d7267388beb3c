"""Letters on a keypad of sixteen keys: a key pressed again and again goes through its letters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from cardamom.values.commissioning import Answering, Letters
from cardamom.values.keys import Key

WAIT_S: Final = 1.2
"""After which the next press of the same key is a new letter."""
STAR: Final = "*"
LOWER: Final = {
    Key.D1: ".-_:/@1",
    Key.D2: "abc2",
    Key.D3: "def3",
    Key.D4: "ghi4",
    Key.D5: "jkl5",
    Key.D6: "mno6",
    Key.D7: "pqrs7",
    Key.D8: "tuv8",
    Key.D9: "wxyz9",
    Key.D0: " 0",
}
SIGNS: Final = {
    Key.D1: ".,-_",
    Key.D2: "@#$%",
    Key.D3: "&*+=",
    Key.D4: "/\\|~",
    Key.D5: "()[]",
    Key.D6: "{}<>",
    Key.D7: "!?;:",
    Key.D8: "'\"`^",
    Key.D0: " ",
}
MARKS: Final = "./,:-"
TABLES: Final[dict[Letters, dict[Key, str]]] = {
    Letters.LOWER: LOWER,
    Letters.UPPER: {key: letters.upper() for key, letters in LOWER.items()},
    Letters.SIGNS: SIGNS,
    # Up: what stands in an address
    Letters.DIGITS: {**{key: key.value for key in LOWER}, Key.UP: MARKS},
    Letters.HEX: {**{key: key.value for key in LOWER}, Key.D2: "2ABC", Key.D3: "3DEF"},
}
ORDER: Final = (Letters.LOWER, Letters.UPPER, Letters.DIGITS, Letters.SIGNS)


@dataclass(frozen=True, slots=True)
class Typing:
    """A field that is being typed."""

    answering: Answering
    longest: int
    text: str = ""
    letters: Letters = Letters.LOWER
    cycling: Key | None = None
    """The key whose letter stands at the end and may still change."""

    @classmethod
    def of(cls, answering: Answering, longest: int, text: str = "", *, first: str = "") -> Typing:
        """`first`: the letters that it begins with, where they are not digits."""
        if answering in (Answering.DIGITS, Answering.SECRET_DIGITS):
            return cls(answering, longest, text, Letters.DIGITS)
        return cls(answering, longest, text, Letters(first) if first else Letters.LOWER)

    @property
    def digits_only(self) -> bool:
        return self.answering in (Answering.DIGITS, Answering.SECRET_DIGITS)

    @property
    def shown(self) -> str:
        """Secrets as stars; the newest letter of a password while it may still change."""
        if self.answering is Answering.SECRET:
            hidden = len(self.text) - (self.cycling is not None)
            return STAR * hidden + self.text[hidden:]
        return STAR * len(self.text) if self.answering is Answering.SECRET_DIGITS else self.text

    def pressed(self, key: Key) -> Typing:
        """After a key other than Enter and Cancel. Down ends a letter, F changes the letters."""
        if key is Key.MENU and self.letters in ORDER and not self.digits_only:
            later = ORDER[(ORDER.index(self.letters) + 1) % len(ORDER)]
            return replace(self, letters=later, cycling=None)
        if key is Key.CLEAR:
            return replace(self, text=self.text[:-1], cycling=None)
        if key is Key.DOWN:
            return self.settled()
        choices = TABLES[self.letters].get(key, "")
        if self.digits_only and key.digit is None:
            choices = ""
        if not choices:
            return self
        if self.cycling is key and len(choices) > 1:
            at = choices.index(self.text[-1])
            return replace(self, text=self.text[:-1] + choices[(at + 1) % len(choices)])
        if len(self.text) >= self.longest:
            return self.settled()
        return replace(self, text=self.text + choices[0], cycling=key if len(choices) > 1 else None)

    def settled(self) -> Typing:
        """The newest letter stays."""
        return replace(self, cycling=None)
