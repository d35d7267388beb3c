"""Delivers unasked what is owed to the host, and keeps what it says too late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from cardamom.duties.answered import Reached, outcome
from cardamom.duties.owed import Owed, owed_by
from cardamom.duties.pause import pause
from cardamom.faults import JournalFault
from cardamom.ports import Clock, Host, Journal, Receipts
from cardamom.story import about, tell
from cardamom.values.events import LateAnswer
from cardamom.values.online import (
    CardData,
    Late,
    NoAnswer,
    OnlineAnswer,
    OnlineRequest,
    OnlineResult,
    Purpose,
    TotalsRequest,
)

PARK_AFTER: Final = 5
LOOK_S: Final = 5.0
"""Between looks where nothing is due."""
DOWN_S: Final = 0.5
"""Between looks whether the link is back."""
BREATH_S: Final = 1.0
"""After silence, so that whoever waits for the line gets it."""
REQUESTS: Final = "12"
"""Second digit of a message type: authorisation and financial messages (ISO 8583:1987, 4.1)."""
KEPT_LATE: Final = 100
CARD_S: Final = 60.0
"""Between looks for card data that cannot be had."""


async def ask(host: Host, request: OnlineRequest | TotalsRequest) -> OnlineResult:
    """The host's answer. From the commit before it on, even a fault of our own may have let a byte
    out."""
    try:
        if isinstance(request, TotalsRequest):
            return await host.totals(request)
        return await host.request(request)
    except Exception as e:  # noqa: BLE001 what was made durable must still get its answer
        tell("host_broke", error=e)
        return NoAnswer("the request broke off: the firmware is at fault", garbled=False)


class Delivery:
    """Script results, reversals, queries and repeats, then advices; each attempt is durable first.

    `line` is held by whoever has a message about money under way. `jitter`: 0 to 1. `paying`: a
    payment is under way, advices wait. `noticed` is called when a transaction got to another state.
    """

    def __init__(
        self,
        journal: Journal,
        host: Host,
        clock: Clock,
        receipts: Receipts,
        *,
        jitter: Callable[[], float],
        park_after: int = PARK_AFTER,
        paying: Callable[[], bool] = lambda: False,
        noticed: Callable[[], None] = lambda: None,
    ) -> None:
        self.line = asyncio.Lock()
        self._journal = journal
        self._host = host
        self._clock = clock
        self._receipts = receipts
        self._jitter = jitter
        self._park_after = park_after
        self._paying = paying
        self._noticed = noticed
        self._held: set[int] = set()
        self._jitters: dict[tuple[int, Purpose], tuple[int, float]] = {}
        self._without_card: dict[tuple[int, Purpose], float] = {}
        self._late: list[Late] = []
        self._wake = asyncio.Event()
        self._hurried_at = datetime.min.replace(tzinfo=UTC)
        self._silent_at = -1.0
        self._trouble = ""

    def hold(self, txn: int) -> None:
        """A running flow has this one: what it owes waits until the card has had its say."""
        self._held.add(txn)

    def release(self, txn: int) -> None:
        self._held.discard(txn)
        self._wake.set()

    def hurry(self) -> None:
        """Try everything now, whatever its back-off."""
        self._hurried_at = self._clock.now()
        self._wake.set()

    def late(self, late: Late) -> None:
        """Takes an answer that nobody waits for any more; `run` journals it."""
        if len(self._late) < KEPT_LATE:
            self._late.append(late)
        self._wake.set()

    async def before_request(self, waits_since: float) -> str | None:
        """Tries all but advices once, whatever its back-off; why no request may follow, or None.

        Under `line`. A refusal lets a request go on, and so does silence of another host than the
        one that it goes to; `waits_since` (monotonic): a host that fell silent since is not tried
        again. Raises JournalFault.
        """
        tried: set[tuple[int, Purpose]] = set()
        while True:
            left = [o for o in await self._owed() if o.purpose is not Purpose.ADVICE]
            left = [o for o in left if o.key not in tried]
            if not left:
                return None
            if not self._host.state().usable:
                return self._host.state().detail or "the link is down"
            if self._silent_at > waits_since:
                return "the host does not answer"
            tried.add(left[0].key)
            reached = await self._deliver(left[0])
            if reached is Reached.SILENT and left[0].host in (None, self._host.name):
                return (
                    f"{left[0].purpose} of transaction {left[0].record.txn} goes first, unanswered"
                )

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            rest = DOWN_S
            try:
                await self.keep_late()
                if self._host.state().usable:
                    rest = await self.step()
                self._trouble = ""
            except JournalFault as fault:
                if str(fault) != self._trouble:
                    self._trouble = str(fault)
                    tell("delivery_waits", why=fault)
            if rest > 0:
                await pause(self._clock, rest, self._wake)

    async def step(self) -> float:
        """One attempt at what is due first; seconds until the next."""
        soonest, advised = LOOK_S, False
        for owed in await self._owed():
            if owed.purpose is Purpose.ADVICE:
                if advised or self._paying():
                    continue  # first in, first out: the others wait behind it
                advised = True
            wait = self._wait_s(owed)
            if wait <= 0:
                async with self.line:
                    return await self._again(owed)
            soonest = min(soonest, wait)
        return soonest

    async def _again(self, owed: Owed) -> float:
        """The line was waited for: what is owed may have been delivered meanwhile."""
        still = next((o for o in await self._owed() if o.key == owed.key), None)
        if still is None or self._wait_s(still) > 0:
            return 0.0
        if not self._host.state().usable or (owed.purpose is Purpose.ADVICE and self._paying()):
            return BREATH_S
        return BREATH_S if await self._deliver(still) is Reached.SILENT else 0.0

    async def _owed(self) -> list[Owed]:
        return owed_by(r for r in await self._journal.owing() if r.txn not in self._held)

    def _wait_s(self, owed: Owed) -> float:
        """Seconds until it is due. A clock set back makes nobody wait."""
        stuck = self._without_card.get(owed.key, 0.0) - self._clock.monotonic()
        if owed.delivery is None or stuck > 0:
            return max(0.0, stuck)
        now, tried = self._clock.now(), owed.delivery.tried_at
        if tried > now or tried < self._hurried_at:
            return 0.0
        attempts = owed.delivery.attempts
        drawn = self._jitters.get(owed.key)
        if drawn is None or drawn[0] != attempts:
            drawn = self._jitters[owed.key] = attempts, self._jitter()
        due = owed.due_at(drawn[1])
        return (due - now).total_seconds() if due is not None else 0.0

    async def _deliver(self, owed: Owed) -> Reached:
        """One attempt, under `line`."""
        card = await self._card(owed)
        if card is None:
            return Reached.SILENT
        txn, before = owed.record.txn, owed.record.original
        original = await self._journal.get(before) if before is not None else None
        host = owed.host or self._host.name
        keeps = self._host.traits.reversal_keeps_stan
        sent = owed.attempt(self._clock.now(), host, keeps_stan=keeps)
        tried = Owed(await self._journal.append(txn, sent), owed.purpose)
        tell("owed_sent", txn=txn, what=owed.purpose, attempt=tried.attempts, host=host)
        with about(txn, owed.record.stan):
            result = await ask(self._host, tried.message(card, original, host))
        reached, events = outcome(tried, result, self._clock.now(), self._park_after)
        tell("owed_answered", txn=txn, what=owed.purpose, reached=reached.value, why=_why(result))
        if reached is Reached.SILENT and host == self._host.name:
            self._silent_at = self._clock.monotonic()
        if events:
            record = await self._journal.append(txn, *events)
            self._jitters.pop(owed.key, None)
            tell("owed_state", txn=txn, stan=record.stan, state=record.state)
            if record.receipts_owed:
                self._receipts.owe(record)
            if record.state is not tried.record.state:
                self._noticed()
        return reached

    async def _card(self, owed: Owed) -> CardData | None:
        """None where the card's data cannot be had: then the message waits for them."""
        try:
            card = await self._journal.card(owed.record.txn)
            why = "" if card is not None else "its card data is gone: call support"
        except JournalFault as fault:
            card, why = None, str(fault)
        if card is None:
            if owed.key not in self._without_card:
                tell("owed_waits", txn=owed.record.txn, what=owed.purpose, why=why)
            self._without_card[owed.key] = self._clock.monotonic() + CARD_S
        return card

    async def keep_late(self) -> None:
        """Journals late answers to requests. An answer to anything else changes nothing either, and
        comes again with the next attempt."""
        while self._late:
            late = self._late[0]
            tell("answer_late", mti=late.mti, stan=late.stan, code=late.code)
            if late.mti[1:2] in REQUESTS:
                await self._keep(late)
            self._late.pop(0)

    async def _keep(self, late: Late) -> None:
        for record in await self._journal.with_stan(late.stan):
            if record.terminal_id != late.terminal_id:
                continue
            if late.amount_minor not in (None, record.amount.minor):
                continue
            if record.late_code != late.code:
                event = LateAnswer(
                    at=self._clock.now(),
                    code=late.code,
                    rrn=late.rrn,
                    auth_code=late.auth_code,
                )
                await self._journal.append(record.txn, event)
            return


def _why(result: OnlineResult) -> str:
    return result.code if isinstance(result, OnlineAnswer) else result.why
