"""The printer's wires: loopback TCP or a PTY, a folder for the slips, a socket for the hand."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from cardamom.simulator.printer.printer import Printer
from cardamom.simulator.printer.roll import Slip

DOTS: Final = {58: 384, 80: 576}


class PrinterServer:
    """A running printer. `port` is its TCP port, `device` its PTY, whichever it was asked for.

    Each slip is written to `slips` as `slip-0001.png` and `.txt` when it is cut.
    """

    def __init__(self, slips: Path, *, width: int = 58) -> None:
        self.printer = Printer(DOTS[width], self._keep)
        self.slips: list[Slip] = []
        self.port: int | None = None
        self.device: str | None = None
        self._folder = slips
        self._server: asyncio.Server | None = None
        self._control: asyncio.Server | None = None
        self._lines: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._pty: tuple[int, int] | None = None

    async def listen(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Serves TCP, as port 9100 of a network printer; the port."""
        self._server = await asyncio.start_server(self._serve, host, port, start_serving=True)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    def open_pty(self) -> str:
        """Serves a serial line; the path of its device."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._pty = (ours, theirs)
        self.device = os.ttyname(theirs)
        asyncio.get_running_loop().add_reader(ours, self._read_pty)
        return self.device

    async def control(self, path: Path) -> None:
        """Serves the hand's commands, a line each, on a Unix socket."""
        await asyncio.to_thread(path.unlink, missing_ok=True)
        self._control = await asyncio.start_unix_server(self._obey, path)

    async def command(self, line: str) -> str:
        """What a hand does at the printer; switching it off also takes its network away."""
        words = line.split()
        answer = self.printer.command(line)
        if words == ["power", "off"] and self._server:
            self._server.close()
            self._server = None
            await self._hang_up()
        elif words == ["power", "on"] and self._server is None and self.port:
            await self.listen(self.port)
        return answer

    async def close(self) -> None:
        for server in (self._server, self._control):
            if server:
                server.close()
        await self._hang_up()
        if self._pty:
            asyncio.get_running_loop().remove_reader(self._pty[0])
            for fd in self._pty:
                os.close(fd)
            self._pty = None

    async def _hang_up(self) -> None:
        """Drops every line but the one whose task this is."""
        here = asyncio.current_task()
        others = {w: t for w, t in self._lines.items() if t is not None and t is not here}
        for writer in others:
            writer.transport.abort()
        await asyncio.gather(*others.values(), return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _line(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        self._lines[writer] = asyncio.current_task()
        try:
            yield
        except OSError:
            pass  # the other end went away
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            del self._lines[writer]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._line(writer):
            while data := await reader.read(4096):
                writer.write(self.printer.receive(data))
                await writer.drain()

    def _read_pty(self) -> None:
        if self._pty is None:
            return
        with contextlib.suppress(OSError):
            answer = self.printer.receive(os.read(self._pty[0], 4096))
            if answer:
                os.write(self._pty[0], answer)

    async def _obey(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._line(writer):
            while line := await reader.readline():
                answer = await self.command(line.decode("utf-8", "replace"))
                writer.write(f"{answer}\n".encode())
                await writer.drain()

    def _keep(self, slip: Slip) -> None:
        self.slips.append(slip)
        self._folder.mkdir(parents=True, exist_ok=True)
        stem = self._folder / f"slip-{len(self.slips):04}"
        slip.image.save(stem.with_suffix(".png"))
        stem.with_suffix(".txt").write_text(slip.text, "utf-8")
