"""What the answer to an owed message makes of its transaction."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Final

from cardamom.duties.owed import Owed
from cardamom.values.events import (
    AdviceAnswered,
    AnyEvent,
    HostAnswer,
    Parked,
    QueryAnswer,
    ReceiptOwed,
    RepeatRefused,
    ReversalAnswered,
    ScriptAnswered,
    Verdict,
)
from cardamom.values.online import NoAnswer, OnlineAnswer, OnlineResult, Purpose
from cardamom.values.record import Record, apply
from cardamom.values.slips import slips_after
from cardamom.values.states import State

QUERIES: Final = 3
"""A query that has got no answer this often gives way to a reversal."""
PATIENCE: Final = 4
"""How many times as often as a refused reversal an advice, or script results, may be answered with
a code that says "again": about half an hour, by the back-off."""
_DECIDED: Final = (Verdict.APPROVED, Verdict.DECLINED, Verdict.REFERRAL)


class Reached(Enum):
    """What an attempt came to."""

    DONE = "done"
    """Answered for good."""
    REFUSED = "refused"
    """Answered, and still owed or parked."""
    SILENT = "silent"


def outcome(
    owed: Owed, result: OnlineResult, at: datetime, park_after: int
) -> tuple[Reached, list[AnyEvent]]:
    """The events of one commit. `owed.record` is as the attempt's commit left it."""
    if not isinstance(result, OnlineAnswer):
        return Reached.SILENT, _unanswered(owed, result, at)
    reached, events = _answered(owed, result, at, park_after)
    record = owed.record
    before = record.state
    for event in events:
        record = apply(record, record.txn, event)
    if record.state is not before and (copies := _copies(record)):
        events.append(ReceiptOwed(at=at, copies=copies))
    return reached, events


def _copies(record: Record) -> tuple[str, ...]:
    """Who holds a slip that says "unknown" gets one that says how it ended."""
    match record.state:
        case State.PARKED:
            return ("parked",)
        case State.REVERSED:
            return ("reversed",)
        case State.APPROVED | State.DECLINED:
            return slips_after(record.state)
        case _:
            return ()


def _unanswered(owed: Owed, result: OnlineResult, at: datetime) -> list[AnyEvent]:
    asked_enough = owed.purpose is Purpose.QUERY and owed.attempts >= QUERIES
    if not (asked_enough and isinstance(result, NoAnswer)):
        return []
    return [QueryAnswer(at=at, approved=False)]


def _answered(
    owed: Owed, answer: OnlineAnswer, at: datetime, park_after: int
) -> tuple[Reached, list[AnyEvent]]:
    verdict, code = answer.verdict, answer.code
    approved = verdict is Verdict.APPROVED
    match owed.purpose:
        case Purpose.SCRIPTS:
            if verdict is Verdict.AGAIN and owed.attempts < PATIENCE * park_after:
                return Reached.REFUSED, []
            return Reached.DONE, [ScriptAnswered(at=at, code=code)]
        case Purpose.REVERSAL:
            answered = ReversalAnswered(at=at, done=approved, code=code)
            if approved:
                return Reached.DONE, [answered]
            return Reached.REFUSED, [answered, *_parked(owed, code, at, park_after)]
        case Purpose.QUERY:
            if verdict is Verdict.AGAIN and owed.attempts < QUERIES:
                return Reached.REFUSED, []
            return Reached.DONE, [_told(answer, at) if approved else _untold(code, at)]
        case Purpose.REPEAT:
            if verdict not in _DECIDED:
                refused = RepeatRefused(at=at, code=code)
                return Reached.REFUSED, [refused, *_parked(owed, code, at, park_after)]
            return Reached.DONE, [as_request(answer, at, contact=False)]
        case _:
            if verdict is Verdict.AGAIN:
                refused = RepeatRefused(at=at, code=code)
                patience = PATIENCE * park_after
                return Reached.REFUSED, [refused, *_parked(owed, code, at, patience)]
            taken = AdviceAnswered(at=at, taken=approved, code=code, rrn=answer.rrn)
            return Reached.DONE, [taken]


def _parked(owed: Owed, code: str, at: datetime, park_after: int) -> list[AnyEvent]:
    refusals = 1 + (owed.delivery.refusals if owed.delivery is not None else 0)
    if refusals < park_after:
        return []
    return [
        Parked(at=at, why=f"the host refused the {owed.purpose} {refusals} times, at last {code}")
    ]


def _told(answer: OnlineAnswer, at: datetime) -> QueryAnswer:
    return QueryAnswer(
        at=at,
        approved=True,
        code=answer.code,
        auth_code=answer.auth_code,
        rrn=answer.rrn,
        host_time=answer.host_time,
    )


def _untold(code: str, at: datetime) -> QueryAnswer:
    return QueryAnswer(at=at, approved=False, code=code)


def as_request(answer: OnlineAnswer, at: datetime, *, contact: bool) -> HostAnswer:
    """The event of an answer that decides about a request."""
    return HostAnswer(
        at=at,
        verdict=answer.verdict,
        code=answer.code,
        auth_code=answer.auth_code,
        rrn=answer.rrn,
        host_time=answer.host_time,
        balance=answer.balance,
        contact=contact,
    )
