"""The control socket's end in the daemon: a request a line, an answer a line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from cardamom import __version__
from cardamom.control.messages import (
    MAX_LINE,
    AnyRequest,
    Cancel,
    ControlError,
    Metrics,
    Sale,
    Status,
    SupportAct,
    SupportBegin,
    Traced,
    decode,
    encode,
)
from cardamom.control.views import status_view
from cardamom.daemon import members
from cardamom.daemon.requests import DeskRequests
from cardamom.daemon.support import Caller, SupportDoor
from cardamom.duties.health import HealthWatch
from cardamom.duties.support import SupportRefused
from cardamom.faults import JournalFault
from cardamom.flows.desk import Desk, DeskRefusal
from cardamom.flows.rights import NotAllowed
from cardamom.ports import Journal
from cardamom.values.money import AmountError, parse_amount


class ControlServer:
    """Serves one Unix socket. Each connection may ask one thing after another."""

    def __init__(
        self,
        path: Path,
        desk: Desk,
        journal: Journal,
        watch: HealthWatch,
        *,
        currency: str,
        mode: str,
        metrics: Callable[[], Awaitable[str]],
        door: SupportDoor,
    ) -> None:
        self._path = path
        self._desk = desk
        self._journal = journal
        self._watch = watch
        self._currency = currency
        self._mode = mode
        self._metrics = metrics
        self._door = door
        self._requests = DeskRequests(desk, journal, currency)
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; only this user and its group may connect."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=MAX_LINE)
        self._path.chmod(0o660)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = self._door.caller(writer)
        try:
            while line := await self._line(reader):
                writer.write(encode(await self._answer(line, caller)))
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass  # whoever asked has gone: what was asked for goes on
        finally:
            writer.close()
            await caller.gone()

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readline()
        except ValueError:
            return b"."  # longer than any request: not one

    async def _answer(self, line: bytes, caller: Caller) -> dict[str, Any]:
        try:
            request = decode(line)
            caller.admit(request)
            return {"ok": True, **await self._do(request, caller)}
        except (ControlError, AmountError, DeskRefusal, NotAllowed, SupportRefused) as e:
            return {"ok": False, "error": str(e), "nothing_asked": True}
        except JournalFault as e:
            return {"ok": False, "error": str(e), "nothing_asked": False}

    async def _do(self, request: AnyRequest, caller: Caller) -> dict[str, Any]:
        if isinstance(request, members.MemberRequest):
            return await members.answer(self._desk.members, request)
        match request:
            case Status():
                return {"status": await self._status()}
            case Metrics():
                return {"metrics": await self._metrics()}
            case Sale(amount=text, currency=currency, reference=reference, passcode=passcode):
                amount = parse_amount(text, currency or self._currency)
                record = await self._desk.sale(amount, reference, passcode, online=request.online)
                return {"transaction": await self._requests.shown(record)}
            case Cancel(reference=reference):
                return {"cancelled": self._desk.cancel(reference)}
            case Traced() | SupportBegin() | SupportAct():
                return await caller.answer(request)
            case _:
                return await self._requests.answer(request)

    async def _status(self) -> dict[str, Any]:
        """Without the journal the rest is still told."""
        try:
            batch: int | None = await self._journal.batch()
            owing = await self._journal.owing()
            receipts = await self._journal.receipts_owed()
            settling = (await self._journal.book()).closing
        except JournalFault:
            batch, owing, receipts, settling = None, (), (), False
        return status_view(
            version=__version__,
            mode=self._mode,
            busy=self._desk.busy,
            batch=batch,
            parts=self._watch.parts(),
            blocking=self._watch.blocking(),
            owing=owing,
            receipts=receipts,
            alarms=self._watch.alarms(),
            settling=settling,
            support=self._door.present,
            trace_s=self._door.trace_s,
        )
