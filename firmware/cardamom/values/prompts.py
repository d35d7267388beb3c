"""The standard messages (EMV 4.4 Book 4, 11.2) that tell people what came of a card."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Prompt(IntEnum):
    """Message identifiers."""

    APPROVED = 0x03
    CALL_YOUR_BANK = 0x04
    CARD_ERROR = 0x06
    DECLINED = 0x07
    NOT_ACCEPTED = 0x0C
    PROCESSING_ERROR = 0x0F
    USE_MAG_STRIPE = 0x12
    TRY_AGAIN = 0x13
    APPROVED_SIGN = 0x1A


NEXT_STEPS: Final = frozenset({Prompt.TRY_AGAIN, Prompt.USE_MAG_STRIPE, Prompt.NOT_ACCEPTED})
"""Those that ask for this card once more, its stripe, or another card."""
