"""One connection to a host: frames in and out, one question at a time."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cardamom.acquirer.hosts import Address
from cardamom.acquirer.late import read_late
from cardamom.acquirer.tls import refusal
from cardamom.acquirer.trace import LinkTrace
from cardamom.engines.iso8583.codec import BadMacError, Codec, Message, MessageError
from cardamom.engines.iso8583.framing import Frames, FramingError
from cardamom.engines.iso8583.mapping import is_answer
from cardamom.engines.iso8583.profile import answer_of
from cardamom.engines.keys.session import SessionKeys
from cardamom.engines.keys.working import NoKeyError, WorkingKeys
from cardamom.faults import HostFault
from cardamom.story import tell
from cardamom.values.online import Late

UNANSWERED: Final = 2
"""A line that left this many questions in a row without an answer is given up."""
REMEMBERED: Final = 16
"""Questions whose keys are at hand for a late answer."""


class Lost(HostFault):
    """The connection is gone. `sent` is False when provably no byte of the question left."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class Unbelievable(HostFault):
    """The host said something about this question that cannot be believed."""


class BadMac(Unbelievable):
    """The answer's MAC is wrong or missing: terminal and host may hold different keys."""


@dataclass(frozen=True, slots=True)
class _Asked:
    question: Message
    answer: asyncio.Future[Message]
    keys: WorkingKeys | None
    """Of its answer's MAC; None: it needs none."""


class Session:
    """A live connection to `host`. An answer to no question of now goes to `late`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        codec: Codec,
        host: Address,
        late: Callable[[Late], None],
        trace: LinkTrace | None = None,
    ) -> None:
        self.host = host
        self._trace = trace or LinkTrace(codec.profile)
        self.keys = SessionKeys()
        self.doubtful = False
        """The keys may not be the host's: sign on before anything else."""
        self.unanswered = 0
        """Questions in a row that got no answer."""
        self.dropped = 0
        """Answers to no question of now: late, doubled, garbled or with a bad MAC."""
        self.why = ""
        """Why it ended."""
        self.used_at = asyncio.get_running_loop().time()
        """When a question was last asked or answered."""
        self._reader = reader
        self._writer = writer
        self._codec = codec
        self._late = late
        self._frames = Frames(codec.profile.framing)
        self._asked: _Asked | None = None
        self._past: dict[tuple[str, str], WorkingKeys] = {}
        """Keys of the last questions, by the answer's message type and trace number."""
        self._reading = asyncio.create_task(self._read())

    @property
    def alive(self) -> bool:
        return not (self._reading.done() or self._writer.transport.is_closing())

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The connection's TLS, to be looked at."""
        seen: ssl.SSLObject | None = self._writer.get_extra_info("ssl_object")
        return seen

    async def ended(self) -> None:
        """Returns when the connection is gone."""
        await asyncio.wait((self._reading,))

    def abort(self, why: str = "") -> None:
        """End it now."""
        self.why = self.why or why
        self._reading.cancel()
        self._writer.transport.abort()

    async def close(self, why: str = "") -> None:
        self.abort(why)
        await asyncio.gather(self._reading, return_exceptions=True)

    async def ask(
        self,
        question: Message,
        deadline_s: float,
        check: Callable[[Message], None],
        keys: WorkingKeys | None,
    ) -> Message:
        """Send a question, wait for its answer. `check` raises Unbelievable for a wrong one.
        `keys`: of the MACs, where the profile has any; None: this question goes without.

        Raises Lost, Unbelievable or TimeoutError. After a first TimeoutError the connection stays,
        so that a late answer is seen and what follows does not overtake the question.
        """
        try:
            sealing = keys.mac if keys is not None and self._macs else None
            frame = self._frames.wrap(self._codec.encode(question, sealing))
        except (MessageError, FramingError, NoKeyError) as e:
            raise Lost(str(e), sent=False) from None
        if not self.alive:
            raise Lost(self.why or "the link is down", sent=False)
        loop = asyncio.get_running_loop()
        asked = self._asked = _Asked(question, loop.create_future(), keys)
        self._remember(asked)
        self.used_at = loop.time()
        try:
            # from here on a byte may have left
            self._writer.write(frame)
            self._trace.message(question, self.host.name, sent=True)
            async with asyncio.timeout(deadline_s):
                answer = await asked.answer
        except TimeoutError:
            self.unanswered += 1
            if self.unanswered >= UNANSWERED:
                self.abort("the host answers no more")
            raise
        finally:
            self._asked = None
            self.used_at = loop.time()
        check(answer)
        return answer

    @property
    def _macs(self) -> bool:
        return self._codec.profile.switches.mac

    def _remember(self, asked: _Asked) -> None:
        if asked.keys is None:
            return
        while len(self._past) >= REMEMBERED:
            del self._past[next(iter(self._past))]
        question = asked.question
        self._past[answer_of(question.mti), question.fields[11]] = asked.keys

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(65536):
                for raw in self._frames.feed(data):
                    self._take(raw)
            self.why = self.why or "the host closed the connection"
        except FramingError as e:
            self.why = self.why or str(e)
        except ssl.SSLError as e:
            self.why = self.why or refusal(e)
        except OSError as e:
            self.why = self.why or f"the connection broke ({type(e).__name__})"
        finally:
            self._writer.transport.abort()
            self._fail(Lost(self.why or "the link was closed", sent=True))

    def _take(self, raw: bytes) -> None:
        """A whole message: the answer to the question of now, or none of ours."""
        asked = self._open()
        mine = False
        try:
            message = self._codec.decode(raw)
            self._trace.message(message, self.host.name, sent=False)
            mine = asked is not None and is_answer(asked.question, message)
            if self._macs:
                self._check_mac(raw, message, asked if mine else None)
        except BadMacError as e:
            self.dropped += 1
            tell("answer_mac_wrong", mine=mine)
            if mine:
                self._fail(BadMac(str(e)))
            return
        except MessageError as e:
            # garbage while a question is open is not silence: what it meant cannot be known
            self.dropped += 1
            tell("answer_unreadable", why=str(e))
            self._fail(Unbelievable(str(e)))
            return
        self.unanswered = 0
        if mine and asked is not None:
            asked.answer.set_result(message)
            return
        self.dropped += 1
        tell("answer_dropped", mti=message.mti, stan=message.get(11))
        late = read_late(message, self._codec.profile)
        if late is not None:
            self._late(late)

    def _check_mac(self, raw: bytes, message: Message, mine: _Asked | None) -> None:
        """Raises BadMacError, also where no key is known that could tell."""
        if mine is not None:
            # a host that has lost our keys cannot seal its word of it, which books nothing
            if mine.keys is None or message.get(39) in self._codec.profile.codes.bad_mac:
                return
            keys = mine.keys
        else:
            now = self.keys.working(self._codec.profile.keys.scheme)
            keys = self._past.get((message.mti, message.get(11) or ""), now)
        if keys.answer is None:
            raise BadMacError("there is no key for its MAC")
        self._codec.decode(raw, keys.answer_mac)

    def _open(self) -> _Asked | None:
        """The question that waits for an answer."""
        asked = self._asked
        return asked if asked is not None and not asked.answer.done() else None

    def _fail(self, error: HostFault) -> None:
        asked = self._open()
        if asked is not None:
            with contextlib.suppress(asyncio.InvalidStateError):
                asked.answer.set_exception(error)
