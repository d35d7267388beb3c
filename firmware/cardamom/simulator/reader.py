"""An in-process chip reader: vpcd's side of its protocol, for machines without pcscd.

A virtual card connects to its TCP port as it would to vpcd's.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque

from cardamom.engines.apdu import ApduError, Reply, parse_reply
from cardamom.engines.t0 import exchange, speaks_t0
from cardamom.faults import CardFault, DeviceFault
from cardamom.simulator.card.vpcd import Control
from cardamom.values.health import Condition, Health, Part

RESET_DEADLINE_S = 2.0


class InProcessReader:
    """ports.CardReader on a TCP port of this machine. `port` 0 takes a free one; `open()` says
    which."""

    def __init__(
        self, port: int = 0, *, host: str = "127.0.0.1", transmit_deadline_s: float = 10.0
    ) -> None:
        self.port = port
        self._host = host
        self._deadline_s = transmit_deadline_s
        self._server: asyncio.Server | None = None
        self._slots: deque[_Slot] = deque()
        self._arrived = asyncio.Event()
        self._health = self._say(Condition.ABSENT, "the in-process reader is not open yet")

    async def open(self) -> int:
        """Listens; the port. Raises DeviceFault when the port is taken."""
        if self._server is None:
            try:
                self._server = await asyncio.start_server(self._card, self._host, self.port)
            except OSError as e:
                detail = f"port {self.port} cannot be listened on ({type(e).__name__})"
                self._health = self._say(Condition.FAULT, detail)
                raise DeviceFault(detail) from None
            self.port = self._server.sockets[0].getsockname()[1]
            self._health = self._say(Condition.OK, "")
        return self.port

    async def close(self) -> None:
        """Stops listening and lets every card go."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for slot in list(self._slots):
            slot.leave()
        self._health = self._say(Condition.ABSENT, "the in-process reader is closed")

    def state(self) -> Health:
        return self._health

    async def check(self) -> Health:
        with contextlib.suppress(DeviceFault):
            await self.open()
        return self._health

    async def inserted(self) -> InProcessCard:
        """See ports.CardReader."""
        await self.open()
        while not self._slots:
            self._arrived.clear()
            await self._arrived.wait()
        slot = self._slots[0]
        try:
            slot.send(bytes((Control.ON,)))
            atr = await slot.ask(bytes((Control.ATR,)), RESET_DEADLINE_S)
        except CardFault as fault:
            raise CardFault(f"the card answers no reset: {fault}", gone=fault.gone) from None
        return InProcessCard(slot, atr, self._deadline_s)

    async def _card(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        slot = _Slot(writer)
        self._slots.append(slot)
        self._arrived.set()
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2))
                slot.heard(await reader.readexactly(size))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self._slots.remove(slot)
            slot.leave()

    def _say(self, condition: Condition, detail: str) -> Health:
        name = f"in-process reader {self._host}:{self.port}"
        return Health(part=Part.READER, condition=condition, detail=detail, name=name)


class InProcessCard:
    """ports.Card over one connection."""

    def __init__(self, slot: _Slot, atr: bytes, deadline_s: float) -> None:
        self._slot = slot
        self._atr = atr
        self._t0 = speaks_t0(atr)
        self._deadline_s = deadline_s

    @property
    def atr(self) -> bytes:
        return self._atr

    async def transmit(self, command: bytes) -> Reply:
        """See ports.Card."""
        began = time.perf_counter_ns()
        try:
            raw = await self._exchange(command)
            return parse_reply(raw, (time.perf_counter_ns() - began) // 1000)
        except ApduError as e:
            raise CardFault(f"the card answers garbage: {e}") from None

    @property
    def pad(self) -> None:
        """See ports.Card: it has no keys."""
        return None

    async def removed(self) -> None:
        await self._slot.gone.wait()

    async def close(self) -> None:
        with contextlib.suppress(CardFault):
            self._slot.send(bytes((Control.OFF,)))

    async def _exchange(self, command: bytes) -> bytes:
        if not self._t0:
            return await self._slot.ask(command, self._deadline_s)
        steps = exchange(command)
        try:
            send = next(steps)
            while True:
                send = steps.send(await self._slot.ask(send, self._deadline_s))
        except StopIteration as end:
            answer: bytes = end.value
            return answer


class _Slot:
    """One connected card; what it says goes to the one who waits, or is dropped."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.gone = asyncio.Event()
        self._writer = writer
        self._waiting: asyncio.Future[bytes] | None = None
        self._late = 0
        self._turn = asyncio.Lock()

    def send(self, body: bytes) -> None:
        if self.gone.is_set() or self._writer.is_closing():
            raise CardFault("the card was pulled", gone=True)
        self._writer.write(len(body).to_bytes(2) + body)

    async def ask(self, body: bytes, deadline_s: float) -> bytes:
        """Its answer. An answer that nobody waited for any more is never taken for a later one."""
        async with self._turn:
            self.send(body)
            answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            self._waiting = answer
            try:
                async with asyncio.timeout(deadline_s):
                    return await answer
            except TimeoutError:
                raise CardFault(f"the card did not answer within {deadline_s:g} s") from None
            finally:
                if self._waiting is answer:
                    self._waiting = None
                    self._late += 1

    def heard(self, body: bytes) -> None:
        if self._late:
            self._late -= 1
            return
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(body)

    def leave(self) -> None:
        self.gone.set()
        self._writer.close()
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(CardFault("the card was pulled", gone=True))
