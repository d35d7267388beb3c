"""What the protocol asks of a radio, and what the radio says back."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeVar

T = TypeVar("T")

FC_MHZ: Final = 13.56
"""The carrier."""
RETRIES: Final = 2
"""How often in a row a block is asked for again before the card is given up."""


class IsoDepError(Exception):
    """The card broke the protocol, or fell silent. The text never holds data."""

    def __init__(self, text: str, *, silent: bool = False) -> None:
        super().__init__(text)
        self.silent = silent


class Missed(Enum):
    """Why there is no frame."""

    SILENCE = "silence"
    GARBLED = "garbled"
    """Something was heard that is no frame: parity, CRC, framing, collision."""


Heard = bytes | Missed


@dataclass(frozen=True, slots=True)
class Send:
    """One frame; the answer is a Heard. `wait_us`: how long to listen. `guard_us`: how long to
    keep quiet before it is sent."""

    frame: bytes = field(repr=False)
    wait_us: int
    guard_us: int = 0


@dataclass(frozen=True, slots=True)
class Tune:
    """Change the bit rates, in kbit/s; nothing is sent, the answer is ignored."""

    to_card: int
    from_card: int


Steps = Generator[Send | Tune, Heard, T]


def carrier_us(cycles: int) -> int:
    """Microseconds, rounded up, of so many periods of the carrier."""
    return -int(-cycles // FC_MHZ)
