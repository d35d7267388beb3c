"""The PN532 through nfcpy's driver and a serial port, against a simulated chip."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from cardamom.devices.pn532 import Pn532Reader, TapTag
from cardamom.faults import CardFault
from cardamom.simulator.pn532.picc import ATS_FAST, Manner, Picc
from cardamom.simulator.pn532.simulated import Conditions, SimulatedPn532
from cardamom.values.contactless import ManyCards, Tech
from cardamom.values.health import Condition, Part
from support.pn532 import SELECT, echo, picc, tapped, until, with_pn532


def test_a_card_comes_answers_and_leaves() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        waiting = asyncio.create_task(reader.presented())
        await asyncio.sleep(0.05)
        card = picc(uid="04112233445566")
        simulated.radio.put(card)
        tap = await waiting
        assert not isinstance(tap, ManyCards | TapTag)
        assert (tap.tech, tap.uid.hex()) == (Tech.A, "04112233445566")
        assert tap.atr.hex() == "3b858001434152444151"
        for length in (4, 60, 253, 254, 261):
            command = SELECT[:4] + bytes(length - 4)
            reply = await tap.transmit(command)
            assert (reply.data, reply.sw) == (command, 0x9000)
        await tap.close()
        assert not simulated.radio.on
        leaving = asyncio.create_task(tap.removed())
        await asyncio.sleep(0.1)
        assert not leaving.done()
        simulated.radio.take(card)
        await leaving
        health = reader.state()
        assert (health.part, health.condition) == (Part.CONTACTLESS, Condition.OK)

    with_pn532(work)


@pytest.mark.parametrize("leaves_selected", [False, True])
@pytest.mark.parametrize("tech", Tech)
@pytest.mark.parametrize("wtx", [0, 3])
def test_both_types_whatever_the_chip_makes_of_a_lone_card(
    tech: Tech, leaves_selected: bool, wtx: int
) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(picc(tech, "18010203", Manner(wtx=wtx, piece=20)))
        tap = await tapped(reader)
        assert (tap.tech, tap.uid.hex()) == (tech, "18010203")
        assert (await tap.transmit(SELECT)).data == SELECT
        await tap.close()
        again = await tapped(reader)
        assert (await again.transmit(SELECT)).data == SELECT
        with pytest.raises(CardFault):
            await tap.transmit(SELECT)

    with_pn532(work, Conditions(leaves_selected=leaves_selected))


@pytest.mark.parametrize(
    "cards",
    [
        [(Tech.A, "08010203"), (Tech.A, "08010204")],
        [(Tech.B, "08010203"), (Tech.B, "08010204")],
        [(Tech.A, "08010203"), (Tech.B, "08010204")],
        [(Tech.A, "08010203"), (Tech.A, "08010204"), (Tech.B, "08010205")],
    ],
)
def test_one_card_only(cards: list[tuple[Tech, str]]) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        held = [picc(tech, uid) for tech, uid in cards]
        for card in held:
            simulated.radio.put(card)
        assert await reader.presented() == ManyCards()
        assert not simulated.radio.on, "neither is left with power"
        assert not any(card.commands for card in held)
        for card in held[1:]:
            simulated.radio.take(card)
        assert (await tapped(reader)).uid == held[0].uid

    with_pn532(work)


def test_a_storage_tag_is_told_as_such() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(picc(uid="04AABBCCDDEE80", sak=0x08))
        tag = await reader.presented()
        assert isinstance(tag, TapTag)
        assert tag.uid.hex() == "04aabbccddee80"
        with pytest.raises(CardFault):
            await tag.read(4)
        with pytest.raises(CardFault):
            await tag.read(256)

    with_pn532(work)


def test_a_card_that_leaves_in_the_middle_is_gone() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        card = picc()
        simulated.radio.put(card)
        tap = await tapped(reader)
        simulated.radio.take(card)
        with pytest.raises(CardFault) as caught:
            await tap.transmit(SELECT)
        assert caught.value.gone
        with pytest.raises(CardFault):
            await tap.transmit(SELECT)
        await tap.close()
        await tap.removed()

    with_pn532(work)


def test_a_card_that_leaves_while_it_is_activated_is_waited_for_again() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        card = picc()
        simulated.radio.put(card)
        simulated.radio.tear(card, 12)
        waiting = asyncio.create_task(reader.presented())
        await asyncio.to_thread(until, lambda: not simulated.radio.holds(card))
        simulated.radio.put(card)
        tap = await waiting
        assert not isinstance(tap, ManyCards)
        assert tap.uid == card.uid

    with_pn532(work)


@pytest.mark.parametrize("ats", ["00", "0278FF", "1A78"])
def test_a_card_that_cannot_be_activated_is_told(ats: str) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(picc(manner=Manner(ats=bytes.fromhex(ats))))
        with pytest.raises(CardFault, match="cannot be activated"):
            await reader.presented()
        assert reader.state().usable

    with_pn532(work)


def test_a_lost_rats_is_sent_again() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(picc(manner=Manner(rats_lost=2)))
        assert (await (await tapped(reader)).transmit(SELECT)).sw == 0x9000

    with_pn532(work)


@pytest.mark.parametrize(("rate", "codes"), [(106, (0, 0)), (212, (1, 1)), (424, (2, 2))])
@pytest.mark.parametrize("tech", Tech)
def test_higher_rates_where_the_settings_allow(
    tech: Tech, rate: int, codes: tuple[int, int]
) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        manner = Manner(ats=ATS_FAST, atqb_tail=bytes.fromhex("00000000778171"))
        card = picc(tech, manner=manner)
        simulated.radio.put(card)
        tap = await tapped(reader)
        assert (await tap.transmit(SELECT)).data == SELECT
        assert card.rates == codes

    with_pn532(work, rate=rate)


def test_a_card_that_asks_for_much_time_gets_it() -> None:
    """More than the chip can time itself: FWI 14 with WTXM 1 is 4.95 s, timed on our side."""

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(picc(manner=Manner(ats=bytes.fromhex("0320E0"), wtx=2)))
        tap = await tapped(reader)
        assert (await tap.transmit(SELECT)).data == SELECT

    with_pn532(work)


def test_noise_on_the_radio_costs_time_and_nothing_else() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        card = picc(manner=Manner(ats=bytes.fromhex("0200"), piece=8))
        simulated.radio.put(card)
        tap = await tapped(reader)
        simulated.radio.noise = 0.05
        for count in range(1, 11):
            assert (await tap.transmit(SELECT)).data == SELECT
            assert card.commands == count

    with_pn532(work, Conditions(seed=7))


def test_waiting_can_be_cancelled_and_the_field_goes_off() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        for _ in range(5):
            waiting = asyncio.create_task(reader.presented())
            await asyncio.sleep(0.03)
            assert simulated.radio.on
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await reader.field(on=False)
            assert not simulated.radio.on
        simulated.radio.put(picc())
        assert (await tapped(reader)).uid.hex() == "08010203"

    with_pn532(work)


def test_the_field_is_switched_by_hand() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        await reader.field(on=True)
        assert simulated.radio.on
        await reader.field(on=False)
        assert not simulated.radio.on

    with_pn532(work)


def test_a_phone_that_comes_back_after_field_off_is_another_card() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        ran: list[bytes] = []

        def apdu(command: bytes) -> bytes:
            ran.append(command)
            return b"\x69\x85"

        card = Picc(Tech.A, bytes.fromhex("08AABBCC"), apdu)
        simulated.radio.put(card)
        assert (await (await tapped(reader)).transmit(SELECT)).sw == 0x6985
        await reader.field(on=False)
        assert (await (await tapped(reader)).transmit(SELECT)).sw == 0x6985
        assert ran == [SELECT, SELECT]

    with_pn532(work)


def test_no_frame_is_ever_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    caplog.set_level(0, logger="nfc")
    secret = bytes.fromhex("C0FFEE0123456789")

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(picc(apdu=lambda _: secret + b"\x90\x00"))
        tap = await tapped(reader)
        assert (await tap.transmit(SELECT)).data == secret
        assert secret.hex() not in repr(await tap.transmit(SELECT))
        simulated.chip.hung = True
        with pytest.raises(CardFault):
            await tap.transmit(SELECT)

    with_pn532(work)
    logged = " ".join(r.getMessage() for r in caplog.records).lower()
    assert secret.hex() not in logged
    assert SELECT.hex() not in logged
    assert logging.getLogger("nfc.clf.transport").getEffectiveLevel() == logging.CRITICAL


def test_the_self_test_names_the_firmware_and_leaves_the_field_off() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        assert await reader.selftest() == "PN532 1.6"
        assert not simulated.radio.on
        assert reader.state().condition is Condition.OK

    with_pn532(work)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("04112233445566", "04112233445577"),
        ("04112233445566", "08010203"),
        ("A1B2C3D4", "A1B2C3D5"),
    ],
)
def test_a_card_swapped_for_another_is_seen_without_an_empty_field(first: str, then: str) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        one, other = picc(uid=first), picc(uid=then)
        simulated.radio.put(one)
        await tapped(reader)
        leaving = asyncio.create_task(reader.empty())
        await asyncio.sleep(0.2)
        assert not leaving.done()
        simulated.radio.put(other)
        simulated.radio.take(one)
        await leaving
        assert (await tapped(reader)).uid.hex().upper() == then

    with_pn532(work)


def test_a_random_uid_tells_no_other_card() -> None:
    """A phone has another after each reset: only an empty field tells that it left."""

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        phone = picc(uid="08010203")
        simulated.radio.put(phone)
        await tapped(reader)
        leaving = asyncio.create_task(reader.empty())
        for last in (4, 5, 6):
            phone.uid = bytes((8, 1, 2, last))
            await asyncio.sleep(0.1)
        assert not leaving.done()
        simulated.radio.take(phone)
        await leaving

    with_pn532(work)


PAYMENT = bytes.fromhex("0A788082022063CBA3A0")
"""The ATS of a payment card: 106 kbit/s alone, FWI 8, SFGI 2."""


def test_a_payment_cards_waiting_time_costs_the_chip_no_command() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        held = picc(manner=Manner(ats=PAYMENT))
        for _ in range(2):
            simulated.radio.put(held)
            tap = await tapped(reader)
            before = simulated.chip.commands
            for _ in range(3):
                assert (await tap.transmit(SELECT)).data == SELECT
            assert simulated.chip.commands == before + 3
            await tap.close()
            simulated.radio.take(held)

    with_pn532(work)


@dataclass(slots=True)
class Listening(Picc):
    heard_ns: list[int] = field(default_factory=list)

    def hear(self, frame: bytes) -> bytes | None:
        self.heard_ns.append(time.perf_counter_ns())
        return Picc.hear(self, frame)


def test_a_card_is_left_alone_for_its_guard_time() -> None:
    """SFGI 9: 154.7 ms and 14.5 beyond them between its ATS and the first block."""

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        slow = Manner(ats=bytes.fromhex("0578807902"))
        held = Listening(Tech.A, bytes.fromhex("08010203"), echo, slow)
        simulated.radio.put(held)
        tap = await tapped(reader)
        for _ in range(2):
            assert (await tap.transmit(SELECT)).data == SELECT
        rats, first, second = held.heard_ns[-3:]
        assert first - rats > 169_100_000
        assert len(held.heard_ns) == 4, "HLTA of the search, RATS, and a block for each command"
        assert second > first

    with_pn532(work)


def test_a_card_is_left_alone_between_its_frame_and_the_next() -> None:
    """500 us, of which 28 bytes on the line at 1 288 000 baud are 217; what the line here does not
    take is therefore not in it."""

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        held = Listening(Tech.A, bytes.fromhex("08010203"), lambda _: b"\x90\x00", Manner())
        simulated.radio.put(held)
        tap = await tapped(reader)
        read = bytes.fromhex("00B2010C00")
        for _ in range(20):
            tap.announce((read,) * 9)
            for _ in range(10):
                assert (await tap.transmit(read)).ok
        blocks = held.heard_ns[-199:]
        assert min(b - a for a, b in pairwise(blocks)) > 283_000

    with_pn532(work, baud=1288000)
