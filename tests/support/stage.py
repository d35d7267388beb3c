"""A host that plays a script: for answers that no acquirer of ours would give."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cardamom.acquirer.link import Link
from cardamom.engines.iso8583.codec import Codec, Mac, Message, MessageError
from cardamom.engines.iso8583.framing import Frames
from cardamom.engines.iso8583.profile import Profile, answer_of
from cardamom.engines.keys.dukpt import derive
from cardamom.engines.keys.session import SessionKeys, write_session_keys, write_unionpay_keys
from cardamom.engines.keys.working import NoKeyError, WorkingKeys
from cardamom.simulator.acquirer.run import test_master_key as master_key
from cardamom.simulator.acquirer.server import server_context
from cardamom.values.secret import Key
from support.acquirer import PROFILE, TLS, link_to, running, until

SIGN_ON, ECHO = "001", "301"


@dataclass(slots=True)
class Speaker:
    """One connection, as the host has it."""

    stage: Stage
    number: int
    writer: asyncio.StreamWriter
    frames: Frames
    keys: SessionKeys = field(default_factory=SessionKeys)
    own: WorkingKeys | None = None
    """DUKPT keys of the last question."""

    def working(self) -> WorkingKeys:
        """What the last question is protected with."""
        return self.own or self.keys.working(self.stage.profile.keys.scheme)

    def mac(self) -> Mac | None:
        """Of answers to it."""
        keys = self.working()
        return keys.answer_mac if keys.answer and self.stage.profile.switches.mac else None

    def say(self, message: Message, *, mac: Mac | None = None, sealed: bool = True) -> None:
        """Sends a message with the right MAC; with `mac` instead, or with none."""
        self.raw(self.stage.codec.encode(message, (mac or self.mac()) if sealed else None))

    def raw(self, message: bytes) -> None:
        self.writer.write(self.frames.wrap(message))

    def sign_on(self, question: Message) -> None:
        """The usual answer: new session keys."""
        keys = self.stage.new_keys()
        blocks = self.stage.delivered(keys)
        told = {"f62": blocks} if blocks else {}
        self.say(network_answer(question, **told), sealed=False)
        self.keys = self.stage.keys = keys


Act = Callable[[Speaker, Message], Awaitable[None] | None]
"""What is done about one question."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A question, the number of its connection, and whether its MAC was right."""

    connection: int
    mti: str
    stan: str
    code: str | None
    """Field 70."""
    sealed: bool


class Stage:
    """Plays `script`, an act for each financial question, and approves once it is at its end.
    `network` is asked first what is done about a network message; None: the usual."""

    def __init__(self, profile: Profile, *script: Act) -> None:
        self.profile = profile
        self.master = master_key()
        self.base: Key | None = None
        """DUKPT base derivation key."""
        self.codec = Codec(profile)
        self.script = list(script)
        self.network: dict[str, list[Act]] = {SIGN_ON: [], ECHO: []}
        self.keys = SessionKeys()
        """Of the last sign-on: a new connection goes on with them."""
        self.heard: list[Heard] = []
        self.connections = 0
        self.port = 0
        self.speakers: list[Speaker] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, port: int = 0) -> None:
        tls = server_context(TLS / "server.pem", TLS / "server.key", TLS / "ca.pem")
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """No host is there any more."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def delivered(self, keys: SessionKeys) -> str:
        rule = self.profile.keys
        if rule.scheme.dukpt:
            return ""
        if rule.delivery == "unionpay":
            return write_unionpay_keys(keys, self.master).hex().upper()
        return write_session_keys(keys, self.master, rule.scheme)

    def derived(self, question: Message) -> WorkingKeys | None:
        """DUKPT: by the host's own way from its base key and the serial number in field 62."""
        text = question.get(62) or ""
        if not self.profile.keys.scheme.dukpt or self.base is None or text[:2] != "KS":
            return None
        ksn = bytes.fromhex(text[5 : 5 + int(text[2:5])])
        return derive(self.profile.keys.scheme, self.base, ksn)

    def new_keys(self) -> SessionKeys:
        switches = self.profile.switches
        return SessionKeys(
            Key(secrets.token_bytes(16)) if switches.pin_key else None,
            Key(secrets.token_bytes(16)) if switches.mac else None,
        )

    def said(self, code: str) -> int:
        """How many network messages with this field 70 came."""
        return sum(h.code == code for h in self.heard)

    @property
    def payments(self) -> list[str]:
        """Trace numbers of the financial questions, in order."""
        return [h.stan for h in self.heard if h.code is None]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        frames = Frames(self.profile.framing)
        speaker = Speaker(self, self.connections, writer, frames, self.keys)
        self.speakers.append(speaker)
        try:
            while data := await reader.read(65536):
                for raw in frames.feed(data):
                    await self._take(speaker, raw)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _take(self, speaker: Speaker, raw: bytes) -> None:
        question = self.codec.decode(raw)
        speaker.own = self.derived(question)
        try:
            self.codec.decode(raw, speaker.working().mac)
            sealed = True
        except (MessageError, NoKeyError):
            sealed = False
        code = question.get(70)
        stan = question.fields[11]
        self.heard.append(Heard(speaker.number, question.mti, stan, code, sealed))
        queue = self.script if code is None else self.network[code]
        act = queue.pop(0) if queue else _usual(code)
        done = act(speaker, question)
        if done is not None:
            await done


def _usual(code: str | None) -> Act:
    if code == SIGN_ON:
        return Speaker.sign_on
    return answering() if code is None else lambda s, q: s.say(network_answer(q))


def answer(question: Message, code: str = "00", **changes: str) -> Message:
    """To a financial question. `changes`: f11="000041" and the like."""
    echoed = {n: question.fields[n] for n in PROFILE.match.echoed if n in question.fields}
    return Message(answer_of(question.mti), {**echoed, 39: code, **_numbered(changes)})


def network_answer(question: Message, code: str = "00", **changes: str) -> Message:
    echoed = {n: question.fields[n] for n in (7, 11, 12, 13, 24, 41, 42, 70)}
    return Message("0810", {**echoed, 39: code, **_numbered(changes)})


def _numbered(changes: dict[str, str]) -> dict[int, str]:
    return {int(name[1:]): value for name, value in changes.items()}


def answering(code: str = "00", **changes: str) -> Act:
    return lambda speaker, question: speaker.say(answer(question, code, **changes))


def silent(_speaker: Speaker, _question: Message) -> None:
    """The question is heard, and that is all."""


def wrong_mac(code: str = "00") -> Act:
    return lambda speaker, question: speaker.say(answer(question, code), mac=lambda _: bytes(8))


@asynccontextmanager
async def staged(stage: Stage, *, port: int = 0) -> AsyncIterator[Stage]:
    """The host is there until the block ends."""
    await stage.open(port)
    try:
        yield stage
    finally:
        await stage.close()


@asynccontextmanager
async def playing(stage: Stage, **changes: object) -> AsyncIterator[Link]:
    """A link that is up to a host that plays."""
    async with staged(stage):
        link = link_to(stage.port, profile=stage.profile, **changes)  # type: ignore[arg-type]
        async with running(link):
            await until(lambda: link.state().usable)
            yield link
