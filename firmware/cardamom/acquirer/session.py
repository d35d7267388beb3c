"""One connection to the host: frames in and out, one question at a time, sign-on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

from cardamom.engines.iso8583.codec import Codec, Mac, Message, MessageError
from cardamom.engines.iso8583.framing import Frames, FramingError
from cardamom.engines.iso8583.mapping import is_answer
from cardamom.engines.keys.mac import retail_mac
from cardamom.engines.keys.session import SessionKeys
from cardamom.faults import HostFault
from cardamom.story import tell


class Lost(HostFault):
    """The connection is gone. `sent` is False when provably no byte of the question left."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class Unbelievable(HostFault):
    """The host said something about this question that cannot be believed."""


class Session:
    """A live TLS connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, codec: Codec
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._codec = codec
        self._frames = Frames(codec.profile.framing)
        self._asked: tuple[Message, asyncio.Future[Message]] | None = None
        self.keys = SessionKeys()
        self.dropped = 0
        """Answers to no question of now: late, doubled or garbled."""
        self.why = ""
        """Why it ended."""
        self._reading = asyncio.create_task(self._read())

    @property
    def alive(self) -> bool:
        return not (self._reading.done() or self._writer.transport.is_closing())

    async def ended(self) -> None:
        """Returns when the connection is gone."""
        await asyncio.wait((self._reading,))

    async def close(self, why: str = "") -> None:
        self.why = self.why or why
        self._reading.cancel()
        self._writer.transport.abort()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def ask(
        self, question: Message, deadline_s: float, check: Callable[[Message], None]
    ) -> Message:
        """Send a question, wait for its answer. `check` raises Unbelievable for a wrong one.

        Raises Lost, Unbelievable or TimeoutError.
        """
        try:
            frame = self._frames.wrap(self._codec.encode(question, self._mac()))
        except (MessageError, FramingError) as e:
            raise Lost(str(e), sent=False) from None
        if not self.alive:
            raise Lost("the link is down", sent=False)
        answered: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._asked = (question, answered)
        try:
            # from here on a byte may have left
            self._writer.write(frame)
            async with asyncio.timeout(deadline_s):
                answer = await answered
        finally:
            self._asked = None
        check(answer)
        return answer

    def _mac(self) -> Mac | None:
        if not self._codec.profile.switches.mac or self.keys.mac is None:
            return None
        return partial(retail_mac, self.keys.mac)

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(65536):
                for raw in self._frames.feed(data):
                    self._take(raw)
            self.why = "the host closed the connection"
        except FramingError as e:
            self.why = str(e)
        except OSError as e:
            self.why = f"the connection broke ({type(e).__name__})"
        finally:
            self._writer.transport.abort()
            if self._asked is not None and not self._asked[1].done():
                with contextlib.suppress(asyncio.InvalidStateError):
                    self._asked[1].set_exception(Lost(self.why or "the link was closed", sent=True))

    def _take(self, raw: bytes) -> None:
        """A whole message: the answer to the question of now, or none of ours."""
        asked = self._asked
        try:
            message = self._codec.decode(raw)
            mine = asked is not None and is_answer(asked[0], message)
            if mine and self.keys.mac is not None:
                self._codec.decode(raw, self._mac())
        except MessageError as e:
            self._unbelievable(str(e))
            return
        if asked is None or not mine or asked[1].done():
            self.dropped += 1
            tell("answer_dropped", mti=message.mti, stan=message.get(11))
            return
        asked[1].set_result(message)

    def _unbelievable(self, why: str) -> None:
        """Garbage while a question is open is not silence: what it meant cannot be known."""
        self.dropped += 1
        tell("answer_unreadable", why=why)
        if self._asked is not None and not self._asked[1].done():
            self._asked[1].set_exception(Unbelievable(why))
