"""The supervisor's proof: a passcode, a few tries, then a wait that doubles."""

from __future__ import annotations

import asyncio
import math
from typing import Final

from cardamom.engines.passcode import TEST_PASSCODE, matches
from cardamom.faults import Fault
from cardamom.ports import Clock, Journal
from cardamom.story import tell
from cardamom.values.operations import OPERATIONS, Operation, Role
from cardamom.values.secret import Passcode
from cardamom.values.terminal_events import OperatorAct

FREE_TRIES: Final = 3
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 3600.0


class NotAllowed(Fault):
    """The role was not proved: nothing was done. The text says what is wanted."""


class Rights:
    """Who may do what. `line`: the supervisor's hash as engines.passcode writes it; None: none was
    set, which in a demo means TEST_PASSCODE and in production that nobody is a supervisor.

    Wrong tries are counted until the terminal restarts.
    """

    def __init__(
        self, journal: Journal, clock: Clock, line: str | None, *, production: bool
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._line = line
        self._production = production
        self._wrong = 0
        self._free_at = 0.0
        self._one = asyncio.Lock()

    @property
    def supervised(self) -> bool:
        """Somebody can prove to be a supervisor."""
        return self._line is not None or not self._production

    @property
    def wait_s(self) -> int:
        """Whole seconds until a passcode is looked at again; 0: now."""
        return max(0, math.ceil(self._free_at - self._clock.monotonic()))

    async def prove(self, operation: Operation, passcode: Passcode | None, what: str = "") -> str:
        """The operator who does it. What a supervisor is about to do is journalled; `what` names
        it further, as a transaction's number.

        Raises NotAllowed where the operation's role was not proved, JournalFault.
        """
        if OPERATIONS[operation].role is Role.CLERK:
            return Role.CLERK.value
        act = f"{operation.value} {what}".strip()
        async with self._one:
            await self._look(act, passcode)
            await self._note(act)
        return Role.SUPERVISOR.value

    async def note(self, operator: str, act: str) -> None:
        """Journals what somebody did whose right was proved elsewhere. Raises JournalFault."""
        await self._note(act, operator)

    async def _look(self, act: str, passcode: Passcode | None) -> None:
        if not self.supervised:
            raise NotAllowed(
                "no supervisor's passcode is set: make one with `cardamom passcode` and name its "
                "file in terminal.supervisor_hash_file"
            )
        if passcode is None:
            raise NotAllowed("this needs the supervisor's passcode")
        if wait := self.wait_s:
            raise NotAllowed(f"too many wrong passcodes: wait {wait} seconds")
        self._wrong += 1  # counted before it is looked at: a try given up half way was one
        if await self._right(passcode):
            self._wrong = 0
            return
        if self._wrong >= FREE_TRIES:
            doublings = min(self._wrong - FREE_TRIES, 20)
            pause = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**doublings)
            self._free_at = self._clock.monotonic() + pause
        tell("passcode_wrong", tries=self._wrong)
        await self._note(f"wrong passcode for {act}", by="unknown")
        raise NotAllowed("the passcode is wrong")

    async def _right(self, passcode: Passcode) -> bool:
        if self._production and passcode == TEST_PASSCODE:
            return False
        if self._line is None:
            return passcode == TEST_PASSCODE
        return await asyncio.to_thread(matches, passcode, self._line)

    async def _note(self, act: str, by: str = Role.SUPERVISOR.value) -> None:
        await self._journal.note(OperatorAct(at=self._clock.now(), operator=by, act=act))
