"""PIN entry on a reader's own keys (PC/SC 2.02 Part 10), on a stand-in for smartcard.scard.

Codes and structure are written out here by hand, from part 10 and from what pcsc-lite makes of
SCARD_CTL_CODE on Linux (0x42000000 and the number).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.devices.pcsc import PcscCard, PcscReader
from cardamom.devices.pinpad import features, verify_structure
from cardamom.engines.emv.requests import PadVerified, PinRefusal
from cardamom.faults import CardFault
from cardamom.values.health import Condition
from support.conformance import rows
from support.scard import PRESENT, FakeScard, no_features

GET_FEATURES = 0x42000D48
DIRECT = 0x42330006
FEATURES = bytes.fromhex("0104421000 01 0604 42330006 0A0442330018")
STRUCTURE = bytes.fromhex(
    "3C 3C 89 47 04 0C04 02 01 0904 00 000000 0D000000 0020008008 20FFFFFFFFFFFFFF"
)
E_UNSUPPORTED, W_REMOVED, E_NOT_TRANSACTED = 0x8010001F, 0x80100069, 0x80100016


@dataclass
class Pad:
    """The reader's keys: what was asked, and the answers to VERIFY_PIN_DIRECT in turn."""

    answers: list[bytes | int]
    told: bytes = FEATURES
    asked: list[tuple[int, bytes]] = field(default_factory=list)

    def __call__(self, code: int, data: list[int]) -> tuple[int, list[int]]:
        self.asked.append((code, bytes(data)))
        if code == GET_FEATURES:
            return 0, list(self.told)
        answer = self.answers.pop(0)
        return (answer, []) if isinstance(answer, int) else (0, list(answer))


def entered(
    control: Callable[[int, list[int]], tuple[int, list[int]]],
    language: str = "en",
) -> tuple[object, FakeScard]:
    scard = FakeScard(control=control, slot=PRESENT)
    kept: list[object] = []
    reader = PcscReader(pinpad=True, scard=scard)

    async def run() -> None:
        try:
            card = await reader.inserted()
            assert isinstance(card.pad, PcscCard)
            kept.append(await card.pad.verify(seconds=60, language=language))
            await card.close()
        finally:
            await reader.close()

    asyncio.run(run())
    return kept[0], scard


def test_exactly_what_the_reader_is_asked() -> None:
    pad = Pad([b"\x90\x00"])
    said, scard = entered(pad)
    assert said == PadVerified(0x9000)
    assert pad.asked == [(GET_FEATURES, b""), (DIRECT, STRUCTURE)]
    assert "transmit" not in scard.log, "no VERIFY of ours"


@pytest.mark.parametrize(("language", "code"), [("zh", "0408"), ("en", "0904"), ("fr", "0904")])
def test_in_the_customers_language(language: str, code: str) -> None:
    assert verify_structure(60, language)[9:11].hex() == code


@pytest.mark.parametrize(("seconds", "byte"), [(60, 60), (300, 255), (0, 1)])
def test_the_readers_clock(seconds: int, byte: int) -> None:
    assert verify_structure(seconds, "en")[:2] == bytes((byte, byte))
    assert len(verify_structure(seconds, "en")) == 32


@rows(
    "Book 4, 6.3.4.1",
    "answer,said",
    ("a PC/SC part 10 pinpad, 9000", "verified by the card", b"\x90\x00", PadVerified(0x9000)),
    ("a PC/SC part 10 pinpad, 63C2", "wrong, two tries left", b"\x63\xc2", PadVerified(0x63C2)),
    ("a PC/SC part 10 pinpad, 6983", "blocked", b"\x69\x83", PadVerified(0x6983)),
    ("a PC/SC part 10 pinpad, its own 6400", "timeout", b"\x64\x00", PinRefusal.TIMEOUT),
    ("a PC/SC part 10 pinpad, its own 6401", "cancelled", b"\x64\x01", PinRefusal.CANCELLED),
    ("a PC/SC part 10 pinpad, its own 6B80", "PIN pad fault", b"\x6b\x80", PinRefusal.PAD_FAULT),
)
def test_what_comes_back(answer: bytes, said: PadVerified | PinRefusal) -> None:
    assert entered(Pad([answer]))[0] == said


def test_too_few_digits_are_asked_for_again() -> None:
    pad = Pad([b"\x64\x03", b"\x64\x03", b"\x90\x00"])
    assert entered(pad)[0] == PadVerified(0x9000)
    assert [code for code, _ in pad.asked].count(DIRECT) == 3


@pytest.mark.parametrize("told", [b"", FEATURES[:6], FEATURES[:11], b"\x06\x02\x42\x33"])
def test_a_reader_without_keys(told: bytes) -> None:
    pad = Pad([], told)
    said, scard = entered(pad)
    assert said is PinRefusal.PAD_FAULT
    assert "transmit" not in scard.log


def test_a_reader_without_part_10() -> None:
    assert entered(no_features)[0] is PinRefusal.PAD_FAULT


def test_the_card_is_pulled_while_the_customer_types() -> None:
    with pytest.raises(CardFault) as caught:
        entered(Pad([W_REMOVED]))
    assert caught.value.gone


def test_garbage_from_the_pad() -> None:
    with pytest.raises(CardFault, match="garbage"):
        entered(Pad([b"\x90"]))


def test_without_the_setting_there_is_no_pad() -> None:
    scard = FakeScard(slot=PRESENT)

    async def run() -> None:
        reader = PcscReader(scard=scard)
        card = await reader.inserted()
        assert card.pad is None
        await reader.close()

    asyncio.run(run())
    assert "control" not in scard.log


def test_nobody_else_disturbs_the_reader_meanwhile() -> None:
    """Neither the look for a removal nor the health check waits behind the customer's typing."""
    begun, done = threading.Event(), threading.Event()

    def slow(code: int, data: list[int]) -> tuple[int, list[int]]:
        del data
        if code == GET_FEATURES:
            return 0, list(FEATURES)
        begun.set()
        assert done.wait(10)
        return 0, [0x90, 0x00]

    scard = FakeScard(control=slow, slot=PRESENT)

    async def run() -> None:
        reader = PcscReader(pinpad=True, scard=scard)
        card = await reader.inserted()
        assert card.pad is not None
        verifying = asyncio.create_task(card.pad.verify(seconds=60, language="zh"))
        assert await asyncio.to_thread(begun.wait, 10)
        leaving = asyncio.create_task(card.removed())
        before = len(scard.log)
        assert (await reader.check()).condition is Condition.OK
        assert len(scard.log) == before
        done.set()
        assert await verifying == PadVerified(0x9000)
        scard.put(0x10)
        await leaving
        await reader.close()

    asyncio.run(run())


@given(st.binary(max_size=40))
def test_any_bytes_name_features_or_none(data: bytes) -> None:
    assert all(0 <= tag <= 255 and 0 <= code < 1 << 32 for tag, code in features(data).items())
