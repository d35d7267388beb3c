"""What the socket answers: stable keys, amounts as strings with their currency beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cardamom.values.alarms import Alarm
from cardamom.values.health import Health
from cardamom.values.outcome import outcome_of
from cardamom.values.record import Record
from cardamom.values.states import MONEY_OPEN, OWES, Duty, State


def record_view(record: Record) -> dict[str, Any]:
    """A transaction. Absent values are null, never left out."""
    chip = record.chip
    return {
        "id": record.txn,
        "kind": record.kind.value,
        "outcome": outcome_of(record).value,
        "state": record.state.value if record.state else None,
        "reversal_owed": record.state is not None and OWES.get(record.state) is Duty.REVERSAL,
        "amount": record.amount.digits(),
        "currency": record.amount.currency,
        "reference": record.reference,
        "reason": record.reason.value if record.reason else None,
        "response_code": record.code,
        "auth_code": record.auth_code,
        "rrn": record.rrn,
        "stan": f"{record.stan:06d}" if record.stan else None,
        "delivery_stan": f"{record.owed.stan:06d}" if record.owed else None,
        "batch": f"{record.batch:06d}",
        "original": record.original,
        "closed_taken": record.closed_taken,
        "card": record.card,
        "tender": record.tender.value,
        "balance": record.balance.digits() if record.balance else None,
        "entry": record.entry.value if record.entry else None,
        "cvm": record.cvm.value if record.cvm else None,
        "aid": chip.aid if chip else None,
        "label": chip.label if chip else None,
        "cryptogram": chip.cryptogram if chip else None,
        "tvr": chip.tvr if chip else None,
        "tsi": chip.tsi if chip else None,
        "operator": record.operator,
        "terminal_id": record.terminal_id,
        "merchant_id": record.merchant_id,
        "started_at": record.started_at.isoformat(),
        "updated_at": record.updated_at.isoformat(),
        "delivery_attempts": record.owed.attempts if record.owed else 0,
        "delivery_code": record.owed.code if record.owed else None,
        "scripts_owed": record.scripts is not None,
        "late_code": record.late_code,
        "parked_why": record.parked_why,
        "closed_by": record.closed_by,
        "closed_at": record.closed_at.isoformat() if record.closed_at else None,
        "closed_reference": record.closed_reference,
        "receipts_owed": list(record.receipts_owed),
        "receipts_printed": list(record.receipts_printed),
    }


def health_view(health: Health) -> dict[str, Any]:
    """One part."""
    return {
        "part": health.part.value,
        "condition": health.condition.value,
        "usable": health.usable,
        "name": health.name,
        "detail": health.detail,
    }


def alarm_view(alarm: Alarm) -> dict[str, Any]:
    """One alarm."""
    return {
        "cause": alarm.cause.value,
        "count": alarm.count,
        "blocks": alarm.blocks,
        "detail": alarm.detail,
    }


def status_view(
    *,
    version: str,
    mode: str,
    busy: bool,
    batch: int | None,
    parts: Sequence[Health],
    blocking: Sequence[Health],
    owing: Sequence[Record],
    receipts: Sequence[Record],
    alarms: Sequence[Alarm] = (),
    settling: bool = False,
    support: int = 0,
    trace_s: int = 0,
) -> dict[str, Any]:
    """The terminal. `owing`: records that owe the host a message. `ready`: it takes sales.
    `support`: its visits now. `trace_s`: seconds until the link's trace goes off."""
    return {
        "version": version,
        "mode": mode,
        "ready": not (blocking or settling or any(alarm.blocks for alarm in alarms)),
        "busy": busy,
        "batch": f"{batch:06d}" if batch is not None else None,
        "settling": settling,
        "parts": [health_view(h) for h in parts],
        "blocking": [h.part.value for h in blocking],
        "unknown_outcomes": [record_view(r) for r in owing if r.state in MONEY_OPEN],
        "advices_owed": sum(1 for r in owing if r.state is State.OFFLINE_APPROVED),
        "alarms": [alarm_view(a) for a in alarms],
        "receipts_waiting": len(receipts),
        "support": support,
        "trace_s": trace_s,
    }
