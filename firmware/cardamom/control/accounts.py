"""What the socket answers of batches: reports, settlement, and how transactions hang together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cardamom.values.kinds import Kind
from cardamom.values.links import left_to_refund
from cardamom.values.money import Money
from cardamom.values.record import Record
from cardamom.values.report import Report
from cardamom.values.totals import Totals, counts


def links_view(record: Record, linked: Sequence[Record]) -> dict[str, Any]:
    """What was done to a transaction. `voided_by`: the void that took it back; `refunded` and
    `left_to_refund` null where it is nothing that can be refunded."""
    voids = [r.txn for r in linked if r.kind is Kind.VOID and counts(r)]
    refunds = [r for r in linked if r.kind is Kind.REFUND and counts(r)]
    refundable = record.kind is Kind.SALE and counts(record)
    left = left_to_refund(record, linked)
    back = Money(sum(r.amount.minor for r in refunds), record.amount.currency)
    return {
        "original": record.original,
        "voided_by": voids[0] if voids else None,
        "refunds": [r.txn for r in refunds],
        "refunded": back.digits() if refundable else None,
        "left_to_refund": left.digits() if refundable else None,
    }


def totals_view(totals: Totals) -> dict[str, Any]:
    """One currency. Amounts with their decimals."""

    def digits(minor: int) -> str:
        text = Money(abs(minor), totals.currency).digits()
        return f"-{text}" if minor < 0 else text

    return {
        "currency": totals.currency,
        "debits": totals.debits,
        "debit_amount": digits(totals.debit_minor),
        "debit_reversals": totals.debit_reversals,
        "debit_reversal_amount": digits(totals.debit_reversal_minor),
        "credits": totals.credits,
        "credit_amount": digits(totals.credit_minor),
        "credit_reversals": totals.credit_reversals,
        "credit_reversal_amount": digits(totals.credit_reversal_minor),
        "net": digits(totals.net_minor),
    }


def report_view(report: Report) -> dict[str, Any]:
    """A report as paper says it."""
    return {
        "report": report.kind.value,
        "batch": f"{report.batch:06d}",
        "operator": report.operator,
        "at": report.at.isoformat(),
        "since": report.since.isoformat() if report.since else None,
        "rows": [
            {
                "kind": row.kind.value,
                "currency": row.currency,
                "count": row.count,
                "amount": Money(row.minor, row.currency).digits(),
            }
            for row in report.rows
        ],
        "totals": [totals_view(totals) for totals in report.totals],
        "items": [
            {
                "id": item.txn,
                "kind": item.kind.value,
                "state": item.state.value,
                "stan": f"{item.stan:06d}" if item.stan else None,
                "amount": item.amount.digits(),
                "currency": item.amount.currency,
                "host_reference": item.reference,
                "taken": item.taken,
            }
            for item in report.items
        ],
        "host": [
            {"currency": h.currency, "response_code": h.code, "agreed": h.agreed}
            for h in report.host
        ],
        "uploaded": report.uploaded,
        "upload_refused": list(report.upload_refused),
        "without_host": {
            "operator": report.without_host.operator,
            "host_reference": report.without_host.reference,
            "response_code": report.without_host.code,
        }
        if report.without_host
        else None,
        "next_batch": f"{report.opened:06d}" if report.opened else None,
        "reprint": report.reprint,
    }


def settled_view(batch: int, totals: Sequence[Totals], uploaded: int) -> dict[str, Any]:
    """A batch that is closed."""
    return {
        "outcome": "settled",
        "batch": f"{batch:06d}",
        "totals": [totals_view(t) for t in totals],
        "uploaded": uploaded,
        "response_code": None,
    }


def closed_view(
    batch: int, totals: Sequence[Totals], uploaded: int, code: str, host_reference: str
) -> dict[str, Any]:
    """A batch that a supervisor closed without the host's agreement; `code`: its refusal's."""
    return {
        **settled_view(batch, totals, uploaded),
        "outcome": "closed",
        "response_code": code,
        "host_reference": host_reference,
    }


def waiting_view(batch: int, code: str | None) -> dict[str, Any]:
    """A settlement that was begun and goes on by itself; `code` where the host refuses it."""
    return {
        "outcome": "waiting",
        "batch": f"{batch:06d}",
        "totals": [],
        "uploaded": 0,
        "response_code": code,
    }
