"""A contactless PC/SC reader, on a stand-in for smartcard.scard: its ATRs and pseudo-APDUs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cardamom.devices.pcsc_tap import PcscTag, PcscTapCard, PcscTapReader
from cardamom.engines.contactless_atr import contactless_atr, is_storage
from cardamom.faults import CardFault, DeviceFault
from cardamom.values.contactless import Tech
from cardamom.values.health import Condition, Part
from support.scard import EMPTY, PRESENT, FakeScard

READERS = ["ACS ACR1252 Dual Reader [SAM] 00 00", "ACS ACR1252 Dual Reader [PICC] 01 00"]
DESFIRE = "3B8180018080"
"""Of a MIFARE DESFire (ACS ACR1252U reference manual, 4.1): one historical byte, 80."""
CLASSIC = "3B8F8001804F0CA000000306030001000000006A"
"""Of a MIFARE Classic 1K (the same)."""
SELECT = bytes.fromhex("00A4040000")


def reader_of(answers: dict[str, str], atr: str = DESFIRE) -> FakeScard:
    scard = FakeScard(readers=list(READERS), slot=PRESENT, atr=list(bytes.fromhex(atr)))

    def answer(command: list[int]) -> tuple[int, list[int]]:
        said = answers.get(bytes(command).hex().upper(), "6A81")
        return 0, list(bytes.fromhex(said))

    scard.answer = answer
    return scard


def with_reader(scard: FakeScard, work: Callable[[PcscTapReader], Awaitable[None]]) -> None:
    async def run() -> None:
        reader = PcscTapReader(scard=scard)
        try:
            await work(reader)
        finally:
            await reader.close()

    asyncio.run(run())
    assert not scard.contexts
    assert not scard.handles


@pytest.mark.parametrize(
    ("answers", "tech"),
    [
        ({"FFCA000000": "041122334455669000", "FFCA010000": "809000"}, Tech.A),
        ({"FFCA000000": "112233449000"}, Tech.B),
    ],
)
def test_a_card_with_its_uid_and_type(answers: dict[str, str], tech: Tech) -> None:
    scard = reader_of(answers | {"00A4040000": "AABB9000"})

    async def work(reader: PcscTapReader) -> None:
        card = await reader.presented()
        assert isinstance(card, PcscTapCard)
        assert card.tech is tech
        assert card.uid.hex() == answers["FFCA000000"][:-4]
        assert card.atr.hex().upper() == DESFIRE
        assert card.pad is None
        assert (await card.transmit(SELECT)).data.hex() == "aabb"
        with pytest.raises(CardFault, match="the reader's own"):
            await card.transmit(bytes.fromhex("FFCA000000"))
        health = reader.state()
        assert (health.part, health.condition) == (Part.CONTACTLESS, Condition.OK)
        assert health.name == READERS[1], "not the SAM's slot"
        await card.close()
        leaving = asyncio.create_task(card.removed())
        await asyncio.sleep(0.15)
        assert not leaving.done()
        scard.put(EMPTY)
        await leaving

    with_reader(scard, work)


def test_a_card_that_stays_is_presented_again_with_its_power_cut_between() -> None:
    scard = reader_of({"FFCA000000": "080102039000"})

    async def work(reader: PcscTapReader) -> None:
        for _ in range(3):
            card = await reader.presented()
            assert card.uid.hex() == "08010203"
            await reader.field(on=True)
            await reader.field(on=False)

    with_reader(scard, work)
    assert scard.log.count("connect") == scard.log.count("disconnect") == 3


def test_a_storage_tag() -> None:
    pages = "0102030405060708090A0B0C0D0E0F10"
    answers = {"FFCA000000": "04AABBCCDDEEFF9000", "FFB0000410": pages + "9000"}

    async def work(reader: PcscTapReader) -> None:
        tag = await reader.presented()
        assert isinstance(tag, PcscTag)
        assert tag.uid.hex() == "04aabbccddeeff"
        assert (await tag.read(4)).hex().upper() == pages
        for page in (5, 256, -1):
            with pytest.raises(CardFault):
                await tag.read(page)

    with_reader(reader_of(answers, CLASSIC), work)


def test_a_reader_that_is_unplugged() -> None:
    scard = reader_of({})
    scard.readers = []

    async def work(reader: PcscTapReader) -> None:
        with pytest.raises(DeviceFault):
            await reader.presented()
        assert (await reader.check()).condition is Condition.ABSENT
        await reader.empty()

    with_reader(scard, work)


def test_answers_to_reset_that_pcsc_makes_up() -> None:
    """PC/SC part 3, 3.1.3.2.3; the values above."""
    assert contactless_atr(Tech.A, b"\x80").hex().upper() == DESFIRE
    assert not is_storage(bytes.fromhex(DESFIRE))
    assert is_storage(bytes.fromhex(CLASSIC))
    spoken = bytes.fromhex("AABBCCDD338171")
    assert contactless_atr(Tech.B, spoken).hex() == "3b888001aabbccdd33817100ca"
