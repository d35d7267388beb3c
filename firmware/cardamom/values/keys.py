"""Keys of the 4x4 pad, by what they mean."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Key(StrEnum):
    """Right column from the top: Cancel, Clear, F, Enter; bottom row: Up, 0, Down."""

    D0 = "0"
    D1 = "1"
    D2 = "2"
    D3 = "3"
    D4 = "4"
    D5 = "5"
    D6 = "6"
    D7 = "7"
    D8 = "8"
    D9 = "9"
    CANCEL = "cancel"
    CLEAR = "clear"
    MENU = "menu"
    ENTER = "enter"
    UP = "up"
    DOWN = "down"

    @property
    def digit(self) -> int | None:
        return int(self.value) if self.value.isdigit() else None


GRID: Final = (
    (Key.D1, Key.D2, Key.D3, Key.CANCEL),
    (Key.D4, Key.D5, Key.D6, Key.CLEAR),
    (Key.D7, Key.D8, Key.D9, Key.MENU),
    (Key.UP, Key.D0, Key.DOWN, Key.ENTER),
)
"""Rows from the top, as the keys lie."""
