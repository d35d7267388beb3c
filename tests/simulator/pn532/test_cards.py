"""Virtual cards over TCP in a simulated field: power, leaving, two at once, torn at any byte."""

from __future__ import annotations

import asyncio

import pytest

from cardamom.devices.pn532 import Pn532Reader
from cardamom.faults import CardFault, DeviceFault
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.simulator.card.upset import Kind, Upset
from cardamom.simulator.card.vpcd import insert
from cardamom.simulator.pn532.cards import CardPorts
from cardamom.simulator.pn532.simulated import Conditions, SimulatedPn532
from cardamom.simulator.pn532.times import Share
from cardamom.values.contactless import ManyCards, Tech
from support.pn532 import picc, tapped, with_pn532

PSE = bytes.fromhex("00A404000E315041592E5359532E444446303100")


@pytest.mark.parametrize("tech", Tech)
@pytest.mark.parametrize("profile", ["debit", "cda"])
def test_any_virtual_card_is_tapped_and_told_of_its_power(tech: Tech, profile: str) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        card = Card(load_profile(profile))
        port = simulated.ports[tech is Tech.B]
        inside = asyncio.create_task(insert(card, port=port))
        tap = await tapped(reader)
        assert tap.tech is tech
        assert (await tap.transmit(PSE)).sw == 0x9000
        assert card.powered
        await tap.close()
        again = await tapped(reader)
        assert (await again.transmit(bytes.fromhex("00B2010C00"))).sw == 0x6985, "it was reset"
        inside.cancel()
        with pytest.raises(CardFault):
            await again.transmit(PSE)
        await again.removed()

    with_pn532(work)


def test_two_virtual_cards() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        cards = [Card(load_profile("debit")) for _ in range(2)]
        inside = [
            asyncio.create_task(insert(card, port=port))
            for card, port in zip(cards, simulated.ports, strict=True)
        ]
        while len(simulated.radio.cards()) < 2:  # noqa: ASYNC110 they come by another thread
            await asyncio.sleep(0.01)
        assert await reader.presented() == ManyCards()
        for task in inside:
            task.cancel()
        await reader.empty()

    with_pn532(work)


def test_a_card_that_is_pulled_while_it_works() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        card = Card(load_profile("debit"))
        upsets = [Upset(at=2, kind=Kind.REMOVE)]
        inside = asyncio.create_task(insert(card, port=simulated.ports[0], upsets=upsets))
        tap = await tapped(reader)
        assert (await tap.transmit(PSE)).sw == 0x9000
        with pytest.raises(CardFault) as caught:
            await tap.transmit(PSE)
        assert caught.value.gone
        await inside

    with_pn532(work)


def test_a_card_torn_at_every_byte() -> None:
    """Up to the byte that ends the command it has not run, from there on it has, and only once."""
    command = bytes.fromhex("00B2010C00")
    heard = 1 + len(command) + 2
    answered = heard + 1 + len(command) + 2 + 2

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        for after in range(answered + 1):
            card = picc()
            simulated.radio.put(card)
            tap = await tapped(reader)
            simulated.radio.tear(card, after)
            if after < answered:
                with pytest.raises(CardFault):
                    await tap.transmit(command)
            else:
                assert (await tap.transmit(command)).sw == 0x9000
            assert card.commands == (after >= heard)
            simulated.radio.take(card)

    with_pn532(work)


def test_a_port_that_is_taken_is_told() -> None:
    with SimulatedPn532() as simulated:
        again = CardPorts(simulated.radio, ports=simulated.ports)
        with pytest.raises(DeviceFault, match="cannot be listened on"):
            again.open()


def test_the_radio_and_the_line_are_waited_for_where_it_is_asked() -> None:
    """What was counted has passed: nothing is answered sooner."""
    from cardamom.simulator.pn532.times import Slow

    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        loop = asyncio.get_running_loop()
        simulated.radio.put(picc())
        tap = await tapped(reader)
        before = simulated.pace.spent.copy()
        began = loop.time()
        for _ in range(3):
            await tap.transmit(PSE)
        took_us = (loop.time() - began) * 1e6
        spent = simulated.pace.spent - before
        assert spent[Share.LINE] > 3 * 60 * 10 * 1e6 / 460800
        assert took_us >= spent.total() * 0.9  # the pace makes up for its own late wake-ups

    with_pn532(work, Conditions(slow=Slow(line=True, radio=True)))
