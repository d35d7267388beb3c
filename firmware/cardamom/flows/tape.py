"""The transcript of one card's visit, masked, as the journal takes it with the next event."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cardamom.engines.emv.masking import Masker
from cardamom.engines.emv.notes import StartedAgain
from cardamom.engines.emv.transcript import Recorder, pack
from cardamom.story import tell
from cardamom.values.events import Transcript

TRIES: Final = 4


class Tape(Recorder):
    """Records, and gives up what came since it was last asked."""

    def __init__(self) -> None:
        super().__init__()
        self._masker = Masker()

    def again(self) -> None:
        """The next card, where one was tried before. Of many tries only the last are kept."""
        if not self._steps:
            return
        self.note(StartedAgain(update=False))
        begins = [n + 1 for n, step in enumerate(self._steps) if isinstance(step, StartedAgain)]
        if len(begins) > TRIES:
            del self._steps[: begins[-TRIES - 1]]

    def event(self, at: datetime) -> tuple[Transcript, ...]:
        """For the next commit; nothing where nothing was said. A fault of ours in masking costs the
        transcript, never the payment."""
        steps = self.take()
        if not steps:
            return ()
        try:
            return (Transcript(at=at, steps=pack(self._masker.mask(steps))),)
        except Exception as e:  # noqa: BLE001 money comes first
            tell("transcript_lost", error=e)
            return ()
