"""What a kernel notes while it works, for whoever explains the transaction afterwards.

Notes change nothing. They stand in a transcript between the commands (transcript.py), so that also
a masked one tells which rule set which bit.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec


class TvrSet(msgspec.Struct, frozen=True, array_like=True, tag="tvr"):
    """Bits of the TVR that were not set before, as a 40-bit number."""

    bits: int


class TvrCleared(msgspec.Struct, frozen=True, array_like=True, tag="tvr_cleared"):
    """Bits of the TVR that were set before."""

    bits: int


class TsiSet(msgspec.Struct, frozen=True, array_like=True, tag="tsi"):
    """Bits of the TSI that were not set before, as a 16-bit number."""

    bits: int


class Forgotten(msgspec.Struct, frozen=True, array_like=True, tag="forgotten"):
    """TVR and TSI are zero again and nothing is known of a card (Book 3, 10.1)."""


class StartedAgain(msgspec.Struct, frozen=True, array_like=True, tag="again"):
    """A card is presented once more. `update`: the one that paid, to be given what its issuer sent;
    else all begins anew."""

    update: bool


class NotAgain(msgspec.Struct, frozen=True, array_like=True, tag="not_again"):
    """The card that paid was not presented once more. `why`: a Reason's value."""

    why: str


class CvmTry(StrEnum):
    """What came of one rule of the CVM list."""

    NOT_MET = "not_met"
    """Its condition does not hold here, or cannot be told."""
    NOT_SUPPORTED = "not_supported"
    FAILED = "failed"
    SUCCESSFUL = "successful"
    UNKNOWN = "unknown"
    """A signature: nobody knows yet."""


class CvmTried(msgspec.Struct, frozen=True, array_like=True, tag="cvm"):
    """One rule of the list: its two bytes, and what came of it."""

    code: int
    condition: int
    result: CvmTry


class Unproven(msgspec.Struct, frozen=True, array_like=True, tag="unproven"):
    """Why offline data authentication failed."""

    why: str


class Codes(StrEnum):
    """A pair of action codes."""

    DENIAL = "denial"
    ONLINE = "online"
    DEFAULT = "default"


class Compared(msgspec.Struct, frozen=True, array_like=True, tag="codes"):
    """The TVR against one pair of action codes, 40-bit numbers (Book 3, 10.7)."""

    codes: Codes
    tvr: int
    terminal: int
    issuer: int

    @property
    def matched(self) -> int:
        return self.tvr & (self.terminal | self.issuer)


Note = (
    TvrSet
    | TvrCleared
    | TsiSet
    | Forgotten
    | StartedAgain
    | NotAgain
    | CvmTried
    | Unproven
    | Compared
)
Watch = Callable[[Note], None]


def unwatched(_: Note) -> None:
    """Nobody listens."""
