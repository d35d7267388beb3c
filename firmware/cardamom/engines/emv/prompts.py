"""What to tell the customer at the end, by number of the standard messages (EMV 4.4 Book 4, 11.2),
and when the chip gives way to the magnetic stripe."""

from __future__ import annotations

from cardamom.engines.emv.requests import Decision, Outcome
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.prompts import Prompt


def prompt_of(
    outcome: Outcome, *, unread: int = 1, allowed: int = 3, stripe: bool = True
) -> Prompt:
    """`unread`: how many times in a row, this one among them, the chip could not be used; from
    `allowed` times on it is the stripe's turn, where the terminal reads it. A blocked card never
    falls back, nor does one whose application was initiated."""
    match outcome.decision:
        case Decision.APPROVED:
            signed = outcome.cvm is CvmUsed.SIGNATURE
            return Prompt.APPROVED_SIGN if signed else Prompt.APPROVED
        case Decision.DECLINED:
            return _declined(outcome.reason)
    if outcome.fallback:
        # a chip with nothing for us will not have it at the next try either
        spent = outcome.reason is Reason.NO_APPLICATION or unread >= allowed
        if not spent:
            return Prompt.TRY_AGAIN
        return Prompt.USE_MAG_STRIPE if stripe else Prompt.NOT_ACCEPTED
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
