"""One financial request, in the order that loses nothing: intent, send, answer, each durable."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from cardamom.faults import JournalFault
from cardamom.ports import Clock, Host, Journal
from cardamom.story import tell
from cardamom.values.events import AnyEvent, HostAnswer, Intent, Reason
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
from cardamom.values.record import Record
from cardamom.values.secret import Pin, PinBlock
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
    ) -> Asked:
        """Commit the intent with the transaction's first events, ask, commit the answer.

        Raises JournalFault when the intent cannot be made durable: then nothing was sent.
        """
        async with self._one:
            intent = Intent(at=self._clock.now(), stan=0, host=self._host.name)
            record = await self._journal.begin(*opening, intent, card=card)
            tell("intent", txn=record.txn, stan=record.stan)
            began = self._clock.monotonic()
            result = await self._ask(OnlineRequest(record, card, tags, pin))
            waited = self._clock.monotonic() - began
            try:
                record = await self._journal.append(record.txn, self._event(result, contact))
            except JournalFault as fault:
                return Asked(record, NoAnswer("the answer is not durable"), waited, fault)
            return Asked(record, result, waited)

    async def _ask(self, request: OnlineRequest) -> OnlineResult:
        """From the intent on even a fault of our own may have let a byte out."""
        try:
            return await self._host.request(request)
        except Exception as e:  # noqa: BLE001 the intent must still get its answer
            tell("host_broke", level=logging.ERROR, error=e)
            return NoAnswer("the request broke off: the firmware is at fault", garbled=False)

    def _event(self, result: OnlineResult, contact: bool) -> AnyEvent:
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
                return NotSentEvent(at=now, why=why)
            case NoAnswer(why, garbled):
                tell("no_answer", why=why)
                reason = Reason.BAD_ANSWER if garbled else Reason.NO_ANSWER
                return NoAnswerEvent(at=now, reason=reason, why=why)
