"""From a durable outcome to the next customer: result, card out, paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cardamom.faults import CardFault, JournalFault
from cardamom.flows.present import pressed
from cardamom.flows.terminal import Order, Terminal, first
from cardamom.ports import Card
from cardamom.story import tell
from cardamom.tag_ports import Tag
from cardamom.values.alarms import Cause
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.keys import Key
from cardamom.values.notices import AlarmShown
from cardamom.values.outcome import OutcomeWord, outcome_of
from cardamom.values.prompts import Prompt
from cardamom.values.record import Record
from cardamom.values.screens import (
    Approved,
    Declined,
    NotCompleted,
    OutcomeUnknown,
    PaperOut,
    RemoveCard,
    ReversalPending,
    Screen,
)
from cardamom.values.states import State

ASKING: Final = frozenset({State.QUERYING, State.REPEATING})
OFFLINE: Final = frozenset({State.OFFLINE_APPROVED, State.ADVISED, State.ADVICE_REFUSED})
ASKING_S: Final = 10.0
"""How long the clerk only watches while the host is asked what became of a request."""


def result_screen(record: Record, prompt: Prompt | None = None) -> Screen:
    """The screen of a record's outcome. `prompt`: what to do with the card next, where it was not
    completed."""
    match outcome_of(record):
        case OutcomeWord.APPROVED:
            return Approved(
                record.amount,
                record.auth_code,
                sign=record.cvm is CvmUsed.SIGNATURE,
                printing=bool(record.receipts_owed),
                offline=record.state in OFFLINE,
                kind=record.kind,
                balance=record.balance,
            )
        case OutcomeWord.DECLINED:
            reason = record.reason or Reason.HOST_DECLINED
            return Declined(record.amount, reason, record.code, kind=record.kind)
        case OutcomeWord.UNKNOWN if record.state is State.PARKED:
            return AlarmShown(Cause.PARKED, record.amount, record.stan or 0)
        case OutcomeWord.UNKNOWN:
            return OutcomeUnknown(
                record.amount,
                record.stan or 0,
                asking=record.state in ASKING,
                reversing=record.state is State.REVERSING,
                kind=record.kind,
            )
        case _:
            return NotCompleted(record.amount, record.reason or Reason.FAULT, record.kind, prompt)


async def card_out(t: Terminal, result: Screen, removing: RemoveCard, card: Card | Tag) -> None:
    """Shows the result, then asks for the card until it has left the reader: till then no key of
    the result does anything."""
    if isinstance(result, Approved | Declined):
        result = replace(result, ended=False)
    t.display.show(result)
    try:
        name, _ = await first(removed=card.removed(), slow=t.clock.sleep(t.config.remove_s))
        if name == "slow":
            t.display.show(removing)
            await card.removed()
    except CardFault as fault:
        tell("card_fault", why=str(fault), gone=fault.gone)
    finally:
        await card.close()
    tell("card_removed")


async def leave_result(
    t: Terminal,
    record: Record,
    paper_trouble: Callable[[], bool],
    look: Callable[[], None],
    prompt: Prompt | None = None,
) -> None:
    """The result stays until it is read: an unknown one until it is known or the clerk has answered
    it, an alarm until it is answered.

    Where its slip cannot be printed, the screen asks for paper: the outcome stands all the same.
    """
    t.keypad.clear()
    t.display.show(result_screen(record, prompt))
    if outcome_of(record) is OutcomeWord.UNKNOWN:
        known = await _leave_unknown(t, record)
        if known is None:
            return
        record = known
    ends = t.clock.monotonic() + t.config.result_s
    while t.clock.monotonic() < ends:
        record = await _as_printed(t, record)
        t.display.show(result_screen(record, prompt))
        if record.receipts_owed and paper_trouble():
            await _paper(t, record, paper_trouble, look)
            return
        name, _ = await first(key=pressed(t, Key.ENTER, Key.CANCEL), tick=t.clock.sleep(0.5))
        if name == "key":
            return


async def _leave_unknown(t: Terminal, record: Record) -> Record | None:
    """The record once its outcome is known; None where the clerk has answered what is not."""
    answered = False
    patience = t.clock.monotonic() + ASKING_S
    while True:
        record = await _as_it_stands(t, record)
        if outcome_of(record) is not OutcomeWord.UNKNOWN:
            return record
        screen = result_screen(record)
        waits = t.clock.monotonic() < patience
        if isinstance(screen, OutcomeUnknown):
            if answered and not screen.asking:
                tries = record.owed.attempts if record.owed else 0
                screen = ReversalPending(screen.amount, screen.stan, tries, None, screen.kind)
            elif answered and not waits:
                return None
            elif not waits:
                screen = replace(screen, asking=False)
        t.display.show(screen)
        name, _ = await first(key=pressed(t, Key.ENTER), tick=t.clock.sleep(0.5))
        if name == "tick":
            continue
        if isinstance(screen, ReversalPending | AlarmShown):
            return None
        if isinstance(screen, OutcomeUnknown) and not screen.asking:
            answered = True
            patience = t.clock.monotonic() + ASKING_S


async def _as_it_stands(t: Terminal, record: Record) -> Record:
    """The record now; as it was where the journal cannot say."""
    try:
        return await t.journal.get(record.txn) or record
    except JournalFault:
        return record


async def _as_printed(t: Terminal, record: Record) -> Record:
    """The record with what has been printed by now."""
    return await _as_it_stands(t, record) if record.receipts_owed else record


def broken_screen(order: Order) -> OutcomeUnknown | NotCompleted:
    """The screen of a sale whose outcome the journal could not keep."""
    if order.asked:
        return OutcomeUnknown(order.amount, order.stan, kind=order.kind)
    return NotCompleted(order.amount, Reason.FAULT, order.kind)


async def leave_broken(t: Terminal, order: Order) -> None:
    """The journal failed in mid-sale. Once a host may have been asked, nobody knows the outcome,
    and that stays on the screen until the clerk has answered it."""
    t.keypad.clear()
    t.display.show(broken_screen(order))
    if order.asked:
        await pressed(t, Key.ENTER)
        return
    await first(key=pressed(t, Key.ENTER, Key.CANCEL), left=t.clock.sleep(t.config.result_s))


async def _paper(
    t: Terminal, record: Record, paper_trouble: Callable[[], bool], look: Callable[[], None]
) -> None:
    """Until paper is loaded, or the clerk prints it later."""
    approved = outcome_of(record) is OutcomeWord.APPROVED
    t.display.show(PaperOut(record.amount, approved, record.kind))
    while paper_trouble():
        name, key = await first(key=pressed(t, Key.ENTER, Key.CANCEL), tick=t.clock.sleep(1.0))
        if name == "key" and key is Key.CANCEL:
            return
        if name == "key":
            look()
