"""What may go wrong with a card on demand, by the number of the APDU since it was inserted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GARBAGE: Final = bytes.fromhex("FF4A7EBAD0")
"""No TLV, no known status word."""


class Kind(StrEnum):
    REMOVE = "remove"
    """The card is pulled instead of an answer."""
    LOST = "lost"
    """The card runs the command and is pulled before its answer is out."""
    GARBAGE = "garbage"
    CUT = "cut"
    """One byte: not even a status word."""
    MUTE = "mute"
    """No answer, to this and to all that follows."""
    DELAY = "delay"
    """The right answer, late."""


@dataclass(frozen=True, slots=True)
class Upset:
    """`at` counts from 1; a T=0 card counts GET RESPONSE too. `seconds` is for a delay."""

    kind: Kind
    at: int
    seconds: float = 0.0


class UpsetError(ValueError):
    """The text says no upset; the message says what is allowed."""


def parse_upset(text: str) -> Upset:
    """`remove@5`, `lost@10`, `garbage@3`, `cut@3`, `mute@4`, `delay@2:1.5`."""
    match = re.fullmatch(r"([a-z]+)@([1-9][0-9]*)(?::([0-9]+(?:\.[0-9]+)?))?", text, re.ASCII)
    if match is None or match[1] not in set(Kind) or (match[1] == "delay") != bool(match[3]):
        raise UpsetError(
            f"{text!r} is no upset; expected one of {', '.join(k for k in Kind)}, then @ and the "
            "number of the APDU, as remove@5; a delay also its seconds, as delay@2:1.5"
        )
    return Upset(Kind(match[1]), int(match[2]), float(match[3] or 0))


def upset_at(upsets: Sequence[Upset], number: int) -> Upset | None:
    """The one for this APDU, if any; the first in order where there are two."""
    return next((u for u in upsets if u.at == number), None)
