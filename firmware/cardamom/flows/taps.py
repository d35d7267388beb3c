"""What the terminal has for taps: the reader, its lights, the kernels' parameters and memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.ports import ContactlessReader, Signals


@dataclass(eq=False, slots=True)
class Taps:
    """`torn`: transactions that a card left in the middle of, until it is back."""

    reader: ContactlessReader
    rules: TapRules
    signals: Signals
    torn: TornLog = field(default_factory=TornLog)
