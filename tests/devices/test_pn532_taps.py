"""Many taps in a row, with cards that leave whenever they like, come in pairs, or meet a chip that
hangs: no hang, no stuck reader, no command that ran twice."""

from __future__ import annotations

import asyncio
import os
import random
from typing import Final

import pytest

from cardamom.devices.pn532 import Pn532Reader, TapCard
from cardamom.faults import CardFault
from cardamom.simulator.pn532.picc import Manner, Picc
from cardamom.simulator.pn532.simulated import SimulatedPn532
from cardamom.values.contactless import ManyCards, Tech
from support.pn532 import with_pn532

TAPS: Final = 1000 if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" else 60
"""The whole thousand takes some minutes: under the profile `fuzz`."""
COMMANDS: Final = 6
GIVE_UP_S: Final = 0.5
"""For a card that has left already."""
LIMIT_S: Final = 10.0
"""For one tap; far more than any takes."""


class Evening:
    """Taps, their fates drawn by `seed`."""

    def __init__(self, simulated: SimulatedPn532, reader: Pn532Reader, seed: int) -> None:
        self.simulated = simulated
        self.reader = reader
        self.chance = random.Random(seed)
        self.whole = self.torn = self.many = 0

    async def tap(self, number: int) -> None:
        ran: list[bytes] = []

        def apdu(command: bytes) -> bytes:
            ran.append(command)
            return bytes(self.chance.randrange(60)) + b"\x90\x00"

        tech = self.chance.choice((Tech.A, Tech.A, Tech.B))
        manner = Manner(wtx=self.chance.choice((0, 0, 2)), piece=self.chance.choice((0, 16)))
        card = Picc(tech, b"\x08" + number.to_bytes(3), apdu, manner)
        radio = self.simulated.radio
        radio.put(card)
        fate = self.chance.choice(("stays", "torn", "torn", "taken", "hang", "two", "noise"))
        other = self._befall(fate, card)
        told = 0
        try:
            tap = await asyncio.wait_for(self.reader.presented(), GIVE_UP_S)
            if isinstance(tap, ManyCards):
                self.many += 1
                assert not ran
            elif isinstance(tap, TapCard):
                for count in range(COMMANDS):
                    await tap.transmit(bytes((0x80, count, 0, 0)))
                    told += 1
                await tap.close()
                self.whole += 1
        except (CardFault, TimeoutError):
            self.torn += 1
        assert ran == [bytes((0x80, n, 0, 0)) for n in range(len(ran))]
        assert told <= len(ran) <= told + 1
        radio.noise = 0
        self.simulated.chip.hang_after = None
        radio.take(card)
        if other is not None:
            radio.take(other)
        await self.reader.empty()

    def _befall(self, fate: str, card: Picc) -> Picc | None:
        radio = self.simulated.radio
        match fate:
            case "torn":
                radio.tear(card, self.chance.randrange(400))
            case "taken":
                wait_s = self.chance.random() * 0.05
                asyncio.get_running_loop().call_later(wait_s, radio.take, card)
            case "hang":
                self.simulated.chip.hang_after = self.chance.randrange(30)
            case "two":
                other = Picc(self.chance.choice(list(Tech)), b"\x08\xff\xff\xff", lambda _: b"")
                radio.put(other)
                return other
            case "noise":
                radio.noise = 0.05
        return None


@pytest.mark.timeout(900)
def test_taps_in_a_row() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        evening = Evening(simulated, reader, seed=5)
        for number in range(TAPS):
            await asyncio.wait_for(evening.tap(number), LIMIT_S)
        assert evening.whole + evening.torn + evening.many == TAPS
        assert min(evening.whole, evening.torn, evening.many) > TAPS // 10
        assert (await reader.check()).usable
        simulated.radio.put(Picc(Tech.A, b"\x08\0\0\0", lambda _: b"\x90\x00"))
        last = await reader.presented()
        assert isinstance(last, TapCard)
        assert (await last.transmit(bytes(4))).sw == 0x9000

    with_pn532(work, limit_s=600)


def test_waiting_that_is_given_up_at_any_moment() -> None:
    """Insert wins, or Cancel is pressed: the field goes off, the next tap finds all as it was."""

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        chance = random.Random(3)
        for number in range(40):
            card = Picc(
                chance.choice(list(Tech)), b"\x08" + number.to_bytes(3), lambda _: b"\x90\0"
            )
            waiting = asyncio.create_task(reader.presented())
            asyncio.get_running_loop().call_later(chance.random() * 0.03, simulated.radio.put, card)
            await asyncio.sleep(chance.random() * 0.06)
            given_up = waiting.cancel()
            done = await asyncio.gather(waiting, return_exceptions=True)
            assert isinstance(done[0], asyncio.CancelledError if given_up else TapCard)
            await asyncio.sleep(0.035)
            await reader.field(on=False)
            assert not simulated.radio.on
            assert isinstance(await reader.presented(), TapCard)
            simulated.radio.take(card)
        assert reader.state().usable

    with_pn532(work)
