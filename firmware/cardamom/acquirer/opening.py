"""Connections made ready for a request: TLS, pin, sign-on, session keys."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from cardamom.acquirer.config import LinkConfig
from cardamom.acquirer.hosts import Address
from cardamom.acquirer.pins import check_pin
from cardamom.acquirer.session import Lost, Session, Unbelievable
from cardamom.acquirer.tls import in_words
from cardamom.acquirer.trace import LinkTrace
from cardamom.engines.iso8583.codec import Codec, Message, MessageError
from cardamom.engines.iso8583.mapping import mismatch, network_request
from cardamom.engines.iso8583.profile import Profile
from cardamom.engines.keys.blocks import KeyBlockError
from cardamom.engines.keys.session import SessionKeys, read_session_keys, read_unionpay_keys
from cardamom.engines.keys.working import WorkingKeys
from cardamom.faults import Fault, HostFault
from cardamom.ports import SessionKeyStore
from cardamom.story import tell
from cardamom.values.online import Late
from cardamom.values.secret import Key

SIGN_ON: Final = "001"
ECHO: Final = "301"
"""Field 70 (ISO 8583:1987, network management information codes)."""
UNACKNOWLEDGED_MS: Final = 20_000
"""Bytes that nobody acknowledges for so long: the line is cut (tcp(7), TCP_USER_TIMEOUT)."""
KEPT_S: Final = 2.0
"""A TLS 1.3 host that refuses a certificate closes within this time of the handshake."""
KEEPALIVE: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS),
)


class Refused(HostFault):
    """The host was reached and would not have this terminal."""


class Opener:
    """Opens sessions. `clock_floor`: no clock that is right shows a time before it. `batch`: the
    open batch, where the profile's network messages name it. `spare`: with a certificate for a
    host that does not take the first."""

    def __init__(
        self,
        config: LinkConfig,
        profile: Profile,
        context: Callable[[], ssl.SSLContext],
        now: Callable[[], datetime],
        clock_floor: Callable[[], datetime],
        store: SessionKeyStore,
        late: Callable[[Late], None],
        batch: Callable[[], Awaitable[int]],
        *,
        trace: LinkTrace | None = None,
    ) -> None:
        self._config = config
        self._profile = profile
        self._codec = Codec(profile)
        self._context = context
        self._now = now
        self._clock_floor = clock_floor
        self._store = store
        self._late = late
        self._batch = batch
        self._trace = trace
        self._keys_of = config.primary.name
        """Whose the kept keys are; after a restart the primary's, till it is shown otherwise."""
        self.spare: Callable[[], ssl.SSLContext | None] = lambda: None
        self._doubted = False
        """The kept keys may not be the host's."""
        self._network_stan = 0

    async def open(self, host: Address, *, kept: bool = False) -> Session:
        """A session that a request may follow on. `kept`: with the keys of an earlier sign-on,
        where there are any. Raises HostFault whose text says what to look at."""
        try:
            return await self._open(host, self._context, kept=kept)
        except Refused as e:
            spare = self.spare()
            if spare is None:
                raise
            try:
                session = await self._open(host, lambda: spare, kept=False)
            except HostFault:
                raise e from None
            tell("certificate_before_used", host=host.name, why=str(e))
            return session

    async def connect(self, host: Address, context: Callable[[], ssl.SSLContext]) -> Session:
        """TLS alone; nothing has been asked yet. Raises HostFault, Refused where the host would
        not have this terminal."""
        try:
            return await self._connect(host, context())
        except HostFault:
            raise
        except Fault as e:
            raise HostFault(str(e)) from None
        except (OSError, ValueError) as e:
            kind = Refused if _refuses(e) else HostFault
            raise kind(in_words(e, self._now(), self._clock_floor())) from None

    async def prove(self, session: Session) -> None:
        """The host answers on this connection, whatever the profile has for that; where it has
        nothing, it keeps the connection. Raises HostFault."""
        if self._profile.switches.sign_on:
            await self.sign_on(session, self._config.connect_s)
        elif self._profile.switches.echo:
            if not await self.echo(session):
                raise Refused(session.why or "the host refuses an echo")
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KEPT_S):
                    await session.ended()
            if not session.alive:
                raise Refused(session.why)

    async def _open(
        self, host: Address, context: Callable[[], ssl.SSLContext], *, kept: bool
    ) -> Session:
        session = await self.connect(host, context)
        try:
            await self._ready(session, kept=kept)
        except BaseException as e:
            session.abort()
            if isinstance(e, Fault) and not isinstance(e, HostFault):
                raise HostFault(str(e)) from None
            raise
        return session

    async def _connect(self, host: Address, context: ssl.SSLContext) -> Session:
        async with asyncio.timeout(self._config.connect_s):
            reader, writer = await asyncio.open_connection(
                host.host, host.port, ssl=context, server_hostname=host.certified
            )
        try:
            if self._config.pins:
                shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
                check_pin(shown or b"", self._config.pins)
            line = writer.get_extra_info("socket")
            for level, option, value in KEEPALIVE:
                line.setsockopt(level, option, value)
        except BaseException:
            writer.transport.abort()
            raise
        return Session(reader, writer, self._codec, host, self._late, self._trace)

    async def _ready(self, session: Session, *, kept: bool) -> None:
        if not self._profile.switches.sign_on:
            return
        if kept and not self._doubted and session.host.name == self._keys_of:
            keys = await self._store.kept()
            if keys is not None and self._lacking(keys) is None:
                session.keys = keys
                return
        await self.sign_on(session, self._config.connect_s)

    async def sign_on(self, session: Session, within_s: float) -> None:
        """0800 with 070=001; the answer's field 62 brings the session keys, which replace the old
        ones once they hold and are kept. Raises HostFault."""
        question = await self.network(SIGN_ON)
        try:
            answer = await session.ask(question, within_s, self.same_as(question), None)
        except Lost as e:
            # a TLS 1.3 host refuses our certificate after its handshake
            raise Refused(f"sign-on failed: {e} (is our certificate known there?)") from None
        except TimeoutError:
            raise HostFault("the host does not answer the sign-on") from None
        code = answer.fields[39]
        if code not in self._profile.codes.approved:
            raise Refused(f"the host refuses the sign-on with code {code}")
        switches = self._profile.switches
        if (switches.pin_key or switches.mac) and not self._profile.keys.scheme.dukpt:
            keys = self._keys(answer)
            try:
                await self._store.keep(keys)
            except Fault as e:
                raise HostFault(str(e)) from None
            session.keys = keys
            self._keys_of = session.host.name
        session.doubtful = self._doubted = False
        tell("signed_on", host=session.host.name)

    async def echo(self, session: Session) -> bool:
        """Whether the host is still there and holds our keys; ends the session where it is not
        there."""
        try:
            question = await self.network(ECHO)
            answer = await session.ask(
                question, self._config.echo_answer_s, self.same_as(question), self.keys_of(session)
            )
        except (HostFault, TimeoutError) as e:
            if isinstance(e, Unbelievable):
                self.doubt(session)
            else:
                session.abort("the host does not answer an echo")
            return False
        if answer.fields[39] not in self._profile.codes.approved:
            tell("echo_refused", code=answer.fields[39])
            self.doubt(session)
            return False
        return True

    def keys_of(self, session: Session) -> WorkingKeys | None:
        """The session's keys at work; None where each message about money has keys of its own."""
        scheme = self._profile.keys.scheme
        return None if scheme.dukpt else session.keys.working(scheme)

    def doubt(self, session: Session) -> None:
        """Terminal and host may hold different keys: a sign-on comes before anything else."""
        cures = self._profile.switches.sign_on and not self._profile.keys.scheme.dukpt
        session.doubtful = self._doubted = cures

    async def mend(self, session: Session, within_s: float) -> str:
        """Sign on where the keys are in doubt. Why that failed, and then the session is over;
        empty where the keys hold."""
        if not session.doubtful:
            return ""
        try:
            await self.sign_on(session, min(within_s, self._config.connect_s))
        except HostFault as e:
            session.abort(str(e))
            return str(e)
        return ""

    def _keys(self, answer: Message) -> SessionKeys:
        """Raises HostFault for keys that do not hold, or that the profile wants and misses."""
        if self._config.master_key is None:
            raise HostFault(
                "there is no terminal master key, and the host sends its keys under it: use "
                "`cardamom keys import`, or set acquirer.master_key_file"
            )
        try:
            keys = self._read_keys(answer.get(62) or "", self._config.master_key)
        except KeyBlockError as e:
            raise HostFault(f"the host's session keys are refused: {e}") from None
        lacking = self._lacking(keys)
        if lacking is not None:
            raise HostFault(lacking)
        return keys

    def _read_keys(self, field: str, master: Key) -> SessionKeys:
        rule = self._profile.keys
        if rule.delivery == "tr31":
            return read_session_keys(field, master, rule.scheme)
        try:
            raw = bytes.fromhex(field)
        except ValueError:
            raise KeyBlockError("field 62 is not hex") from None
        return read_unionpay_keys(raw, master)

    def _lacking(self, keys: SessionKeys) -> str | None:
        if self._profile.switches.mac and keys.mac is None:
            return "the host sent no MAC key: switches.mac of the profile wants one"
        if self._profile.switches.pin_key and keys.pin is None:
            return "the host sent no PIN key: switches.pin_key of the profile wants one"
        return None

    async def network(self, code: str) -> Message:
        """The next 0800. Its trace numbers are its own: they count nothing but network messages.
        Raises HostFault where the profile has no such message."""
        try:
            batch = await self._batch()
        except Fault:
            batch = 0  # the journal's own trouble is told elsewhere
        self._network_stan = self._network_stan % 999_999 + 1
        config = self._config
        try:
            return network_request(
                code,
                self._network_stan,
                config.terminal_id,
                config.merchant_id,
                self._profile,
                self._now(),
                config.zone,
                batch,
            )
        except MessageError as e:
            raise HostFault(str(e)) from None

    def same_as(self, question: Message) -> Callable[[Message], None]:
        """A check that an answer repeats what the profile wants of this question."""

        def check(answer: Message) -> None:
            number = mismatch(question, answer, self._profile)
            if number is not None:
                raise Unbelievable(f"field {number} of the answer is not the request's")

        return check


def _refuses(error: BaseException) -> bool:
    """Whether it was the host that ended the handshake: by an alert, or by hanging up."""
    match error:
        case ssl.SSLCertVerificationError() | ConnectionRefusedError():
            return False
        case ssl.SSLError() | ConnectionError() | EOFError():
            return True
        case _:
            return False
