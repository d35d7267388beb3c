"""The PC/SC reader: every fault of manager, reader and card, on a stand-in for smartcard.scard."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from cardamom.devices.pcsc import PcscCard, PcscReader
from cardamom.faults import CardFault, DeviceFault
from cardamom.values.health import Condition
from support.conformance import case, rows
from support.scard import EMPTY, MUTE, PRESENT, FakeScard

COMMAND = bytes.fromhex("00B2010C00")
E_NO_SERVICE = 0x8010001D
E_READER_UNAVAILABLE = 0x80100017
E_SHARING_VIOLATION = 0x8010000B
E_NOT_TRANSACTED = 0x80100016
F_COMM_ERROR = 0x80100013
W_UNRESPONSIVE_CARD = 0x80100066
W_RESET_CARD = 0x80100068
W_REMOVED_CARD = 0x80100069
W_SECURITY_VIOLATION = 0x8010006A


def with_reader(
    scard: FakeScard,
    work: Callable[[PcscReader], Awaitable[None]],
    *,
    name: str = "",
    deadline_s: float = 5.0,
) -> None:
    async def run() -> None:
        reader = PcscReader(name, transmit_deadline_s=deadline_s, scard=scard)
        try:
            await work(reader)
        finally:
            await reader.close()

    asyncio.run(run())
    assert not scard.contexts
    assert not scard.handles


async def wait_for_a_card(reader: PcscReader, scard: FakeScard) -> asyncio.Task[PcscCard]:
    """`inserted()` that has come so far as to look at the slot."""
    waiting = asyncio.create_task(reader.inserted())
    assert await asyncio.to_thread(scard.looked.wait, 10)
    return waiting


def test_a_card_comes_answers_and_leaves() -> None:
    scard = FakeScard()

    async def work(reader: PcscReader) -> None:
        waiting = await wait_for_a_card(reader, scard)
        scard.put(PRESENT)
        card = await waiting
        assert card.atr.hex() == "3b800181"
        reply = await card.transmit(COMMAND)
        assert (reply.data, reply.sw) == (COMMAND, 0x9000)
        await card.close()
        leaving = asyncio.create_task(card.removed())
        scard.put(EMPTY)
        await leaving
        assert reader.state().condition is Condition.OK
        assert reader.state().name == "Desk Reader 00 00"

    with_reader(scard, work)
    assert scard.log.count("establish") == 1


@rows(
    "Book 1, 9.2.1",
    "sent, answer",
    ("T=1, case 4", "sent whole, Le too", "00A4040005F00000012300", "ABCD9000"),
    ("T=1, case 2", "sent whole", "00B2010C00", "ABCD9000"),
    ("T=1, an extended command", "sent whole", "00B00000000300", "AB" * 768 + "9000"),
    ("T=1, 61xx: of T=0 alone", "no GET RESPONSE, handed up as a status", "00B2010C00", "6110"),
    ("T=1, 6Cxx: of T=0 alone", "not sent again, handed up as a status", "00B2010C00", "6C02"),
)
def test_t1_goes_through_as_it_is(sent: str, answer: str) -> None:
    scard = FakeScard(slot=PRESENT, protocol=2)
    seen: list[str] = []

    def reply(command: list[int]) -> tuple[int, list[int]]:
        seen.append(bytes(command).hex().upper())
        return 0, list(bytes.fromhex(answer))

    scard.answer = reply

    async def work(reader: PcscReader) -> None:
        card = await reader.inserted()
        got = await card.transmit(bytes.fromhex(sent))
        assert got.data + got.sw.to_bytes(2) == bytes.fromhex(answer)

    with_reader(scard, work)
    assert seen == [sent]


def test_t0_is_resolved_below_the_port() -> None:
    scard = FakeScard(slot=PRESENT, protocol=1)
    turns = iter([[0x6C, 0x02], [0xAB, 0xCD, 0x90, 0x00]])
    scard.answer = lambda _command: (0, next(turns))

    async def work(reader: PcscReader) -> None:
        card = await reader.inserted()
        assert (await card.transmit(COMMAND)).data.hex() == "abcd"

    with_reader(scard, work)


@case("Book 1, 9.3.1", "T=0, a card that sends 61xx for ever", "CardFault at the port")
def test_t0_without_end_is_a_card_fault() -> None:
    scard = FakeScard(slot=PRESENT, protocol=1)
    scard.answer = lambda _command: (0, [0x61, 0x10])

    async def work(reader: PcscReader) -> None:
        card = await reader.inserted()
        with pytest.raises(CardFault, match="without end"):
            await card.transmit(COMMAND)

    with_reader(scard, work)
    assert scard.log.count("transmit") == 16


@pytest.mark.parametrize(
    ("scard", "condition", "said"),
    [
        (FakeScard(readers=[]), Condition.ABSENT, "no card reader is plugged in"),
        (FakeScard(fail={"establish": E_NO_SERVICE}), Condition.ABSENT, "pcscd is not running"),
        (FakeScard(fail={"establish": W_SECURITY_VIOLATION}), Condition.FAULT, "the polkit rule"),
        (FakeScard(fail={"list": F_COMM_ERROR}), Condition.FAULT, "PC/SC 80100013"),
    ],
)
def test_what_keeps_a_reader_away(scard: FakeScard, condition: Condition, said: str) -> None:
    async def work(reader: PcscReader) -> None:
        assert reader.state().condition is Condition.ABSENT
        with pytest.raises(DeviceFault, match=said):
            await reader.inserted()
        health = await reader.check()
        assert health.condition is condition
        assert said in health.detail
        scard.fail.clear()
        scard.readers = ["Desk Reader 00 00"]
        assert (await reader.check()).usable, "it comes back by itself"

    with_reader(scard, work)


def test_the_reader_is_chosen_by_part_of_its_name() -> None:
    scard = FakeScard(readers=["Alpha 00", "Beta Reader 01"])

    async def work(reader: PcscReader) -> None:
        assert (await reader.check()).name == "Beta Reader 01"
        scard.readers = ["Alpha 00"]
        health = await reader.check()
        assert (health.condition, health.name, health.found) == (
            Condition.OTHER,
            "beta",
            "Alpha 00",
        )
        assert health.detail == (
            "no card reader is named 'beta'; there are: Alpha 00: plug the right one in, or set "
            "reader.name"
        )

    with_reader(scard, work, name="beta")


def test_a_reader_unplugged_while_waiting_and_plugged_in_again() -> None:
    scard = FakeScard()

    async def work(reader: PcscReader) -> None:
        waiting = await wait_for_a_card(reader, scard)
        scard.readers = []
        scard.changed.set()
        with pytest.raises(DeviceFault, match="unplugged"):
            await waiting
        assert reader.state().condition is Condition.ABSENT
        scard.readers = ["Desk Reader 00 01"]
        assert (await reader.check()).name == "Desk Reader 00 01"
        scard.put(PRESENT)
        assert (await (await reader.inserted()).transmit(COMMAND)).sw == 0x9000

    with_reader(scard, work)


def test_a_manager_that_was_restarted() -> None:
    scard = FakeScard()

    async def work(reader: PcscReader) -> None:
        await reader.check()
        scard.restart()
        assert (await reader.check()).usable, "one look is enough"
        waiting = await wait_for_a_card(reader, scard)
        scard.restart()
        scard.put(PRESENT)
        with pytest.raises(DeviceFault):
            await waiting
        assert (await (await reader.inserted()).transmit(COMMAND)).sw == 0x9000

    with_reader(scard, work)


@pytest.mark.parametrize(
    ("code", "fault", "said"),
    [
        (W_UNRESPONSIVE_CARD, CardFault, "answers no reset"),
        (W_REMOVED_CARD, CardFault, "was pulled"),
        (E_SHARING_VIOLATION, DeviceFault, "another program holds the card reader"),
        (E_READER_UNAVAILABLE, DeviceFault, "unplugged"),
    ],
)
def test_a_card_that_cannot_be_powered(code: int, fault: type[Exception], said: str) -> None:
    scard = FakeScard(slot=PRESENT, fail={"connect": code})

    async def work(reader: PcscReader) -> None:
        with pytest.raises(fault, match=said):
            await reader.inserted()

    with_reader(scard, work)


def test_a_mute_card_is_tried_all_the_same() -> None:
    scard = FakeScard(slot=MUTE, fail={"connect": W_UNRESPONSIVE_CARD})

    async def work(reader: PcscReader) -> None:
        with pytest.raises(CardFault, match="answers no reset"):
            await reader.inserted()
        scard.fail.clear()
        assert (await reader.inserted()).atr

    with_reader(scard, work)


@pytest.mark.parametrize(
    ("code", "slot", "gone", "said"),
    [
        (W_REMOVED_CARD, PRESENT, True, "pulled"),
        (E_NOT_TRANSACTED, EMPTY, True, "pulled"),
        (E_NOT_TRANSACTED, PRESENT, False, r"did not answer \(PC/SC 80100016\)"),
        (W_RESET_CARD, PRESENT, False, "another program reset the card"),
    ],
)
def test_a_command_that_fails(code: int, slot: int, gone: bool, said: str) -> None:
    scard = FakeScard(slot=PRESENT)

    async def work(reader: PcscReader) -> None:
        card = await reader.inserted()
        scard.fail["transmit"] = code
        scard.put(slot)
        with pytest.raises(CardFault, match=said) as caught:
            await card.transmit(COMMAND)
        assert caught.value.gone is gone

    with_reader(scard, work)


@pytest.mark.parametrize("answer", [[], [0x90]])
def test_an_answer_without_status_word(answer: list[int]) -> None:
    scard = FakeScard(slot=PRESENT, answer=lambda _command: (0, answer))

    async def work(reader: PcscReader) -> None:
        card = await reader.inserted()
        with pytest.raises(CardFault, match="garbage") as caught:
            await card.transmit(COMMAND)
        assert not caught.value.gone

    with_reader(scard, work)


def test_a_stuck_command_costs_its_thread_and_gives_its_handles_back() -> None:
    scard = FakeScard(slot=PRESENT)
    release = threading.Event()

    def hang(_command: list[int]) -> tuple[int, list[int]]:
        release.wait(10)
        return 0, [0x90, 0x00]

    async def work(reader: PcscReader) -> None:
        card = await reader.inserted()
        scard.answer = hang
        with pytest.raises(CardFault, match=r"did not answer within") as caught:
            await card.transmit(COMMAND)
        assert not caught.value.gone
        assert reader.state().condition is Condition.FAULT
        assert (await reader.check()).usable, "a fresh thread has opened the reader"
        release.set()
        assert await asyncio.to_thread(scard.released.wait, 10)
        assert not scard.handles
        with pytest.raises(CardFault, match="powered off"):
            await card.transmit(COMMAND)

    with_reader(scard, work, deadline_s=0.05)


def test_a_wait_cancelled_while_the_card_is_powered_leaves_none_powered() -> None:
    scard = FakeScard(slot=PRESENT)
    connecting, go_on = threading.Event(), threading.Event()
    connect = FakeScard.SCardConnect

    class Slow(FakeScard):
        def SCardConnect(self, *arguments: object) -> tuple[int, int, int]:  # noqa: N802
            connecting.set()
            go_on.wait(10)
            return connect(self, *arguments)  # type: ignore[arg-type]

    slow = Slow(slot=PRESENT)

    async def work(reader: PcscReader) -> None:
        waiting = asyncio.create_task(reader.inserted())
        await asyncio.to_thread(connecting.wait, 10)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        go_on.set()
        await reader.check()
        assert not slow.handles

    with_reader(slow, work)
    assert not scard.log


def test_an_emptiness_that_polling_has_not_confirmed_is_waited_out() -> None:
    """pcscd calls a slot empty when a power-off fails, before its polling sees the card leave."""
    scard = FakeScard()

    async def work(reader: PcscReader) -> None:
        waiting = await wait_for_a_card(reader, scard)
        scard.put(PRESENT)
        card = await waiting
        scard.slot = EMPTY
        scard.changed.set()
        leaving = asyncio.create_task(card.removed())
        await asyncio.sleep(0.1)
        assert not leaving.done()
        scard.put(EMPTY)
        await leaving

    with_reader(scard, work)


def test_removed_ends_when_the_reader_goes() -> None:
    scard = FakeScard(slot=PRESENT)

    async def work(reader: PcscReader) -> None:
        card = await reader.inserted()
        scard.readers = []
        scard.changed.set()
        await card.removed()
        await card.close()

    with_reader(scard, work)


def test_faults_and_reprs_hold_no_command() -> None:
    scard = FakeScard(slot=PRESENT, answer=lambda _c: (0, []))
    verify = bytes.fromhex("0020008008241234FFFFFFFFFF")

    async def work(reader: PcscReader) -> None:
        card = await reader.inserted()
        with pytest.raises(CardFault) as caught:
            await card.transmit(verify)
        assert "1234" not in repr(caught.value) + repr(reader.state())

    with_reader(scard, work)
