"""The in-process reader and the card on vpcd's wire, over a real socket."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import structs

from cardamom.faults import CardFault, DeviceFault
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile, names
from cardamom.simulator.card.upset import Kind, Upset, UpsetError, parse_upset
from cardamom.simulator.card.vpcd import insert
from cardamom.simulator.reader import InProcessReader
from cardamom.values.health import Condition
from support.cards import OPTIONS

SELECT = bytes.fromhex("00A4040006F0000000012300")
SELECT_DEBIT = bytes.fromhex("00A4040007F000000123450100")
GPO = bytes.fromhex("80A8000005") + OPTIONS + b"\x00"
READ = bytes.fromhex("00B2011400")
CERTIFICATE = bytes.fromhex("00B2011C00")


def with_reader(work: Callable[[InProcessReader], Awaitable[None]], **settings: float) -> None:
    async def run() -> None:
        reader = InProcessReader(**settings)  # type: ignore[arg-type]
        await reader.open()
        try:
            await work(reader)
        finally:
            await reader.close()

    asyncio.run(run())


def put_in(reader: InProcessReader, profile: str, *upsets: Upset) -> asyncio.Task[None]:
    card = Card(load_profile(profile))
    return asyncio.create_task(insert(card, port=reader.port, upsets=upsets))


async def pull(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("profile", [n for n in names() if n not in ("blocked", "no-cvm")])
def test_a_card_reads_the_same_over_the_wire_and_in_process(profile: str) -> None:
    """With T=0 through 61xx and 6Cxx, with T=1 straight."""

    async def work(reader: InProcessReader) -> None:
        beside = Card(load_profile(profile))
        beside.power_on()
        aid = beside.applications[0].on_card.aid
        select = b"\x00\xa4\x04\x00" + bytes((len(aid),)) + aid + b"\x00"
        task = put_in(reader, profile)
        card = await reader.inserted()
        assert card.atr == beside.atr
        for command in (select, GPO, READ, CERTIFICATE, SELECT):
            reply = await card.transmit(command)
            expected = beside.process(command)
            assert reply.data + reply.sw.to_bytes(2) == expected
            assert reply.took_us > 0
        await pull(task)
        await card.removed()

    with_reader(work)


def test_a_warning_comes_with_its_data_over_t0() -> None:
    async def work(reader: InProcessReader) -> None:
        profile = structs.replace(load_profile("blocked"), protocol="T=0")
        task = asyncio.create_task(insert(Card(profile), port=reader.port))
        card = await reader.inserted()
        reply = await card.transmit(SELECT_DEBIT)
        assert reply.sw == 0x6283
        assert reply.data[:1] == b"\x6f"
        await pull(task)

    with_reader(work)


@pytest.mark.parametrize(
    ("upset", "gone", "said"),
    [
        ("remove@2", True, "the card was pulled"),
        ("cut@2", False, "the card answers garbage"),
        ("mute@2", False, "the card did not answer within 0.05 s"),
    ],
)
def test_upsets(upset: str, gone: bool, said: str) -> None:
    async def work(reader: InProcessReader) -> None:
        task = put_in(reader, "debit", parse_upset(upset))
        card = await reader.inserted()
        assert (await card.transmit(SELECT_DEBIT)).sw == 0x9000
        with pytest.raises(CardFault, match=said) as caught:
            await card.transmit(GPO)
        assert caught.value.gone is gone
        await card.close()
        await pull(task)
        await card.removed()
        assert (await reader.check()).usable

    with_reader(work, transmit_deadline_s=0.05)


def test_garbage_is_passed_on() -> None:
    async def work(reader: InProcessReader) -> None:
        task = put_in(reader, "debit", Upset(Kind.GARBAGE, 1))
        card = await reader.inserted()
        reply = await card.transmit(SELECT_DEBIT)
        assert (reply.data, reply.sw) == (bytes.fromhex("FF4A7E"), 0xBAD0)
        await pull(task)

    with_reader(work)


def test_a_late_answer_is_not_taken_for_the_next() -> None:
    async def work(reader: InProcessReader) -> None:
        task = put_in(reader, "debit", Upset(Kind.DELAY, 1, 0.2))
        card = await reader.inserted()
        with pytest.raises(CardFault, match="did not answer"):
            await card.transmit(SELECT_DEBIT)
        card._deadline_s = 2.0
        reply = await card.transmit(READ)
        assert reply.sw == 0x6985, "what READ RECORD says before options were asked for"
        await pull(task)

    with_reader(work, transmit_deadline_s=0.05)


def test_a_pulled_card_ends_every_call() -> None:
    async def work(reader: InProcessReader) -> None:
        task = put_in(reader, "debit")
        card = await reader.inserted()
        await pull(task)
        await card.removed()
        with pytest.raises(CardFault) as caught:
            await card.transmit(SELECT_DEBIT)
        assert caught.value.gone
        await card.close()

    with_reader(work)


def test_a_card_taken_out_by_its_event() -> None:
    async def work(reader: InProcessReader) -> None:
        removal = asyncio.Event()
        card = Card(load_profile("debit"))
        task = asyncio.create_task(insert(card, port=reader.port, removal=removal))
        seen = await reader.inserted()
        removal.set()
        await task
        await seen.removed()
        assert not card.powered

    with_reader(work)


def test_a_cancelled_wait_leaves_the_reader_usable() -> None:
    async def work(reader: InProcessReader) -> None:
        waiting = asyncio.create_task(reader.inserted())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        task = put_in(reader, "debit")
        card = await reader.inserted()
        assert (await card.transmit(SELECT_DEBIT)).sw == 0x9000
        await pull(task)

    with_reader(work)


def test_no_reader_there() -> None:
    async def run() -> None:
        reader = InProcessReader()
        port = await reader.open()
        await reader.close()
        with pytest.raises(DeviceFault, match=f"no virtual reader at 127.0.0.1:{port}"):
            await insert(Card(load_profile("debit")), port=port)
        assert reader.state().condition is Condition.ABSENT

    asyncio.run(run())


def test_the_reader_that_closes_ends_the_card() -> None:
    async def run() -> None:
        reader = InProcessReader()
        await reader.open()
        task = put_in(reader, "debit")
        card = await reader.inserted()
        await reader.close()
        with pytest.raises(DeviceFault, match="the virtual reader has gone"):
            await task
        await card.removed()

    asyncio.run(run())


def test_a_taken_port() -> None:
    async def run() -> None:
        first = InProcessReader()
        second = InProcessReader(await first.open())
        health = await second.check()
        assert health.condition is Condition.FAULT
        assert "cannot be listened on" in health.detail
        with pytest.raises(DeviceFault):
            await second.inserted()
        await first.close()
        assert (await second.check()).usable, "it comes back by itself"
        await second.close()

    asyncio.run(run())


def test_a_hundred_insertions_leak_nothing() -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    async def work(reader: InProcessReader) -> None:
        card = Card(load_profile("debit"))
        before = 0
        for _ in range(100):
            task = asyncio.create_task(insert(card, port=reader.port))
            seen = await reader.inserted()
            assert (await seen.transmit(SELECT_DEBIT)).sw == 0x9000
            assert (await seen.transmit(GPO)).sw == 0x9000
            await seen.close()
            await pull(task)
            await seen.removed()
            before = before or open_files()
        assert open_files() <= before
        assert card.applications[0].memory.atc == 100

    with_reader(work)


@pytest.mark.parametrize("text", ["", "remove", "remove@0", "burn@1", "delay@1", "mute@2:3"])
def test_upsets_that_are_none(text: str) -> None:
    with pytest.raises(UpsetError, match="as remove@5"):
        parse_upset(text)


def test_upsets_in_words() -> None:
    assert parse_upset("delay@2:1.5") == Upset(Kind.DELAY, 2, 1.5)
    assert parse_upset("lost@10") == Upset(Kind.LOST, 10)
    assert parse_upset("remove@12") == Upset(Kind.REMOVE, 12)


def test_a_worn_card_by_command() -> None:
    async def work(reader: InProcessReader) -> None:
        words = ("simulate", "card", "debit", "--port", str(reader.port), "--upset", "remove@2")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cardamom.cli.main", *words, stdout=subprocess.DEVNULL
        )
        card = await reader.inserted()
        assert (await card.transmit(SELECT_DEBIT)).ok
        with pytest.raises(CardFault) as caught:
            await card.transmit(GPO)
        assert caught.value.gone
        assert await process.wait() == 0, "the card is out: the command is done"

    with_reader(work)
