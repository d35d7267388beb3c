"""What is held to the reader and cannot pay: a clear word, and the next card is asked for within a
second of the terminal's clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from cardamom.faults import CardFault
from cardamom.simulator.card.contactless import TappedCard
from cardamom.simulator.card.contactless_profile import load_contactless
from cardamom.values.contactless import ManyCards
from cardamom.values.events import Reason
from cardamom.values.screens import Approved, PresentCard
from support.clerk import play
from support.hand_taps import HandTag, HandTapCard, TapShop
from support.hands import settle
from support.shop import Shop

STEP_S, MOST_S = 0.1, 1.0
PHONE_S = 1.3
"""So long Kernel 3 has the field off before a phone is looked for again."""


def transit() -> HandTapCard:
    """It speaks ISO-DEP, and has no payment directory."""
    profile = load_contactless("visa")
    return HandTapCard(TappedCard(structs.replace(profile, ppse=False)))


def foreign() -> HandTapCard:
    """It pays, with an application that is not accepted here."""
    profile = load_contactless("visa")
    (application,) = profile.applications
    other = structs.replace(application, aid="F0000009990101")
    return HandTapCard(TappedCard(structs.replace(profile, applications=(other,))))


def refusing(sw: str) -> HandTapCard:
    """A phone that is locked answers so to GET PROCESSING OPTIONS."""
    profile = load_contactless("visa-phone")
    (application,) = profile.applications
    locked = structs.replace(application, options_sw=sw)
    return HandTapCard(TappedCard(structs.replace(profile, applications=(locked,))))


def half(at: int) -> HandTapCard:
    return HandTapCard(TappedCard(load_contactless("mchip")), leaves_at=at)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        pytest.param(HandTag, {Reason.NOT_ACCEPTED}, id="a tag"),
        pytest.param(ManyCards, {Reason.ONE_CARD}, id="two cards"),
        pytest.param(
            lambda: CardFault("it cannot be activated"), {Reason.PRESENT_AGAIN}, id="not activated"
        ),
        pytest.param(transit, {Reason.NO_APPLICATION, Reason.NOT_ACCEPTED}, id="a transit card"),
        pytest.param(foreign, {Reason.NO_APPLICATION, Reason.NOT_ACCEPTED}, id="another scheme"),
        pytest.param(lambda: refusing("6986"), {Reason.SEE_PHONE}, id="a locked phone"),
        *(
            pytest.param(lambda at=at: half(at), {Reason.PRESENT_AGAIN}, id=f"half a card, {at}")
            for at in (0, 1, 2, 5, 9)
        ),
    ],
)
def test_back_to_ready_within_a_second(tmp_path: Path, held: object, said: set[Reason]) -> None:
    async def script(s: Shop) -> None:
        assert isinstance(s, TapShop)
        s.types("1234")
        asked = await s.sees(PresentCard)
        s.field.hold(held())  # type: ignore[operator]
        began = s.clock.monotonic()
        while s.screen == asked or not isinstance(s.screen, PresentCard) or not s.field.waiting:
            most = MOST_S + (PHONE_S if Reason.SEE_PHONE in said else 0)
            assert s.clock.monotonic() - began <= most, s.screen
            await settle()
            await s.clock.passes(STEP_S)
        assert isinstance(s.screen, PresentCard)
        assert s.screen.retry in said
        s.tap("visa")
        await s.sees(Approved)

    play(tmp_path, script, TapShop)
