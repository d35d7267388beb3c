"""A receipt printer over python-escpos: USB, serial or network."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any, Final

from cardamom import escpos_library
from cardamom.devices.paper_status import (
    ASK_PRINTED,
    ASK_STATUS,
    health_of,
    printed,
    status_bytes,
)
from cardamom.faults import DeviceFault
from cardamom.values.health import Condition, Health, Part
from cardamom.worker import StuckError, Worker

OPEN_S: Final = 3.0
SEND_S: Final = 20.0
"""For one slip to be taken by a printer whose buffer is full."""
ANSWER_S: Final = 0.3
"""For each read; a serial read takes all of it."""
CHECK_DEADLINE_S: Final = 8.0
WRITE_DEADLINE_S: Final = 45.0
_READS: Final = 4
_PRINTER_CLASS: Final = 7
"""USB base class of printers."""
_PRINT_READS: Final = 15
_SILENT_READS: Final = 3

Opener = Callable[[], Any]
"""Makes a connected printer of python-escpos; runs in the worker."""


class EscposPaper:
    """ports.Paper. One thread owns the library; a printer switched off and on is opened anew."""

    def __init__(self, name: str, opener: Opener, *, check_s: float = CHECK_DEADLINE_S) -> None:
        self.name = name
        self._opener = opener
        self._check_s = check_s
        self._worker = Worker("paper")
        self._lock = asyncio.Lock()
        self._writing = False
        self._printer: Any = None
        self._confirms = True
        """Whether it answers GS r; one that does not is asked once a connection."""
        self._health = self._report(Condition.CONNECTING, "not looked at yet")

    def state(self) -> Health:
        return self._health

    async def check(self) -> Health:
        if self._writing:  # a look would queue behind the slip, and seem to hang
            return self._health
        async with self._lock:
            try:
                self._health = await self._call(self._check, self._check_s)
            except DeviceFault as fault:
                self._health = self._report(Condition.FAULT, str(fault))
            return self._health

    async def write(self, data: bytes) -> None:
        """Returns once the printer has printed `data`, or where it cannot tell, taken it."""
        async with self._lock:
            self._writing = True
            try:
                await self._call(self._write, WRITE_DEADLINE_S, data)
            except DeviceFault:
                if self._health.usable:
                    self._health = self._report(Condition.FAULT, "the last slip did not go through")
                raise
            finally:
                self._writing = False

    async def close(self) -> None:
        with contextlib.suppress(StuckError):
            await self._worker.call(self._drop, deadline_s=OPEN_S)
        self._worker.close(0)

    async def _call(self, work: Callable[..., Any], deadline_s: float, *args: Any) -> Any:
        if self._worker.stuck:
            self._worker = Worker("paper")
            self._printer = None
        try:
            return await self._worker.call(work, *args, deadline_s=deadline_s)
        except StuckError:
            raise DeviceFault("the printer hangs: switch it off and on") from None

    def _check(self) -> Health:
        """In the worker."""
        fresh = self._printer is None
        try:
            health = self._ask()
        except Exception as e:  # noqa: BLE001 three transports, each with faults of its own
            self._drop()
            if not fresh:  # it may have been off and on again
                return self._check()
            return self._report(Condition.ABSENT, _unreached(e))
        if health.condition is Condition.ABSENT:
            self._drop()
        return health

    def _ask(self) -> Health:
        return health_of(status_bytes(self._heard_status(self._open())), self.name)

    def _heard_status(self, printer: Any) -> bytes:
        """All that came until the three status bytes were there, or nothing more came."""
        self._send(printer, ASK_STATUS)
        heard = b""
        for _ in range(_READS):
            more = self._hear(printer)
            heard += more
            if not more or len(status_bytes(heard)) >= 3:
                break
        return heard

    def _write(self, data: bytes) -> None:
        """In the worker."""
        try:
            printer = self._open()
            self._send(printer, data)
            if self._confirms:
                self._wait_printed(printer)
        except DeviceFault:
            self._drop()
            raise
        except Exception as e:  # noqa: BLE001 three transports, each with faults of its own
            self._drop()
            raise DeviceFault(f"the printer is {_unreached(e)}") from None

    def _wait_printed(self, printer: Any) -> None:
        """GS r is answered in its turn, after all before it is on paper; DLE EOT at once."""
        self._send(printer, ASK_PRINTED)
        health = self._health
        silent = 0
        for _ in range(_PRINT_READS):
            heard = self._hear(printer)
            if not printed(heard):
                heard += self._heard_status(printer)
            if printed(heard):
                return
            health = health_of(status_bytes(heard), self.name)
            silent = silent + 1 if health.condition is Condition.ABSENT else 0
            if silent == _SILENT_READS or not (silent or health.usable):
                break
        if not health.usable:
            self._health = health
            raise DeviceFault(f"the printer stopped in the slip: {health.detail}")
        self._confirms = False

    def _open(self) -> Any:
        if self._printer is None:
            self._printer = self._opener()
            self._confirms = True
        return self._printer

    def _drop(self) -> None:
        printer, self._printer = self._printer, None
        if printer is not None:
            with contextlib.suppress(Exception):
                printer.close()

    @staticmethod
    def _send(printer: Any, data: bytes) -> None:
        if isinstance(printer.device, socket.socket):
            printer.device.settimeout(SEND_S)
        # the library's public calls are for making ESC/POS, not for sending what is made
        printer._raw(data)  # noqa: SLF001

    @staticmethod
    def _hear(printer: Any) -> bytes:
        """What came within ANSWER_S. Raises ConnectionError where the line was closed."""
        if isinstance(printer.device, socket.socket):
            printer.device.settimeout(ANSWER_S)
        try:
            heard = bytes(printer._read())  # noqa: SLF001
        except TimeoutError:
            return b""
        except OSError as e:
            if type(e).__name__ == "USBTimeoutError":
                return b""
            raise
        if not heard and isinstance(printer.device, socket.socket):
            raise ConnectionResetError
        return heard

    def _report(self, condition: Condition, detail: str) -> Health:
        return Health(part=Part.PRINTER, condition=condition, detail=detail, name=self.name)


class NoPaper:
    """The printer of a terminal that has none: slips stay owed."""

    def state(self) -> Health:
        return Health(
            part=Part.PRINTER, condition=Condition.ABSENT, detail="no printer is configured"
        )

    async def check(self) -> Health:
        return self.state()

    async def write(self, data: bytes) -> None:  # noqa: ARG002 a port's method
        raise DeviceFault("no printer is configured")

    async def close(self) -> None:
        return


def network_paper(host: str, port: int) -> EscposPaper:
    """A printer on TCP, port 9100 as a rule."""

    def opener() -> Any:
        printer = escpos_library.load("printer.network").Network(host, port)
        # its own open() knows IPv4 alone and drops a socket that did not connect
        printer.device = socket.create_connection((host, port), OPEN_S)
        return printer

    return EscposPaper(f"{host}:{port}", opener)


def serial_paper(device: str, baud: int) -> EscposPaper:
    """A printer on a serial line, 8N1."""

    def opener() -> Any:
        printer = escpos_library.load("printer.serial").Serial(
            device, baudrate=baud, timeout=ANSWER_S, dsrdtr=False
        )
        printer.open()
        printer.device.write_timeout = SEND_S
        return printer

    return EscposPaper(device, opener)


def usb_paper(usb_id: str) -> EscposPaper:
    """A printer of USB class 7 by `vendor:product` in hex."""
    vendor, product = (int(part, 16) for part in usb_id.split(":"))

    def opener() -> Any:
        library = escpos_library.load("printer.usb")
        endpoints = _endpoints(vendor, product)
        printer = library.Usb(vendor, product, timeout=int(SEND_S * 1000), **endpoints)
        printer.open()
        printer.device.default_timeout = int(ANSWER_S * 1000)
        return printer

    return EscposPaper(usb_id, opener)


def _endpoints(vendor: int, product: int) -> dict[str, int]:
    """Bulk endpoints of the printer interface: they differ from maker to maker."""
    import usb.core

    device = usb.core.find(idVendor=vendor, idProduct=product)
    for configuration in device or ():
        for interface in configuration:
            bulk = [e.bEndpointAddress for e in interface if e.bmAttributes & 3 == 2]
            found = {("in_ep" if end & 0x80 else "out_ep"): end for end in reversed(bulk)}
            if interface.bInterfaceClass == _PRINTER_CLASS and len(found) == 2:
                return found
    return {}


def _unreached(error: Exception) -> str:
    return f"not reached ({type(error).__name__}): check power and cable"
