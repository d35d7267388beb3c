"""What a picture of a screen is made from, and the values that many share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cardamom.values.merchant import Language
from cardamom.values.money import Money
from cardamom.values.screens import Screen, StatusLine

AMOUNT: Final = Money(128_00, "CNY")
LIMIT: Final = Money(50_000_00, "CNY")
DEMO: Final = StatusLine(link_ok=True, paper_ok=True, clock="13:37")
OFFLINE: Final = StatusLine(link_ok=False, paper_ok=True, clock="13:37")
NO_PAPER: Final = StatusLine(link_ok=True, paper_ok=False, clock="13:37")
TRAINING: Final = StatusLine(link_ok=True, paper_ok=True, clock="13:37", mode="training")
PRODUCTION: Final = StatusLine(link_ok=True, paper_ok=True, clock="13:37", mode="production")
LARGE: Final = Money(1_234_567_00, "CNY")
ALARMED: Final = StatusLine(link_ok=True, paper_ok=True, clock="13:37", owed=2, alarm=True)
VISITED: Final = StatusLine(link_ok=True, paper_ok=True, clock="13:37", support=True)
VISITED_ILL: Final = StatusLine(
    link_ok=False, paper_ok=True, clock="13:37", alarm=True, support=True
)
OWING: Final = StatusLine(link_ok=False, paper_ok=True, clock="13:37", owed=2)


@dataclass(frozen=True, slots=True)
class Specimen:
    """A screen, the status line over it, and texts that come from outside by language."""

    screen: Screen
    status: StatusLine = DEMO
    chinese: Screen | None = field(default=None)
    """The same screen where its own texts (a merchant, an application) are Chinese."""

    def of(self, language: Language) -> Screen:
        return self.chinese if self.chinese and language is Language.ZH else self.screen
