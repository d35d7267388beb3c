"""What a record means for a person or a till: one of four, never anything between."""

from __future__ import annotations

from enum import StrEnum

from cardamom.values.record import Record
from cardamom.values.states import MONEY_OPEN, State


class OutcomeWord(StrEnum):
    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    """A reversal is owed, or a request is under way: nobody may charge again."""
    NOT_COMPLETED = "not_completed"
    """No money moved: withdrawn, or reversed for certain."""


def outcome_of(record: Record) -> OutcomeWord:
    """The word for the record's state."""
    if record.state in MONEY_OPEN:
        return OutcomeWord.UNKNOWN
    match record.state:
        case State.APPROVED | State.OFFLINE_APPROVED | State.ADVISED | State.ADVICE_REFUSED:
            return OutcomeWord.APPROVED
        case State.CLOSED:
            return OutcomeWord.APPROVED if record.closed_taken else OutcomeWord.NOT_COMPLETED
        case State.DECLINED | State.NOT_SENT:
            return OutcomeWord.DECLINED
        case _:
            return OutcomeWord.NOT_COMPLETED
