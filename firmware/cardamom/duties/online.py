"""One financial request, in the order that loses nothing: intent, send, answer, each durable."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from cardamom.faults import JournalFault
from cardamom.ports import Clock, Host, Journal
from cardamom.story import tell
from cardamom.values.events import AnyEvent, HostAnswer, Intent, Reason, ReceiptOwed, Started
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
from cardamom.values.states import Recourse
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

    def __init__(self, journal: Journal, host: Host, clock: Clock) -> None:
        self._journal = journal
        self._host = host
        self._clock = clock
        self._one = asyncio.Lock()

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
    ) -> Asked:
        """Commit the intent with the transaction's first events, ask, commit the answer.

        With an `original` no card waits to be told: the answer ends it, and its slips are owed in
        the same commit. Raises JournalFault when the intent cannot be made durable: then nothing
        was sent; LinkRefused where the original does not allow it.
        """
        async with self._one:
            intent = Intent(
                at=self._clock.now(),
                stan=0,
                host=self._host.name,
                recourse=self._recourse(opening, contact=contact),
            )
            record = await self._journal.begin(*opening, intent, card=card)
            tell("intent", txn=record.txn, stan=record.stan)
            began = self._clock.monotonic()
            result = await self._ask(OnlineRequest(record, card, tags, pin, original=original))
            waited = self._clock.monotonic() - began
            events = self._events(record, result, contact=contact, ends=original is not None)
            try:
                record = await self._journal.append(record.txn, *events)
            except JournalFault as fault:
                return Asked(record, NoAnswer("the answer is not durable"), waited, fault)
            return Asked(record, result, waited)

    @contextlib.asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Keeps every other message about money off the line."""
        async with self._one:
            yield

    def _recourse(self, opening: tuple[AnyEvent, ...], *, contact: bool) -> Recourse:
        """A contact card's second GENERATE AC tells it Z3: only a reversal can follow."""
        started = opening[0]
        if contact or not isinstance(started, Started):
            return Recourse.REVERSE
        return self._host.traits.recourse.get(started.kind, Recourse.REVERSE)

    async def _ask(self, request: OnlineRequest) -> OnlineResult:
        """From the intent on even a fault of our own may have let a byte out."""
        try:
            return await self._host.request(request)
        except Exception as e:  # noqa: BLE001 the intent must still get its answer
            tell("host_broke", level=logging.ERROR, error=e)
            return NoAnswer("the request broke off: the firmware is at fault", garbled=False)

    def _events(
        self, record: Record, result: OnlineResult, *, contact: bool, ends: bool
    ) -> tuple[AnyEvent, ...]:
        event = self._event(result, contact, cardless=ends)
        if not ends:
            return (event,)
        copies = slips_after(apply(record, record.txn, event).state)
        return event, ReceiptOwed(at=self._clock.now(), copies=copies)

    def _event(self, result: OnlineResult, contact: bool, *, cardless: bool) -> AnyEvent:
        now = self._clock.now()
        match result:
            case OnlineAnswer():
                tell("host_answer", code=result.code, verdict=result.verdict.value, rrn=result.rrn)
                return HostAnswer(
                    at=now,
                    verdict=result.verdict,
                    code=result.code,
                    auth_code=result.auth_code,
                    rrn=result.rrn,
                    host_time=result.host_time,
                    contact=contact,
                )
            case NotSent(why):
                tell("not_sent", why=why)
                return NotSentEvent(at=now, why=why, cardless=cardless)
            case NoAnswer(why, garbled):
                tell("no_answer", why=why)
                reason = Reason.BAD_ANSWER if garbled else Reason.NO_ANSWER
                return NoAnswerEvent(at=now, reason=reason, why=why)
