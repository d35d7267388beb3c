"""A card that leaves with its cryptogram asked for: it is asked for that one when it is back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cardamom.engines.emv.contactless.outcome import Status
from cardamom.simulator.card.contactless import TappedCard
from cardamom.values.events import Reason
from cardamom.values.keys import Key
from cardamom.values.screens import Approved, Idle, NotCompleted, PresentCard
from support.clerk import AMOUNT, play
from support.hand_taps import HandTapCard, TapShop
from support.hands import settle, until
from support.shop import Shop

ASKED = PresentCard(AMOUNT, ("tap", "insert"))
GENERATE_AC = 10
"""Which command it is of a tap of the Kernel 2 card."""


async def asked(shop: Shop) -> TapShop:
    """12.34, and the card is asked for."""
    assert isinstance(shop, TapShop)
    shop.types("1234")
    await shop.sees(PresentCard)
    return shop


def test_a_torn_cryptogram_is_remembered_for_the_next_sale(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        shop = await asked(s)
        card = shop.tap("mchip", leaves_at=GENERATE_AC)
        await shop.shows(replace(ASKED, retry=Reason.PRESENT_AGAIN))
        shop.keypad.press(Key.CANCEL)
        await shop.sees(NotCompleted)
        assert len((await shop.journal.torn()).records) == 1
        shop.keypad.press(Key.ENTER)
        await shop.waits_for(Idle)
        card.out.clear()
        card._pull_at = None
        await asked(shop)
        shop.field.hold(card)
        await shop.sees(Approved)
        assert not (await shop.journal.torn()).records

    play(tmp_path, script, TapShop)


def test_a_torn_tap_is_recovered_after_a_restart(tmp_path: Path) -> None:
    """The card made its cryptogram and left; the power goes before it is back."""
    held: list[TappedCard] = []

    async def torn(s: Shop) -> None:
        shop = await asked(s)
        card = shop.tap("mchip", loses_at=GENERATE_AC)
        held.append(card.simulated)
        await until(lambda: Status.PROCESSING_ERROR in shop.signals.told)
        await settle()
        assert card.sent[-1][:2] == bytes.fromhex("80AE")
        assert shop.host.requests == []

    async def again(s: Shop) -> None:
        shop = await asked(s)
        card = HandTapCard(held[0])
        shop.field.hold(card)
        await shop.sees(Approved)
        headers = [command[:2].hex() for command in card.sent]
        assert "80d0" in headers
        assert "80ae" not in headers
        assert len(shop.host.requests) == 1
        assert not (await shop.journal.torn()).records

    play(tmp_path, torn, TapShop)
    number = held[0].profile.applications[0].pan
    files = b"".join(each.read_bytes() for each in tmp_path.glob("journal.db*"))
    assert number.encode() not in files
    assert bytes.fromhex(number) not in files
    play(tmp_path, again, TapShop)
