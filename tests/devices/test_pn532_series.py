"""Commands that were announced: sent before they are asked for, and no further than they may be."""

from __future__ import annotations

import asyncio
import threading

import pytest

from cardamom.devices.pn532 import Pn532Reader
from cardamom.faults import CardFault
from cardamom.simulator.pn532.picc import Gone, Picc
from cardamom.simulator.pn532.simulated import SimulatedPn532
from support.pn532 import SELECT, picc, tapped, until, with_pn532

FIRST, *REST = (bytes((0x00, 0xB2, number, 0x0C, 0x00)) for number in range(1, 6))


class Records:
    """Answers a command with itself; `bad`: the one that it refuses, `gone`: at which it leaves."""

    def __init__(self, *, bad: bytes = b"", gone: bytes = b"") -> None:
        self.ran: list[bytes] = []
        self._bad, self._gone = bad, gone
        self.free = threading.Event()
        """Not set: it works on and on."""
        self.free.set()
        self.card: Picc = picc(apdu=self._answer)

    def _answer(self, command: bytes) -> bytes:
        if command == self._gone:
            raise Gone
        self.ran.append(command)
        self.free.wait()
        return b"\x6a\x83" if command == self._bad else command + b"\x90\x00"

    async def runs(self, count: int) -> None:
        """Returns once so many commands were run."""
        await asyncio.to_thread(until, lambda: len(self.ran) >= count)


def test_what_was_announced_is_sent_before_it_is_asked_for() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        records = Records()
        simulated.radio.put(records.card)
        tap = await tapped(reader)
        assert (await tap.transmit(SELECT)).data == SELECT
        tap.announce(REST)
        assert (await tap.transmit(FIRST)).data == FIRST
        await records.runs(6)
        for command in REST:
            reply = await tap.transmit(command)
            assert (reply.data, reply.sw) == (command, 0x9000)
        assert records.ran == [SELECT, FIRST, *REST]
        assert (await tap.transmit(FIRST)).data == FIRST, "nothing is announced twice"
        assert records.ran == [SELECT, FIRST, *REST, FIRST]
        await tap.close()

    with_pn532(work)


def test_nothing_is_sent_behind_an_answer_that_is_not_9000() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        records = Records(bad=REST[0])
        simulated.radio.put(records.card)
        tap = await tapped(reader)
        tap.announce(REST)
        assert (await tap.transmit(FIRST)).ok
        assert (await tap.transmit(REST[0])).sw == 0x6A83
        assert (await tap.transmit(SELECT)).data == SELECT
        assert records.ran == [FIRST, REST[0], SELECT]

    with_pn532(work)


def test_another_command_ends_the_series_and_is_answered_itself() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        records = Records()
        simulated.radio.put(records.card)
        tap = await tapped(reader)
        tap.announce(REST)
        assert (await tap.transmit(FIRST)).data == FIRST
        assert (await tap.transmit(SELECT)).data == SELECT
        ran = records.ran[: records.ran.index(SELECT)]
        assert ran == [FIRST, *REST][: len(ran)]
        assert records.ran[-1] == SELECT
        tap.announce(REST)
        assert (await tap.transmit(FIRST)).data == FIRST
        await tap.close()
        assert not simulated.radio.on

    with_pn532(work)


def test_a_card_that_leaves_is_told_where_it_left() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        records = Records(gone=REST[1])
        simulated.radio.put(records.card)
        tap = await tapped(reader)
        tap.announce(REST)
        assert (await tap.transmit(FIRST)).data == FIRST
        assert (await tap.transmit(REST[0])).data == REST[0]
        with pytest.raises(CardFault) as left:
            await tap.transmit(REST[1])
        assert left.value.gone
        with pytest.raises(CardFault):
            await tap.transmit(REST[2])
        assert records.ran == [FIRST, REST[0]]

    with_pn532(work)


def test_cancelled_the_field_goes_off() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        records = Records()
        simulated.radio.put(records.card)
        tap = await tapped(reader)
        records.free.clear()
        tap.announce(REST)
        asking = asyncio.create_task(tap.transmit(FIRST))
        await records.runs(1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        records.free.set()
        await asyncio.to_thread(until, lambda: not simulated.radio.on)
        with pytest.raises(CardFault):
            await tap.transmit(FIRST)
        assert records.ran == [FIRST], "nothing that was announced went out any more"

    with_pn532(work)
