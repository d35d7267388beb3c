"""A PN532 that is away, hangs or talks garbage: it comes back by itself, and nothing hangs."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.devices.pn532 import Pn532Reader, TapCard
from cardamom.devices.pn532_targets import parse_a, parse_b
from cardamom.faults import CardFault, DeviceFault
from cardamom.simulator.pn532.simulated import SimulatedPn532
from cardamom.values.health import Condition
from support.pn532 import BAUD, SELECT, host_frame, picc, tapped, until, with_pn532


def test_no_such_device() -> None:
    async def work() -> None:
        reader = Pn532Reader("/dev/does-not-exist", baud=BAUD)
        assert reader.state().condition is Condition.ABSENT
        health = await reader.check()
        assert health.condition is Condition.ABSENT
        assert "check contactless.device" in health.detail
        with pytest.raises(DeviceFault):
            await reader.presented()
        await reader.empty()
        await reader.close()

    asyncio.run(work())


def test_a_chip_that_hangs_before_it_is_opened_is_reset() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.chip.hung = True
        assert (await reader.check()).condition is Condition.OK

    with_pn532(work)


def test_without_a_reset_line_a_chip_that_hangs_is_told_until_it_is_back() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        assert (await reader.check()).usable
        simulated.chip.hung = True
        health = await reader.check()
        assert not health.usable
        assert "check its wires" in health.detail
        with pytest.raises(DeviceFault):
            await reader.presented()
        simulated.chip.reset()
        assert (await reader.check()).usable

    with_pn532(work, reset=False)


def test_a_chip_that_hangs_while_a_card_is_waited_for_comes_back_unseen() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        waiting = asyncio.create_task(reader.presented())
        await asyncio.sleep(0.05)
        simulated.chip.hung = True
        await asyncio.sleep(0.3)
        simulated.radio.put(picc())
        assert isinstance(await waiting, TapCard)
        assert reader.state().usable

    with_pn532(work)


@pytest.mark.parametrize("after", range(12))
def test_a_chip_that_hangs_at_any_command_of_a_tap(after: int) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        await reader.check()
        simulated.radio.put(picc())
        simulated.chip.hang_after = after
        for _ in range(3):
            try:
                tap = await tapped(reader)
                for _ in range(4):
                    await tap.transmit(SELECT)
            except CardFault:
                continue
            break
        assert (await (await tapped(reader)).transmit(SELECT)).data == SELECT
        assert not simulated.chip.hung

    with_pn532(work)


@pytest.mark.parametrize("left_at", [115200, 230400, 460800, 921600, 1288000])
def test_a_chip_that_an_earlier_run_left_at_another_speed(left_at: int) -> None:
    """The daemon was killed: nobody set the chip back, and it has no reset line."""

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.chip.baud = left_at
        simulated.chip.asleep = False
        assert (await reader.check()).usable
        assert simulated.chip.baud == BAUD

    with_pn532(work, reset=False)


@pytest.mark.parametrize("baud", [115200, 230400, 460800, 921600, 1288000])
def test_the_line_runs_at_the_speed_of_the_settings(baud: int) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(picc())
        assert (await (await tapped(reader)).transmit(SELECT)).data == SELECT
        assert simulated.chip.baud == baud

    with_pn532(work, baud=baud)


def test_a_line_that_spoils_its_frames_is_slowed_down() -> None:
    """Wires that carry 230 400 baud and no more."""

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        chance = random.Random(1)

        def spoil(data: bytes) -> bytes:
            spoilt = simulated.chip.baud > 230_400 and len(data) > 12 and chance.random() < 0.5
            return data[:-2] + b"\xff" + data[-1:] if spoilt else data

        simulated.port.spoil = spoil
        simulated.radio.put(picc())
        for _ in range(60):
            with contextlib.suppress(CardFault, DeviceFault):
                tap = await tapped(reader)
                for _ in range(20):
                    assert (await tap.transmit(SELECT)).data == SELECT
        assert simulated.chip.baud == 230_400
        assert (await (await tapped(reader)).transmit(SELECT)).data == SELECT

    with_pn532(work, baud=921_600)


def test_a_chip_that_hangs_now_and_then_keeps_its_speed() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        for _ in range(2):
            simulated.chip.hung = True
            simulated.radio.put(held := picc())
            assert (await (await tapped(reader)).transmit(SELECT)).data == SELECT
            simulated.radio.take(held)
        assert simulated.chip.baud == 921_600

    with_pn532(work, baud=921_600)


def test_a_chip_left_in_a_command_without_end() -> None:
    """InCommunicateThru without a time limit, and no host any more to end it."""

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        with serial.Serial(simulated.device, BAUD) as line:
            simulated.chip.baud, simulated.chip.asleep = BAUD, False
            line.write(host_frame("D43202000B00"))
            line.write(host_frame("D442E080"))
            await asyncio.to_thread(until, lambda: simulated.chip.commands == 2)
        simulated.radio.put(picc())
        assert (await (await tapped(reader)).transmit(SELECT)).data == SELECT

    with_pn532(work, reset=False)


def test_a_port_that_is_unplugged() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(picc())
        tap = await tapped(reader)
        simulated.port.close()
        with pytest.raises(CardFault):
            await tap.transmit(SELECT)
        await tap.removed()
        await tap.close()
        with pytest.raises(DeviceFault):
            await reader.presented()
        assert (await reader.check()).condition is Condition.ABSENT

    with_pn532(work)


def test_a_reset_line_that_fails_is_told() -> None:
    def broken() -> None:
        raise RuntimeError("no such pin")

    async def work(simulated: SimulatedPn532, _: Pn532Reader) -> None:
        simulated.chip.hung = True
        reader = Pn532Reader(simulated.device, baud=BAUD, reset=broken)
        health = await reader.check()
        assert "contactless.reset_pin" in health.detail
        await reader.close()

    with_pn532(work)


@pytest.mark.parametrize("seed", range(6))
def test_garbage_on_the_line_ends_in_a_fault_and_heals(seed: int) -> None:
    chance = random.Random(seed)

    def spoil(data: bytes) -> bytes:
        fate = chance.random()
        if fate < 0.7:
            return data
        if fate < 0.8:
            return data[: chance.randrange(len(data))]
        if fate < 0.9:
            return bytes(b ^ chance.randrange(256) if chance.random() < 0.2 else b for b in data)
        return chance.randbytes(chance.randrange(20))

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        await reader.check()
        simulated.radio.put(picc())
        simulated.port.spoil = spoil
        for _ in range(4):
            try:
                card = await asyncio.wait_for(reader.presented(), 3)
                if isinstance(card, TapCard):
                    await card.transmit(SELECT)
            except (CardFault, DeviceFault, TimeoutError):
                continue
        simulated.port.spoil = bytes
        assert (await (await tapped(reader)).transmit(SELECT)).data == SELECT

    with_pn532(work)


@given(st.binary(max_size=60))
def test_whatever_the_chip_lists(data: bytes) -> None:
    for parse in (parse_a, parse_b):
        assert len(parse(data)) == (min(data[0], 2) if data else 0)


@settings(max_examples=15)
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=12))
def test_whatever_the_card_says_ends_in_a_card_fault(frames: list[bytes]) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(_Babbler(frames))
        try:
            card = await reader.presented()
            if isinstance(card, TapCard):
                await card.transmit(SELECT)
        except CardFault:
            pass
        assert reader.state().usable

    with_pn532(work)


class _Babbler:
    """A type A card that answers whatever it likes."""

    def __init__(self, frames: list[bytes]) -> None:
        from cardamom.values.contactless import Tech

        self.tech = Tech.A
        self.uid = b"\x08\x01\x02\x03"
        self.sak = 0x20
        self._frames = frames
        self._at = 0

    def power_off(self) -> None:
        """It keeps talking."""

    def request(self, *, wake: bool) -> bytes | None:
        return b"\x04\x00" if wake or self._at % 2 == 0 else None

    def select(self, *, chosen: bool) -> None:
        """Nothing changes for it."""

    def hear(self, frame: bytes) -> bytes | None:
        if frame[:2] == b"\x50\x00":
            return None
        self._at += 1
        return self._frames[self._at % len(self._frames)] or None
