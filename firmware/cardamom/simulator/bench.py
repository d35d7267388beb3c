"""The desk's hand on a simulated terminal: presses keys, photographs the panel, over a Unix socket.

A JSON object a line: `{"op": "press", "keys": ["1", "enter"]}`, `{"op": "screen"}` for the name of
what is shown, `{"op": "picture", "file": "..."}` for a PNG of exactly what the panel shows,
`{"op": "lid", "open": true}` to lift the lid.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardamom.simulator.lid import SimulatedLid
from cardamom.simulator.pad import SimulatedPad
from cardamom.simulator.panel import PanelSpi
from cardamom.values.keys import Key
from cardamom.values.screens import Screen

if TYPE_CHECKING:
    from PIL.Image import Image

KEPT = 32
"""Pictures that were drawn but not yet shown; some never are, a newer one took their place."""


class Album:
    """A picture of each screen that was shown, numbered, in a folder."""

    def __init__(self, folder: Path | None, spi: PanelSpi) -> None:
        self._folder = folder
        self._spi = spi
        self._lock = threading.Lock()
        self._names: dict[int, str] = {}
        self._last = ""
        self._count = 0
        self.screen = ""
        """The name of the screen that the panel shows."""

    def drew(self, image: Image, screen: Screen) -> None:
        """The display made this picture of this screen."""
        with self._lock:
            self._names.pop(id(image), None)  # a new picture may stand where an old one stood
            self._names[id(image)] = type(screen).__name__
            while len(self._names) > KEPT:
                del self._names[next(iter(self._names))]

    def shown(self, image: Image) -> None:
        """The panel has taken it: keep a picture of what it shows now, the last of each screen."""
        with self._lock:
            name = self._names.pop(id(image), self._last)
        self.screen = name
        if self._folder is None:
            return
        if name != self._last:
            self._last = name
            self._count += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        self._spi.picture().save(self._folder / f"{self._count:02d}-{name}.png")


class Bench:
    """Serves one Unix socket."""

    def __init__(
        self,
        path: Path,
        pad: SimulatedPad | None,
        spi: PanelSpi,
        album: Album,
        lid: SimulatedLid | None = None,
    ) -> None:
        self._path = path
        self._lid = lid
        self._pad = pad
        self._spi = spi
        self._album = album
        self._server: asyncio.Server | None = None
        self._hands: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self._server = await asyncio.start_unix_server(self._serve, str(self._path))

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            if self._hands:  # a press is answered before its terminal goes
                await asyncio.wait(self._hands, timeout=1)
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hand = asyncio.current_task()
        assert hand is not None  # noqa: S101 a coroutine runs in a task
        self._hands.add(hand)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._do(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._hands.discard(hand)
            writer.close()

    async def _do(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            match request["op"]:
                case "press" if self._pad is not None:
                    for key in [Key(k) for k in request["keys"]]:
                        await asyncio.to_thread(self._pad.press, key)
                    return {"ok": True}
                case "lid" if self._lid is not None:
                    self._lid.move(is_open=bool(request["open"]))
                    return {"ok": True}
                case "screen":
                    return {"ok": True, "screen": self._album.screen}
                case "picture":
                    picture = self._spi.picture()
                    await asyncio.to_thread(picture.save, request["file"], "PNG")
                    return {"ok": True}
        except (ValueError, KeyError, TypeError, OSError) as e:
            return {"ok": False, "error": f"{type(e).__name__}: {e}"}
        return {"ok": False, "error": "there is no such operation here"}
