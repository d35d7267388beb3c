"""The one door: keypad, CLI and till come through here, one operation at a time, rights checked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from cardamom.duties.settlement import Closed, SettlementRefusal, Waits
from cardamom.faults import JournalFault
from cardamom.flows import originals, reports, settle
from cardamom.flows.close_batch import ClosedAlone, refused
from cardamom.flows.close_parked import closable, close_parked
from cardamom.flows.jobs import BUSY, SETTLING, STOPPING, DeskRefusal, Job, Task, Wish
from cardamom.flows.members import MemberDesk
from cardamom.flows.menu import owed
from cardamom.flows.selftest import self_test
from cardamom.flows.terminal import Order, Terminal
from cardamom.flows.turns import Readiness, Turns
from cardamom.story import tell
from cardamom.values.events import Reason
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.operations import Operation, Role
from cardamom.values.record import Record
from cardamom.values.report import Report, ReportKind
from cardamom.values.secret import Passcode
from cardamom.values.selftest import SelfTestReport, TestPart

__all__ = ["Desk", "DeskRefusal", "Readiness"]


class Desk:
    """Serialises what people ask for. `run` serves the keypad; the other methods are for the
    socket. Each of them raises DeskRefusal or rights' NotAllowed where nothing was asked of
    anybody, and JournalFault where what was done could not be kept."""

    def __init__(self, terminal: Terminal, readiness: Readiness) -> None:
        self._t = terminal
        self._ready = readiness
        self._turns = Turns(terminal, readiness)
        self._by_reference: dict[str, Job] = {}
        self.members = MemberDesk(terminal, self._task_alone)

    @property
    def busy(self) -> bool:
        """A transaction is under way, from its first screen until the card is out, or a task."""
        return self._turns.busy

    @property
    def paying(self) -> bool:
        """A transaction is under way: the line is kept free for its request."""
        return self._turns.paying

    # what a caller asks for

    async def sale(
        self,
        amount: Money,
        reference: str | None,
        passcode: Passcode | None = None,
        *,
        online: bool = False,
    ) -> Record:
        """Take a payment at this terminal and wait for its durable outcome.

        A reference that was used before returns that outcome and charges nothing. `passcode`: a
        supervisor approves the same card and amount beside an unknown outcome. `online`: the
        issuer is to be asked, whatever the amount.
        """
        proved = False
        if passcode is not None and (reference is None or not await self._used(reference)):
            await self._t.rights.prove(Operation.SALE_AGAIN, passcode, str(amount))
            proved = True
        full = await self._full()
        if (known := await self._known(reference, Wish(Kind.SALE, amount))) is not None:
            return known
        # from here to the queue without a pause: no twin of this reference slips in
        self._admit_amount(amount)
        self._admit()
        if full:
            raise DeskRefusal(full)
        order = Order(
            amount,
            reference,
            remote=True,
            supervisor=proved,
            force_online=online,
        )
        return await self._queued(order)

    async def void(self, txn: int, reference: str | None, passcode: Passcode | None) -> Record:
        """Void a sale of the open batch; a repeat returns the first outcome, as `sale`."""
        wish = Wish(Kind.VOID, None, txn)
        return await self._undo(Operation.VOID, wish, reference, passcode)

    async def refund(
        self, txn: int, amount: Money | None, reference: str | None, passcode: Passcode | None
    ) -> Record:
        """Give back a sale's amount, or a part of it; a repeat returns the first outcome.

        `amount` None: all that is left of it.
        """
        wish = Wish(Kind.REFUND, amount, txn)
        return await self._undo(Operation.REFUND, wish, reference, passcode)

    async def settle(self, passcode: Passcode | None) -> Closed | Waits:
        """Settle the open batch; over parked items with the supervisor's passcode."""
        self._admit(blocked=False)

        async def run() -> Closed | Waits:
            if not self._turns.settling:
                try:
                    await settle.begin(self._t, self._t.config.operator, over_parked=False)
                except SettlementRefusal:
                    if passcode is None:
                        raise
                    operator = await self._t.rights.prove(Operation.SETTLE_PARKED, passcode)
                    await settle.begin(self._t, operator, over_parked=True)
            return await self._turns.settle_on()

        try:
            done: Closed | Waits = await self._task_done(run)
        except SettlementRefusal as refusal:
            raise DeskRefusal(str(refusal)) from None
        return done

    async def close_batch(self, host_reference: str, passcode: Passcode | None) -> ClosedAlone:
        """A supervisor closes a batch whose settlement the host goes on refusing."""
        self._admit(blocked=False)

        async def run() -> ClosedAlone:
            book, _ = await refused(self._t)
            operator = await self._t.rights.prove(
                Operation.CLOSE_BATCH, passcode, f"{book.batch:06d}"
            )
            return await self._turns.close_batch(operator, host_reference)

        closed: ClosedAlone = await self._task_done(run)
        return closed

    async def close(
        self, txn: int, host_reference: str, passcode: Passcode | None, *, taken: bool
    ) -> Record:
        """A supervisor closes a parked transaction or a refused advice by what the host told."""
        self._admit(blocked=False)
        self._admit_unsettled()

        async def run() -> Record:
            self._admit_unsettled()  # its turn may have come after a settlement was begun
            await closable(self._t, txn, host_reference, taken=taken)
            operator = await self._t.rights.prove(Operation.CLOSE, passcode, str(txn))
            return await close_parked(self._t, txn, operator, host_reference, taken=taken)

        record: Record = await self._task_done(run)
        return record

    async def self_test(
        self, only: Collection[TestPart], *, attended: bool, printed: bool
    ) -> SelfTestReport:
        """A technician's: tries each part, or `only` these. Refused while something else is under
        way."""
        self._admit(blocked=False)
        if self._turns.busy:
            raise DeskRefusal(BUSY)

        async def run() -> SelfTestReport:
            who = Role.TECHNICIAN.value
            return await self_test(self._t, only, attended=attended, printed=printed, operator=who)

        tried: SelfTestReport = await self._task_done(run)
        return tried

    async def report(self, kind: ReportKind, *, printed: bool) -> Report | None:
        """X of the open batch, or the last Z; `printed`: on paper as well. None: no batch was
        settled yet."""
        x = kind is ReportKind.X
        report = await (reports.x_report_of if x else reports.last_z_report)(self._t)
        if printed and report is not None:
            self._t.receipts.report(report)
        return report

    async def reprint(self, txn: int | None) -> Record | None:
        """A transaction's slips once more, the newest one's without `txn`; None: it has none."""
        return await reports.reprint(self._t, txn)

    async def owed(self) -> Sequence[Record]:
        """What is owed to the host, and what waits for a supervisor, oldest first."""
        return await owed(self._t)

    def cancel(self, reference: str | None = None) -> bool:
        """Cancel what still waits for its turn, a card or a PIN: what was asked for under this
        reference and nothing else, or whatever is under way. False when there is nothing to cancel.
        """
        if reference is None:
            return self._turns.cancel()
        job = self._by_reference.get(reference)
        return job is not None and self._turns.cancel(job.order)

    async def stop(self) -> None:
        """Take nothing new; return when what is under way has ended."""
        await self._turns.stop()

    async def run(self) -> None:
        """Serve keypad and socket until cancelled."""
        await self._turns.run()

    # how it is let in

    async def _undo(
        self, operation: Operation, wish: Wish, reference: str | None, passcode: Passcode | None
    ) -> Record:
        if (known := await self._known(reference, wish)) is not None:
            return known
        self._admit()
        txn = wish.original or 0
        found = await originals.look_at(self._t.journal, wish.kind, txn)
        why = Reason.ORIGINAL_NOT_FOUND if found is None else found.refused
        amount = wish.amount or (found.amount if found is not None else None)
        if found is not None and wish.amount is not None and why is None:
            if wish.amount.currency != found.amount.currency:
                why = Reason.OTHER_ORIGINAL
            elif wish.amount > found.amount:
                why = Reason.OVER_ORIGINAL
        if why is not None or amount is None:
            raise DeskRefusal(originals.sentence(why or Reason.ORIGINAL_NOT_FOUND))
        if amount.minor <= 0:
            raise DeskRefusal("the amount must be more than zero")
        await self._t.rights.prove(operation, passcode, f"{txn} {amount}")
        # while the passcode was looked at the same reference may have come in again
        if (known := await self._known(reference, wish)) is not None:
            return known
        self._admit()
        order = Order(amount, reference, remote=True, kind=wish.kind, original=txn, supervisor=True)
        return await self._queued(order)

    async def _known(self, reference: str | None, wish: Wish) -> Record | None:
        """What the reference was used for before, once it has its outcome."""
        if reference is None:
            return None
        if (job := self._by_reference.get(reference)) is None:
            if (record := await self._t.journal.by_reference(reference)) is not None:
                wish.agree(record.kind, record.amount, record.original)
                tell("reference_repeated", txn=record.txn)
                return record
            job = self._by_reference.get(reference)
        if job is None:
            return None
        wish.agree(job.order.kind, job.order.amount, job.order.original)
        return await asyncio.shield(job.done)

    async def _used(self, reference: str) -> bool:
        if reference in self._by_reference:
            return True
        return await self._t.journal.by_reference(reference) is not None

    def _admit_amount(self, amount: Money) -> None:
        limit = self._t.config.limit
        if amount.currency != limit.currency:
            raise DeskRefusal(f"this terminal takes {limit.currency} only")
        if amount.minor <= 0:
            raise DeskRefusal("the amount must be more than zero")
        if amount > limit:
            raise DeskRefusal(f"the amount is over the limit of {limit}")

    def _admit(self, *, blocked: bool = True) -> None:
        """`blocked`: not while a part that every payment needs is away."""
        if self._turns.stopping:
            raise DeskRefusal(STOPPING)
        if self._turns.crowded:
            raise DeskRefusal(BUSY)
        if blocked:
            self._admit_unsettled()
        if blocked and (blocking := self._ready.blocking()):
            worst = blocking[0]
            why = f": {worst.detail}" if worst.detail else ""
            raise DeskRefusal(f"the terminal cannot take payments: {worst.part.value}{why}")

    def _admit_unsettled(self) -> None:
        if self._turns.settling:
            raise DeskRefusal(SETTLING)

    async def _full(self) -> str:
        """Why the batch takes no sale; empty where it does, or where the sale will say why not."""
        try:
            full = await self._turns.full()
        except JournalFault:
            return ""
        limit = self._t.config.batch_limit
        return f"the batch has its {limit} transactions: settle it first" if full else ""

    async def _queued(self, order: Order) -> Record:
        job = Job(order)
        if order.reference is not None:
            reference = order.reference
            self._by_reference[reference] = job
            job.done.add_done_callback(lambda _: self._by_reference.pop(reference, None))
        self._turns.put(job)
        return await asyncio.shield(job.done)

    async def _task_alone(self, run: Callable[[], Awaitable[Any]]) -> Any:
        self._admit(blocked=False)
        return await self._task_done(run)

    async def _task_done(self, run: Callable[[], Awaitable[Any]]) -> Any:
        task = Task(run)
        self._turns.put(task)
        return await asyncio.shield(task.done)
