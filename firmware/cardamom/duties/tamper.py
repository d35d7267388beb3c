"""The case is opened: keys are erased, and no payment is taken until a technician was here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from cardamom.faults import JournalFault
from cardamom.ports import Clock, Device
from cardamom.story import tell

AGAIN_S: Final = 2.0
"""Between two tries to erase where the journal's disk fails."""


class TamperSwitch(Device, Protocol):
    async def opened(self) -> None:
        """Returns once the case is open, at once where it is. Never raises; a switch that is lost
        tells nothing."""
        ...


class TamperJournal(Protocol):
    async def tampered(self) -> bool:
        """Whether keys were erased because the case was opened, and nobody has cleared it since.
        Raises JournalFault."""
        ...

    async def erase_keys(self, at: datetime) -> tuple[str, ...]:
        """Destroys every key and refuses payment from now on, in one durable commit; what was
        erased, by name. Raises JournalFault; then nothing was erased."""
        ...


class TamperWatch:
    """`outside` asks for the erasing of keys that lie outside the journal, where the daemon may not
    write. `changed` is called when anything is new."""

    def __init__(
        self,
        switch: TamperSwitch,
        journal: TamperJournal,
        clock: Clock,
        *,
        outside: Callable[[], None] = lambda: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._switch = switch
        self._journal = journal
        self._clock = clock
        self._outside = outside
        self._changed = changed

    async def run(self) -> None:
        """Until cancelled. What an earlier start left undone is asked for again."""
        if not await self._known():
            await self._switch.opened()
            tell("tampered", why="the case was opened: keys are erased")
            await self._erased()
        self._outside()
        self._changed()
        await asyncio.Event().wait()

    async def _known(self) -> bool:
        while True:
            try:
                return await self._journal.tampered()
            except JournalFault:
                await self._clock.sleep(AGAIN_S)

    async def _erased(self) -> None:
        while True:
            try:
                slots = await self._journal.erase_keys(self._clock.now())
            except JournalFault as fault:
                tell("tamper_erase_failed", why=fault)
                self._changed()
                await self._clock.sleep(AGAIN_S)
            else:
                tell("keys_erased", slots=", ".join(slots) or "none")
                return
