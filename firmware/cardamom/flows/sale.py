"""Sale 消费: from the amount to a durable outcome."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import cast

from cardamom.duties.owed import SCRIPT_RESULTS
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.requests import Decision, EmvOrder, Outcome
from cardamom.faults import JournalFault
from cardamom.flows.closed_loop import pay_by_tag, pay_by_type_4
from cardamom.flows.kernel_driver import Sitting, card_read, serve
from cardamom.flows.opening import Opening, started, withdraw
from cardamom.flows.present import Tagged, Tapped, present
from cardamom.flows.tap_driver import ANOTHER_TRY, Visit, offers, serve_tap
from cardamom.flows.tap_update import update_card
from cardamom.flows.tape import Tape
from cardamom.flows.terminal import Order, Terminal
from cardamom.ports import Card, TapCard
from cardamom.story import tell
from cardamom.values.events import (
    AnyEvent,
    CardResult,
    Entry,
    NoAnswer,
    Reason,
    ReceiptOwed,
    ScriptOwed,
    Started,
)
from cardamom.values.record import Record, apply
from cardamom.values.screens import Reading
from cardamom.values.slips import slips_after
from cardamom.values.states import UNFINISHED, State


async def sale(t: Terminal, order: Order) -> Record:
    """Take one payment; its card may still be in the reader then.

    Raises JournalFault when its steps cannot be made durable.
    """
    batch = await t.journal.batch()
    alone = await t.offline.refusal(order.amount)
    rules = offers(t.taps, emv_order(t, order), alone=alone is None) if t.taps else None
    retry: Reason | None = None
    tape = Tape()
    while True:
        torn = await t.journal.torn() if rules is not None else TornLog()
        card = await present(
            t,
            order,
            taps=rules is not None,
            tags=t.closed_loop is not None,
            retry=retry,
            leftover=retry is not None,
        )
        begun = started(t, order, batch)
        if isinstance(card, Tagged) and t.closed_loop is not None:
            paid = await pay_by_tag(t, t.closed_loop, order, begun, card.tag)
            if isinstance(paid, Record):
                return paid
            retry = paid
            continue
        if isinstance(card, Tapped) and rules is None and t.closed_loop is not None:
            paid = await pay_by_type_4(t, order, begun, card.card, Reason.OTHER_INTERFACE)
            if isinstance(paid, Record):
                return paid
            retry = paid
            continue
        if isinstance(card, Tapped) and rules is not None:
            tapped = await _by_tap(t, order, begun, card, rules, torn, alone, tape)
            if isinstance(tapped, Record):
                return tapped
            if isinstance(tapped, Reason):
                rules, retry = (None if tapped is Reason.OTHER_INTERFACE else rules), tapped
                continue
            card = tapped
        if isinstance(card, Reason | Tapped | Tagged):
            return await _no_card(t, order, begun, card, tape)
        return await _by_chip(t, order, begun, card, alone, tape)


async def _no_card(
    t: Terminal, order: Order, begun: Started, why: Reason | Tapped | Tagged, tape: Tape
) -> Record:
    order.ended = True
    reason = why if isinstance(why, Reason) else Reason.FAULT
    if reason is Reason.CARD_ERROR:
        order.outcome = Outcome(Decision.ENDED, reason, fallback=True)
    return await withdraw(t, (begun, *tape.event(t.clock.now())), reason)


async def _by_chip(
    t: Terminal, order: Order, begun: Started, card: Card, alone: Reason | None, tape: Tape
) -> Record:
    """`alone`: why no card may approve without the host; None where it may. `tape`: what cards said
    that were tried before."""
    order.card = card
    t.display.show(Reading(order.amount))
    began = t.clock.monotonic()
    tape.again()
    sitting = Sitting(order, begun, card, tape=tape)
    sitting.unsent = alone or sitting.unsent
    rules = replace(t.emv, offline_approval=alone is None)
    kernel = contact_kernel(emv_order(t, order), rules, sitting.tape.note)
    try:
        outcome = await serve(t, sitting, kernel)
        order.ended, order.outcome = True, outcome
        record = await _conclude(t, sitting, outcome)
    finally:
        if sitting.asked is not None:
            t.online.conclude(sitting.asked.record.txn)
    _account(t, sitting, record, began)
    return record


async def _by_tap(
    t: Terminal,
    order: Order,
    begun: Started,
    tapped: Tapped,
    rules: TapRules,
    torn: TornLog,
    alone: Reason | None,
    tape: Tape,
) -> Record | Card | Reason:
    """The outcome; the card that went into the slot instead; or why another is to be tried."""
    assert t.taps is not None  # noqa: S101 nothing is tapped without a reader
    order.card = tapped.card
    began = t.clock.monotonic()
    tape.again()
    sitting = Sitting(order, begun, tapped.card, tape=tape, entry=Entry.CONTACTLESS)
    sitting.unsent = alone or sitting.unsent
    visit = Visit(sitting, t.taps, torn)
    try:
        outcome = await serve_tap(t, visit, emv_order(t, order), rules)
        if visit.inserted is not None:
            return visit.inserted
        if outcome.decision is Decision.ENDED and outcome.reason in ANOTHER_TRY:
            tell("tap_unread", reason=outcome.reason)
            order.card = None
            if outcome.reason is Reason.NO_APPLICATION:
                last = cast("TapCard", sitting.card)  # one in the slot has returned above
                return await pay_by_type_4(t, order, begun, last, outcome.reason)
            await sitting.card.close()
            return outcome.reason
        order.ended, order.outcome = True, outcome
        record = await _conclude(t, sitting, outcome)
        if visit.restart is not None:
            order.update = partial(update_card, t, visit, record)
    finally:
        if sitting.asked is not None and order.update is None:
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
    if not sitting.contact and record.state not in UNFINISHED:
        # a tap has no word of the card behind the host's
        return record
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
        opening += (card_read(t, outcome, sitting.entry),)
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
