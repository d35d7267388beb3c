"""Serves an EMV kernel's requests: card, customer, host, memory, chance."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, cast

from cardamom.duties.online import Asked
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    Choose,
    Decision,
    EnterPin,
    GoOnline,
    Kernel,
    Outcome,
    PinUse,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.faults import CardFault, JournalFault
from cardamom.flows.choose import choose
from cardamom.flows.look_back import look_back
from cardamom.flows.pad import pin_on_pad
from cardamom.flows.pin import enter_pin
from cardamom.flows.tape import Tape
from cardamom.flows.terminal import Order, Terminal, first, meanwhile
from cardamom.ports import Card, Reply, TapCard
from cardamom.story import tell
from cardamom.values.events import CardRead, Entry, Reason, Started
from cardamom.values.online import NoAnswer
from cardamom.values.screens import Authorising, Reading
from cardamom.values.secret import Pan


@dataclass(slots=True)
class Sitting:
    """One card's visit: what was asked for, what became durable, where the time went."""

    order: Order
    started: Started
    card: Card
    asked: Asked | None = None
    fault: JournalFault | None = None
    cancelled: bool = False
    """Cancelled while the card was read: nothing was asked of the host."""
    read: CardRead | None = None
    """The card of a payment that is refused before it says anything."""
    unsent: Reason = Reason.NO_HOST
    """Why it is declined where it was not sent and the card may not approve it."""
    commands: int = 0
    card_us: int = 0
    host_s: float = 0.0
    person_s: float = 0.0
    tape: Tape = field(default_factory=Tape)

    entry: Entry = Entry.CHIP

    @property
    def contact(self) -> bool:
        return self.entry is Entry.CHIP


async def serve(t: Terminal, sitting: Sitting, kernel: Kernel) -> Outcome:
    """Run the kernel to its outcome. Only JournalFault escapes, and that only before a request.

    A fault of our own in the kernel ends as a refusal: what the host may have approved is reversed.
    """
    try:
        return await _serve(t, sitting, kernel)
    except JournalFault:
        raise
    except Exception as e:  # noqa: BLE001 money must still end right
        tell("kernel_broke", error=e)
        return Outcome(Decision.DECLINED, Reason.FAULT, went_online=sitting.asked is not None)


async def _serve(t: Terminal, sitting: Sitting, kernel: Kernel) -> Outcome:
    try:
        request: Request = next(kernel)
        while True:
            try:
                answer = await answer_one(t, sitting, request)
            except CardFault as fault:
                tell("card_fault", why=str(fault), gone=fault.gone)
                sitting.tape.broke(request, gone=fault.gone)
                request = kernel.throw(fault)
            else:
                sitting.tape.answered(request, answer)
                request = kernel.send(answer)
    except Refused as refused:
        kernel.close()
        return Outcome(Decision.ENDED, refused.reason)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


async def answer_one(t: Terminal, sitting: Sitting, request: Request) -> Answer | Reply:
    """What one request is answered with. Raises CardFault, Refused and JournalFault."""
    match request:
        case Transmit(apdu, then):
            if then and not sitting.contact:
                cast("TapCard", sitting.card).announce(then)
            reply = await sitting.card.transmit(apdu)
            sitting.commands += 1
            sitting.card_us += reply.took_us
            return reply
        case Random(size):
            return t.entropy.random(size)
        case Recall(pan=pan):
            return await _look_back(t, sitting, pan)
        case Choose() | EnterPin():
            began = t.clock.monotonic()
            try:
                return await _person(t, sitting, request)
            finally:
                sitting.person_s += t.clock.monotonic() - began
                t.display.show(Reading(sitting.order.amount, sitting.contact))
        case GoOnline():
            return await _go_online(t, sitting, request)


class Refused(Exception):
    """Not by the card: before its first cryptogram."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


async def _look_back(t: Terminal, sitting: Sitting, pan: Pan) -> CardHistory:
    """Of a payment that looks like one whose outcome is unknown a supervisor must have known."""
    known = await look_back(t, sitting.order, pan)
    if known.twin is not None and not sitting.order.supervisor:
        tell("same_again", of=known.twin.txn)
        sitting.read = CardRead(at=t.clock.now(), entry=sitting.entry, card=pan.masked)
        raise Refused(Reason.SAME_AGAIN)
    return known.history


async def _person(t: Terminal, sitting: Sitting, request: Choose | EnterPin) -> Answer:
    """What the customer says, unless the card is pulled: nobody waits for a PIN without one. At the
    reader's own keys the reader tells of that."""
    pad = sitting.card.pad
    if isinstance(request, EnterPin) and request.use is PinUse.OFFLINE_PLAINTEXT and pad:
        return await pin_on_pad(t, sitting.order, request, pad)
    if isinstance(request, Choose):
        said: Coroutine[Any, Any, Answer] = choose(t, sitting.order, request)
    else:
        said = enter_pin(t, sitting.order, request)
    if not sitting.contact:
        # a tapped card has left by now
        tapped: Answer = await said
        return tapped
    name, answer = await first(said=said, gone=sitting.card.removed())
    if name == "gone":
        raise CardFault("the card was pulled while the customer was asked", gone=True)
    given: Answer = answer
    return given


async def _go_online(t: Terminal, sitting: Sitting, request: GoOnline) -> Answer:
    """The host's answer. What ends here without one is told as silence: of that the card makes an
    AAC, whatever may be approved offline."""
    read = card_read(t, request, sitting.entry)
    if sitting.order.cancelled.is_set():
        sitting.cancelled = True
        return NoAnswer("cancelled before anything was asked")
    sitting.order.asked = True
    async with counting(t, sitting.order):
        try:
            asked = await t.online.authorise(
                (sitting.started, read, *sitting.tape.event(read.at)),
                request.card,
                request.tags,
                request.pin,
                contact=sitting.contact,
                unsent=sitting.unsent,
                update=request.update,
            )
        except JournalFault as fault:
            sitting.fault = fault
            sitting.order.asked = fault.doubtful
            return NoAnswer("the intent could not be made durable")
    sitting.asked = asked
    sitting.order.stan = asked.record.stan or 0
    sitting.fault = asked.fault
    sitting.host_s = asked.waited_s
    return asked.result


def card_read(t: Terminal, source: GoOnline | Outcome, entry: Entry = Entry.CHIP) -> CardRead:
    """The event that says which card was read, masked. The source has read one."""
    assert source.card is not None  # noqa: S101 GoOnline always has one, callers check Outcome
    return CardRead(
        at=t.clock.now(),
        entry=entry,
        card=source.card.pan.masked,
        chip=source.chip,
        cvm=source.cvm if entry is Entry.CONTACTLESS else None,
    )


def counting(t: Terminal, order: Order) -> AbstractAsyncContextManager[None]:
    """Shows the seconds that the host takes."""

    async def count() -> None:
        limit = round(t.online.deadline_s)
        for waited in range(limit + 1):
            t.display.show(Authorising(order.amount, waited, limit))
            await t.clock.sleep(1.0)

    return meanwhile(count())
