"""What the terminal knows of a card before the card gives its first cryptogram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.engines.emv.requests import CardHistory
from cardamom.flows.terminal import Order, Terminal
from cardamom.values.kinds import Kind
from cardamom.values.record import Record
from cardamom.values.secret import Pan
from cardamom.values.states import MONEY_OPEN, TAKEN, State

SPENT: Final = TAKEN | {State.ADVICE_REFUSED}


@dataclass(frozen=True, slots=True)
class Known:
    """`twin`: a payment that looks like this one and whose outcome is unknown."""

    history: CardHistory
    twin: Record | None = None


async def look_back(t: Terminal, order: Order, pan: Pan) -> Known:
    """One look into the journal; approved payments are read where a floor limit counts them."""
    floored = any(aid.floor_limit for aid in t.emv.aids)
    states = MONEY_OPEN | SPENT if floored else MONEY_OPEN
    records = await t.journal.same_card(pan, states)
    twins = [
        r
        for r in records
        if r.state in MONEY_OPEN and r.amount == order.amount and r.kind is order.kind
    ]
    history = CardHistory(
        spent_minor=sum(r.amount.minor for r in records if _spent_today(t, order, r)),
        on_exception_list=t.exceptions.holds(pan),
    )
    return Known(history, twins[-1] if twins else None)


# EMV 4.4 Book 3, 10.6.1: the log of approved transactions that a split sale shows up in
def _spent_today(t: Terminal, order: Order, record: Record) -> bool:
    local = t.clock.local()
    return (
        record.state in SPENT
        and record.kind is Kind.SALE
        and record.amount.currency == order.amount.currency
        and record.started_at.astimezone(local.tzinfo).date() == local.date()
    )
