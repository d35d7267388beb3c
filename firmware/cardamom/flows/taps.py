"""What the terminal has for taps: the reader, its lights, the kernels' parameters."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.ports import ContactlessReader, Signals


@dataclass(eq=False, slots=True)
class Taps:
    reader: ContactlessReader
    rules: TapRules
    signals: Signals
    update_s: float = 15.0
    """So long a card is asked for once more, to be given what its issuer sent."""

    @property
    def torn_seconds(self) -> int:
        """How long a torn transaction is remembered."""
        return max((c.mchip.torn_seconds for c in self.rules.combinations), default=0)
