"""What voids and refunds share: the request about an original, and how it ends."""

from __future__ import annotations

from cardamom.faults import JournalFault, LinkRefused
from cardamom.flows.kernel_driver import counting
from cardamom.flows.opening import Opening, withdraw
from cardamom.flows.terminal import Order, Terminal
from cardamom.story import tell
from cardamom.values.events import CardRead, Entry, Reason
from cardamom.values.online import CardData
from cardamom.values.record import Record
from cardamom.values.tags import Tags


async def original_of(t: Terminal, order: Order) -> Record:
    """The order's original. Raises LinkRefused where there is none."""
    original = None if order.original is None else await t.journal.get(order.original)
    if original is None:
        raise LinkRefused(Reason.ORIGINAL_NOT_FOUND)
    return original


def as_original(t: Terminal, original: Record) -> CardRead:
    """The card is not read: the original's data serve."""
    return CardRead(
        at=t.clock.now(),
        entry=Entry.ORIGINAL,
        card=original.card or "",
        issuer=original.issuer,
        tender=original.tender,
    )


async def ask(
    t: Terminal, order: Order, opening: tuple[Opening, ...], card: CardData, original: Record | None
) -> Record:
    """One request without a card that waits for its outcome; the durable outcome.

    Raises LinkRefused where the original does not allow it by now: nothing was asked then.
    JournalFault otherwise: only the journal knows.
    """
    if order.cancelled.is_set():
        order.ended = True
        return await withdraw(t, opening, Reason.CANCELLED)
    order.asked = True
    try:
        async with counting(t, order):
            asked = await t.online.authorise(
                opening, card, Tags({}), None, contact=False, original=original, cardless=True
            )
    except JournalFault as fault:
        order.asked = fault.doubtful
        raise
    order.stan = asked.record.stan or 0
    order.ended = True
    if asked.fault is not None:
        raise asked.fault
    if original is not None:
        tell("undone", txn=asked.record.txn, of=original.txn, state=asked.record.state)
    return asked.record


def lost() -> JournalFault:
    return JournalFault("the sale's card data is gone before its batch was settled: call support")
