"""A renewed certificate beside the one in use: tried on the host, taken over once it has answered.

What was in use stays in use until then, and is kept after. Each step on the disk is one rename, so
that a power cut anywhere leaves a terminal that connects and goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from cardamom.acquirer.identity import Identity
from cardamom.acquirer.link import Link
from cardamom.acquirer.opening import Refused
from cardamom.acquirer.slots import Slot
from cardamom.faults import Fault
from cardamom.story import tell
from cardamom.values.alarms import Alarm, Cause

LOOK_S: Final = 5.0
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 3600.0
"""Between two tries of one certificate: the acquirer may need a day to register it."""


class Renewal:
    """`paying`: a payment is under way, which no trial is to hold up. `changed` is called when
    anything is new."""

    def __init__(
        self,
        identity: Identity,
        link: Link,
        *,
        paying: Callable[[], bool] = lambda: False,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._identity = identity
        self._link = link
        self._paying = paying
        self._changed = changed
        self._stamp: tuple[int, int] | None = None
        self._at = 0.0
        self._wait = FIRST_WAIT_S
        self._why = ""

    def alarms(self) -> tuple[Alarm, ...]:
        """That the host does not take it, as long as it does not."""
        if not self._why:
            return ()
        detail = (
            f"the host does not take the renewed certificate ({self._why}), so the one before "
            "stays in use: ask the acquirer whether it knows the new one; it is tried again by "
            "itself"
        )
        return (Alarm(cause=Cause.CERTIFICATE_REFUSED, detail=detail),)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Tries what waits to be tried, when its time has come. Never raises Fault."""
        stamp = self._identity.slots.stamp(Slot.NEXT)
        if stamp != self._stamp:
            self._stamp, self._at, self._wait = stamp, 0.0, FIRST_WAIT_S
            self._say("")
        clock = asyncio.get_running_loop().time
        if stamp is None or clock() < self._at or self._paying():
            return
        try:
            context = await asyncio.to_thread(self._identity.context, Slot.NEXT)
            await self._link.try_certificate(
                context, partial(asyncio.to_thread, self._identity.take_over)
            )
        except Fault as e:
            tell("certificate_not_taken", why=str(e))
            # a host that is not to be had says nothing about a certificate
            if isinstance(e, Refused) or self._link.state().usable:
                self._say(str(e))
            self._at = clock() + self._wait
            self._wait = min(2 * self._wait, LONGEST_WAIT_S)
            return
        tell("certificate_taken", host=self._link.name)
        self._stamp = None
        self._say("")
        self._changed()

    def _say(self, why: str) -> None:
        if why != self._why:
            self._why = why
            self._changed()
