"""NDEF messages read through the real reader from tags in a simulated field."""

from __future__ import annotations

import pytest

from cardamom.devices.pn532 import Pn532Reader
from cardamom.engines.ndef import NdefError, NdefRecord, Tnf
from cardamom.faults import CardFault
from cardamom.flows.ndef import ndef_of
from cardamom.simulator.pn532.picc import InField, Picc
from cardamom.simulator.pn532.simulated import SimulatedPn532
from cardamom.simulator.pn532.tags import Type2Tag, Type4Tag, type_2
from cardamom.values.contactless import ManyCards, Tech
from support.pn532 import picc, with_pn532

MEMBER = bytes.fromhex("D40C06") + b"lab.test:memMEMBER"
RECORDS = [NdefRecord(Tnf.EXTERNAL, b"lab.test:mem", b"MEMBER")]
UID = bytes.fromhex("04112233445566")


@pytest.mark.parametrize(
    "held",
    [
        type_2(UID, MEMBER),
        Picc(Tech.A, UID, Type4Tag(MEMBER).process),
        Picc(Tech.B, UID[:4], Type4Tag(MEMBER, longest=15).process),
    ],
    ids=["type 2", "type 4, A", "type 4, B"],
)
def test_a_message_is_read(held: InField) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(held)
        found = await reader.presented()
        assert not isinstance(found, ManyCards)
        assert found.uid == held.uid
        assert await ndef_of(found) == RECORDS

    with_pn532(work)


@pytest.mark.parametrize(
    "held",
    [Type2Tag(UID, bytes(64)), picc(), type_2(UID, b"\xff" * 20)],
    ids=["blank", "card", "bad"],
)
def test_what_holds_none(held: InField) -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        simulated.radio.put(held)
        found = await reader.presented()
        assert not isinstance(found, ManyCards)
        with pytest.raises(NdefError):
            await ndef_of(found)

    with_pn532(work)


def test_a_tag_that_leaves() -> None:
    async def work(simulated: SimulatedPn532, reader: Pn532Reader) -> None:
        held = type_2(UID, MEMBER)
        simulated.radio.put(held)
        found = await reader.presented()
        assert not isinstance(found, ManyCards)
        simulated.radio.take(held)
        with pytest.raises(CardFault):
            await ndef_of(found)

    with_pn532(work)
