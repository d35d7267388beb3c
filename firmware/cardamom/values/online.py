"""What the terminal asks of a host and what it hears."""

from __future__ import annotations

from dataclasses import dataclass, field

from cardamom.values.events import Verdict
from cardamom.values.record import Record
from cardamom.values.secret import Pan, Pin, PinBlock, Track2
from cardamom.values.tags import Tags


@dataclass(frozen=True, slots=True)
class CardData:
    """What a request needs of the card. `expiry` is YYMM; `psn` tag 5F34 as a number."""

    pan: Pan
    expiry: str
    psn: int | None = None
    track2: Track2 | None = None


@dataclass(frozen=True, slots=True)
class OnlineRequest:
    """One financial request: 0200 and its kin. The record holds amount, numbers and times."""

    record: Record
    card: CardData
    tags: Tags | None = None
    """Chip data; the acquirer profile picks what goes into field 55."""
    pin: Pin | PinBlock | None = None


@dataclass(frozen=True, slots=True)
class OnlineAnswer:
    """A matched, readable answer."""

    verdict: Verdict
    code: str
    """Field 39."""
    auth_code: str | None = None
    rrn: str | None = None
    host_time: str | None = None
    """Fields 13 and 12, `MMDDhhmmss`."""
    arc: bytes = b""
    """Tag 8A: the host's own, or field 39 where it sends none."""
    issuer_auth: bytes = b""
    """Tag 91."""
    scripts: bytes = field(default=b"", repr=False)
    """Templates 71 and 72 as they came."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Provably no byte left: nothing is owed."""

    why: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A byte may have left and no valid answer came: a reversal is owed.

    `readable` is False for a bad MAC, a mismatch or garbage, True for silence.
    """

    why: str
    garbled: bool = False


OnlineResult = OnlineAnswer | NotSent | NoAnswer
