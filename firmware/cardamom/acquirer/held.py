"""A line that is held: connect, echo when idle, and again whenever it is lost."""

from __future__ import annotations

import asyncio

from cardamom.acquirer.config import LinkConfig
from cardamom.acquirer.line import STABLE_S, Status, now
from cardamom.acquirer.opening import Opener
from cardamom.acquirer.session import Session
from cardamom.faults import HostFault
from cardamom.values.health import Condition, Health


class HeldLine:
    """Implements line.Line. `one` is held by whoever asks: nothing is changed under it."""

    def __init__(
        self, config: LinkConfig, opener: Opener, status: Status, one: asyncio.Lock, *, echo: bool
    ) -> None:
        self.status = status
        self._config = config
        self._opener = opener
        self._one = one
        self._echo_wanted = echo
        self._session: Session | None = None

    def state(self) -> Health:
        session, health = self._session, self.status.health
        if health.usable and (session is None or not session.alive):
            # `run` has not come round to it yet
            why = session.why if session is not None else ""
            return self.status.seen(Condition.CONNECTING, why or "the link was closed")
        return health

    async def take(self, host: str | None) -> Session:
        main = self._session
        if main is not None and main.alive and host in (None, main.host.name):
            return main
        if host is None or host == self.status.hosts.current.name:
            raise HostFault(self.state().detail or "the link is down")
        return await self._opener.open(self.status.other(host))

    async def done(self, session: Session, *, more: bool) -> None:  # noqa: ARG002 held anyway
        if session is not self._session:
            await session.close("the exchange on the side is over")

    @property
    def unsettled(self) -> bool:
        held = self._session
        return held is not None and held.alive and held.unanswered > 0

    def doubt(self) -> None:
        if self._session is not None:
            self._opener.doubt(self._session)

    async def adopt(self, session: Session) -> None:
        before = self._session
        if before is None:  # `run` comes round to it with what is in use now
            await session.close("the line is not up yet")
            self.status.hurry(at_once=True)
            return
        self._session = session
        self.status.tried_at = now()
        self.status.well(session.host)
        await before.close("the renewed certificate is in use")

    async def run(self) -> None:
        status = self.status
        while True:
            status.tried_at = now()
            host = status.hosts.current
            try:
                session = await self._opener.open(host)
            except HostFault as e:
                status.down(host, e)
            else:
                why = await self._hold(session)
                if now() - status.tried_at >= STABLE_S:
                    status.hosts.connected()
                    status.rested()
                    status.lost(why)
                    continue
                status.hosts.failed(now())
                status.lost(why)
            await status.pause()

    async def _hold(self, session: Session) -> str:
        """Serve requests until the session ends; why it did."""
        self._session = session
        self.status.well(session.host)
        try:
            while session.alive:
                try:
                    async with asyncio.timeout(self._next_look(session)):
                        await session.ended()
                except TimeoutError:
                    session = await self._look(session)
                if self._session is not None:
                    session = self._session  # another may have been adopted
        finally:
            self._session = None
            await session.close()
        return session.why

    def _next_look(self, session: Session) -> float:
        """Seconds until something is to be done on a line that stays up."""
        idle = now() - session.used_at
        waits = [self._config.echo_after_s - idle]
        back = self.status.hosts.back_in(now())
        if back is not None:
            waits.append(max(back, self._config.quiet_s - idle))
        return max(0.01, min(waits))

    async def _look(self, session: Session) -> Session:
        if (
            self.status.hosts.back_in(now()) == 0
            and now() - session.used_at >= self._config.quiet_s
        ):
            return await self._go_back(session)
        if now() - session.used_at >= self._config.echo_after_s:
            await self._echo(session)
        return session

    async def _echo(self, session: Session) -> None:
        """A line that was cut without a word must not be found out by a customer's payment."""
        async with self._one:
            if now() - session.used_at < self._config.echo_after_s:
                return  # a question came first
            if session.doubtful:
                await self._opener.mend(session, self._config.connect_s)
            elif self._echo_wanted:
                await self._opener.echo(session)
            else:
                session.used_at = now()

    async def _go_back(self, backup: Session) -> Session:
        """The primary's session where it can be had; nothing asked of the backup is left behind."""
        hosts = self.status.hosts
        try:
            session = await self._opener.open(hosts.primary)
        except HostFault:
            hosts.stay(now())
            return backup
        try:
            async with self._one:
                if backup.unanswered:
                    await session.close()
                    hosts.stay(now())
                    return backup
                before, self._session = self._session, session
                hosts.go_back()
                self.status.tried_at = now()
                self.status.well(session.host)
        except BaseException:
            session.abort()
            raise
        for each in (backup, before):
            if each is not None:
                await each.close("the primary host is back")
        return session
