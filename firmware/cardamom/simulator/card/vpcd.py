"""The card in a virtual reader: a TCP client of vsmartcard's vpcd.

A message is a 2-byte big-endian length and a body; a body of one byte is control: 0 power off,
1 power on, 2 reset, 4 send the ATR. Only the ATR and command APDUs are answered. Nagle's algorithm
and delayed acknowledgements together would cost 40 ms an APDU, hence the socket options.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from cardamom.faults import DeviceFault
from cardamom.simulator.card.upset import GARBAGE, Kind, Upset, upset_at
from cardamom.simulator.card.wire import AnyCard, Wire

PORT: Final = 35963


class Control(IntEnum):
    OFF = 0
    ON = 1
    RESET = 2
    ATR = 4


async def insert(
    card: AnyCard,
    host: str = "127.0.0.1",
    port: int = PORT,
    *,
    upsets: Sequence[Upset] = (),
    removal: asyncio.Event | None = None,
) -> None:
    """Puts the card into the reader at `host`:`port` and leaves it there until cancelled, until
    `removal` is set, or until an upset pulls it. Raises DeviceFault when the reader is not there
    or goes away."""
    loop = asyncio.get_running_loop()
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await loop.sock_connect(sock, (host, port))
        except OSError as e:
            raise DeviceFault(f"no virtual reader at {host}:{port} ({type(e).__name__})") from None
        serving = asyncio.create_task(_Slot(Wire(card), sock, upsets).serve())
        waiting = asyncio.create_task((removal or asyncio.Event()).wait())
        try:
            await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
        finally:
            for task in (serving, waiting):
                task.cancel()
            await asyncio.gather(serving, waiting, return_exceptions=True)
    finally:
        card.power_off()
        sock.close()


class _Slot:
    def __init__(self, wire: Wire, sock: socket.socket, upsets: Sequence[Upset]) -> None:
        self._wire = wire
        self._sock = sock
        self._upsets = upsets
        self._buffer = b""
        self._count = 0
        self._mute = False

    async def serve(self) -> None:
        """Returns when an upset pulls the card."""
        with contextlib.suppress(_PulledError):
            while True:
                size = int.from_bytes(await self._read(2))
                await self._message(await self._read(size))

    async def _message(self, body: bytes) -> None:
        if self._mute:
            return
        if len(body) != 1:
            await self._command(body)
            return
        match body[0]:
            case Control.OFF:
                self._wire.power_off()
            case Control.ON:
                self._wire.power_on()
            case Control.RESET:
                self._wire.reset()
            case Control.ATR:
                await self._send(self._wire.card.atr)

    async def _command(self, body: bytes) -> None:
        self._count += 1
        upset = upset_at(self._upsets, self._count)
        match upset.kind if upset else None:
            case Kind.REMOVE:
                raise _PulledError
            case Kind.LOST:
                self._wire.answer(body)
                raise _PulledError
            case Kind.GARBAGE:
                await self._send(GARBAGE)
            case Kind.CUT:
                await self._send(GARBAGE[:1])
            case Kind.MUTE:
                self._mute = True
            case _:
                if upset:
                    await asyncio.sleep(upset.seconds)
                await self._send(self._wire.answer(body))

    async def _send(self, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._sock, len(body).to_bytes(2) + body)
        except OSError:
            raise DeviceFault("the virtual reader has gone") from None

    async def _read(self, size: int) -> bytes:
        loop = asyncio.get_running_loop()
        while len(self._buffer) < size:
            self._quick_ack()
            try:
                more = await loop.sock_recv(self._sock, 4096)
            except OSError:
                more = b""
            if not more:
                raise DeviceFault("the virtual reader has gone")
            self._quick_ack()
            self._buffer += more
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return body

    def _quick_ack(self) -> None:
        """The kernel forgets this option, so it is set around every receive."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


class _PulledError(Exception):
    """An upset pulls the card."""
