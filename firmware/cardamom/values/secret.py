"""Values that must never be seen: they compare and they are used, but they do not print."""

from __future__ import annotations

import hmac
from typing import ClassVar, Final, NoReturn

MASK: Final = "*"


class Hidden:
    """Base of everything secret. `repr`, `str`, `format` show the type alone; pickling is refused.

    The value leaves through `reveal()` only, so that a reviewer can find each such place.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        return self._value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} hidden>"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash((type(self), self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is never serialised")


class Pin(Hidden):
    """A clear PIN as ASCII digits, 4 to 12 of them."""

    __slots__ = ()

    def __init__(self, digits: bytes) -> None:
        if not (4 <= len(digits) <= 12 and digits.isdigit()):
            raise ValueError("a PIN has 4 to 12 digits")
        super().__init__(digits)


class Passcode(Hidden):
    """What a supervisor types to prove the role: 6 to 12 digits."""

    __slots__ = ()
    SHORTEST: ClassVar = 6
    LONGEST: ClassVar = 12

    def __init__(self, digits: bytes) -> None:
        if not (self.SHORTEST <= len(digits) <= self.LONGEST and digits.isdigit()):
            raise ValueError("a passcode has 6 to 12 digits")
        super().__init__(digits)


class PinBlock(Hidden):
    """An enciphered PIN block (ISO 9564-1)."""

    __slots__ = ()


class Track2(Hidden):
    """Track 2 equivalent data as it stands in tag 57: BCD with separator D, padded with F."""

    __slots__ = ()


class Key(Hidden):
    """A cryptographic key."""

    __slots__ = ()


class Pan:
    """A primary account number. Prints masked: first 6, last 4; a short one is hidden whole."""

    __slots__ = ("_digits",)

    def __init__(self, digits: str) -> None:
        if not (8 <= len(digits) <= 19 and digits.isascii() and digits.isdigit()):
            raise ValueError("a card number has 8 to 19 digits")
        self._digits = digits

    def reveal(self) -> str:
        return self._digits

    @property
    def last4(self) -> str:
        return self._digits[-4:]

    @property
    def masked(self) -> str:
        return mask_pan(self._digits)

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"Pan({self.masked})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pan) and other._digits == self._digits

    def __hash__(self) -> int:
        return hash((Pan, self._digits))

    def __reduce__(self) -> NoReturn:
        raise TypeError("Pan is never serialised")


def mask_pan(digits: str) -> str:
    """First 6 and last 4 of 13 or more digits; anything else is hidden whole."""
    if len(digits) < 13 or not (digits.isascii() and digits.isdigit()):
        return MASK * len(digits)
    return digits[:6] + MASK * (len(digits) - 10) + digits[-4:]
