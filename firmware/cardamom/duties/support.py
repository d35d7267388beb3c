"""Support's visits over SSH: who is here, what they ask for, journalled before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from cardamom.faults import Fault
from cardamom.ports import Clock, Journal
from cardamom.story import tell
from cardamom.values.screens import SupportSeen
from cardamom.values.terminal_events import OperatorAct

LEFT_S: Final = 300.0
"""So long the idle screen says that support was here."""
SHUT_S: Final = 600.0
"""So long nobody of support is let in after the merchant has ended a visit."""
MOST: Final = 4
"""Visits at once."""
OPERATOR: Final = "support"


class SupportRefused(Fault):
    """Support is not let in, or no longer."""


class Visit:
    """One connection of support's. `end` hangs up."""

    def __init__(self, key: str, origin: str, end: Callable[[], None]) -> None:
        self.key = key
        self.origin = origin
        self.end = end
        self.ended = False
        """The merchant has ended it."""


class SupportVisits:
    """Implements flows' Support. `changed`: what the screen says of it is another."""

    def __init__(
        self, journal: Journal, clock: Clock, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._changed = changed
        self._visits: list[Visit] = []
        self._left_at: float | None = None
        self._shut_until = 0.0

    @property
    def present(self) -> int:
        """Visits now."""
        return len(self._visits)

    @property
    def seen(self) -> SupportSeen | None:
        """What the merchant is to see of it."""
        if self._visits:
            return SupportSeen.HERE
        since = self._left_at
        if since is not None and self._clock.monotonic() - since < LEFT_S:
            return SupportSeen.LEFT
        return None

    async def begin(self, key: str, origin: str, end: Callable[[], None]) -> Visit:
        """Lets a visitor in. `key`: the fingerprint that sshd took. Raises SupportRefused where the
        merchant has just ended one, JournalFault."""
        if self._clock.monotonic() < self._shut_until:
            raise SupportRefused("the merchant has ended support's visit: ask, and try again later")
        if len(self._visits) >= MOST:
            raise SupportRefused(f"there are {MOST} visits of support already")
        visit = Visit(key, origin, end)
        self._visits.append(visit)
        try:
            await self._note(visit, f"connected from {origin}")
        except BaseException:
            self._visits.remove(visit)
            raise
        tell("support_here", key=key, origin=origin)
        self._changed()
        return visit

    async def act(self, visit: Visit, what: str) -> None:
        """Journals what is about to be done. Raises SupportRefused, JournalFault: then it is not to
        be done."""
        if visit.ended:
            raise SupportRefused("the merchant has ended this visit")
        await self._note(visit, what)
        tell("support_asked", key=visit.key, what=what)

    async def leave(self, visit: Visit) -> None:
        """The connection is gone. Raises JournalFault."""
        if visit in self._visits:
            self._visits.remove(visit)
        self._left_at = self._clock.monotonic()
        asyncio.get_running_loop().call_later(LEFT_S, self._changed)
        self._changed()
        tell("support_left", key=visit.key, by="merchant" if visit.ended else "support")
        await self._note(visit, "ended by the merchant" if visit.ended else "left")

    def end(self) -> None:
        """The merchant sends them away; for a while nobody is let in."""
        self._shut_until = self._clock.monotonic() + SHUT_S
        for visit in self._visits:
            visit.ended = True
            visit.end()

    async def _note(self, visit: Visit, act: str) -> None:
        operator = f"{OPERATOR} {visit.key}"
        await self._journal.note(OperatorAct(at=self._clock.now(), operator=operator, act=act))
