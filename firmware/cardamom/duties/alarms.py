"""What a person must see to, gathered from where it shows; the log tells each once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from cardamom.duties.offline import Offline
from cardamom.duties.pause import pause
from cardamom.duties.timepiece import Timepiece
from cardamom.faults import JournalFault
from cardamom.ports import Clock, Journal
from cardamom.story import tell
from cardamom.values.alarms import Alarm, Cause
from cardamom.values.record import Record
from cardamom.values.states import WAITS_FOR_SUPERVISOR, State

LOOK_S: Final = 10.0
SOON_S: Final = 1.0
"""While the clock is wrong: the network sets it without a word to us."""
OWED_LONG: Final = timedelta(hours=4)
_WAITING: Final = {State.PARKED: Cause.PARKED, State.ADVICE_REFUSED: Cause.ADVICE_REFUSED}
_WHAT: Final = {
    Cause.PARKED: "the host neither undoes nor confirms {what}",
    Cause.ADVICE_REFUSED: "the host refuses the offline approval of {what}",
}


class Alarms:
    """`more`: alarms that others know of, now. `changed` is called when anything is new.
    `batch_limit`: with so many transactions a batch takes no sale; None: there is no limit."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        offline: Offline,
        timepiece: Timepiece,
        *,
        more: Callable[[], Iterable[Alarm]] = tuple,
        changed: Callable[[], None] = lambda: None,
        batch_limit: int | None = None,
    ) -> None:
        self._batch_limit = batch_limit
        self._journal = journal
        self._clock = clock
        self._offline = offline
        self._timepiece = timepiece
        self._more = more
        self._changed = changed
        self._found: tuple[Alarm, ...] = ()
        self._seen: tuple[tuple[Alarm, ...], int] = (), 0
        self._told: set[tuple[Cause, int]] = set()
        self._asked = asyncio.Event()
        self.owed = 0
        """Messages that the host is still to be sent, as far as was seen last."""

    def now(self) -> tuple[Alarm, ...]:
        """Worst first."""
        found = {alarm.cause: alarm for alarm in (*self._more(), *self._found)}
        return tuple(found[cause] for cause in Cause if cause in found)

    def look_soon(self) -> None:
        self._asked.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._asked.clear()
            await self.look()
            await pause(self._clock, SOON_S if self._timepiece.why_not else LOOK_S, self._asked)

    async def look(self) -> None:
        """Looks now; what the journal cannot say stays as it was."""
        try:
            waiting = await self._journal.in_states(WAITS_FOR_SUPERVISOR)
            await self._offline.look()
            await self._timepiece.learn(self._journal)
            owing = await self._journal.owing()
            self.owed = len(owing)
            full = await self._full()
        except JournalFault:
            waiting = None
        if waiting is not None:
            self._found = (*self._waiting(waiting), *full, *self._late(owing), *self._own())
        alarms = self.now()
        self._tell(alarms)
        if (alarms, self.owed) != self._seen:
            self._seen = alarms, self.owed
            self._changed()

    def _waiting(self, records: Iterable[Record]) -> Iterable[Alarm]:
        by_cause: dict[Cause, list[Record]] = {}
        for record in records:
            if record.state in _WAITING:
                by_cause.setdefault(_WAITING[record.state], []).append(record)
        for cause, found in by_cause.items():
            what = ", ".join(f"transaction {r.txn} (trace {r.stan or 0:06d})" for r in found[:3])
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            sentence = _WHAT[cause].format(what=what + more)
            detail = f"{sentence}: ask the host, then `cardamom close`"
            yield Alarm(cause=cause, count=len(found), detail=detail)

    def _late(self, owing: Iterable[Record]) -> Iterable[Alarm]:
        """What the host should have heard long ago. A clock that is wrong tells no age."""
        now = self._clock.now()
        late = [r for r in owing if now - r.started_at >= OWED_LONG and not self._timepiece.why_not]
        if late:
            first = min(late, key=lambda r: r.started_at)
            detail = (
                f"transaction {first.txn} (trace {first.stan or 0:06d}) of "
                f"{first.started_at:%Y-%m-%d %H:%M} UTC has not reached the host: see to the link "
                "(`cardamom selftest --only link`); it is sent by itself when the host answers"
            )
            yield Alarm(cause=Cause.OWED_LONG, count=len(late), detail=detail)

    async def _full(self) -> tuple[Alarm, ...]:
        limit = self._batch_limit
        if limit is None or await self._journal.asked_in(await self._journal.batch()) < limit:
            return ()
        detail = f"the batch has its {limit} transactions: settle it, then sales go on"
        return (Alarm(cause=Cause.BATCH_FULL, detail=detail),)

    def _own(self) -> Iterable[Alarm]:
        if why := self._timepiece.why_not:
            yield Alarm(cause=Cause.CLOCK, detail=why)
        if why := self._offline.reached:
            yield Alarm(cause=Cause.OFFLINE_LIMIT, detail=f"{why}: see to the link")

    def _tell(self, alarms: Iterable[Alarm]) -> None:
        raised = {(a.cause, a.count): a for a in alarms}
        for key in raised.keys() - self._told:
            alarm = raised[key]
            tell(
                "alarm_blocks" if alarm.blocks else "alarm",
                cause=alarm.cause,
                count=alarm.count,
                why=alarm.detail,
            )
        for cause in {c for c, _ in self._told} - {c for c, _ in raised}:
            tell("alarm_over", cause=cause)
        self._told = set(raised)
