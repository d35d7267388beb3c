"""The acquirer on the wire: TLS with client certificates, frames, MACs, and faults on demand."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from pathlib import Path

from cardamom.engines.iso8583.codec import BadMacError, Codec, Mac, MessageError
from cardamom.engines.iso8583.framing import Frames, FramingError
from cardamom.engines.keys.working import WorkingKeys
from cardamom.simulator.acquirer.faults import BEFORE, SAMPLE, Fault, FaultScript, Trouble
from cardamom.simulator.acquirer.host import AcquirerHost
from cardamom.simulator.acquirer.line import CLOSE_S, TlsLine, spoiled, wrong_mac
from cardamom.simulator.acquirer.reading import Asked, Role
from cardamom.story import tell


def server_context(cert_file: Path, key_file: Path, client_ca: Path) -> ssl.SSLContext:
    """TLS 1.2 or later; a terminal without a certificate of `client_ca` is turned away."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert_file, key_file)
    context.load_verify_locations(client_ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@dataclass(frozen=True, slots=True)
class _Going:
    """A message on its way through the host. `keys`: of when it came."""

    line: TlsLine
    asked: Asked
    raw: bytes
    keys: WorkingKeys | None
    fault: Fault | None


class AcquirerServer:
    """Serves terminals, whatever they send. `faults` decides what goes wrong with a message."""

    def __init__(
        self, host: AcquirerHost, codec: Codec, context: ssl.SSLContext, faults: FaultScript
    ) -> None:
        self._host = host
        self._codec = codec
        self._context = context
        self._faults = faults
        self._server: asyncio.Server | None = None
        self._address = ("127.0.0.1", 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: set[TlsLine] = set()
        self._deaf_until = 0.0
        self._overtaken: list[_Going] = []

    async def start(self, port: int = 0, address: str = "127.0.0.1") -> int:
        """Listen; the port, chosen by the system for 0."""
        self._server = await asyncio.start_server(
            self._serve,
            address,
            port,
            ssl=self._context,
            ssl_shutdown_timeout=CLOSE_S,
        )
        chosen: int = self._server.sockets[0].getsockname()[1]
        self._address = (address, chosen)
        return chosen

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 start_server runs it as one
        frames = Frames(self._codec.profile.framing)
        line = TlsLine(writer, frames)
        self._tasks.add(task)
        self._lines.add(line)
        try:
            await self._talk(reader, line, frames)
        except (OSError, FramingError, asyncio.CancelledError):
            pass  # the terminal went away, or this server is closing
        except Exception as e:  # noqa: BLE001 nothing that a terminal sends may end the server
            tell("acquirer_failed", error=e)
        finally:
            self._tasks.discard(task)
            self._lines.discard(line)
            line.abort()

    async def _talk(self, reader: asyncio.StreamReader, line: TlsLine, frames: Frames) -> None:
        while data := await reader.read(65536):
            for raw in frames.feed(data):
                line.deaf = line.deaf or asyncio.get_running_loop().time() < self._deaf_until
                if not line.deaf and not await self._take(line, raw):
                    return

    async def _take(self, line: TlsLine, raw: bytes) -> bool:
        """Answer one message; False when the connection is over."""
        try:
            question = self._codec.decode(raw)
        except MessageError as e:
            self._host.refuse(str(e))
            return False
        asked = self._host.read(question)
        if isinstance(asked, str):
            self._host.refuse(asked)
            return False
        self._host.meet(asked, line.certificate)
        fault = self._faults.next(question.mti)
        if fault is not None:
            self._host.note(asked, f"fault {fault.trouble}")
            if fault.trouble in BEFORE:
                return await self._break(line, fault)
            if fault.trouble is Trouble.DELAY_BEFORE:
                await asyncio.sleep(fault.seconds)
        going = _Going(line, asked, raw, self._host.keys.working(question), fault)
        if fault is not None and fault.trouble is Trouble.OVERTAKEN:
            self._overtaken.append(going)
            return True
        stays = await self._answer(going)
        while self._overtaken and not asked.role.network:
            with contextlib.suppress(OSError):  # its line may be gone
                await self._answer(self._overtaken.pop(0))
        return stays

    async def _answer(self, going: _Going) -> bool:
        line, asked, fault, keys = going.line, going.asked, going.fault, going.keys
        if self._mac_holds(asked, going.raw, keys):
            forced = fault.code if fault is not None and fault.trouble is Trouble.CODE else None
            answer = self._host.answer(asked, keys, forced)
            if fault is not None and fault.trouble is Trouble.SCRIPTS:
                answer = self._host.with_scripts(asked, answer, fault.scripts or SAMPLE)
        else:
            refused = self._host.refuse_mac(asked, keys)
            if refused is None:
                return False
            answer = refused
        tell(
            "acquirer_answers",
            mti=answer.mti,
            stan=answer.get(11),
            code=answer.get(39),
            fault=fault.trouble if fault else None,
        )
        # the answer that brings new keys has no MAC under them yet
        mac = None if asked.role is Role.SIGN_ON else self._host.keys.answer_mac(keys)
        if fault is None:
            await line.send(self._codec.encode(answer, mac))
            return True
        seal: Mac | None = wrong_mac if fault.trouble is Trouble.WRONG_MAC else mac
        return await line.send_wrongly(self._codec.encode(spoiled(answer, fault), seal), fault)

    def _mac_holds(self, asked: Asked, raw: bytes, keys: WorkingKeys | None) -> bool:
        """What is about money needs one. A request of a terminal that has no keys yet may pass
        without, to be told that it is not signed on."""
        if not self._codec.profile.switches.mac or asked.role is Role.SIGN_ON:
            return True
        mac = self._host.keys.request_mac(keys)
        if mac is None:
            sealed = bool({64, 128} & asked.message.fields.keys())
            return not sealed and (asked.role.network or self._host.is_stranger(asked))
        try:
            self._codec.decode(raw, mac)
        except BadMacError:
            return False
        return True

    async def _break(self, line: TlsLine, fault: Fault) -> bool:
        """What happens in place of all else; False when the connection is over."""
        match fault.trouble:
            case Trouble.CLOSE_BEFORE:
                await line.close()
                return False
            case Trouble.HALF_OPEN:
                line.deaf = True
                self._deaf_until = asyncio.get_running_loop().time() + fault.seconds
            case Trouble.REFUSE:
                self._go_away(fault.seconds)
                return False
            case _:
                pass
        return True

    def _go_away(self, seconds: float) -> None:
        """Every connection ends with RST, and new ones are refused for a while."""
        if self._server is not None:
            self._server.close()
        for line in self._lines:
            line.reset()
        task = asyncio.create_task(self._come_back(seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        address, port = self._address
        await self.start(port, address)
