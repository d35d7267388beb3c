"""How each transaction begins, and how it ends before anything was asked."""

from __future__ import annotations

from cardamom.flows.terminal import Order, Terminal
from cardamom.values.events import CardRead, Reason, Started, Transcript, Withdrawn
from cardamom.values.record import Record

Opening = Started | CardRead | Transcript
"""What a transaction may begin with."""


def started(t: Terminal, order: Order, batch: int) -> Started:
    """The first event of what the order asks for."""
    return Started(
        at=t.clock.now(),
        kind=order.kind,
        amount=order.amount,
        batch=batch,
        terminal_id=t.config.terminal_id,
        merchant_id=t.config.merchant_id,
        operator=t.config.operator,
        reference=order.reference,
        original=order.original,
    )


async def withdraw(t: Terminal, opening: tuple[Opening, ...], reason: Reason) -> Record:
    """Ended before anything was asked. Raises JournalFault."""
    return await t.journal.begin(*opening, Withdrawn(at=t.clock.now(), reason=reason))
