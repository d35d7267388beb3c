"""How long things take: the serial line, the radio, the chip and the card.

Every share is counted; those that are switched on are also waited for, so that a tap takes as long
as it would.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardamom.engines.isodep.steps import carrier_us
from cardamom.values.contactless import Tech

LINE_BITS: Final = 10
"""A byte on the line: start, eight, stop."""
CRC: Final = 2
ETU_CYCLES: Final = 128
"""Of the carrier, a bit at 106 kbit/s (ISO/IEC 14443-2)."""
ANSWER_CYCLES: Final = 1236
"""Type A: between our last bit and the card's first (ISO/IEC 14443-3, 6.2.1.1)."""
ANSWER_B_CYCLES: Final = (64 + 80) * 16
"""Type B: TR0 and TR1 at their least (ISO/IEC 14443-3, 7.1.6)."""
FRAMING_B_ETU: Final = 23
"""SOF and EOF (ISO/IEC 14443-3, 7.1.4 and 7.1.5)."""
CHIP_US: Final = 500
"""What the chip's own firmware takes for a command. An assumption: its manual has no figure."""


class Share(StrEnum):
    LINE = "line"
    RADIO = "radio"
    CHIP = "chip"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Slow:
    """What is waited for. `card_us`: what the card takes for a command beyond our own card's
    time."""

    line: bool = False
    radio: bool = False
    card_us: int = 0
    chip_us: int = CHIP_US


class Pace:
    """One command after another: `begin` when its last byte is in, `spend` as it goes on,
    `catch_up` before anything is seen from outside."""

    def __init__(self, slow: Slow = Slow()) -> None:
        self.slow = slow
        self.spent: Counter[Share] = Counter()
        self.frames = 0
        self._due_ns = 0
        self._late_ns = 0

    def begin(self) -> None:
        self._due_ns = time.perf_counter_ns() - self._late_ns
        self._late_ns = 0

    def start_anew(self) -> None:
        """What was late until now is not made up for: a measurement begins."""
        self._due_ns = max(self._due_ns, time.perf_counter_ns())
        self._late_ns = 0

    def spend(self, share: Share, microseconds: float) -> None:
        us = round(microseconds)
        self.spent[share] += us
        waited = {
            Share.LINE: self.slow.line,
            Share.RADIO: self.slow.radio,
            Share.CHIP: self.slow.radio,
            Share.CARD: True,
        }
        if waited[share]:
            self._due_ns += us * 1000

    def line(self, size: int, baud: int) -> None:
        self.spend(Share.LINE, size * LINE_BITS * 1e6 / baud)

    def chip(self) -> None:
        self.spend(Share.CHIP, self.slow.chip_us)

    def air(self, tech: Tech, size: int, speed: int = 0) -> None:
        """One frame on the radio, CRC beside. `speed`: 0 is 106 kbit/s, 1 twice that."""
        self.frames += 1
        bits = 2 + 9 * (size + CRC) if tech is Tech.A else FRAMING_B_ETU + 10 * (size + CRC)
        self.spend(Share.RADIO, carrier_us(bits * ETU_CYCLES >> speed))

    def turn(self, tech: Tech) -> None:
        """Between a frame and its answer."""
        cycles = ANSWER_CYCLES if tech is Tech.A else ANSWER_B_CYCLES
        self.spend(Share.RADIO, carrier_us(cycles))

    def card(self, began_ns: int, commands: int) -> None:
        """The card has worked since `began_ns`, and has run so many commands."""
        took = (time.perf_counter_ns() - began_ns) / 1000
        self.spend(Share.CARD, took + commands * self.slow.card_us)

    def catch_up(self) -> None:
        """Waits until what was spent has passed. A sleep that lasts too long is made up for by the
        next one, be it another command's: on a machine that wakes late nothing takes longer."""
        if not (self.slow.line or self.slow.radio or self.slow.card_us):
            return
        left_ns = self._due_ns - time.perf_counter_ns()
        if left_ns > 0:
            time.sleep(left_ns / 1e9)
        self._late_ns = max(0, time.perf_counter_ns() - self._due_ns)
