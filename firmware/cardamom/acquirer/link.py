"""The link: asks the host one question at a time, and says how it is."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from cardamom.acquirer.config import LinkConfig
from cardamom.acquirer.held import HeldLine
from cardamom.acquirer.hosts import Backoff
from cardamom.acquirer.keys import HeldKeys
from cardamom.acquirer.line import Line, Status
from cardamom.acquirer.opening import Opener, Refused
from cardamom.acquirer.selftest import try_session
from cardamom.acquirer.session import BadMac, Lost, Session, Unbelievable
from cardamom.acquirer.short import ShortLine
from cardamom.acquirer.tls import BUILT
from cardamom.acquirer.trace import LinkTrace
from cardamom.engines.iso8583.codec import Message, MessageError
from cardamom.engines.iso8583.mapping import (
    message_for,
    read_answer,
    read_totals,
    totals_message,
    traits,
)
from cardamom.engines.iso8583.profile import Profile
from cardamom.engines.keys.pin_block import PinBlockError
from cardamom.engines.keys.working import NoKeyError, WorkingKeys
from cardamom.faults import Fault, HostFault
from cardamom.ports import SessionKeyStore, TransactionKeys
from cardamom.story import tell
from cardamom.values.health import Health
from cardamom.values.online import (
    HostTraits,
    Late,
    NoAnswer,
    NotSent,
    OnlineAnswer,
    OnlineRequest,
    OnlineResult,
    TotalsRequest,
)
from cardamom.values.secret import Pin, PinBlock
from cardamom.values.selftest import LinkFacts

Build = Callable[[WorkingKeys | None], Message]
"""The question under these keys. Raises MessageError."""
Read = Callable[[Message], OnlineAnswer]
"""What a matched answer says. Raises MessageError."""


def _utc() -> datetime:
    return datetime.now(UTC)


async def _first_batch() -> int:
    return 1


class Link:
    """Implements ports.Host. `run` keeps the line up; without it nothing is ever sent.

    `clock_floor`: no clock that is right shows a time before it. `late` hears of believable answers
    that nobody waits for. `keys`: of a profile with DUKPT. `batch`: the open one. `jitter`: 0 to 1,
    of the wait between two tries. `spare`: with the
    certificate before, for a host that does not take this one.
    """

    def __init__(
        self,
        config: LinkConfig,
        profile: Profile,
        context: Callable[[], ssl.SSLContext],
        now: Callable[[], datetime] = _utc,
        *,
        clock_floor: Callable[[], datetime] = lambda: BUILT,
        store: SessionKeyStore | None = None,
        keys: TransactionKeys | None = None,
        late: Callable[[Late], None] = lambda _late: None,
        batch: Callable[[], Awaitable[int]] = _first_batch,
        jitter: Callable[[], float] = random.random,
        spare: Callable[[], ssl.SSLContext | None] = lambda: None,
    ) -> None:
        self._config = config
        self._profile = profile
        self._traits = traits(profile)
        self.trace = LinkTrace(profile, now)
        """Its messages, while support looks at them."""
        self._opener = Opener(
            *(config, profile, context, now, clock_floor, store or HeldKeys(), late, batch),
            trace=self.trace,
        )
        self._opener.spare = spare
        self._keys = keys
        self._one = asyncio.Lock()
        self._waiting = 0
        self._running = False
        line = HeldLine if profile.switches.connection == "held" else ShortLine
        status = Status(config, Backoff(jitter, config.first_wait_s, config.longest_wait_s))
        self._line: Line = line(config, self._opener, status, self._one, echo=profile.switches.echo)

    @property
    def name(self) -> str:
        """Where a request goes now: its record keeps it, and what follows goes there, too."""
        return self._line.status.hosts.current.name

    @property
    def deadline_s(self) -> float:
        return self._config.deadline_s

    @property
    def traits(self) -> HostTraits:
        return self._traits

    def state(self) -> Health:
        return self._line.state()

    async def check(self) -> Health:
        """Shortens a long wait before the next try; the line itself is `run`'s business."""
        if not self._line.status.health.usable:
            self._line.status.hurry()
        return self.state()

    async def run(self) -> None:
        self._running = True
        try:
            await self._line.run()
        finally:
            self._running = False

    async def request(self, request: OnlineRequest) -> OnlineResult:
        """To the host that the record names, else to the current one."""

        def build(keys: WorkingKeys | None) -> Message:
            block = _pin_block(keys, request)
            return message_for(request, self._profile, self._config.zone, block)

        def read(answer: Message) -> OnlineAnswer:
            return read_answer(answer, self._profile, request.purpose)

        return await self._ask(request.record.host, request.ksn, build, read)

    async def totals(self, request: TotalsRequest) -> OnlineResult:
        """To the current host: a batch is its terminal's, wherever it is told."""
        return await self._ask(
            None,
            request.ksn,
            lambda _keys: totals_message(request, self._profile, self._config.zone),
            lambda answer: read_totals(answer, self._profile),
        )

    async def selftest(self) -> LinkFacts:
        """Looks at the line and asks for an echo on it, in its turn. Raises HostFault."""
        async with self._one:
            if not self._running:
                raise HostFault("the link does not run")
            session = await self._line.take(None)
            try:
                profile = self._profile
                return await try_session(
                    session, self._opener, profile=profile.name, echo=profile.switches.echo
                )
            finally:
                await self._line.done(session, more=self._waiting > 0)

    async def try_certificate(
        self, context: ssl.SSLContext, take_over: Callable[[], Awaitable[None]]
    ) -> None:
        """Connects to the current host with another certificate, and has it answer. Then it is
        taken over, and the line goes on with that connection. Raises Fault, Refused where the host
        would not have it; then the line is as it was."""
        if not self._running:
            raise HostFault("the link does not run")
        session = await self._opener.connect(self._line.status.hosts.current, lambda: context)
        try:
            async with self._one:
                await self._prove(session)
                await take_over()
                await self._line.adopt(session)
        except BaseException as e:
            if isinstance(e, Fault) and not isinstance(e, Refused):
                self._line.doubt()  # a sign-on may have changed the host's keys
            session.abort()
            raise

    async def _prove(self, session: Session) -> None:
        if self._line.unsettled:
            raise HostFault("an answer is still owed on the line")
        await self._opener.prove(session)

    async def _ask(self, host: str | None, ksn: str, build: Build, read: Read) -> OnlineResult:
        self._waiting += 1
        try:
            await self._one.acquire()
        finally:
            self._waiting -= 1
        try:
            if not self._running:
                return NotSent("the link does not run")
            try:
                session = await self._line.take(host)
            except HostFault as e:
                return NotSent(str(e))
            try:
                return await self._exchange(session, ksn, build, read)
            finally:
                await self._line.done(session, more=self._waiting > 0)
        finally:
            self._one.release()

    async def _exchange(self, session: Session, ksn: str, build: Build, read: Read) -> OnlineResult:
        """Once, and once more under new keys where the host refuses the MAC."""
        clock = asyncio.get_running_loop().time
        ends = clock() + self.deadline_s
        if why := await self._opener.mend(session, self.deadline_s):
            return NotSent(why)
        own = None
        if self._profile.keys.scheme.dukpt:
            own = self._keys.take(ksn) if self._keys is not None and ksn else None
            if own is None:
                return NotSent("the key of this message is used up: the next attempt has its own")
        first = await self._once(session, own, build, ends - clock())
        if not self._mac_refused(first):
            return self._result(first, read)
        tell("mac_refused", host=session.host.name)
        self._opener.doubt(session)
        if not session.doubtful:
            return NoAnswer("the host refuses the MAC", garbled=True)
        if why := await self._opener.mend(session, ends - clock()):
            return NoAnswer(f"the host refuses the MAC, and then: {why}", garbled=True)
        second = await self._once(session, own, build, ends - clock())
        if self._mac_refused(second):
            self._opener.doubt(session)
            return NoAnswer("the host refuses the MAC, under new keys, too", garbled=True)
        result = self._result(second, read)
        # the first one did leave
        return NoAnswer(result.why, garbled=True) if isinstance(result, NotSent) else result

    async def _once(
        self, session: Session, own: WorkingKeys | None, build: Build, within_s: float
    ) -> Message | NotSent | NoAnswer:
        keys = own or self._opener.keys_of(session)
        try:
            question = build(keys)
        except MessageError as e:
            return NotSent(str(e))
        try:
            return await session.ask(question, within_s, self._opener.same_as(question), keys)
        except Lost as e:
            return NoAnswer(str(e)) if e.sent else NotSent(str(e))
        except Unbelievable as e:
            if isinstance(e, BadMac):
                self._opener.doubt(session)
            return NoAnswer(str(e), garbled=True)
        except TimeoutError:
            return NoAnswer("the host did not answer in time")

    def _result(self, heard: Message | NotSent | NoAnswer, read: Read) -> OnlineResult:
        if not isinstance(heard, Message):
            return heard
        try:
            return read(heard)
        except MessageError as e:
            return NoAnswer(str(e), garbled=True)

    def _mac_refused(self, heard: Message | NotSent | NoAnswer) -> bool:
        if not self._profile.switches.mac or not isinstance(heard, Message):
            return False
        return heard.get(39) in self._profile.codes.bad_mac


def _pin_block(keys: WorkingKeys | None, request: OnlineRequest) -> PinBlock | None:
    match request.pin:
        case None | PinBlock():
            return request.pin
        case Pin() as pin:
            if keys is None:
                raise MessageError("there is no PIN key")
            try:
                return keys.pin_block(pin, request.card.pan)
            except (NoKeyError, PinBlockError) as e:
                raise MessageError(str(e)) from None
