"""Which host to connect to, and how long to wait before the next try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
TRIES: Final = 3
"""Connections to one host that may fail in a row before the other one is tried."""
BACK_AFTER_S: Final = 300.0
"""On the backup host this long, the terminal looks whether the primary is there again."""


@dataclass(frozen=True, slots=True)
class Address:
    """One host. `server_name` empty takes `host`."""

    host: str
    port: int
    server_name: str = ""

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def certified(self) -> str:
        """The name that its certificate must have."""
        return self.server_name or self.host


class Backoff:
    """Waits that double, each between 0.7 and 1.3 of its length, so that a thousand terminals do
    not come back at once. `jitter` gives 0 to 1."""

    def __init__(
        self,
        jitter: Callable[[], float],
        first_s: float = FIRST_WAIT_S,
        longest_s: float = LONGEST_WAIT_S,
    ) -> None:
        self._jitter = jitter
        self._first = first_s
        self._longest = longest_s
        self._wait = first_s

    def next(self) -> float:
        """Seconds to wait now."""
        wait = self._wait
        self._wait = min(wait * 2, self._longest)
        return wait * (0.7 + 0.6 * self._jitter())

    def reset(self) -> None:
        self._wait = self._first


class Hosts:
    """The primary host, and the backup while the primary fails. Times are monotonic seconds."""

    def __init__(
        self,
        primary: Address,
        backup: Address | None = None,
        tries: int = TRIES,
        back_after_s: float = BACK_AFTER_S,
    ) -> None:
        self.primary = primary
        self._backup = backup
        self._tries = tries
        self._back_after = back_after_s
        self._failures = 0
        self._look_at = 0.0
        self.current = primary

    def named(self, name: str) -> Address | None:
        """The host of this name; None where the settings know it no more."""
        known = (self.primary, self._backup)
        return next((a for a in known if a is not None and a.name == name), None)

    def connected(self) -> None:
        self._failures = 0

    def failed(self, now: float) -> None:
        """A connection could not be had; after some of them the other host is the current one."""
        self._failures += 1
        if self._backup is None or self._failures < self._tries:
            return
        self._failures = 0
        self.current = self._backup if self.current is self.primary else self.primary
        self.stay(now)

    @property
    def on_backup(self) -> bool:
        return self.current is not self.primary

    def back_in(self, now: float) -> float | None:
        """Seconds until the primary is to be looked for; None on the primary itself."""
        return max(0.0, self._look_at - now) if self.on_backup else None

    def stay(self, now: float) -> None:
        """The primary is not to be had: look again later."""
        self._look_at = now + self._back_after

    def go_back(self) -> None:
        self.current = self.primary
        self._failures = 0
