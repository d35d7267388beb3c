"""The PC/SC reader on a real pcscd with the virtual reader, and the card simulator in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cardamom.devices.pcsc import PcscReader
from cardamom.faults import CardFault
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.simulator.card.upset import Upset, parse_upset
from cardamom.simulator.card.vpcd import insert
from cardamom.values.health import Condition
from support.cards import OPTIONS
from support.pcscd import Pcscd

pytestmark = pytest.mark.pcsc

SELECT = bytes.fromhex("00A4040006F0000000012300")
SELECT_DEBIT = bytes.fromhex("00A4040007F000000123450100")
GPO = bytes.fromhex("80A8000005") + OPTIONS + b"\x00"
CERTIFICATE = bytes.fromhex("00B2011C00")
CYCLES = 30


def with_reader(work: Callable[[PcscReader], Awaitable[None]], deadline_s: float = 5.0) -> None:
    async def run() -> None:
        reader = PcscReader("Virtual PCD 00 00", transmit_deadline_s=deadline_s)
        try:
            assert (await reader.check()).usable
            await work(reader)
        finally:
            await reader.close()

    asyncio.run(run())


def put_in(card: Card, *upsets: Upset) -> asyncio.Task[None]:
    return asyncio.create_task(insert(card, upsets=upsets))


async def pull(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("profile", ["debit", "sda"])
def test_a_card_reads_as_in_process(pcscd: Pcscd, profile: str) -> None:  # noqa: ARG001
    async def work(reader: PcscReader) -> None:
        beside = Card(load_profile(profile))
        beside.power_on()
        task = put_in(Card(load_profile(profile)))
        card = await reader.inserted()
        assert card.atr == beside.atr
        for command in (SELECT_DEBIT, GPO, CERTIFICATE, SELECT):
            reply = await card.transmit(command)
            assert reply.data + reply.sw.to_bytes(2) == beside.process(command)
        await card.close()
        await pull(task)
        await card.removed()

    with_reader(work)


@pytest.mark.parametrize(
    ("upset", "gone", "said"),
    [
        ("remove@2", True, "pulled"),
        ("cut@2", False, "garbage"),
        ("mute@2", False, "did not answer"),
    ],
)
def test_upsets(pcscd: Pcscd, upset: str, gone: bool, said: str) -> None:  # noqa: ARG001
    async def work(reader: PcscReader) -> None:
        task = put_in(Card(load_profile("debit")), parse_upset(upset))
        card = await reader.inserted()
        assert (await card.transmit(SELECT_DEBIT)).sw == 0x9000
        with pytest.raises(CardFault, match=said) as caught:
            await card.transmit(GPO)
        assert caught.value.gone is gone
        await card.close()
        await pull(task)
        await card.removed()
        assert (await reader.check()).usable

    with_reader(work, deadline_s=1.0)


def test_insertion_and_removal_again_and_again(pcscd: Pcscd) -> None:  # noqa: ARG001
    """None is missed, nothing leaks."""

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    async def work(reader: PcscReader) -> None:
        card = Card(load_profile("debit"))
        before = 0
        for _ in range(CYCLES):
            task = put_in(card)
            seen = await reader.inserted()
            assert (await seen.transmit(SELECT_DEBIT)).sw == 0x9000
            assert (await seen.transmit(GPO)).sw == 0x9000
            await seen.close()
            await pull(task)
            await seen.removed()
            before = before or open_files()
        assert open_files() <= before
        assert card.applications[0].memory.atc == CYCLES

    with_reader(work)


def test_a_restart_of_pcscd(pcscd: Pcscd) -> None:
    if not pcscd.ours:
        pytest.skip("pcscd was already running and is not this session's to stop")

    async def work(reader: PcscReader) -> None:
        pcscd.stop()
        health = await reader.check()
        assert health.condition is Condition.ABSENT
        assert health.detail.startswith("pcscd is not running")
        pcscd.start()
        deadline = time.monotonic() + 5
        while not (await reader.check()).usable:
            assert time.monotonic() < deadline
            await asyncio.to_thread(time.sleep, 0.1)
        task = put_in(Card(load_profile("debit")))
        card = await reader.inserted()
        assert (await card.transmit(SELECT_DEBIT)).sw == 0x9000
        await card.close()
        await pull(task)
        await card.removed()

    with_reader(work)
