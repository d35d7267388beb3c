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
from cardamom.simulator.slot import Slot
from cardamom.values.health import Condition, Health, Part

RESET_DEADLINE_S = 2.0
NAME = "in-process reader"


class InProcessReader:
    """ports.CardReader on a TCP port of this machine. `port` 0 takes a free one; `open()` says
    which. `wanted`: as reader.name; another than its own name makes it the wrong reader."""

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        transmit_deadline_s: float = 10.0,
        wanted: str = "",
    ) -> None:
        self._wanted = wanted
        self.port = port
        self._host = host
        self._deadline_s = transmit_deadline_s
        self._server: asyncio.Server | None = None
        self._slots: deque[Slot] = deque()
        self._arrived = asyncio.Event()
        self._health = self._say(Condition.ABSENT, "the in-process reader is not open yet")

    async def open(self) -> int:
        """Listens; the port. Raises DeviceFault when the port is taken."""
        if self._wanted.lower() not in NAME.lower():
            detail = f"no card reader is named {self._wanted!r}; there are: {NAME}"
            self._health = Health(
                part=Part.READER,
                condition=Condition.OTHER,
                detail=detail,
                name=self._wanted,
                found=NAME,
            )
            raise DeviceFault(detail)
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
        slot = Slot(writer)
        self._slots.append(slot)
        self._arrived.set()
        try:
            await slot.serve(reader)
        finally:
            self._slots.remove(slot)
            slot.leave()

    def _say(self, condition: Condition, detail: str) -> Health:
        name = f"in-process reader {self._host}:{self.port}"
        return Health(part=Part.READER, condition=condition, detail=detail, name=name)


class InProcessCard:
    """ports.Card over one connection."""

    def __init__(self, slot: Slot, atr: bytes, deadline_s: float) -> None:
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
