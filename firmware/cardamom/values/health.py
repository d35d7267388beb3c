"""How each part is: what `status`, the status line and the not-ready screen are built from."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Part(StrEnum):
    """The parts a person can name."""

    READER = "reader"
    CONTACTLESS = "contactless"
    HOST = "host"
    PRINTER = "printer"
    DISPLAY = "display"
    KEYPAD = "keypad"
    JOURNAL = "journal"
    TAMPER = "tamper"
    """The switch that tells whether the case is open."""


class Condition(StrEnum):
    OK = "ok"
    CONNECTING = "connecting"
    PAPER_OUT = "paper_out"
    PAPER_LOW = "paper_low"
    ABSENT = "absent"
    OTHER = "other"
    """Another one is there than the settings name."""
    FAULT = "fault"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """One part's state. `detail`: an English sentence for log and `status`: what, what to do."""

    part: Part
    condition: Condition
    detail: str = ""
    name: str = ""
    """The device or address as the person configured or plugged it."""
    found: str = ""
    """What is there in its place."""

    @property
    def usable(self) -> bool:
        return self.condition in (Condition.OK, Condition.PAPER_LOW)
