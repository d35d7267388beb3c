"""The one table of transaction states: what each step leads to, and what each state owes.

Void, batch and settlement are links between records, not states.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a transaction stands."""

    WITHDRAWN = "withdrawn"
    """Ended before anything was asked of a host or a card's cryptogram: no money can have moved."""
    IN_FLIGHT = "in_flight"
    """The intent is durable; a request may have left."""
    NOT_SENT = "not_sent"
    """Provably no byte left; the card still has to be told."""
    HOST_APPROVED = "host_approved"
    """A contact card's approval is durable, its second GENERATE AC is not."""
    APPROVED = "approved"
    DECLINED = "declined"
    REVERSING = "reversing"
    """A reversal is owed. The outcome is unknown to people, never "declined"."""
    REVERSED = "reversed"


class Step(StrEnum):
    """What moves a transaction on; each is carried by a journal event (values/events.py)."""

    WITHDRAW = "withdraw"
    CARD_DECLINE = "card_decline"
    INTENT = "intent"
    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"
    HOST_DECLINE = "host_decline"
    HOST_MISMATCH = "host_mismatch"
    """The host approved something else than was asked: a partial amount, say."""
    HOST_APPROVE = "host_approve"
    HOST_APPROVE_CONTACT = "host_approve_contact"
    CARD_TC = "card_tc"
    CARD_REFUSED = "card_refused"
    """The card gave an AAC, a wrong cryptogram, an error, or was pulled."""
    RESTART = "restart"
    REVERSAL_DONE = "reversal_done"


class ForbiddenStepError(Exception):
    """The table has no such transition: a fault in the firmware, never in the data."""

    def __init__(self, state: State | None, step: Step) -> None:
        super().__init__(f"{step.value} is not allowed in state {state.value if state else 'none'}")
        self.state = state
        self.step = step


TABLE: Final[dict[tuple[State | None, Step], State]] = {
    (None, Step.WITHDRAW): State.WITHDRAWN,
    (None, Step.CARD_DECLINE): State.DECLINED,
    (None, Step.INTENT): State.IN_FLIGHT,
    (State.IN_FLIGHT, Step.NOT_SENT): State.NOT_SENT,
    (State.IN_FLIGHT, Step.NO_ANSWER): State.REVERSING,
    (State.IN_FLIGHT, Step.HOST_DECLINE): State.DECLINED,
    (State.IN_FLIGHT, Step.HOST_MISMATCH): State.REVERSING,
    (State.IN_FLIGHT, Step.HOST_APPROVE): State.APPROVED,
    (State.IN_FLIGHT, Step.HOST_APPROVE_CONTACT): State.HOST_APPROVED,
    (State.IN_FLIGHT, Step.RESTART): State.REVERSING,
    (State.NOT_SENT, Step.CARD_REFUSED): State.DECLINED,
    (State.NOT_SENT, Step.RESTART): State.DECLINED,
    (State.HOST_APPROVED, Step.CARD_TC): State.APPROVED,
    (State.HOST_APPROVED, Step.CARD_REFUSED): State.REVERSING,
    (State.HOST_APPROVED, Step.RESTART): State.REVERSING,
    # what the card says after the host has decided, or while nobody knows, is only recorded
    (State.DECLINED, Step.CARD_REFUSED): State.DECLINED,
    (State.REVERSING, Step.CARD_REFUSED): State.REVERSING,
    (State.REVERSING, Step.REVERSAL_DONE): State.REVERSED,
}

UNFINISHED: Final = frozenset({State.IN_FLIGHT, State.NOT_SENT, State.HOST_APPROVED})
"""States that only a running flow may hold; a restart moves each of them on."""

OWES_REVERSAL: Final = frozenset({State.REVERSING})

MONEY_OPEN: Final = frozenset({State.IN_FLIGHT, State.HOST_APPROVED, State.REVERSING})
"""Nobody may say of these that money moved, nor that it did not."""


def advance(state: State | None, step: Step) -> State:
    """The state that `step` leads to; raises ForbiddenStepError where the table has none."""
    try:
        return TABLE[state, step]
    except KeyError:
        raise ForbiddenStepError(state, step) from None
