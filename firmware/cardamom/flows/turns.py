"""The desk's turns: idle, keypad, one transaction or task after another, each to its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from cardamom.duties.settlement import Closed, SettlementRefusal, Waits
from cardamom.engines.emv.bits import Capability
from cardamom.engines.emv.prompts import prompt_of
from cardamom.faults import JournalFault, LinkRefused, ReferenceUsed
from cardamom.flows import originals, settle
from cardamom.flows.amount import enter_amount
from cardamom.flows.asking import answered, approved
from cardamom.flows.close_batch import ClosedAlone, close_batch
from cardamom.flows.jobs import CANCELLED, SETTLING, STOPPING, DeskRefusal, Job, Task, fail
from cardamom.flows.menu import menu
from cardamom.flows.refund import refund
from cardamom.flows.results import (
    broken_screen,
    card_out,
    leave_broken,
    leave_result,
    result_screen,
)
from cardamom.flows.rights import NotAllowed
from cardamom.flows.sale import sale
from cardamom.flows.standing import standing
from cardamom.flows.terminal import Order, Terminal, first
from cardamom.flows.void import void
from cardamom.story import tell
from cardamom.values.account_screens import BatchFull
from cardamom.values.alarms import Alarm
from cardamom.values.events import Reason
from cardamom.values.health import Health, Part
from cardamom.values.keys import Key
from cardamom.values.kinds import Kind
from cardamom.values.operations import Operation
from cardamom.values.outcome import OutcomeWord, outcome_of
from cardamom.values.prompts import NEXT_STEPS, Prompt
from cardamom.values.record import Record
from cardamom.values.screens import (
    Idle,
    NotCompleted,
    RemoveCard,
    Screen,
    SettleStep,
    Settling,
)

FLOWS: Final[dict[Kind, Callable[[Terminal, Order], Awaitable[Record]]]] = {
    Kind.SALE: sale,
    Kind.VOID: void,
    Kind.REFUND: refund,
}


@dataclass(slots=True)
class Readiness:
    """What the health duty tells the desk."""

    parts: Callable[[], tuple[Health, ...]]
    """All parts, as last seen."""
    blocking: Callable[[], tuple[Health, ...]]
    """Those without which no payment can be taken."""
    changed: asyncio.Event
    look: Callable[[], None]
    """Ask for a fresh look at every part."""
    alarms: Callable[[], tuple[Alarm, ...]] = lambda: ()
    """What a person must see to, worst first."""


class Turns:
    """Serves the keypad and what is queued, one at a time."""

    def __init__(self, terminal: Terminal, readiness: Readiness) -> None:
        self._t = terminal
        self._ready = readiness
        self._jobs: asyncio.Queue[Job | Task] = asyncio.Queue(maxsize=1)
        self._current: Order | None = None
        self._task: Task | None = None
        self._waits: Waits | None = None
        """What a settlement that was begun still waits for."""
        self._stopping = False
        self._unsure = True
        """The journal is to be asked whether a settlement was begun."""
        self._unread = 0
        """So many chips in a row could not be used."""
        self._room = 0
        """So many transactions the batch takes at least before it is full."""

    @property
    def busy(self) -> bool:
        """A transaction is under way, from its first screen until the card is out, or a task."""
        return self._current is not None or self._task is not None

    @property
    def paying(self) -> bool:
        """A transaction is under way: the line is kept free for its request."""
        return self._current is not None

    @property
    def settling(self) -> bool:
        """A settlement was begun and waits for the host."""
        return self._waits is not None

    @property
    def stopping(self) -> bool:
        return self._stopping

    @property
    def crowded(self) -> bool:
        """Something waits for its turn already."""
        return self._jobs.full()

    def put(self, job: Job | Task) -> None:
        """Queue it. Raises asyncio.QueueFull where the desk is crowded."""
        self._jobs.put_nowait(job)
        if self._current is not None:
            self._current.hurry.set()

    def cancel(self, order: Order | None = None) -> bool:
        """Cancel this one, or what is under way, while it waits for its turn, a card or a PIN.
        False when there is nothing to cancel."""
        order = order or self._current
        if order is None or not order.can_cancel:
            return False
        order.cancelled.set()
        return True

    async def stop(self) -> None:
        """Take nothing new; return when what is under way has ended."""
        self._stopping = True
        self._t.settlement.halt()
        self.cancel()
        if self._current is not None:
            self._current.hurry.set()
        while not self._jobs.empty():
            fail(self._jobs.get_nowait(), DeskRefusal(STOPPING))
        while self.busy:
            await self._t.clock.sleep(0.05)

    async def full(self) -> bool:
        """The batch takes no sale more. Raises JournalFault.

        Counted when so many were made since the last count that it may be.
        """
        if self._room <= 0:
            journal = self._t.journal
            asked = await journal.asked_in(await journal.batch())
            self._room = self._t.config.batch_limit - asked
        return self._room <= 0

    async def run(self) -> None:
        """Serve keypad and socket until cancelled."""
        job: Job | Task | None = None
        while True:
            if job is not None:
                job = await self._serve(job)
            elif await self._closing():
                job = await self._between_tries()
            else:
                job = await self._idle()

    async def _idle(self) -> Job | Task | None:
        t = self._t
        self._ready.changed.clear()
        blocking = self._ready.blocking()
        t.display.show(self._idle_screen(blocking))
        name, got = await first(
            job=self._jobs.get(), key=t.keypad.key(), changed=self._ready.changed.wait()
        )
        if name == "job":
            job: Job | Task = got
            return job
        if name != "key" or self._stopping:
            return None
        if got is Key.MENU:
            return await self._menu()
        if blocking and got is Key.ENTER:
            self._ready.look()
        elif not blocking and got.digit is not None:
            return await self._from_keypad(got)
        return None

    def _idle_screen(self, blocking: tuple[Health, ...]) -> Screen:
        alarms = self._ready.alarms()
        idle = Idle(
            self._t.config.merchant_name,
            menu=True,
            alarm=alarms[0].cause if alarms else None,
            alarms=len(alarms),
            support=self._t.support.seen,
        )
        return standing(idle, self._ready.parts(), blocking, alarms)

    async def _from_keypad(self, key: Key) -> Job | Task | None:
        with contextlib.suppress(JournalFault):  # without it the sale says so
            if await self.full():
                return await self._full_at_keypad()
        amount = await enter_amount(self._t, key)
        return Job(Order(amount)) if amount is not None and not self._ready.blocking() else None

    async def _full_at_keypad(self) -> Task | None:
        full = BatchFull(self._t.config.batch_limit)
        if await answered(self._t, full, Key.ENTER) is not Key.ENTER:
            return None
        return Task(self._settle_at_keypad)

    async def _menu(self) -> Job | Task | None:
        try:
            chosen = await menu(self._t)
        except JournalFault as fault:
            tell("journal_fault", why=str(fault))
            self._ready.look()
            return None
        if isinstance(chosen, Order) and not self._ready.blocking():
            return Job(chosen)
        return Task(self._settle_at_keypad) if chosen is Operation.SETTLE else None

    async def _settle_at_keypad(self) -> Closed | Waits | None:
        return await self.settle_on() if await settle.begin_at_keypad(self._t) else None

    async def settle_on(self) -> Closed | Waits:
        """On from where the batch stands."""
        result = await self._t.settlement.advance(self._t.display.show)
        self._waits = result if isinstance(result, Waits) else None
        if isinstance(result, Closed):
            # after that: a fault of the report must not settle the next batch
            await settle.print_z(self._t, result.batch)
        return result

    async def close_batch(self, operator: str, host_reference: str) -> ClosedAlone:
        """Ends a settlement that the host goes on refusing."""
        closed = await close_batch(self._t, operator, host_reference)
        self._waits = None
        await settle.print_z(self._t, closed.batch)
        return closed

    async def _closing(self) -> bool:
        """A settlement was begun: by hand, or before the last restart."""
        if self._waits is not None or not self._unsure:
            return self._waits is not None
        with contextlib.suppress(JournalFault):  # the health watch says what is wrong with it
            book = await self._t.journal.book()
            self._unsure = False
            if book.closing:
                self._waits = Waits(Settling(book.batch, SettleStep.TOTALS, waiting=True))
                return True
        return False

    async def _between_tries(self) -> Job | Task | None:
        """A settlement that waits for the host goes on by itself; nothing new is taken."""
        t = self._t
        self._ready.changed.clear()
        if self._waits is not None:
            t.display.show(self._waits.screen)
        pause = t.settlement.pause_s if t.settlement.tried else 0.0
        if pause or not t.settlement.reachable or self._stopping:
            name, got = await first(job=self._jobs.get(), tick=t.clock.sleep(pause or 1.0))
            if name == "job":
                job: Job | Task = got
                return job
        if t.settlement.reachable and not self._stopping:
            return Task(self.settle_on)
        return None

    async def _serve(self, job: Job | Task) -> Job | Task | None:
        """One thing, to the end of its result; what came meanwhile, if something did."""
        if self._stopping:
            fail(job, DeskRefusal(STOPPING))
            return None
        return await (self._do(job) if isinstance(job, Task) else self._make(job))

    async def _do(self, task: Task) -> Job | Task | None:
        self._task = task
        self._unsure = True
        try:
            result = await task.run()
        except (DeskRefusal, NotAllowed, SettlementRefusal, JournalFault) as fault:
            if isinstance(fault, JournalFault):
                tell("journal_fault", why=str(fault))
                self._ready.look()
            fail(task, fault)
            return None
        except BaseException as e:
            fail(task, e)
            raise
        else:
            if not task.done.done():
                task.done.set_result(result)
        finally:
            self._task = None
        if isinstance(result, Closed):
            return await self._leave(settle.leave(self._t, result))
        return None

    async def _make(self, job: Job) -> Job | Task | None:
        order = job.order
        if self._waits is not None:
            fail(job, DeskRefusal(SETTLING))
            return None
        if order.cancelled.is_set():
            fail(job, DeskRefusal(CANCELLED))
            return None
        self._current = order
        self._room -= 1
        try:
            record = await FLOWS[order.kind](self._t, order)
        except LinkRefused as refused:
            return await self._refused(job, Reason(refused.reason))
        except JournalFault as fault:
            return await self._broken(job, fault)
        except BaseException as e:
            self._current = None
            fail(job, e)
            raise
        if not job.done.done():
            job.done.set_result(record)
        self._t.receipts.owe(record)
        await self._t.offline.count(record)
        if order.update is not None:
            record = await order.update()
        prompt = self._prompt(order)
        await self._card_out(order, result_screen(record, prompt), outcome_of(record))
        result = leave_result(self._t, record, self._paper_trouble, self._ready.look, prompt)
        following = await self._leave(result)
        if following is None and record.reason is Reason.SAME_AGAIN and not order.remote:
            return await self._again(order)
        return following

    async def _again(self, order: Order) -> Job | None:
        """The same sale once more, where a supervisor knows of the one whose outcome is unknown."""
        t = self._t
        if not t.rights.supervised or self._stopping:
            return None
        with contextlib.suppress(JournalFault):
            if await approved(t, Operation.SALE_AGAIN, str(order.amount)):
                return Job(Order(order.amount, supervisor=True))
        return None

    async def _card_out(self, order: Order, result: Screen, outcome: OutcomeWord) -> None:
        """The next one must not find this one's card."""
        try:
            if order.card is not None:
                removing = RemoveCard(order.amount, outcome.value, order.kind)
                await card_out(self._t, result, removing, order.card)
        finally:
            self._current = None

    async def _leave(self, result: Coroutine[Any, Any, Any]) -> Job | Task | None:
        """The result stays on the screen, but the next job does not wait for a clerk's thumb."""
        name, got = await first(job=self._jobs.get(), read=result)
        return got if name == "job" else None

    def _prompt(self, order: Order) -> Prompt | None:
        """What to do about the card, where it is at fault."""
        if order.outcome is None:
            return None
        self._unread = self._unread + 1 if order.outcome.fallback else 0
        stripe = Capability.STRIPE in Capability(int.from_bytes(self._t.emv.capabilities))
        allowed = self._t.config.chip_tries
        prompt = prompt_of(order.outcome, unread=self._unread, allowed=allowed, stripe=stripe)
        return prompt if prompt in NEXT_STEPS else None

    def _paper_trouble(self) -> bool:
        return any(h.part is Part.PRINTER and not h.usable for h in self._ready.parts())

    async def _refused(self, job: Job, why: Reason) -> Job | Task | None:
        """The original does not allow it by now: nothing was written or asked."""
        order = job.order
        fail(job, DeskRefusal(originals.sentence(why)))
        order.ended = True
        screen = NotCompleted(order.amount, why, order.kind)
        await self._card_out(order, screen, OutcomeWord.NOT_COMPLETED)
        return await self._leave(answered(self._t, screen, Key.ENTER))

    async def _broken(self, job: Job, fault: JournalFault) -> Job | Task | None:
        """The journal failed in mid-flow. Where a host may have been asked nobody knows what became
        of it, until recovery decides; before that nothing was asked."""
        tell("journal_fault", why=str(fault), asked=job.order.asked)
        unknown = job.order.asked or isinstance(fault, ReferenceUsed)
        fail(job, fault if unknown else DeskRefusal(str(fault)))
        self._ready.look()
        job.order.ended = True
        outcome = OutcomeWord.UNKNOWN if job.order.asked else OutcomeWord.NOT_COMPLETED
        await self._card_out(job.order, broken_screen(job.order), outcome)
        return await self._leave(leave_broken(self._t, job.order))
