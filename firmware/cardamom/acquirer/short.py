"""A line for each exchange, or for those that wait in a queue; closed after."""

from __future__ import annotations

import asyncio

from cardamom.acquirer.config import LinkConfig
from cardamom.acquirer.hosts import Address
from cardamom.acquirer.line import Status, now
from cardamom.acquirer.opening import Opener
from cardamom.acquirer.session import Session
from cardamom.faults import HostFault
from cardamom.values.health import Health


class ShortLine:
    """Implements line.Line. While the host is well nothing is connected between exchanges; while it
    is not, `run` tries it with back-off, so that health tells of it before a customer does."""

    def __init__(
        self, config: LinkConfig, opener: Opener, status: Status, one: asyncio.Lock, *, echo: bool
    ) -> None:
        self.status = status
        self._config = config
        self._opener = opener
        self._one = one
        self._echo_wanted = echo
        self._session: Session | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()

    def state(self) -> Health:
        return self.status.health

    async def take(self, host: str | None) -> Session:
        hosts = self.status.hosts
        wanted = self.status.other(host) if host is not None else hosts.current
        if self._lingering is not None:
            self._lingering.cancel()
        session, self._session = self._session, None
        if session is not None and session.alive:
            if session.host == wanted:
                return session
            await session.close("another host is asked")
        return await self._open(wanted)

    async def done(self, session: Session, *, more: bool) -> None:
        """One that owes an answer lingers: the answer may come late, and what follows must not
        overtake the question."""
        if not session.alive:
            return
        if not more and not session.unanswered:
            await session.close("the exchange is over")
            return
        self._session = session
        self._lingering = asyncio.get_running_loop().call_later(
            self._config.linger_s, session.abort, "nothing more came on a short connection"
        )

    @property
    def unsettled(self) -> bool:
        held = self._session
        return held is not None and held.alive and held.unanswered > 0

    def doubt(self) -> None:
        if self._session is not None:
            self._opener.doubt(self._session)

    async def adopt(self, session: Session) -> None:
        """Proven is enough: each exchange has a connection of its own."""
        before, self._session = self._session, None
        for each in (before, session):
            if each is not None:
                await each.close("the renewed certificate is in use")
        if session.host == self.status.hosts.current and not self.status.health.usable:
            self.status.well(session.host)
            self.status.hurry(at_once=True)

    async def run(self) -> None:
        status = self.status
        try:
            while True:
                if not status.health.usable:
                    async with self._one:
                        await self._try(status.hosts.current)
                    if not status.health.usable:
                        await status.pause()
                    continue
                back = status.hosts.back_in(now())
                if back == 0:
                    await self._go_back()
                    continue
                self._changed.clear()
                try:
                    async with asyncio.timeout(back):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            if self._session is not None:
                await self._session.close()

    async def _open(self, host: Address) -> Session:
        status = self.status
        status.tried_at = now()
        try:
            session = await self._opener.open(host, kept=True)
        except HostFault as e:
            if host == status.hosts.current:
                status.down(host, e)
                self._changed.set()
            raise
        if host == status.hosts.current:
            status.hosts.connected()
            status.rested()
            status.well(host)
        return session

    async def _try(self, host: Address) -> None:
        """Connect, sign on or echo, and close."""
        try:
            session = await self._open(host)
        except HostFault:
            return
        if self._echo_wanted:
            await self._opener.echo(session)
        if session.alive:
            await self._opener.mend(session, self._config.connect_s)
        if not session.alive:
            self.status.down(host, HostFault(session.why))
        await session.close()

    async def _go_back(self) -> None:
        hosts = self.status.hosts
        try:
            session = await self._opener.open(hosts.primary, kept=True)
        except HostFault:
            hosts.stay(now())
            return
        await session.close()
        async with self._one:
            hosts.go_back()
            self.status.well(hosts.primary)
