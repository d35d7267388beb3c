"""When a card's TC may approve a payment that no host was asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cardamom.duties.timepiece import Timepiece
from cardamom.faults import JournalFault
from cardamom.ports import Clock, Journal
from cardamom.values.events import Reason
from cardamom.values.money import Money
from cardamom.values.record import Record
from cardamom.values.states import State


@dataclass(frozen=True, slots=True)
class Caps:
    """What may be owed to the host at most. They stop new approvals and drop nothing."""

    count: int
    single: Money
    total: Money
    age: timedelta
    """Of the oldest advice that is owed."""

    def over(self, owed: Sequence[Record], now: datetime, amount: Money | None = None) -> str:
        """Which cap forbids another approval, as a sentence; empty where none does. Without
        `amount`: the smallest that there is."""
        minor = amount.minor if amount is not None else 1
        if amount is not None and amount.currency != self.single.currency:
            return f"offline approvals are in {self.single.currency} only"
        if minor > self.single.minor:
            return f"the amount is over the {self.single} that may be approved offline"
        if len(owed) >= self.count:
            return f"{len(owed)} offline approvals are owed to the host, {self.count} are allowed"
        if sum(r.amount.minor for r in owed) + minor > self.total.minor:
            return f"the offline approvals owed to the host would pass {self.total}"
        if owed and now - min(r.started_at for r in owed) > self.age:
            return f"an offline approval has been owed for more than {self.age}"
        return ""


class Offline:
    """`caps` None: no card is approved offline. `noticed` is called when a cap is reached, and when
    there is room again."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        timepiece: Timepiece,
        caps: Caps | None = None,
        noticed: Callable[[], None] = lambda: None,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._timepiece = timepiece
        self._caps = caps
        self._noticed = noticed
        self.reached = ""
        """The cap that is reached, as a sentence; empty while there is room."""

    @property
    def possible(self) -> bool:
        """A payment may be taken without the host, as far as was seen last."""
        return self._caps is not None and not self.reached and self._timepiece.trusted

    async def refusal(self, amount: Money) -> Reason | None:
        """Why this payment may not be approved offline; None where it may. Raises JournalFault."""
        if self._caps is None:
            return Reason.NO_HOST
        owed = await self.look()
        if not self._timepiece.trusted:
            return Reason.CLOCK
        return Reason.OFFLINE_LIMIT if self._caps.over(owed, self._clock.now(), amount) else None

    async def count(self, record: Record) -> None:
        """Looks whether this payment was the last that the caps allow: the next customer is told
        before a card is in."""
        if record.state is State.OFFLINE_APPROVED:
            with contextlib.suppress(JournalFault):  # the health watch says what is wrong with it
                await self.look()

    async def look(self) -> Sequence[Record]:
        """What is owed, and whether there is room for more. Raises JournalFault."""
        if self._caps is None:
            return ()
        await self._timepiece.learn(self._journal)
        owed = await self._journal.in_states((State.OFFLINE_APPROVED,))
        before, self.reached = self.reached, self._caps.over(owed, self._clock.now())
        if bool(before) is not bool(self.reached):
            self._noticed()
        return owed
