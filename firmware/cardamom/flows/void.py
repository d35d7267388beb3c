"""Void 消费撤销: takes a sale of the open batch back, whole. No card is needed."""

from __future__ import annotations

from cardamom.faults import LinkRefused
from cardamom.flows.opening import started
from cardamom.flows.terminal import Order, Terminal
from cardamom.flows.undo import as_original, ask, lost, original_of
from cardamom.values.events import Reason
from cardamom.values.record import Record


async def void(t: Terminal, order: Order) -> Record:
    """Void the order's original, which a supervisor has approved; the durable outcome.

    Raises LinkRefused where the original does not allow it: nothing was asked. JournalFault where
    a step cannot be made durable.
    """
    batch = await t.journal.batch()
    original = await original_of(t, order)
    if original.batch != batch:
        raise LinkRefused(Reason.ORIGINAL_SETTLED)
    card = await t.journal.card(original.txn)
    if card is None:
        raise lost()
    opening = started(t, order, batch), as_original(t, original)
    return await ask(t, order, opening, card, original)
