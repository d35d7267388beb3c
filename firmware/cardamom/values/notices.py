"""Screens that tell of what the terminal does, or waits for, unasked."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.values.alarms import Cause
from cardamom.values.money import Money


@dataclass(frozen=True, slots=True)
class AlarmShown:
    """What is wrong and what to do. `idle`: it stands where payments would begin; F opens the menu,
    Enter looks whether it is over. Else Enter goes on.

    Of a parked transaction `amount` and `stan` say which one.
    """

    cause: Cause
    amount: Money | None = None
    stan: int = 0
    idle: bool = False


@dataclass(frozen=True, slots=True)
class Stopping:
    """The last picture: no daemon is behind it any more. `fault`: it ended by itself and systemd
    starts it again."""

    fault: bool = False


@dataclass(frozen=True, slots=True)
class SettingsRefused:
    """The last picture of a terminal that did not start. `why`: the sentence that names file, key
    and what is allowed; in English whatever the terminal's language."""

    why: str


@dataclass(frozen=True, slots=True)
class KeysUnopened:
    """The last picture of a terminal that systemd did not start: one of its sealed keys does not
    open on this board. Which one is not known here."""


@dataclass(frozen=True, slots=True)
class OtherReader:
    """A card reader is there, but not the one that the settings name. Enter looks again; F opens
    the menu."""

    wanted: str
    found: str
