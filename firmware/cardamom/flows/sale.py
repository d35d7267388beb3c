"""Sale 消费: from the amount to a durable outcome."""

from __future__ import annotations

from dataclasses import replace

from cardamom.duties.owed import SCRIPT_RESULTS
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.requests import Decision, EmvOrder, Outcome
from cardamom.faults import JournalFault
from cardamom.flows.kernel_driver import Sitting, card_read, serve
from cardamom.flows.opening import Opening, started, withdraw
from cardamom.flows.present import present
from cardamom.flows.terminal import Order, Terminal
from cardamom.story import tell
from cardamom.values.events import (
    AnyEvent,
    CardResult,
    NoAnswer,
    Reason,
    ReceiptOwed,
    ScriptOwed,
)
from cardamom.values.record import Record, apply
from cardamom.values.screens import Reading
from cardamom.values.slips import slips_after
from cardamom.values.states import State


async def sale(t: Terminal, order: Order) -> Record:
    """Take one payment; its card may still be in the reader then.

    Raises JournalFault when its steps cannot be made durable.
    """
    batch = await t.journal.batch()
    card = await present(t, order)
    begun = started(t, order, batch)
    if isinstance(card, Reason):
        order.ended = True
        if card is Reason.CARD_ERROR:
            order.outcome = Outcome(Decision.ENDED, card, fallback=True)
        return await withdraw(t, (begun,), card)
    order.card = card
    t.display.show(Reading(order.amount))
    began = t.clock.monotonic()
    sitting = Sitting(order, begun, card)
    alone = await t.offline.refusal(order.amount)
    sitting.unsent = alone or sitting.unsent
    rules = replace(t.emv, offline_approval=alone is None)
    try:
        outcome = await serve(
            t, sitting, contact_kernel(emv_order(t, order), rules, sitting.tape.note)
        )
        order.ended, order.outcome = True, outcome
        record = await _conclude(t, sitting, outcome)
    finally:
        if sitting.asked is not None:
            t.online.conclude(sitting.asked.record.txn)
    _account(t, sitting, record, began)
    return record


def emv_order(t: Terminal, order: Order) -> EmvOrder:
    """The order as a kernel sees it."""
    unit = order.amount.unit
    local = t.clock.local()
    return EmvOrder(
        amount_minor=order.amount.minor,
        currency=unit.number,
        currency_exponent=unit.exponent,
        date=bytes.fromhex(local.strftime("%y%m%d")),
        time=bytes.fromhex(local.strftime("%H%M%S")),
        force_online=order.force_online,
    )


async def _conclude(t: Terminal, sitting: Sitting, outcome: Outcome) -> Record:
    """Make the card's last word durable; whatever the state allows next is decided by the table."""
    if sitting.fault is not None:
        raise sitting.fault
    if sitting.asked is None and sitting.order.asked:
        raise JournalFault("the sale broke off after its intent: the firmware is at fault")
    if sitting.asked is None:
        return await _without_host(t, sitting, outcome)
    record = sitting.asked.record
    events: list[AnyEvent] = []
    if record.state is State.IN_FLIGHT:
        events.append(NoAnswer(at=t.clock.now(), reason=Reason.FAULT, why="the kernel broke off"))
    accepted = outcome.decision is Decision.APPROVED
    events += sitting.tape.event(t.clock.now())
    events.append(_card_result(t, outcome, accepted=accepted, first=False))
    if results := outcome.tags.get(SCRIPT_RESULTS):
        events.append(ScriptOwed(at=t.clock.now(), results=results.hex().upper()))
    after = record
    for event in events:
        after = apply(after, after.txn, event)
    if not after.receipts_owed:
        events.append(_slips(t, after.state))
    return await t.journal.append(record.txn, *events)


async def _without_host(t: Terminal, sitting: Sitting, outcome: Outcome) -> Record:
    """No request was made: the card decided alone, or it ended before that."""
    opening: tuple[Opening, ...] = (sitting.started,)
    if outcome.card is not None:
        opening += (card_read(t, outcome),)
    elif sitting.read is not None:
        opening += (sitting.read,)
    opening += sitting.tape.event(t.clock.now())
    accepted = outcome.decision is Decision.APPROVED
    if sitting.cancelled or (accepted and sitting.order.cancelled.is_set()):
        return await withdraw(t, opening, Reason.CANCELLED)
    decided = accepted or outcome.decision is Decision.DECLINED
    if not (decided and outcome.chip and outcome.chip.cryptogram):
        return await withdraw(t, opening, outcome.reason or Reason.FAULT)
    return await t.journal.begin(
        *opening,
        _card_result(t, outcome, accepted=accepted, first=True),
        _slips(t, State.OFFLINE_APPROVED if accepted else State.DECLINED),
        card=outcome.card if accepted else None,
    )


def _slips(t: Terminal, state: State | None) -> ReceiptOwed:
    return ReceiptOwed(at=t.clock.now(), copies=slips_after(state))


def _card_result(t: Terminal, outcome: Outcome, *, accepted: bool, first: bool) -> CardResult:
    return CardResult(
        at=t.clock.now(),
        accepted=accepted,
        reason=outcome.reason,
        cvm=outcome.cvm,
        chip=outcome.chip,
        first=first,
    )


def _account(t: Terminal, sitting: Sitting, record: Record, began: float) -> None:
    """Where the time went, in milliseconds: card, host, person; the rest is ours."""
    total = (t.clock.monotonic() - began) * 1000
    card, host, person = sitting.card_us / 1000, sitting.host_s * 1000, sitting.person_s * 1000
    tell(
        "sale_done",
        txn=record.txn,
        stan=record.stan,
        state=record.state,
        commands=sitting.commands,
        total_ms=round(total, 2),
        card_ms=round(card, 2),
        host_ms=round(host, 2),
        person_ms=round(person, 2),
        own_ms=round(total - card - host - person, 2),
    )
