"""The acquirer on the wire: TLS with client certificates, frames, MACs, and faults on demand."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cardamom.engines.iso8583.codec import Codec, Mac, Message, MessageError
from cardamom.engines.iso8583.framing import Frames, FramingError
from cardamom.engines.keys.mac import retail_mac
from cardamom.simulator.acquirer.faults import Fault, FaultScript, Trouble
from cardamom.simulator.acquirer.host import AcquirerHost, Connection
from cardamom.story import tell


def server_context(cert_file: Path, key_file: Path, client_ca: Path) -> ssl.SSLContext:
    """TLS 1.2 or later; a terminal without a certificate of `client_ca` is turned away."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert_file, key_file)
    context.load_verify_locations(client_ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class AcquirerServer:
    """Serves terminals. `faults` decides what goes wrong with the next financial request."""

    def __init__(
        self, host: AcquirerHost, codec: Codec, context: ssl.SSLContext, faults: FaultScript
    ) -> None:
        self._host = host
        self._codec = codec
        self._context = context
        self._faults = faults
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0, address: str = "127.0.0.1") -> int:
        """Listen; the port, chosen by the system for 0."""
        self._server = await asyncio.start_server(self._serve, address, port, ssl=self._context)
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 start_server runs it as one
        self._connections.add(task)
        try:
            await self._talk(reader, writer)
        except (OSError, FramingError, asyncio.CancelledError):
            pass  # the terminal went away, or this server is closing
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames(self._codec.profile.framing)
        connection = Connection()
        while data := await reader.read(65536):
            for raw in frames.feed(data):
                if not await self._take(connection, raw, frames.wrap, writer):
                    return

    async def _take(
        self,
        connection: Connection,
        raw: bytes,
        wrap: Callable[[bytes], bytes],
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Answer one message; False when the connection is to end."""
        mac = self._mac(connection)
        try:
            question = self._codec.decode(raw, mac)
            why = self._not_for_us(question)
        except MessageError as e:
            why = str(e)
        if why is not None:
            self._host.refuse(why)
            return False
        if question.mti == "0800":
            answer, keys = self._host.network(connection, question)
            # the answer that brings new keys has no MAC under them yet
            fresh = keys is not connection.keys
            writer.write(wrap(self._codec.encode(answer, None if fresh else mac)))
            connection.keys = keys
            await writer.drain()
            return True
        fault = self._faults.next()
        if fault is not None:
            self._host.note(question, f"fault {fault.trouble}")
        if fault is not None and fault.trouble in (Trouble.SILENT_BEFORE, Trouble.CLOSE_BEFORE):
            return fault.trouble is Trouble.SILENT_BEFORE
        forced = fault.code if fault is not None and fault.trouble is Trouble.CODE else None
        answer = self._host.financial(connection, question, forced)
        tell(
            "acquirer_answers",
            stan=answer.get(11),
            code=answer.get(39),
            fault=fault and fault.trouble,
        )
        return await self._reply(answer, mac, wrap, writer, fault)

    def _not_for_us(self, question: Message) -> str | None:
        """Why a readable message cannot be answered."""
        profile = self._codec.profile
        if question.mti not in {"0800", *(kind.request for kind in profile.kinds.values())}:
            return f"{question.mti} is no request"
        missing = [n for n in profile.messages[question.mti].required if n not in question.fields]
        return f"{question.mti} lacks field {missing[0]}" if missing else None

    async def _reply(
        self,
        answer: Message,
        mac: Mac | None,
        wrap: Callable[[bytes], bytes],
        writer: asyncio.StreamWriter,
        fault: Fault | None,
    ) -> bool:
        trouble = fault.trouble if fault else None
        if trouble is Trouble.SILENT_AFTER:
            return True
        if trouble is Trouble.CLOSE_AFTER:
            return False
        if fault is not None and trouble is Trouble.DELAY:
            await asyncio.sleep(fault.seconds)
        if fault is not None:
            answer = _spoiled(answer, fault)
        frame = wrap(self._codec.encode(answer, _wrong if trouble is Trouble.WRONG_MAC else mac))
        if trouble is Trouble.GARBAGE:
            frame = wrap(b"\xff" * 40)
        if trouble is Trouble.CUT:
            frame = frame[: len(frame) // 2]
        writer.write(frame)
        await writer.drain()
        return trouble is not Trouble.CUT

    def _mac(self, connection: Connection) -> Mac | None:
        if connection.keys.mac is None:
            return None
        return partial(retail_mac, connection.keys.mac)


def _spoiled(answer: Message, fault: Fault) -> Message:
    fields = dict(answer.fields)
    if fault.trouble is Trouble.WRONG_STAN:
        fields[11] = f"{(int(fields[11]) + 1) % 1_000_000:06d}"
    elif fault.trouble is Trouble.WRONG_AMOUNT:
        fields[4] = f"{int(fields[4]) + 100:012d}"
    return Message(answer.mti, fields)


def _wrong(_covered: bytes) -> bytes:
    return bytes(8)
