"""What to tell the customer at the end, by number of the standard messages (EMV 4.4 Book 4, 11.2),
and when the chip gives way to the magnetic stripe."""

from __future__ import annotations

from enum import IntEnum

from cardamom.engines.emv.requests import Decision, Outcome
from cardamom.values.events import CvmUsed, Reason


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


def prompt_of(outcome: Outcome, *, unread: int = 1, allowed: int = 3) -> Prompt:
    """`unread`: how many times in a row, this one among them, the chip could not be used; from
    `allowed` times on it is the stripe's turn. A blocked card never falls back, nor does one whose
    application was initiated."""
    match outcome.decision:
        case Decision.APPROVED:
            signed = outcome.cvm is CvmUsed.SIGNATURE
            return Prompt.APPROVED_SIGN if signed else Prompt.APPROVED
        case Decision.DECLINED:
            return _declined(outcome.reason)
    if outcome.fallback:
        # a chip with nothing for us will not have it at the next try either
        spent = outcome.reason is Reason.NO_APPLICATION or unread >= allowed
        return Prompt.USE_MAG_STRIPE if spent else Prompt.TRY_AGAIN
    if outcome.reason in (Reason.CARD_BLOCKED, Reason.NOT_ACCEPTED, Reason.NO_APPLICATION):
        return Prompt.NOT_ACCEPTED
    return Prompt.CARD_ERROR if outcome.reason is Reason.CARD_ERROR else Prompt.PROCESSING_ERROR


def _declined(reason: Reason | None) -> Prompt:
    if reason is Reason.REFERRAL:
        return Prompt.CALL_YOUR_BANK
    if reason is Reason.NOT_ACCEPTED:
        return Prompt.NOT_ACCEPTED
    broken = reason in (Reason.CARD_PULLED, Reason.CARD_ERROR)
    return Prompt.PROCESSING_ERROR if broken else Prompt.DECLINED
