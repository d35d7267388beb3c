"""Refund 退货: gives back a sale's amount or a part of it, whatever batch it was in.

While the sale's batch is open its card data serve. After settlement they are erased: the card is
presented, and it must be the sale's own.
"""

from __future__ import annotations

from dataclasses import replace

from cardamom.engines.emv.identify import REFUND, identify_kernel
from cardamom.flows.closed_loop import holder_of, read_of
from cardamom.flows.kernel_driver import Sitting, card_read, serve
from cardamom.flows.opening import started, withdraw
from cardamom.flows.present import Tagged, Tapped, present
from cardamom.flows.sale import emv_order
from cardamom.flows.terminal import Order, Terminal
from cardamom.flows.undo import as_original, ask, original_of
from cardamom.ports import TapCard
from cardamom.tag_ports import Tag
from cardamom.values.events import Reason, Started, Tender
from cardamom.values.member import ClosedLoop
from cardamom.values.record import Record
from cardamom.values.screens import Reading
from cardamom.values.secret import Pan


async def refund(t: Terminal, order: Order) -> Record:
    """Refund the order's amount, which a supervisor has approved; its card may be in the reader.

    Raises LinkRefused where the original does not allow it: nothing was asked. JournalFault where
    a step cannot be made durable.
    """
    batch = await t.journal.batch()
    original = await original_of(t, order)
    begun = started(t, order, batch)
    if original.batch == batch and (card := await t.journal.card(original.txn)) is not None:
        return await ask(t, order, (begun, as_original(t, original)), card, original)
    return await _with_the_card(t, order, begun, original)


async def _with_the_card(t: Terminal, order: Order, begun: Started, original: Record) -> Record:
    inserted = await present(t, order, tags=original.tender is Tender.CLOSED_LOOP)
    if isinstance(inserted, Tagged | Tapped) and t.closed_loop is not None:
        tag = inserted.tag if isinstance(inserted, Tagged) else inserted.card
        return await _with_the_tag(t, t.closed_loop, order, begun, original, tag)
    if isinstance(inserted, Reason | Tapped | Tagged):
        order.ended = True
        reason = inserted if isinstance(inserted, Reason) else Reason.OTHER_INTERFACE
        return await withdraw(t, (begun,), reason)
    order.card = inserted
    t.display.show(Reading(order.amount))
    asked = replace(emv_order(t, order), transaction_type=REFUND)
    sitting = Sitting(order, begun, inserted)
    outcome = await serve(t, sitting, identify_kernel(asked, t.emv))
    said = sitting.tape.event(t.clock.now())
    if outcome.card is None or outcome.reason is not None:
        order.ended = True
        return await withdraw(t, (begun, *said), outcome.reason or Reason.CARD_ERROR)
    read = card_read(t, outcome)
    if why := await _refused(t, outcome.card.pan, original):
        order.ended = True
        return await withdraw(t, (begun, read, *said), why)
    return await ask(t, order, (begun, read, *said), outcome.card, original)


async def _with_the_tag(
    t: Terminal, own: ClosedLoop, order: Order, begun: Started, original: Record, tag: Tag | TapCard
) -> Record:
    order.card = tag
    holder = await holder_of(t, own, tag)
    if isinstance(holder, Reason):
        order.ended = True
        return await withdraw(t, (begun,), holder)
    read = read_of(t, holder)
    if why := await _refused(t, holder.number, original):
        order.ended = True
        return await withdraw(t, (begun, read), why)
    return await ask(t, order, (begun, read), holder.data, original)


async def _refused(t: Terminal, pan: Pan, original: Record) -> Reason | None:
    """Another card than the sale's: nothing is asked then."""
    if original.state is None:
        return Reason.FAULT
    same = await t.journal.same_card(pan, (original.state,))
    return None if any(r.txn == original.txn for r in same) else Reason.OTHER_CARD
