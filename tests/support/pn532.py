"""A PN532 on a desk: simulated chip and real driver, cards by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from cardamom.devices.pn532 import Pn532Reader, TapCard
from cardamom.devices.reset_line import ResetLine
from cardamom.simulator.pn532.picc import Manner, Picc
from cardamom.simulator.pn532.simulated import Conditions, SimulatedPn532
from cardamom.values.contactless import Tech

BAUD = 460800
RESET_PIN = 4
SELECT = bytes.fromhex("00A404000E325041592E5359532E444446303100")


def echo(command: bytes) -> bytes:
    """What the cards here answer."""
    return command + b"\x90\x00"


def picc(
    tech: Tech = Tech.A,
    uid: str = "08010203",
    manner: Manner | None = None,
    apdu: Callable[[bytes], bytes] = echo,
    sak: int = 0x20,
) -> Picc:
    return Picc(tech, bytes.fromhex(uid), apdu, manner or Manner(), sak=sak)


def host_frame(body: str) -> bytes:
    """A normal information frame of UM0701-02, 6.2.1.1, built by hand."""
    raw = bytes.fromhex(body)
    return b"\0\0\xff" + bytes((len(raw), -len(raw) & 0xFF)) + raw + bytes((-sum(raw) & 0xFF, 0))


Work = Callable[[SimulatedPn532, Pn532Reader], Awaitable[None]]


def with_pn532(
    work: Work,
    conditions: Conditions | None = None,
    *,
    reset: bool = True,
    rate: int = 106,
    baud: int = BAUD,
    limit_s: float = 60,
) -> None:
    """Runs `work` with a chip whose reset line is wired, or not."""

    async def run() -> None:
        with SimulatedPn532(conditions or Conditions()) as simulated:
            line = ResetLine(simulated.pins, RESET_PIN)
            pulse = line.pulse if reset else None
            reader = Pn532Reader(simulated.device, baud=baud, rate=rate, reset=pulse)
            try:
                async with asyncio.timeout(limit_s):
                    await work(simulated, reader)
            finally:
                await reader.close()

    asyncio.run(run())


def until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    """Waits for it, in a thread that may."""
    ends = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < ends, "it does not come"
        time.sleep(0.005)


async def tapped(reader: Pn532Reader) -> TapCard:
    card = await reader.presented()
    assert isinstance(card, TapCard)
    return card
