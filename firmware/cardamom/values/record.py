"""A transaction as its events tell it: the view that screens, slips, CLI and host messages read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from cardamom.values.events import (
    AnyEvent,
    CardDataErased,
    CardRead,
    CardResult,
    Chip,
    CvmUsed,
    Entry,
    HostAnswer,
    Intent,
    Kind,
    NoAnswer,
    NotSent,
    Reason,
    ReceiptOwed,
    ReceiptPrinted,
    Restarted,
    Started,
    Verdict,
    Withdrawn,
)
from cardamom.values.money import Money
from cardamom.values.states import State, advance


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
    card: str | None = None
    """Masked number: first 6, last 4."""
    issuer: str | None = None
    """The issuer's name as slips say it, where the card tells it."""
    sealed: str | None = None
    """Digest of the sealed card data; None where there is none or it was erased."""
    stan: int | None = None
    host: str | None = None
    requested_at: datetime | None = None
    """Time of the intent: fields 7, 12 and 13 of the request and of all that follows it."""
    code: str | None = None
    """Field 39 of the answer."""
    verdict: Verdict | None = None
    auth_code: str | None = None
    rrn: str | None = None
    host_time: str | None = None
    cvm: CvmUsed | None = None
    chip: Chip | None = None
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
            started_at=event.at,
            updated_at=event.at,
        )
    if record is None:
        raise FirstEventError(f"{type(event).__name__} before Started")
    changes = _changes(record, event)
    step = getattr(event, "step", None)
    if step is not None:
        changes["state"] = advance(record.state, step)
    return msgspec.structs.replace(record, updated_at=event.at, **changes)


def fold(txn: int, events: Iterable[AnyEvent]) -> Record:
    """The record that a transaction's events build, from the first."""
    record: Record | None = None
    for event in events:
        record = apply(record, txn, event)
    if record is None:
        raise FirstEventError("no events")
    return record


def _changes(record: Record, event: AnyEvent) -> dict[str, object]:  # noqa: PLR0911 a case an event
    match event:
        case CardRead():
            return {
                "entry": event.entry,
                "card": event.card,
                "issuer": event.issuer or record.issuer,
                "chip": event.chip or record.chip,
                "sealed": event.sealed or record.sealed,
            }
        case Intent():
            return {"stan": event.stan, "host": event.host, "requested_at": event.at}
        case NotSent():
            return {"reason": Reason.NO_HOST}
        case NoAnswer():
            return {"reason": event.reason}
        case HostAnswer():
            return {
                "code": event.code,
                "verdict": event.verdict,
                "auth_code": event.auth_code,
                "rrn": event.rrn,
                "host_time": event.host_time,
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


def _host_reason(verdict: Verdict) -> Reason | None:
    return {
        Verdict.APPROVED: None,
        Verdict.PARTIAL: Reason.PARTIAL_NOT_ASKED,
        Verdict.REFERRAL: Reason.REFERRAL,
        Verdict.DECLINED: Reason.HOST_DECLINED,
    }[verdict]
