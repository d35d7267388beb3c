"""What moves by itself: which of a screen's pictures a tick shows. One thing changes a tick."""

from __future__ import annotations

from typing import Final

from cardamom.ui.tokens import TOKENS
from cardamom.values.screens import (
    Authorising,
    EnterAmount,
    FindOriginal,
    Reading,
    RefundAmount,
    Screen,
)
from cardamom.values.setup_screens import SetupText

MOTION: Final = TOKENS.motion
TICK_S: Final = MOTION.tick_ms / 1000
WALK: Final = (2, 3, 4, 3, 2, 1, 0, 1)
"""Where the waiting block stands, step by step: back and forth, beginning in the middle."""
LIGHTS: Final = (1, 2, 3, 4, 3, 2)
"""How many lights are on while a tapped card is read: one changes a step."""


def caret_on(tick: int) -> bool:
    return tick // MOTION.caret_ticks % 2 == 0


def walker_at(tick: int) -> int:
    return WALK[tick // MOTION.walker_ticks % len(WALK)]


def lights_on(tick: int) -> int:
    return LIGHTS[tick % len(LIGHTS)]


def frame(screen: Screen, tick: int) -> int | None:
    """Names the picture that `screen` shows at `tick`; None where nothing moves."""
    match screen:
        case EnterAmount() | FindOriginal() | RefundAmount() | SetupText():
            return int(caret_on(tick))
        case Authorising():
            return walker_at(tick)
        case Reading(contact=False):
            return lights_on(tick)
        case _:
            return None
