"""The link's messages field by field, masked, while support has switched them on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.describe import describe
from cardamom.engines.iso8583.profile import Profile

KEPT: Final = 200
LONGEST_MINUTES: Final = 60


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Traced:
    """A message as a person may see it. `number` counts up from 1 since the terminal started."""

    number: int
    at: datetime
    sent: bool
    host: str
    lines: tuple[str, ...]


class LinkTrace:
    """Keeps the last messages in memory alone, masked before they are kept, and goes off by itself.
    Off it keeps nothing."""

    def __init__(
        self,
        profile: Profile,
        now: Callable[[], datetime] = _utc,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._profile = profile
        self._now = now
        self._monotonic = monotonic
        self._until = 0.0
        self._kept: deque[Traced] = deque(maxlen=KEPT)
        self._number = 0

    @property
    def left_s(self) -> int:
        """Seconds until it goes off; 0: it is off."""
        return max(0, round(self._until - self._monotonic()))

    def switch(self, minutes: int) -> None:
        """On for so long from now, at most LONGEST_MINUTES; 0: off, and what was kept is gone."""
        self._until = self._monotonic() + 60 * min(minutes, LONGEST_MINUTES) if minutes else 0.0
        if not minutes:
            self._kept.clear()

    def message(self, message: Message, host: str, *, sent: bool) -> None:
        """One went over the link."""
        if self._monotonic() >= self._until:
            return
        self._number += 1
        lines = tuple(describe(message, self._profile))
        self._kept.append(Traced(self._number, self._now(), sent, host, lines))

    def after(self, number: int) -> tuple[Traced, ...]:
        """Those kept with a higher number, in order."""
        return tuple(traced for traced in self._kept if traced.number > number)
