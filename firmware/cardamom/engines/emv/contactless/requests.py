"""What a tap asks of the world beside what any kernel asks (engines/emv/requests.py)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from cardamom.engines.emv.contactless.outcome import Parameters, Ui
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.requests import Outcome, Request
from cardamom.values.events import Reason


@dataclass(frozen=True, slots=True)
class Show:
    """A User Interface Request. Answered with None, at once: it holds nothing up."""

    ui: Ui


@dataclass(frozen=True, slots=True)
class Activate:
    """Poll for a card and power it (Book B, 3.2). Answered with Presented, or with a Reason where
    nobody came.

    `field_off_ms`: the field is off that long before; `ui`: what is shown while it waits.
    """

    ui: Ui
    field_off_ms: int = 0


@dataclass(frozen=True, slots=True)
class Remember:
    """What is known of torn transactions from now on, whenever that changes. Answered with None, at
    once."""

    torn: TornLog


class Presented(Enum):
    CARD = "card"
    COLLISION = "collision"
    """More than one."""


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of a second presentment. `parameters`: what it ended with; `results`: of the
    issuer's scripts, as tag 9F5B has them, empty where it sent none; `why`: why the card was not
    given all of it, None where it was."""

    parameters: Parameters
    results: bytes
    why: Reason | None = None


T = TypeVar("T")
TapRequest = Request | Show | Activate | Remember
UpdateKernel = Generator[TapRequest, Any, Updated]


@dataclass(frozen=True, slots=True)
class TapResult:
    """What became of a tap. `torn`: what the terminal remembers of torn transactions from now on.

    `parameters`: the outcome that the kernel ended with, before anybody was asked. `restart`: the
    entry point anew, for the issuer's answer to be given to the card; None where there is nothing
    to give, or nobody to take it. What comes of it changes nothing of the outcome.
    """

    outcome: Outcome
    parameters: Parameters
    torn: TornLog = field(default_factory=TornLog)
    restart: Callable[[], UpdateKernel] | None = None


TapSteps = Generator[TapRequest, Any, T]
TapKernel = Generator[TapRequest, Any, TapResult]
