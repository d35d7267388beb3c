"""What a contactless reader finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tech(StrEnum):
    """How a card signals (ISO/IEC 14443-2)."""

    A = "A"
    B = "B"


@dataclass(frozen=True, slots=True)
class ManyCards:
    """More than one card answers: none of them is used (message 19, ONE CARD ONLY)."""
