"""The one door: keypad and control socket come through here, one operation at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from cardamom.faults import Fault, JournalFault, ReferenceUsed
from cardamom.flows.amount import enter_amount
from cardamom.flows.results import (
    broken_screen,
    card_out,
    leave_broken,
    leave_result,
    result_screen,
)
from cardamom.flows.sale import sale
from cardamom.flows.terminal import Order, Terminal, first
from cardamom.story import tell
from cardamom.values.health import Health, Part
from cardamom.values.keys import Key
from cardamom.values.money import Money
from cardamom.values.outcome import OutcomeWord, outcome_of
from cardamom.values.record import Record
from cardamom.values.screens import Idle, NotReady, RemoveCard, Screen

STOPPING: Final = "the terminal is stopping"


class DeskRefusal(Fault):
    """The desk did not take the request: nothing was asked of anybody. The text says why."""


@dataclass(eq=False, slots=True)
class _Job:
    order: Order
    done: asyncio.Future[Record] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


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


class Desk:
    """Serialises what people ask for. `run` is the flow; `sale` and `cancel` are for the socket."""

    def __init__(self, terminal: Terminal, readiness: Readiness) -> None:
        self._t = terminal
        self._ready = readiness
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(maxsize=1)
        self._by_reference: dict[str, _Job] = {}
        self._current: Order | None = None
        self._stopping = False

    @property
    def busy(self) -> bool:
        """A sale is under way, from its first screen until the card is out."""
        return self._current is not None

    async def sale(self, amount: Money, reference: str | None) -> Record:
        """Take a payment at this terminal and wait for its durable outcome.

        A reference that was used before returns that outcome and charges nothing. Raises
        DeskRefusal when nothing was asked; JournalFault when the outcome could not be kept.
        """
        if reference is not None:
            if (job := self._by_reference.get(reference)) is not None:
                _same_amount(job.order.amount, amount)
                return await asyncio.shield(job.done)
            if (record := await self._t.journal.by_reference(reference)) is not None:
                _same_amount(record.amount, amount)
                tell("reference_repeated", txn=record.txn)
                return record
            if (job := self._by_reference.get(reference)) is not None:
                _same_amount(job.order.amount, amount)
                return await asyncio.shield(job.done)
        self._admit(amount)
        job = _Job(Order(amount, reference, remote=True))
        if reference is not None:
            self._by_reference[reference] = job
            job.done.add_done_callback(lambda _: self._by_reference.pop(reference, None))
        self._jobs.put_nowait(job)
        return await asyncio.shield(job.done)

    def cancel(self) -> bool:
        """Cancel what still waits for a card or a PIN. False when there is nothing to cancel."""
        order = self._current
        if order is None or not order.can_cancel:
            return False
        order.cancelled.set()
        return True

    async def stop(self) -> None:
        """Take nothing new; return when the sale under way has ended."""
        self._stopping = True
        self.cancel()
        while not self._jobs.empty():
            _fail(self._jobs.get_nowait(), DeskRefusal(STOPPING))
        while self._current is not None:
            await self._t.clock.sleep(0.05)

    def _admit(self, amount: Money) -> None:
        limit = self._t.config.limit
        if amount.currency != limit.currency:
            raise DeskRefusal(f"this terminal takes {limit.currency} only")
        if amount.minor <= 0:
            raise DeskRefusal("the amount must be more than zero")
        if amount > limit:
            raise DeskRefusal(f"the amount is over the limit of {limit}")
        if self._stopping:
            raise DeskRefusal(STOPPING)
        if self._jobs.full():
            raise DeskRefusal("the terminal is busy with another sale: ask again later")
        if blocking := self._ready.blocking():
            worst = blocking[0]
            why = f": {worst.detail}" if worst.detail else ""
            raise DeskRefusal(f"the terminal cannot take payments: {worst.part.value}{why}")

    async def run(self) -> None:
        """Serve keypad and socket until cancelled."""
        t = self._t
        job: _Job | None = None
        while True:
            if job is not None:
                job = await self._serve(job)
                continue
            self._ready.changed.clear()
            blocking = self._ready.blocking()
            t.display.show(
                NotReady(self._ready.parts()) if blocking else Idle(t.config.merchant_name)
            )
            name, got = await first(
                job=self._jobs.get(), key=t.keypad.key(), changed=self._ready.changed.wait()
            )
            if name == "job":
                job = got
            elif name == "key" and blocking and got is Key.ENTER:
                self._ready.look()
            elif name == "key" and not blocking and got.digit is not None and not self._stopping:
                job = await self._from_keypad(got)

    async def _from_keypad(self, key: Key) -> _Job | None:
        amount = await enter_amount(self._t, key)
        return _Job(Order(amount)) if amount is not None and not self._ready.blocking() else None

    async def _serve(self, job: _Job) -> _Job | None:
        """One sale, to the end of its result; the job that came meanwhile, if one did."""
        if self._stopping:
            _fail(job, DeskRefusal(STOPPING))
            return None
        order = job.order
        self._current = order
        try:
            record = await sale(self._t, order)
        except JournalFault as fault:
            return await self._broken(job, fault)
        except BaseException as e:
            self._current = None
            _fail(job, e)
            raise
        if not job.done.done():
            job.done.set_result(record)
        self._t.receipts.owe(record)
        await self._card_out(order, result_screen(record), outcome_of(record))
        result = leave_result(self._t, record, self._paper_trouble, self._ready.look)
        return await self._leave(result)

    async def _card_out(self, order: Order, result: Screen, outcome: OutcomeWord) -> None:
        """The next sale must not find this one's card."""
        try:
            if order.card is not None:
                await card_out(self._t, result, RemoveCard(order.amount, outcome.value), order.card)
        finally:
            self._current = None

    async def _leave(self, result: Coroutine[Any, Any, None]) -> _Job | None:
        """The result stays on the screen, but the next job does not wait for a clerk's thumb."""
        name, got = await first(job=self._jobs.get(), read=result)
        return got if name == "job" else None

    def _paper_trouble(self) -> bool:
        return any(h.part is Part.PRINTER and not h.usable for h in self._ready.parts())

    async def _broken(self, job: _Job, fault: JournalFault) -> _Job | None:
        """The journal failed in mid-sale. Where a host may have been asked nobody knows what became
        of it, until recovery decides; before that nothing was asked."""
        tell("journal_fault", why=str(fault), asked=job.order.asked)
        unknown = job.order.asked or isinstance(fault, ReferenceUsed)
        _fail(job, fault if unknown else DeskRefusal(str(fault)))
        self._ready.look()
        job.order.ended = True
        outcome = OutcomeWord.UNKNOWN if job.order.asked else OutcomeWord.NOT_COMPLETED
        await self._card_out(job.order, broken_screen(job.order), outcome)
        return await self._leave(leave_broken(self._t, job.order))


def _fail(job: _Job, error: BaseException) -> None:
    """Tell who waits, where somebody does."""
    if not job.done.done():
        job.done.set_exception(error)
        job.done.exception()  # a keypad's sale has no waiter: mark it as seen


def _same_amount(first_amount: Money, amount: Money) -> None:
    if first_amount != amount:
        raise DeskRefusal(f"this reference was used for {first_amount}: use a new one")
