"""A transaction as its events tell it: the view that screens, slips, CLI and host messages read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from cardamom.values.events import (
    AdviceAnswered,
    AnyEvent,
    CardDataErased,
    CardRead,
    CardResult,
    Chip,
    Closed,
    CvmUsed,
    Entry,
    FollowUp,
    HostAnswer,
    Intent,
    LateAnswer,
    NoAnswer,
    NotSent,
    Parked,
    QueryAnswer,
    Reason,
    ReceiptOwed,
    ReceiptPrinted,
    RepeatRefused,
    RepeatSent,
    Restarted,
    ReversalAnswered,
    ScriptAnswered,
    ScriptOwed,
    ScriptSent,
    Started,
    Tender,
    Verdict,
    Withdrawn,
)
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.states import Recourse, State, Step, advance


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message that follows the request: what the journal knows of its sending."""

    stan: int
    """Trace number of the first attempt and of each repeat."""
    sent_at: datetime
    """Time of the first attempt's commit."""
    tried_at: datetime
    """Time of the last attempt's commit."""
    attempts: int = 0
    """Attempts that may have sent a byte."""
    refusals: int = 0
    """Believable answers that were not the wanted one."""
    code: str | None = None
    """Field 39 of the last answer."""
    ksn: str = ""
    """Key serial number of the last attempt."""
    host: str = ""
    """Where the first attempt went, and each that repeats it."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction. `state` is None only between Started and the next event of its commit."""

    txn: int
    kind: Kind
    amount: Money
    batch: int
    terminal_id: str
    merchant_id: str
    operator: str
    started_at: datetime
    updated_at: datetime
    state: State | None = None
    reference: str | None = None
    reason: Reason | None = None
    entry: Entry | None = None
    tender: Tender = Tender.BANK
    card: str | None = None
    """Masked number: first 6, last 4."""
    issuer: str | None = None
    """The issuer's name as slips say it, where the card tells it."""
    sealed: str | None = None
    """Digest of the sealed card data; None where there is none or it was erased."""
    card_hash: str | None = None
    """Keyed hash of the number; outlives the sealed data."""
    original: int | None = None
    """The transaction that this one undoes."""
    stan: int | None = None
    host: str | None = None
    requested_at: datetime | None = None
    """Time of the intent: fields 7, 12 and 13 of the request; 12 and 13 of all that follows it."""
    recourse: Recourse = Recourse.REVERSE
    ksn: str = ""
    """Key serial number of the request's DUKPT key, hex."""
    code: str | None = None
    """Field 39 of the answer."""
    verdict: Verdict | None = None
    auth_code: str | None = None
    rrn: str | None = None
    host_time: str | None = None
    balance: Money | None = None
    """What is left on the account, where the host told it."""
    cvm: CvmUsed | None = None
    chip: Chip | None = None
    owed: Delivery | None = None
    """The reversal, query, repeat or advice, once it was tried. A reversal after a query begins
    anew."""
    scripts: str | None = None
    """Issuer-script results, hex, that the host does not have yet."""
    script_message: Delivery | None = None
    late_code: str | None = None
    """Field 39 of an answer that came too late to change anything."""
    parked_why: str | None = None
    closed_from: State | None = None
    """What a supervisor closed: a parked transaction, or a refused advice."""
    closed_by: str | None = None
    closed_at: datetime | None = None
    closed_reference: str | None = None
    closed_taken: bool | None = None
    """What the host told the supervisor: whether it holds the money as moved."""
    receipts_owed: tuple[str, ...] = ()
    receipts_printed: tuple[str, ...] = ()


class FirstEventError(Exception):
    """A transaction must begin with Started: a fault in the firmware."""


def apply(record: Record | None, txn: int, event: AnyEvent) -> Record:
    """The record after `event`. Raises ForbiddenStepError where the table forbids the step."""
    if isinstance(event, Started):
        if record is not None:
            raise FirstEventError("a transaction starts once")
        return Record(
            txn=txn,
            kind=event.kind,
            amount=event.amount,
            batch=event.batch,
            terminal_id=event.terminal_id,
            merchant_id=event.merchant_id,
            operator=event.operator,
            reference=event.reference,
            original=event.original,
            started_at=event.at,
            updated_at=event.at,
        )
    if record is None:
        raise FirstEventError(f"{type(event).__name__} before Started")
    changes = _changes(record, event)
    step = step_of(record, event)
    if step is not None:
        changes["state"] = advance(record.state, step)
    return msgspec.structs.replace(record, updated_at=event.at, **changes)


_UNANSWERED = {
    Recourse.QUERY: Step.NO_ANSWER_QUERY,
    Recourse.REPEAT: Step.NO_ANSWER_REPEAT,
}


def step_of(record: Record, event: AnyEvent) -> Step | None:
    """The event's step; where an answer stays out, the one that the intent's recourse names.

    A restart in flight is a missing answer, and so is an answer for something else than was asked
    where no reversal undoes the request.
    """
    step: Step | None = getattr(event, "step", None)
    if record.state is not State.IN_FLIGHT or record.recourse is Recourse.REVERSE:
        return step
    if step is Step.HOST_MISMATCH and record.recourse is Recourse.QUERY:
        return step
    missing = step in (Step.NO_ANSWER, Step.RESTART, Step.HOST_MISMATCH)
    return _UNANSWERED[record.recourse] if missing else step


def fold(txn: int, events: Iterable[AnyEvent]) -> Record:
    """The record that a transaction's events build, from the first."""
    record: Record | None = None
    for event in events:
        record = apply(record, txn, event)
    if record is None:
        raise FirstEventError("no events")
    return record


def _changes(record: Record, event: AnyEvent) -> dict[str, object]:  # noqa: PLR0911, PLR0912, C901 a case an event
    match event:
        case CardRead():
            return {
                "entry": event.entry,
                "tender": event.tender,
                "card": event.card,
                "issuer": event.issuer or record.issuer,
                "chip": event.chip or record.chip,
                "cvm": event.cvm or record.cvm,
                "sealed": event.sealed or record.sealed,
                "card_hash": event.card_hash or record.card_hash,
            }
        case Intent():
            return {
                "stan": event.stan,
                "host": event.host,
                "requested_at": event.at,
                "recourse": event.recourse,
                "ksn": event.ksn,
            }
        case FollowUp():
            return _delivery(record, event)
        case NotSent():
            return {"reason": event.reason}
        case NoAnswer():
            return {"reason": event.reason}
        case HostAnswer():
            return {
                "code": event.code,
                "verdict": event.verdict,
                "auth_code": event.auth_code,
                "rrn": event.rrn,
                "host_time": event.host_time,
                "balance": event.balance,
                "reason": _host_reason(event.verdict),
            }
        case CardResult():
            return {
                "cvm": event.cvm,
                "chip": event.chip or record.chip,
                "reason": record.reason or event.reason,
            }
        case Withdrawn():
            return {"reason": event.reason}
        case Restarted():
            return {"reason": record.reason or Reason.RESTARTED}
        case QueryAnswer():
            if not event.approved:
                return {"owed": None}
            return {
                "code": event.code,
                "verdict": Verdict.APPROVED,
                "auth_code": event.auth_code,
                "rrn": event.rrn,
                "host_time": event.host_time,
                "reason": None,
            }
        case ReversalAnswered() | RepeatRefused() | AdviceAnswered():
            return _answered(record, event)
        case Parked():
            return {"parked_why": event.why}
        case Closed():
            return {
                "closed_from": record.state,
                "closed_by": event.operator,
                "closed_at": event.at,
                "closed_reference": event.host_reference,
                "closed_taken": event.taken,
            }
        case LateAnswer():
            return {"late_code": event.code}
        case ScriptOwed():
            return {"scripts": event.results}
        case ScriptAnswered():
            return {"scripts": None}
        case ReceiptOwed():
            return {"receipts_owed": record.receipts_owed + event.copies}
        case ReceiptPrinted():
            owed = tuple(c for c in record.receipts_owed if c not in event.copies)
            return {
                "receipts_owed": owed,
                "receipts_printed": record.receipts_printed + event.copies,
            }
        case CardDataErased():
            return {"sealed": None}
        case _:
            return {}


def _delivery(record: Record, event: FollowUp) -> dict[str, object]:
    """An attempt: the first gives trace number and time, each takes a key of its own."""
    name = "script_message" if isinstance(event, ScriptSent) else "owed"
    before: Delivery | None = getattr(record, name)
    if before is None:
        stan = record.stan if isinstance(event, RepeatSent) else event.stan
        before = Delivery(
            stan=stan or event.stan, sent_at=event.at, tried_at=event.at, host=event.host
        )
    return {
        name: msgspec.structs.replace(
            before, tried_at=event.at, attempts=before.attempts + 1, ksn=event.ksn
        )
    }


def _answered(
    record: Record, event: ReversalAnswered | RepeatRefused | AdviceAnswered
) -> dict[str, object]:
    wanted = getattr(event, "done", False) or getattr(event, "taken", False)
    changes: dict[str, object] = {}
    if record.owed is not None:
        refusals = record.owed.refusals + (0 if wanted else 1)
        changes["owed"] = msgspec.structs.replace(record.owed, refusals=refusals, code=event.code)
    if isinstance(event, AdviceAnswered) and event.rrn:
        changes["rrn"] = event.rrn
    return changes


def _host_reason(verdict: Verdict) -> Reason | None:
    return {
        Verdict.APPROVED: None,
        Verdict.PARTIAL: Reason.PARTIAL_NOT_ASKED,
        Verdict.REFERRAL: Reason.REFERRAL,
        Verdict.DECLINED: Reason.HOST_DECLINED,
    }[verdict]
