"""A storage tag is written through the real driver; what it is told by reading it again."""

from __future__ import annotations

import pytest

from cardamom.devices.pn532 import Pn532Reader, TapTag
from cardamom.faults import CardFault
from cardamom.simulator.pn532.simulated import SimulatedPn532
from cardamom.simulator.pn532.tags import type_2
from support.pn532 import with_pn532

UID = bytes.fromhex("04112233445566")


def test_a_page_is_written() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(type_2(UID, b""))
        found = await reader.presented()
        assert isinstance(found, TapTag)
        await found.write(5, b"mine")
        assert (await found.read(5))[:4] == b"mine"
        await found.close()

    with_pn532(work)


@pytest.mark.parametrize("gone", [True, False])
def test_what_cannot_be_written(gone: bool) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        held = type_2(UID, b"")
        simulated.radio.put(held)
        found = await reader.presented()
        assert isinstance(found, TapTag)
        if gone:
            simulated.radio.take(held)
        with pytest.raises(CardFault) as fault:
            await found.write(5 if gone else 0x100, b"mine")
        assert fault.value.gone is gone

    with_pn532(work)
