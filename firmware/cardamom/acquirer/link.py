"""The link: keeps a session with the host, asks it, says how it is."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cardamom.acquirer.session import Lost, Session, Unbelievable
from cardamom.acquirer.tls import in_words
from cardamom.engines.iso8583.codec import Codec, Message, MessageError
from cardamom.engines.iso8583.mapping import (
    financial_request,
    mismatch,
    network_request,
    read_answer,
)
from cardamom.engines.iso8583.profile import Profile
from cardamom.engines.keys.blocks import KeyBlockError
from cardamom.engines.keys.pin_block import PinBlockError, format_0
from cardamom.engines.keys.session import read_session_keys
from cardamom.faults import HostFault, SettingsError
from cardamom.story import tell
from cardamom.values.health import Condition, Health, Part
from cardamom.values.online import NoAnswer, NotSent, OnlineRequest, OnlineResult
from cardamom.values.secret import Key, Pin, PinBlock

CONNECT_S: Final = 10.0
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
STABLE_S: Final = 10.0
"""A session that lived this long was a good one: back-off begins anew. A check that comes sooner
after a try than this does not cause another."""
ECHO_AFTER_S: Final = 60.0
"""A line idle this long is asked whether it is still there."""
ECHO_ANSWER_S: Final = 5.0
SIGN_ON: Final = "001"
ECHO: Final = "301"
"""Field 70 (ISO 8583:1987, network management information codes)."""


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """Where and as whom. `server_name` empty takes `host`."""

    host: str
    port: int
    terminal_id: str
    merchant_id: str
    deadline_s: float
    zone: ZoneInfo
    server_name: str = ""
    master_key: Key | None = field(default=None, repr=False)
    """Opens the key blocks of a sign-on."""
    echo_after_s: float = ECHO_AFTER_S


class Link:
    """Implements ports.Host. `run` keeps the session up; without it nothing is ever sent."""

    def __init__(
        self,
        config: LinkConfig,
        profile: Profile,
        context: Callable[[], ssl.SSLContext],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._config = config
        self._profile = profile
        self._codec = Codec(profile)
        self._context = context
        self._now = now
        self._session: Session | None = None
        self._one = asyncio.Lock()
        self._hurry = asyncio.Event()
        self._network_stan = 0
        self._tried_at = 0.0
        self._health = self._seen(Condition.CONNECTING, "not connected yet")

    @property
    def name(self) -> str:
        return f"{self._config.host}:{self._config.port}"

    @property
    def deadline_s(self) -> float:
        return self._config.deadline_s

    def state(self) -> Health:
        session = self._session
        if self._health.usable and (session is None or not session.alive):
            # `run` has not come round to it yet
            why = session.why if session is not None else ""
            return self._seen(Condition.CONNECTING, why or "the link was closed")
        return self._health

    async def check(self) -> Health:
        """Shortens a long wait before the next try; the session itself is `run`'s business."""
        rested = asyncio.get_running_loop().time() - self._tried_at > STABLE_S
        if rested and not self._health.usable:
            self._hurry.set()
            self._hurry.clear()
        return self.state()

    async def request(self, request: OnlineRequest) -> OnlineResult:
        async with self._one:
            return await self._request(request)

    async def run(self) -> None:
        """Connect, sign on, and again whenever the session ends; until cancelled."""
        clock = asyncio.get_running_loop().time
        wait = FIRST_WAIT_S
        while True:
            self._tried_at = clock()
            try:
                session = await self._connect()
            except (OSError, ValueError, HostFault, SettingsError) as e:
                known = isinstance(e, HostFault | SettingsError)
                why = str(e) if known else in_words(e, self._now())
                self._health = self._seen(Condition.FAULT, why)
                tell("link_down", why=why)
            else:
                why = await self._hold(session)
                self._health = self._seen(Condition.CONNECTING, why)
                tell("link_lost", why=why)
                if clock() - self._tried_at >= STABLE_S:
                    wait = FIRST_WAIT_S
                    continue
            await self._pause(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)

    async def _hold(self, session: Session) -> str:
        """Serve requests until the session ends; why it did."""
        self._session = session
        self._health = self._seen(Condition.OK)
        tell("link_up", host=self.name)
        try:
            while session.alive:
                try:
                    async with asyncio.timeout(self._config.echo_after_s):
                        await session.ended()
                except TimeoutError:
                    await self._echo(session)
        finally:
            self._session = None
            await session.close()
        return session.why

    async def _echo(self, session: Session) -> None:
        """A line that was cut without a word must not be found out by a customer's payment."""
        if not self._profile.switches.echo:
            return
        async with self._one:
            question = self._network(ECHO)
            try:
                await session.ask(question, ECHO_ANSWER_S, self._same_as(question))
            except (HostFault, TimeoutError):
                await session.close("the host does not answer an echo")

    async def _pause(self, wait: float) -> None:
        """Back off with jitter, so that a thousand terminals do not come back at once."""
        jittered = wait * random.uniform(0.7, 1.3)  # noqa: S311 not a secret
        try:
            async with asyncio.timeout(jittered):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _connect(self) -> Session:
        config = self._config
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(
                config.host,
                config.port,
                ssl=self._context(),
                server_hostname=config.server_name or config.host,
            )
        session = Session(reader, writer, self._codec)
        try:
            if self._profile.switches.sign_on:
                await self._sign_on(session)
        except BaseException:
            await session.close()
            raise
        return session

    async def _sign_on(self, session: Session) -> None:
        """0800 with 070=001; the answer's field 62 brings the session keys."""
        question = self._network(SIGN_ON)
        try:
            answer = await session.ask(question, CONNECT_S, self._same_as(question))
        except Lost as e:
            # a TLS 1.3 host refuses our certificate after its handshake
            raise HostFault(f"sign-on failed: {e} (is our certificate known there?)") from None
        code = answer.fields[39]
        if code not in self._profile.codes.approved:
            raise HostFault(f"the host refuses the sign-on with code {code}")
        wanted = self._profile.switches.pin_key or self._profile.switches.mac
        if not wanted:
            return
        if self._config.master_key is None:
            raise HostFault("acquirer.master_key_file is not set, and the host sends keys under it")
        try:
            session.keys = read_session_keys(answer.get(62) or "", self._config.master_key)
        except KeyBlockError as e:
            raise HostFault(f"the host's session keys are refused: {e}") from None
        if self._profile.switches.mac and session.keys.mac is None:
            raise HostFault("the host sent no MAC key: switches.mac of the profile wants one")
        if self._profile.switches.pin_key and session.keys.pin is None:
            raise HostFault("the host sent no PIN key: switches.pin_key of the profile wants one")

    def _network(self, code: str) -> Message:
        """The next 0800. Its trace numbers are its own: they count nothing but network messages."""
        self._network_stan = self._network_stan % 999_999 + 1
        config = self._config
        return network_request(
            code,
            self._network_stan,
            config.terminal_id,
            config.merchant_id,
            self._profile,
            self._now(),
            config.zone,
        )

    async def _request(self, request: OnlineRequest) -> OnlineResult:
        session = self._session
        if session is None or not session.alive:
            return NotSent(self.state().detail or "the link is down")
        try:
            question = financial_request(
                request, self._profile, self._config.zone, self._pin_block(session, request)
            )
        except MessageError as e:
            return NotSent(str(e))
        try:
            answer = await session.ask(question, self.deadline_s, self._same_as(question))
            return read_answer(answer, self._profile)
        except Lost as e:
            return NoAnswer(str(e)) if e.sent else NotSent(str(e))
        except (Unbelievable, MessageError) as e:
            return NoAnswer(str(e), garbled=True)
        except TimeoutError:
            # a line that swallowed a question is not to be trusted with more
            await session.close("the host did not answer in time")
            return NoAnswer("the host did not answer in time")

    def _pin_block(self, session: Session, request: OnlineRequest) -> PinBlock | None:
        match request.pin:
            case None | PinBlock():
                return request.pin
            case Pin() as pin:
                if session.keys.pin is None:
                    raise MessageError("the host gave no PIN key")
                try:
                    return format_0(pin, request.card.pan, session.keys.pin)
                except PinBlockError as e:
                    raise MessageError(str(e)) from None

    def _same_as(self, question: Message) -> Callable[[Message], None]:
        def check(answer: Message) -> None:
            number = mismatch(question, answer, self._profile)
            if number is not None:
                raise Unbelievable(f"field {number} of the answer is not the request's")

        return check

    def _seen(self, condition: Condition, detail: str = "") -> Health:
        return Health(part=Part.HOST, condition=condition, detail=detail, name=self.name)
