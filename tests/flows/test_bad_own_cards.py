"""Own cards that are bad, at a simulated PN532 and in real time: a clear word, and the next card is
taken, each within a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pytest

from cardamom.devices.pn532 import Pn532Reader
from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.flows.taps import Taps
from cardamom.simulator.pn532.picc import InField, Picc
from cardamom.simulator.pn532.simulated import SimulatedPn532
from cardamom.simulator.pn532.tags import Type2Tag, Type4Tag, type_2
from cardamom.values.contactless import Tech
from cardamom.values.events import Entry, Reason, Tender
from cardamom.values.member_screens import MemberShown
from cardamom.values.screens import Approved, PresentCard
from cardamom.values.secret import Passcode
from cardamom.values.states import State
from support.clerk import AMOUNT, play
from support.hand_taps import KeptSignals
from support.hands import HandClock
from support.members import NUMBER, STRANGER, UID, MemberShop, forged, record
from support.pn532 import BAUD, picc
from support.shop import Shop
from support.tapped import combinations

MOST_S, LIFTED_S = 1.0, 0.1
SUPERVISOR = Passcode(b"246810")
OTHER = bytes.fromhex("04112233445566")


class WallClock(HandClock):
    """It sleeps as long as it is asked to."""

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Pn532Shop(MemberShop):
    clock_type = WallClock

    def contactless(self) -> Taps:
        self.pn532 = SimulatedPn532().open()
        self.signals = KeptSignals(self)
        self.pn532_reader = Pn532Reader(self.pn532.device, baud=BAUD)
        self.taps = Taps(
            self.pn532_reader, TapRules(self.emv(), combinations(**self.limits)), self.signals
        )
        return self.taps

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await super().__aexit__(kind, error, at)
        await self.pn532_reader.close()
        self.pn532.close()


def tag(message: bytes, uid: bytes = UID) -> Type2Tag:
    return type_2(uid, message)


def type_4(message: bytes, uid: bytes = UID) -> Picc:
    return Picc(Tech.A, uid, Type4Tag(message).process)


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (lambda: [tag(record(), OTHER)], Reason.CARD_COPIED),
        (lambda: [tag(record(key=STRANGER))], Reason.NOT_SIGNED),
        (lambda: [tag(forged())], Reason.NOT_SIGNED),
        (lambda: [tag(record(until="2001"))], Reason.CARD_EXPIRED),
        (lambda: [tag(record()[:-1])], Reason.NOT_ACCEPTED),
        (lambda: [tag(b"\xff" * 20)], Reason.NOT_ACCEPTED),
        (lambda: [type_4(record(), OTHER)], Reason.CARD_COPIED),
        (lambda: [type_4(record(key=STRANGER))], Reason.NOT_SIGNED),
        (lambda: [type_4(b"\xff" * 20)], Reason.NO_APPLICATION),
        (lambda: [picc()], Reason.NO_APPLICATION),
        (lambda: [tag(record()), tag(record(uid=OTHER), OTHER)], Reason.ONE_CARD),
        (lambda: [tag(record()), picc()], Reason.ONE_CARD),
        (lambda: [tag(record()), picc(Tech.B)], Reason.ONE_CARD),
    ],
    ids=[
        "copied", "stranger", "forged", "expired", "cut short", "no message",
        "type 4, copied", "type 4, stranger", "type 4, no message", "no tag", "two own",
        "own and payment card", "own and payment card of type B",
    ],
)  # fmt: skip
def test_the_word_and_the_next_card(
    tmp_path: Path, held: Callable[[], list[InField]], why: Reason
) -> None:
    async def script(shop: Shop) -> None:
        assert isinstance(shop, Pn532Shop)
        shop.types("1234")
        await shop.sees(PresentCard)
        cards = held()
        began = time.monotonic()
        for card in cards:
            shop.pn532.radio.put(card)
        await shop.shows(PresentCard(AMOUNT, ("tap", "insert"), why))
        told = time.monotonic()
        assert not shop.host.requests
        for card in cards:
            shop.pn532.radio.take(card)
        await asyncio.sleep(LIFTED_S)
        shop.pn532.radio.put(tag(record()))
        await shop.sees(Approved)
        assert max(told - began, time.monotonic() - told) < MOST_S

    play(tmp_path, script, Pn532Shop)


def test_a_tag_that_leaves_in_the_middle_of_its_record(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        assert isinstance(shop, Pn532Shop)
        shop.types("1234")
        await shop.sees(PresentCard)
        leaving = tag(record())
        began = time.monotonic()
        shop.pn532.radio.put(leaving)
        shop.pn532.radio.tear(leaving, 60)
        await shop.shows(PresentCard(AMOUNT, ("tap", "insert"), Reason.PRESENT_AGAIN))
        told = time.monotonic()
        await asyncio.sleep(LIFTED_S)
        shop.pn532.radio.put(leaving)
        await shop.sees(Approved)
        assert max(told - began, time.monotonic() - told) < MOST_S

    play(tmp_path, script, Pn532Shop)


class AboveTheTapLimit(Pn532Shop):
    limits = {"transaction_limit": 100}  # noqa: RUF012 as the shop declares it


@pytest.mark.parametrize("kind", [Pn532Shop, AboveTheTapLimit])
def test_a_type_4_tag_pays_and_is_refunded(tmp_path: Path, kind: type[Pn532Shop]) -> None:
    async def script(shop: Shop) -> None:
        assert isinstance(shop, Pn532Shop)
        shop.types("1234")
        await shop.sees(PresentCard)
        held = type_4(record())
        shop.pn532.radio.put(held)
        await shop.sees(Approved)
        paid = await shop.last()
        assert (paid.tender, paid.entry) == (Tender.CLOSED_LOOP, Entry.TAG)
        shop.pn532.radio.take(held)
        await asyncio.sleep(LIFTED_S)
        await shop.desk.settle(None)
        shop.pn532.radio.put(held)
        refund = await shop.desk.refund(paid.txn, None, "refund-1", SUPERVISOR)
        assert (refund.state, refund.tender) == (State.APPROVED, Tender.CLOSED_LOOP)

    play(tmp_path, script, kind)


def test_a_type_4_tag_names_its_member(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        assert isinstance(shop, Pn532Shop)
        shop.pn532.radio.put(type_4(record()))
        showing = asyncio.create_task(shop.desk.members.show(None))
        await shop.sees(MemberShown)
        shop.keypad.press("enter")
        held = await showing
        assert (held.number, held.entry) == (NUMBER, Entry.TAG)

    play(tmp_path, script, Pn532Shop)
