"""One financial request, in the order that loses nothing: intent, send, answer, each durable."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from cardamom.duties.answered import as_request
from cardamom.duties.delivery import Delivery, ask
from cardamom.engines.emv.scripts import not_performed
from cardamom.faults import JournalFault
from cardamom.ports import Clock, Host, Journal
from cardamom.story import about, tell
from cardamom.values.events import (
    AnyEvent,
    Intent,
    Reason,
    ReceiptOwed,
    ScriptOwed,
    Started,
    Verdict,
)
from cardamom.values.events import NoAnswer as NoAnswerEvent
from cardamom.values.events import NotSent as NotSentEvent
from cardamom.values.online import (
    CardData,
    NoAnswer,
    NotSent,
    OnlineAnswer,
    OnlineRequest,
    OnlineResult,
)
from cardamom.values.record import Record, apply
from cardamom.values.secret import Pin, PinBlock
from cardamom.values.slips import slips_after
from cardamom.values.states import UNFINISHED, Recourse, State
from cardamom.values.tags import Tags


@dataclass(frozen=True, slots=True)
class Asked:
    """How a request ended. `fault` when the answer could not be made durable: the card must then
    be told that no answer came, and the outcome stays unknown."""

    record: Record
    result: OnlineResult
    waited_s: float
    fault: JournalFault | None = None


class Online:
    """Requests to the acquirer, one at a time."""

    def __init__(
        self,
        journal: Journal,
        host: Host,
        clock: Clock,
        delivery: Delivery,
        *,
        answered: Callable[[float], None] = lambda _: None,
    ) -> None:
        """`answered` is told how many seconds an answer took."""
        self._answered = answered
        self._journal = journal
        self._host = host
        self._clock = clock
        self._delivery = delivery

    @property
    def deadline_s(self) -> float:
        return self._host.deadline_s

    async def authorise(
        self,
        opening: tuple[AnyEvent, ...],
        card: CardData,
        tags: Tags,
        pin: Pin | PinBlock | None,
        *,
        contact: bool,
        original: Record | None = None,
        unsent: Reason = Reason.NO_HOST,
        cardless: bool = False,
        update: bool = False,
    ) -> Asked:
        """Commit the intent with the transaction's first events, ask, commit the answer.

        What is owed to the host goes first; where that gets no answer nothing is sent. With an
        `original`, or `cardless`, no card waits to be told: the answer ends it. What an answer
        decides owes its slips in the same commit. With a contact card, or one that is to have an
        `update`, the caller has the transaction until it calls `conclude`: the scripts of an
        approval are owed as not performed until they were.
        `unsent`: why it is declined where it was not sent.

        Raises JournalFault when the intent cannot be made durable: then nothing was sent;
        LinkRefused where the original does not allow it.
        """
        asked_at = self._clock.monotonic()
        async with self._delivery.line:
            why = await self._delivery.before_request(asked_at)
            intent = Intent(
                at=self._clock.now(),
                stan=0,
                host=self._host.name,
                recourse=self._recourse(opening, contact=contact),
            )
            ends = cardless or original is not None
            began = self._clock.monotonic()
            if why is not None:
                return await self._held_back((*opening, intent), card, why, unsent, ends=ends)
            record = await self._journal.begin(*opening, intent, card=card)
            if contact or update:
                self._delivery.hold(record.txn)
            tell("intent", txn=record.txn, stan=record.stan)
            request = OnlineRequest(record, card, tags, pin, original=original)
            with about(record.txn, record.stan):
                result = await ask(self._host, request)
            if isinstance(result, NotSent):
                result = replace(result, reason=unsent)
            waited = self._clock.monotonic() - began
            if isinstance(result, OnlineAnswer):
                self._answered(waited)
            with about(record.txn, record.stan):
                events = self._events(record, result, contact=contact, ends=ends)
                if update:
                    events += self._for_the_card(result)
            try:
                record = await self._journal.append(record.txn, *events)
            except JournalFault as fault:
                return Asked(record, NoAnswer("the answer is not durable"), waited, fault)
            return Asked(record, result, waited)

    def conclude(self, txn: int) -> None:
        """The card has had its say, or will not have it: what is owed may go."""
        self._delivery.release(txn)

    async def _held_back(
        self,
        opening: tuple[AnyEvent, ...],
        card: CardData,
        why: str,
        unsent: Reason,
        *,
        ends: bool,
    ) -> Asked:
        """Not sent, for what is owed first: one commit."""
        event = NotSentEvent(at=self._clock.now(), why=why, cardless=ends, reason=unsent)
        events = (*opening, event)
        if ends:
            copies = slips_after(State.DECLINED)
            events = (*events, ReceiptOwed(at=self._clock.now(), copies=copies))
        record = await self._journal.begin(*events, card=card)
        tell("not_sent", txn=record.txn, stan=record.stan, why=why)
        return Asked(record, NotSent(why, unsent), 0.0)

    @contextlib.asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Keeps every other message about money off the line."""
        async with self._delivery.line:
            yield

    def _recourse(self, opening: tuple[AnyEvent, ...], *, contact: bool) -> Recourse:
        """A contact card's second GENERATE AC tells it Z3: only a reversal can follow."""
        started = opening[0]
        if contact or not isinstance(started, Started):
            return Recourse.REVERSE
        return self._host.traits.recourse.get(started.kind, Recourse.REVERSE)

    def _events(
        self, record: Record, result: OnlineResult, *, contact: bool, ends: bool
    ) -> tuple[AnyEvent, ...]:
        """The answer, and the slips of what it decides: a cut before the card's last word must not
        leave anybody without paper."""
        event = self._event(result, contact, cardless=ends)
        after = apply(record, record.txn, event).state
        if after in UNFINISHED:
            return (event,)
        return event, ReceiptOwed(at=self._clock.now(), copies=slips_after(after))

    def _for_the_card(self, result: OnlineResult) -> tuple[AnyEvent, ...]:
        """Scripts that a card is still to be given: a cut before that must not hide them."""
        if not isinstance(result, OnlineAnswer) or result.verdict is not Verdict.APPROVED:
            return ()
        owed = not_performed(result.scripts)
        return (ScriptOwed(at=self._clock.now(), results=owed.hex().upper()),) if owed else ()

    def _event(self, result: OnlineResult, contact: bool, *, cardless: bool) -> AnyEvent:
        now = self._clock.now()
        match result:
            case OnlineAnswer():
                tell("host_answer", code=result.code, verdict=result.verdict.value, rrn=result.rrn)
                return as_request(result, now, contact=contact)
            case NotSent(why, reason):
                tell("not_sent", why=why)
                return NotSentEvent(at=now, why=why, cardless=cardless, reason=reason)
            case NoAnswer(why, garbled):
                tell("no_answer", why=why)
                reason = Reason.BAD_ANSWER if garbled else Reason.NO_ANSWER
                return NoAnswerEvent(at=now, reason=reason, why=why)
