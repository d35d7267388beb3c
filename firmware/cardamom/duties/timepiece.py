"""Whether the clock can be trusted: a board without a battery may start in the past."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from cardamom.ports import Clock, Journal

SLACK: Final = timedelta(minutes=2)
"""A clock that is set right may go back this far."""


class Timepiece:
    """No clock that is right shows a time before the firmware was built, nor before the journal's
    last event."""

    def __init__(self, clock: Clock, built: datetime) -> None:
        self._clock = clock
        self._floor = built

    def floor(self) -> datetime:
        """The earliest time that can be true."""
        return self._floor - SLACK

    @property
    def trusted(self) -> bool:
        return self._clock.now() >= self.floor()

    @property
    def why_not(self) -> str:
        """A sentence; empty while it is trusted."""
        if self.trusted:
            return ""
        now, floor = self._clock.now(), self.floor()
        return f"the clock says {now:%Y-%m-%d %H:%M} UTC, it is past {floor:%Y-%m-%d %H:%M}: set it"

    async def learn(self, journal: Journal) -> None:
        """Takes the journal's last event into account. Raises JournalFault."""
        last = await journal.last_at()
        if last is not None:
            self._floor = max(self._floor, last)
