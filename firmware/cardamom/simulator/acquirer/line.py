"""One connection of a terminal, and what a fault does to the answer on it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import struct
from typing import Final

from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.framing import Frames
from cardamom.simulator.acquirer.faults import Fault, Trouble

NO_MESSAGE: Final = b"\xff" * 40
CLOSE_S: Final = 1.0
"""For the other side to take note of the end."""


class TlsLine:
    """The writing side."""

    def __init__(self, writer: asyncio.StreamWriter, frames: Frames) -> None:
        self.deaf = False
        """Nothing that comes is answered any more."""
        self._writer = writer
        self._frames = frames
        self._previous = b""
        self._kept = b""

    @property
    def certificate(self) -> str:
        """SHA-256 of the client's certificate, hex."""
        tls = self._writer.get_extra_info("ssl_object")
        shown = tls.getpeercert(binary_form=True) if tls is not None else None
        return hashlib.sha256(shown).hexdigest() if shown else ""

    async def send(self, raw: bytes) -> None:
        """A message, behind what was kept back."""
        frame = self._frames.wrap(raw)
        kept, self._kept = self._kept, b""
        self._writer.write(kept + frame)
        self._previous = frame
        await self._writer.drain()

    async def send_wrongly(self, raw: bytes, fault: Fault) -> bool:
        """The answer as the fault has it; False where the connection is over."""
        frame = self._frames.wrap(raw)
        match fault.trouble:
            case Trouble.SILENT_AFTER:
                return True
            case Trouble.KEPT:
                self._kept += frame
                return True
            case Trouble.CLOSE_AFTER:
                await self.close()
                return False
            case Trouble.NO_NOTIFY:
                self.abort()
                return False
            case Trouble.RESET:
                self.reset()
                return False
            case Trouble.CUT:
                self._writer.write(frame[: len(frame) // 2])
                await self._writer.drain()
                await self.close()
                return False
            case Trouble.DELAY:
                await asyncio.sleep(fault.seconds)
            case Trouble.SLOW:
                await self._slowly(frame, fault.seconds)
                return True
            case Trouble.DUPLICATE:
                self._writer.write(frame)
            case Trouble.PREVIOUS:
                self._writer.write(self._previous)
            case Trouble.GARBAGE:
                raw = NO_MESSAGE
            case _:
                pass  # the message itself was changed
        await self.send(raw)
        return True

    async def close(self) -> None:
        """As TLS ends: with close_notify."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                self._writer.close()
                await self._writer.wait_closed()

    def abort(self) -> None:
        """At once, without close_notify."""
        self._writer.transport.abort()

    def reset(self) -> None:
        """At once, with RST: a linger time of 0 (socket(7), SO_LINGER)."""
        line = self._writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()

    async def _slowly(self, frame: bytes, seconds: float) -> None:
        for at in range(len(frame)):
            self._writer.write(frame[at : at + 1])
            await self._writer.drain()
            await asyncio.sleep(seconds / len(frame))
        self._previous = frame


def spoiled(answer: Message, fault: Fault) -> Message:
    """The answer with what the fault changes in it."""
    fields = dict(answer.fields)
    if fault.trouble is Trouble.WRONG_STAN and 11 in fields:
        fields[11] = f"{(int(fields[11]) + 1) % 1_000_000:06d}"
    elif fault.trouble is Trouble.WRONG_AMOUNT and 4 in fields:
        fields[4] = f"{(int(fields[4]) + 100) % 10**12:012d}"
    return Message(answer.mti, fields)


def wrong_mac(_covered: bytes) -> bytes:
    return bytes(8)
