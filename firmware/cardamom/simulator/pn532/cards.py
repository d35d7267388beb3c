"""Virtual cards in the field: each connection to a TCP port is one, in vpcd's protocol.

One port is for cards of type A, one for type B: the protocol has no word for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Final

from cardamom.faults import CardFault, DeviceFault
from cardamom.simulator.card.vpcd import Control
from cardamom.simulator.pn532.picc import Gone, Manner, Picc
from cardamom.simulator.pn532.radio import Radio
from cardamom.simulator.reader import InProcessCard
from cardamom.simulator.slot import Slot
from cardamom.values.contactless import Tech

ATR_DEADLINE_S: Final = 2.0
COMMAND_DEADLINE_S: Final = 10.0
RANDOM_UID: Final = b"\x08"
"""First byte of a UID that is made anew each time (ISO/IEC 14443-3, 6.5.4)."""


class CardPorts:
    """Listens in a thread of its own. `manner`: how each new card behaves. `arrived` is called with
    each before it is in the field."""

    def __init__(
        self,
        radio: Radio,
        *,
        host: str = "127.0.0.1",
        ports: tuple[int, int] = (0, 0),
        manner: Callable[[], Manner] = Manner,
        arrived: Callable[[Picc], None] = lambda _: None,
    ) -> None:
        self.ports = ports
        self._host = host
        self._radio = radio
        self._manner = manner
        self._arrived = arrived
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="pn532-cards", daemon=True
        )
        self._servers: list[asyncio.Server] = []
        self._slots: set[Slot] = set()

    def open(self) -> tuple[int, int]:
        """The ports, of type A and of type B. Raises DeviceFault when one is taken."""
        self._thread.start()
        opened = asyncio.run_coroutine_threadsafe(self._open(), self._loop)
        try:
            self.ports = opened.result()
        except OSError as e:
            self.close()
            raise DeviceFault(
                f"ports {self.ports} cannot be listened on ({type(e).__name__})"
            ) from None
        return self.ports

    def close(self) -> None:
        """Lets every card go."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _open(self) -> tuple[int, int]:
        for tech, port in zip((Tech.A, Tech.B), self.ports, strict=True):

            async def serve(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tech: Tech = tech
            ) -> None:
                await self._card(tech, reader, writer)

            self._servers.append(await asyncio.start_server(serve, self._host, port))
        one, other = (server.sockets[0].getsockname()[1] for server in self._servers)
        return one, other

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for slot in list(self._slots):
            slot.leave()
        await asyncio.gather(
            *asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True
        )

    async def _card(
        self, tech: Tech, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        slot = Slot(writer)
        self._slots.add(slot)
        serving = asyncio.create_task(slot.serve(reader))
        picc: Picc | None = None
        try:
            slot.send(bytes((Control.ON,)))
            atr = await slot.ask(bytes((Control.ATR,)), ATR_DEADLINE_S)
            picc = _Virtual(slot, atr, self._loop).picc(tech, self._manner())
            self._arrived(picc)
            self._radio.put(picc)
            await serving
        except CardFault:
            pass
        finally:
            serving.cancel()
            slot.leave()
            self._slots.discard(slot)
            if picc is not None:
                await asyncio.to_thread(self._radio.take, picc)


class _Virtual:
    """A card behind its connection, seen from the chip's thread."""

    def __init__(self, slot: Slot, atr: bytes, loop: asyncio.AbstractEventLoop) -> None:
        self._slot = slot
        self._card = InProcessCard(slot, atr, COMMAND_DEADLINE_S)
        self._loop = loop
        self._powered = True

    def picc(self, tech: Tech, manner: Manner) -> Picc:
        uid = RANDOM_UID + secrets.token_bytes(3) if tech is Tech.A else secrets.token_bytes(4)
        return Picc(tech, uid, self.apdu, manner, self.reset)

    def apdu(self, command: bytes) -> bytes:
        asking = self._ask(command)
        try:
            return asyncio.run_coroutine_threadsafe(asking, self._loop).result()
        except (CardFault, CancelledError):
            raise Gone from None
        except RuntimeError:  # the loop has closed
            asking.close()
            raise Gone from None

    async def _ask(self, command: bytes) -> bytes:
        if not self._powered:
            self._slot.send(bytes((Control.ON,)))
            self._powered = True
        reply = await self._card.transmit(command)
        return reply.data + reply.sw.to_bytes(2)

    def reset(self) -> None:
        """The field is gone, and with it the card's power."""
        with contextlib.suppress(RuntimeError):  # the loop has closed
            self._loop.call_soon_threadsafe(self._off)

    def _off(self) -> None:
        if self._powered and not self._slot.gone.is_set():
            self._slot.send(bytes((Control.OFF,)))
        self._powered = False
