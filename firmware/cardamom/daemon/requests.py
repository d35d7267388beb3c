"""What the control socket may ask of the desk beside a sale."""

from __future__ import annotations

from typing import Any

from cardamom.control.accounts import links_view, report_view, settled_view, waiting_view
from cardamom.control.messages import (
    Close,
    ControlError,
    Owed,
    Refund,
    Report,
    Reprint,
    Settle,
    Show,
    Transactions,
    Void,
)
from cardamom.control.views import record_view
from cardamom.duties.settlement import Closed
from cardamom.flows.desk import Desk
from cardamom.ports import Journal
from cardamom.values.money import parse_amount
from cardamom.values.record import Record
from cardamom.values.report import ReportKind
from cardamom.values.secret import Passcode

DeskRequest = Void | Refund | Settle | Report | Reprint | Owed | Close | Transactions | Show


class DeskRequests:
    """Answers them. Raises what the desk raises, AmountError and ControlError."""

    def __init__(self, desk: Desk, journal: Journal, currency: str) -> None:
        self._desk = desk
        self._journal = journal
        self._currency = currency

    async def answer(self, request: DeskRequest) -> dict[str, Any]:
        match request:
            case Void():
                record = await self._desk.void(request.id, request.reference, request.passcode)
                return {"transaction": await self._shown(record)}
            case Refund():
                return {"transaction": await self._shown(await self._refund(request))}
            case Settle(passcode=passcode):
                return {"settlement": await self._settle(passcode)}
            case Report(report=kind, print=printed):
                return {"report": await self._report(ReportKind(kind), printed=printed)}
            case Reprint(id=txn):
                again = await self._desk.reprint(txn)
                if again is None:
                    raise ControlError("there are no slips to print again")
                return {"transaction": record_view(again)}
            case Owed():
                return {"owed": [record_view(r) for r in await self._desk.owed()]}
            case Close():
                closed = await self._desk.close(
                    request.id, request.host_reference, request.passcode, taken=request.taken
                )
                return {"transaction": await self._shown(closed)}
            case Transactions(limit=limit):
                records = await self._journal.recent(limit)
                return {"transactions": [await self._shown(r) for r in records]}
            case Show(id=txn):
                found = await self._journal.get(txn)
                if found is None:
                    raise ControlError(f"there is no transaction {txn}")
                return {"transaction": await self._shown(found)}

    async def _shown(self, record: Record) -> dict[str, Any]:
        linked = await self._journal.linked(record.txn)
        return {**record_view(record), **links_view(record, linked)}

    async def _refund(self, request: Refund) -> Record:
        amount = None
        if request.amount is not None:
            amount = parse_amount(request.amount, request.currency or self._currency)
        return await self._desk.refund(request.id, amount, request.reference, request.passcode)

    async def _settle(self, passcode: Passcode | None) -> dict[str, Any]:
        result = await self._desk.settle(passcode)
        if isinstance(result, Closed):
            return settled_view(result.batch, result.totals, result.uploaded)
        return waiting_view(result.screen.batch, result.screen.code)

    async def _report(self, kind: ReportKind, *, printed: bool) -> dict[str, Any]:
        report = await self._desk.report(kind, printed=printed)
        if report is None:
            raise ControlError("no batch has been settled yet: there is no Z report")
        return report_view(report)
