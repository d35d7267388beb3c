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
    QUERYING = "querying"
    """No answer came: the host is to be asked what became of it. The outcome is unknown."""
    REPEATING = "repeating"
    """No answer came to a request that no reversal undoes: the same is sent until it is answered.
    The outcome is unknown."""
    REVERSING = "reversing"
    """A reversal is owed. The outcome is unknown to people, never "declined"."""
    REVERSED = "reversed"
    PARKED = "parked"
    """Refused by the host too often to go on by itself: a supervisor clears it up with the host."""
    CLOSED = "closed"
    """A supervisor has written down what the host says became of it."""
    OFFLINE_APPROVED = "offline_approved"
    """The card's TC approved it; the host is still to be advised."""
    ADVISED = "advised"
    ADVICE_REFUSED = "advice_refused"
    """On the exception list until a supervisor closes it."""


class Recourse(StrEnum):
    """What follows where a request's answer stays out; fixed with the intent."""

    REVERSE = "reverse"
    QUERY = "query"
    REPEAT = "repeat"


class Duty(StrEnum):
    """What the terminal owes the host for a transaction in some state."""

    REVERSAL = "reversal"
    QUERY = "query"
    REPEAT = "repeat"
    ADVICE = "advice"


class Step(StrEnum):
    """What moves a transaction on; each is carried by a journal event (values/events.py)."""

    WITHDRAW = "withdraw"
    CARD_DECLINE = "card_decline"
    CARD_OFFLINE = "card_offline"
    """The card gave a TC at its first GENERATE AC."""
    INTENT = "intent"
    NOT_SENT = "not_sent"
    NOT_SENT_CARDLESS = "not_sent_cardless"
    """The same where no card waits to be told."""
    NO_ANSWER = "no_answer"
    NO_ANSWER_QUERY = "no_answer_query"
    NO_ANSWER_REPEAT = "no_answer_repeat"
    HOST_DECLINE = "host_decline"
    HOST_MISMATCH = "host_mismatch"
    """The host approved something else than was asked: a partial amount, say."""
    HOST_APPROVE = "host_approve"
    HOST_APPROVE_CONTACT = "host_approve_contact"
    CARD_TC = "card_tc"
    CARD_REFUSED = "card_refused"
    """The card gave an AAC, a wrong cryptogram, an error, or was pulled."""
    RESTART = "restart"
    QUERY_APPROVED = "query_approved"
    QUERY_OTHER = "query_other"
    """The host knows of no approval, or could not be asked often enough."""
    REVERSAL_DONE = "reversal_done"
    PARK = "park"
    CLOSE = "close"
    ADVICE_TAKEN = "advice_taken"
    ADVICE_REFUSED = "advice_refused"


class ForbiddenStepError(Exception):
    """The table has no such transition: a fault in the firmware, never in the data."""

    def __init__(self, state: State | None, step: Step) -> None:
        super().__init__(f"{step.value} is not allowed in state {state.value if state else 'none'}")
        self.state = state
        self.step = step


TABLE: Final[dict[tuple[State | None, Step], State]] = {
    (None, Step.WITHDRAW): State.WITHDRAWN,
    (None, Step.CARD_DECLINE): State.DECLINED,
    (None, Step.CARD_OFFLINE): State.OFFLINE_APPROVED,
    (None, Step.INTENT): State.IN_FLIGHT,
    (State.IN_FLIGHT, Step.NOT_SENT): State.NOT_SENT,
    (State.IN_FLIGHT, Step.NOT_SENT_CARDLESS): State.DECLINED,
    (State.IN_FLIGHT, Step.NO_ANSWER): State.REVERSING,
    (State.IN_FLIGHT, Step.NO_ANSWER_QUERY): State.QUERYING,
    (State.IN_FLIGHT, Step.NO_ANSWER_REPEAT): State.REPEATING,
    (State.IN_FLIGHT, Step.HOST_DECLINE): State.DECLINED,
    (State.IN_FLIGHT, Step.HOST_MISMATCH): State.REVERSING,
    (State.IN_FLIGHT, Step.HOST_APPROVE): State.APPROVED,
    (State.IN_FLIGHT, Step.HOST_APPROVE_CONTACT): State.HOST_APPROVED,
    (State.IN_FLIGHT, Step.RESTART): State.REVERSING,
    (State.NOT_SENT, Step.CARD_TC): State.OFFLINE_APPROVED,
    (State.NOT_SENT, Step.CARD_REFUSED): State.DECLINED,
    (State.NOT_SENT, Step.RESTART): State.DECLINED,
    (State.HOST_APPROVED, Step.CARD_TC): State.APPROVED,
    (State.HOST_APPROVED, Step.CARD_REFUSED): State.REVERSING,
    (State.HOST_APPROVED, Step.RESTART): State.REVERSING,
    # what the card says after the host has decided, or while nobody knows, is only recorded
    (State.DECLINED, Step.CARD_REFUSED): State.DECLINED,
    (State.REVERSING, Step.CARD_REFUSED): State.REVERSING,
    (State.QUERYING, Step.QUERY_APPROVED): State.APPROVED,
    (State.QUERYING, Step.QUERY_OTHER): State.REVERSING,
    (State.REPEATING, Step.HOST_APPROVE): State.APPROVED,
    (State.REPEATING, Step.HOST_DECLINE): State.DECLINED,
    (State.REPEATING, Step.PARK): State.PARKED,
    (State.REVERSING, Step.REVERSAL_DONE): State.REVERSED,
    (State.REVERSING, Step.PARK): State.PARKED,
    (State.PARKED, Step.CLOSE): State.CLOSED,
    (State.OFFLINE_APPROVED, Step.ADVICE_TAKEN): State.ADVISED,
    (State.OFFLINE_APPROVED, Step.ADVICE_REFUSED): State.ADVICE_REFUSED,
    # its card data is lost and no advice can be built, or the host never decides about it
    (State.OFFLINE_APPROVED, Step.PARK): State.ADVICE_REFUSED,
    (State.ADVICE_REFUSED, Step.CLOSE): State.CLOSED,
}

UNFINISHED: Final = frozenset({State.IN_FLIGHT, State.NOT_SENT, State.HOST_APPROVED})
"""States that only a running flow may hold; a restart moves each of them on."""

OWES: Final = {
    State.QUERYING: Duty.QUERY,
    State.REPEATING: Duty.REPEAT,
    State.REVERSING: Duty.REVERSAL,
    State.OFFLINE_APPROVED: Duty.ADVICE,
}
"""What is delivered to the host without anybody asking, by state."""

UNSETTLED: Final = UNFINISHED | {State.QUERYING, State.REPEATING, State.REVERSING}
"""No batch is settled while a transaction stands so."""

MONEY_OPEN: Final = UNSETTLED - {State.NOT_SENT} | {State.PARKED}
"""Nobody may say of these that money moved, nor that it did not."""

WAITS_FOR_SUPERVISOR: Final = frozenset({State.PARKED, State.ADVICE_REFUSED})

NEEDS_CARD: Final = UNFINISHED | OWES.keys() | WAITS_FOR_SUPERVISOR
"""States whose follow-up messages may still need the card's number."""

TAKEN: Final = frozenset({State.APPROVED, State.OFFLINE_APPROVED, State.ADVISED})
"""The terminal holds these as done: they count in totals and on the merchant's side."""


def advance(state: State | None, step: Step) -> State:
    """The state that `step` leads to; raises ForbiddenStepError where the table has none."""
    try:
        return TABLE[state, step]
    except KeyError:
        raise ForbiddenStepError(state, step) from None
