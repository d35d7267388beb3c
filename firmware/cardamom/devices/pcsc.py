"""Any PC/SC reader, through pyscard and pcscd."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from cardamom.devices.pcsc_link import SETTLE_S, Absent, Other, PcscLink, Powered, Seen
from cardamom.devices.pinpad import outcome, verify_structure
from cardamom.engines.apdu import ApduError, Reply, parse_reply
from cardamom.engines.emv.requests import PadVerified, PinRefusal
from cardamom.engines.t0 import exchange
from cardamom.faults import CardFault, DeviceFault
from cardamom.values.health import Condition, Health, Part
from cardamom.worker import StuckError, Worker

T = TypeVar("T")

SLICE_MS: Final = 200
"""One wait for the reader; between two of them other calls get their turn."""
REMOVAL_S: Final = 0.1
"""Between looks for a card's removal."""
CALL_DEADLINE_S: Final = 5.0
T0: Final = 1
"""SCARD_PROTOCOL_T0."""


class PcscReader:
    """ports.CardReader. `name`: part of the reader's name; empty takes the first.

    A call that outlives its deadline costs its thread: that one is abandoned and gives its handles
    back whenever it returns; a fresh one opens the reader. `pinpad`: offline PINs are typed on the
    reader's own keys. `scard` stands in for smartcard.scard.
    """

    def __init__(
        self,
        name: str = "",
        *,
        transmit_deadline_s: float = 10.0,
        pinpad: bool = False,
        scard: Any = None,
    ) -> None:
        self._wanted = name
        self.pinpad = pinpad
        self.typing = asyncio.Event()
        """The customer is at the reader's keys: its thread answers nobody else."""
        self._scard = scard
        self.transmit_deadline_s = transmit_deadline_s
        self._worker: Worker | None = None
        self._link = PcscLink(name, scard)
        self._health = self._say(Condition.ABSENT, "the card reader has not been looked for yet")

    def state(self) -> Health:
        return self._health

    async def check(self) -> Health:
        if self.typing.is_set():
            return self._health
        with contextlib.suppress(DeviceFault, CardFault):
            await self.call(self._link_find, CALL_DEADLINE_S)
        return self._health

    async def inserted(self) -> PcscCard:
        """See ports.CardReader."""
        await self.call(self._link_find, CALL_DEADLINE_S)
        while True:
            seen = await self.call(lambda link: link.look(SLICE_MS), CALL_DEADLINE_S)
            if seen in (Seen.CARD, Seen.MUTE):
                return await self._power()

    async def empty(self) -> None:
        """Returns once no card is in the slot. A reader that is gone holds no card either.

        Each look is short, so that a command never waits for one whose waiter has gone.
        """
        while True:
            if self.typing.is_set():
                await asyncio.sleep(REMOVAL_S)
                continue
            try:
                seen = await self.call(lambda link: link.look(0), CALL_DEADLINE_S)
            except Absent:
                return
            except DeviceFault:
                seen = None  # the next look tells
            if seen is Seen.EMPTY:
                return
            await asyncio.sleep(REMOVAL_S)

    async def close(self) -> None:
        """Gives card and context back and ends the thread."""
        worker, self._worker = self._worker, None
        if worker is not None and not worker.stuck:
            worker.post(self._link.close)
            await asyncio.to_thread(worker.close)
        self._link = PcscLink(self._wanted, self._scard)
        self._health = self._say(Condition.ABSENT, "the card reader is closed")

    async def call(self, work: Callable[[PcscLink], T], deadline_s: float) -> T:
        """Runs `work` in the reader's thread, and keeps the health."""
        if self._worker is None or self._worker.stuck:
            self._worker = Worker("pcsc")
        link = self._link

        def run() -> T:
            try:
                return work(link)
            finally:
                if link is not self._link:  # nobody waits any more
                    link.close()

        try:
            result = await self._worker.call(run, deadline_s=deadline_s)
        except StuckError:
            self._link = PcscLink(self._wanted, self._scard)
            detail = f"the card reader did not answer within {deadline_s:g} s"
            self._health = self._say(Condition.FAULT, detail)
            raise DeviceFault(detail) from None
        except Other as fault:
            self._health = self._say(Condition.OTHER, str(fault), fault.found)
            raise
        except Absent as fault:
            self._health = self._say(Condition.ABSENT, str(fault))
            raise
        except DeviceFault as fault:
            self._health = self._say(Condition.FAULT, str(fault))
            raise
        if link is self._link:
            self._health = self._say(Condition.OK, "")
        return result

    async def _power(self) -> PcscCard:
        """A cancelled wait must leave no card powered: then the thread lets it go again."""
        wanted = True

        def power(link: PcscLink) -> Powered:
            powered = link.power()
            if not wanted:
                link.unpower(powered)
            return powered

        try:
            powered = await self.call(power, CALL_DEADLINE_S)
        except asyncio.CancelledError:
            wanted = False
            raise
        return PcscCard(self, powered)

    @staticmethod
    def _link_find(link: PcscLink) -> str:
        return link.find()

    def _say(self, condition: Condition, detail: str, found: str = "") -> Health:
        name = self._link.reader or self._wanted
        return Health(part=Part.READER, condition=condition, detail=detail, name=name, found=found)


class PcscCard:
    """ports.Card."""

    def __init__(self, reader: PcscReader, powered: Powered) -> None:
        self._reader = reader
        self._powered = powered

    @property
    def atr(self) -> bytes:
        return self._powered.atr

    async def transmit(self, command: bytes) -> Reply:
        """See ports.Card. `took_us` is the time in SCardTransmit, all exchanges of T=0 together.
        A reader that hangs is a CardFault too: for this card it is over."""

        def run(link: PcscLink) -> tuple[bytes, int]:
            return _transmit(link, self._powered, command)

        try:
            raw, took_us = await self._reader.call(run, self._reader.transmit_deadline_s + SETTLE_S)
            return parse_reply(raw, took_us)
        except ApduError as e:
            raise CardFault(f"the card answers garbage: {e}") from None
        except DeviceFault as fault:
            raise CardFault(str(fault)) from None

    @property
    def pad(self) -> PcscCard | None:
        """See ports.Card."""
        return self if self._reader.pinpad else None

    async def verify(self, *, seconds: int, language: str) -> PadVerified | PinRefusal:
        """See ports.PinPad."""
        structure = verify_structure(seconds, language)
        ends = time.monotonic() + seconds
        self._reader.typing.set()
        try:
            while time.monotonic() < ends:
                sw = await self._reader.call(
                    lambda link: link.verify_pin(self._powered, structure),
                    2 * seconds + CALL_DEADLINE_S,
                )
                if sw is None:
                    return PinRefusal.PAD_FAULT
                if (said := outcome(sw)) is not None:
                    return said
        except DeviceFault as fault:
            raise CardFault(str(fault)) from None
        finally:
            self._reader.typing.clear()
        return PinRefusal.TIMEOUT

    async def removed(self) -> None:
        """See ports.Card."""
        await self._reader.empty()

    async def close(self) -> None:
        with contextlib.suppress(DeviceFault, CardFault):
            await self._reader.call(lambda link: link.unpower(self._powered), CALL_DEADLINE_S)


def _transmit(link: PcscLink, powered: Powered, command: bytes) -> tuple[bytes, int]:
    took_ns = 0

    def timed(send: bytes) -> bytes:
        nonlocal took_ns
        began = time.perf_counter_ns()
        answer = link.transmit(powered, send)
        took_ns += time.perf_counter_ns() - began
        return answer

    if powered.protocol != T0:
        return timed(command), took_ns // 1000
    steps = exchange(command)
    try:
        send = next(steps)
        while True:
            send = steps.send(timed(send))
    except StopIteration as end:
        return end.value, took_ns // 1000
