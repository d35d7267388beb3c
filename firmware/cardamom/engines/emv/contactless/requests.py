"""What a tap asks of the world beside what any kernel asks (engines/emv/requests.py)."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from cardamom.engines.emv.contactless.outcome import Parameters, Ui
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.requests import Outcome, Request


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
class TapResult:
    """What became of a tap. `torn`: what the terminal remembers of torn transactions from now on.

    `parameters`: the outcome that the kernel ended with, before anybody was asked.
    """

    outcome: Outcome
    parameters: Parameters
    torn: TornLog = field(default_factory=TornLog)


T = TypeVar("T")
TapRequest = Request | Show | Activate | Remember
TapSteps = Generator[TapRequest, Any, T]
TapKernel = Generator[TapRequest, Any, TapResult]
