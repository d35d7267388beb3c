"""What the control socket may ask of the desk beside a sale."""

from __future__ import annotations

from typing import Any

from cardamom.control.accounts import (
    closed_view,
    links_view,
    report_view,
    settled_view,
    waiting_view,
)
from cardamom.control.messages import (
    Close,
    ControlError,
    Explain,
    Owed,
    Refund,
    Report,
    Reprint,
    SelfTest,
    Settle,
    Show,
    Transactions,
    Void,
)
from cardamom.control.trials import self_test_view
from cardamom.control.views import record_view
from cardamom.duties.settlement import Closed
from cardamom.flows.desk import Desk
from cardamom.flows.originals import by_trace, sentence
from cardamom.ports import Journal
from cardamom.values.events import Reason, Transcript
from cardamom.values.kinds import Kind
from cardamom.values.money import parse_amount
from cardamom.values.record import Record
from cardamom.values.report import ReportKind

DeskRequest = (
    Void
    | Refund
    | Settle
    | Report
    | Reprint
    | Owed
    | Close
    | SelfTest
    | Transactions
    | Show
    | Explain
)


class DeskRequests:
    """Answers them. Raises what the desk raises, AmountError and ControlError."""

    def __init__(self, desk: Desk, journal: Journal, currency: str) -> None:
        self._desk = desk
        self._journal = journal
        self._currency = currency

    async def answer(self, request: DeskRequest) -> dict[str, Any]:
        match request:
            case Void():
                txn = await self._named(request, Kind.VOID)
                record = await self._desk.void(txn, request.reference, request.passcode)
                return {"transaction": await self.shown(record)}
            case Refund():
                return {"transaction": await self.shown(await self._refund(request))}
            case Settle():
                return {"settlement": await self._settle(request)}
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
                return {"transaction": await self.shown(closed)}
            case SelfTest(only=only, attended=attended, print=printed):
                tried = await self._desk.self_test(only, attended=attended, printed=printed)
                return {"self_test": self_test_view(tried)}
            case Transactions(limit=limit):
                records = await self._journal.recent(limit)
                return {"transactions": [await self.shown(r) for r in records]}
            case Show() | Explain():
                return await self._one(request)

    async def _one(self, request: Show | Explain) -> dict[str, Any]:
        record = await self._journal.get(request.id)
        if record is None:
            raise ControlError(f"there is no transaction {request.id}")
        if isinstance(request, Show):
            return {"transaction": await self.shown(record)}
        events = await self._journal.events(request.id)
        said = [e.steps for e in events if isinstance(e, Transcript)]
        return {"transaction": record_view(record), "transcript": said}

    async def _named(self, request: Void | Refund, kind: Kind) -> int:
        """The sale, by number or by trace number."""
        if (request.id is None) == (request.trace is None):
            raise ControlError("name the sale by its number or by its trace number, one of the two")
        if request.trace is None:
            return request.id or 0
        if request.reference is not None:  # a repeat means the sale that the first one meant
            known = await self._journal.by_reference(request.reference)
            if known is not None and known.original is not None:
                original = await self._journal.get(known.original)
                if original is not None and original.stan == request.trace:
                    return original.txn
        found = await by_trace(self._journal, kind, request.trace)
        if found is None:
            raise ControlError(sentence(Reason.ORIGINAL_NOT_FOUND))
        return found.original.txn

    async def shown(self, record: Record) -> dict[str, Any]:
        """With what undid it."""
        linked = await self._journal.linked(record.txn)
        return {**record_view(record), **links_view(record, linked)}

    async def _refund(self, request: Refund) -> Record:
        amount = None
        if request.amount is not None:
            amount = parse_amount(request.amount, request.currency or self._currency)
        txn = await self._named(request, Kind.REFUND)
        return await self._desk.refund(txn, amount, request.reference, request.passcode)

    async def _settle(self, request: Settle) -> dict[str, Any]:
        if (reference := request.host_reference) is not None:
            alone = await self._desk.close_batch(reference, request.passcode)
            return closed_view(alone.batch, alone.totals, alone.uploaded, alone.code, reference)
        result = await self._desk.settle(request.passcode)
        if isinstance(result, Closed):
            return settled_view(result.batch, result.totals, result.uploaded)
        return waiting_view(result.screen.batch, result.screen.code)

    async def _report(self, kind: ReportKind, *, printed: bool) -> dict[str, Any]:
        report = await self._desk.report(kind, printed=printed)
        if report is None:
            raise ControlError("no batch has been settled yet: there is no Z report")
        return report_view(report)
