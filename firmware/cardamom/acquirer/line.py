"""What held and short lines share: the host chosen now, its health, the wait between tries."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from cardamom.acquirer.config import LinkConfig
from cardamom.acquirer.hosts import Address, Backoff, Hosts
from cardamom.acquirer.session import Session
from cardamom.faults import HostFault
from cardamom.story import tell
from cardamom.values.health import Condition, Health, Part

STABLE_S: Final = 10.0
"""A session that lived this long was a good one: back-off begins anew. A check that comes sooner
after a try than this does not cause another."""


class Line(Protocol):
    """Connections as the profile has them: held, or one for each exchange."""

    @property
    def status(self) -> Status: ...

    def state(self) -> Health: ...

    async def run(self) -> None:
        """Keeps the line up; until cancelled."""
        ...

    async def take(self, host: str | None) -> Session:
        """A session to ask on, to this host where one is named. Raises HostFault: nothing was
        sent. Each is given back to `done`, under the lock that it was taken under."""
        ...

    async def done(self, session: Session, *, more: bool) -> None:
        """The exchange is over. `more`: others wait to ask."""
        ...

    @property
    def unsettled(self) -> bool:
        """A question on the line got no answer yet."""
        ...

    def doubt(self) -> None:
        """The line's keys may not be the host's any more."""
        ...

    async def adopt(self, session: Session) -> None:
        """The line goes on with this session, under the lock that questions are asked under."""
        ...


class Status:
    """The host chosen now and how it is."""

    def __init__(self, config: LinkConfig, backoff: Backoff) -> None:
        self.hosts = Hosts(config.primary, config.backup, config.tries, config.back_after_s)
        self.health = self.seen(Condition.CONNECTING, "not connected yet")
        self.tried_at = 0.0
        self._backoff = backoff
        self._hurry = asyncio.Event()

    def seen(self, condition: Condition, detail: str = "") -> Health:
        name = self.hosts.current.name
        return Health(part=Part.HOST, condition=condition, detail=detail, name=name)

    def well(self, host: Address) -> None:
        self.health = self.seen(Condition.OK)
        tell("link_up", host=host.name)

    def down(self, host: Address, error: HostFault) -> None:
        """`host` could not be connected to."""
        self.health = Health(
            part=Part.HOST, condition=Condition.FAULT, detail=str(error), name=host.name
        )
        if host == self.hosts.current:
            self.hosts.failed(now())
        tell("link_down", host=host.name, why=str(error))

    def lost(self, why: str) -> None:
        self.health = self.seen(Condition.CONNECTING, why)
        tell("link_lost", why=why)

    def other(self, name: str) -> Address:
        """The host of this name. Raises HostFault where the settings know it no more."""
        host = self.hosts.named(name)
        if host is None:
            raise HostFault(
                f"{name}, which got the request, is no longer acquirer.host or "
                "acquirer.backup_host: set it until nothing is owed there"
            )
        return host

    async def pause(self) -> None:
        """Back off, unless hurried."""
        try:
            async with asyncio.timeout(self._backoff.next()):
                await self._hurry.wait()
        except TimeoutError:
            return

    def rested(self) -> None:
        self._backoff.reset()

    def hurry(self, *, at_once: bool = False) -> None:
        """Shorten a long wait before the next try."""
        if at_once or now() - self.tried_at > STABLE_S:
            self._hurry.set()
            self._hurry.clear()


def now() -> float:
    return asyncio.get_running_loop().time()
