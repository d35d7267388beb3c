"""The customer is asked in the card's language where the terminal speaks it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.values.keys import Key
from cardamom.values.merchant import Language
from cardamom.values.screens import Approved, ChooseApplication, EnterPin, PresentCard
from support.clerk import AMOUNT, play
from support.hands import HandCard
from support.shop import Shop


@pytest.mark.parametrize(
    ("card", "language"), [("en", Language.EN), ("fren", Language.EN), ("zhen", None), ("fr", None)]
)
def test_application_and_pin(tmp_path: Path, card: str, language: Language | None) -> None:
    async def script(shop: Shop) -> None:
        made = structs.replace(load_profile("two-applications"), language=card)
        shop.types("1234")
        await shop.sees(PresentCard)
        shop.reader.insert(HandCard(Card(made)))
        names = ("LAB DEBIT", "LAB CREDIT")
        assert await shop.sees(ChooseApplication) == ChooseApplication(AMOUNT, names, 0, language)
        shop.keypad.press(Key.ENTER)
        assert await shop.sees(EnterPin) == EnterPin(AMOUNT, 0, 60, language=language)
        shop.types("123456")
        await shop.sees(Approved)

    play(tmp_path, script)
