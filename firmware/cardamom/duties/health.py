"""Looks after the parts: what is well, what is not, and who needs to know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from cardamom.duties.pause import pause
from cardamom.ports import Clock, Device, Display
from cardamom.story import tell
from cardamom.values.alarms import Alarm
from cardamom.values.health import Health, Part
from cardamom.values.screens import StatusLine

BLOCKING = (Part.JOURNAL, Part.READER, Part.HOST)
"""Without these no payment can be taken. A printer or a panel is not among them."""
SICK_S = 2.0
WELL_S = 30.0
FIRST_LOOK_S = 0.5


class HealthWatch:
    """Checks every part, the sick ones often; keeps the status line right; wakes the desk."""

    def __init__(
        self,
        devices: Mapping[Part, Device],
        display: Display,
        clock: Clock,
        mode: str,
        *,
        without_host: Callable[[], bool] = lambda: False,
        alarms: Callable[[], tuple[Alarm, ...]] = lambda: (),
        owed: Callable[[], int] = lambda: 0,
        support: Callable[[], bool] = lambda: False,
    ) -> None:
        """`without_host`: cards may approve payments alone now. `owed`: messages that the host is
        still to be sent. `support`: somebody of support is logged in."""
        self._devices = devices
        self._display = display
        self._clock = clock
        self._mode = mode
        self._without_host = without_host
        self._owed = owed
        self._support = support
        self.alarms = alarms
        """What a person must see to, worst first."""
        self._last: dict[Part, Health] = {}
        self._line: StatusLine | None = None
        self._asked = asyncio.Event()
        self.changed = asyncio.Event()

    def parts(self) -> tuple[Health, ...]:
        """All parts as last seen, what blocks payment first."""
        ordered = sorted(
            self._devices,
            key=lambda p: (p not in BLOCKING, BLOCKING.index(p) if p in BLOCKING else 0),
        )
        return tuple(self._devices[part].state() for part in ordered)

    def blocking(self) -> tuple[Health, ...]:
        """The parts without which no payment can be taken, now."""
        spared = Part.HOST if self._without_host() else None
        return tuple(
            h for h in self.parts() if h.part in BLOCKING and h.part is not spared and not h.usable
        )

    def look(self) -> None:
        """Check every part soon."""
        self._asked.set()
        self._asked.clear()

    async def first_look(self) -> None:
        """Open every part, side by side; one that takes long does not hold up the start."""
        looks = [asyncio.ensure_future(device.check()) for device in self._devices.values()]
        pause = asyncio.ensure_future(self._clock.sleep(FIRST_LOOK_S))
        whole = asyncio.gather(*looks)
        await asyncio.wait((whole, pause), return_when=asyncio.FIRST_COMPLETED)
        pause.cancel()
        self._notice()

    async def run(self) -> None:
        """Until cancelled: a watcher a part, so that a slow one holds up nobody."""
        async with asyncio.TaskGroup() as group:
            for device in self._devices.values():
                group.create_task(self._watch(device))
            group.create_task(self._tick())

    async def _watch(self, device: Device) -> None:
        while True:
            await device.check()
            self._notice()
            wait = WELL_S if device.state().usable else SICK_S
            await pause(self._clock, wait, self._asked)

    async def _tick(self) -> None:
        """Notice what parts say of themselves between two looks, and keep the clock right."""
        while True:
            self._notice()
            await self._clock.sleep(0.25)

    def _notice(self) -> None:
        for health in self.parts():
            if self._last.get(health.part) != health:
                self._last[health.part] = health
                tell(
                    "part" if health.usable else "part_lost",
                    part=health.part,
                    condition=health.condition,
                    why=health.detail,
                )
                self.changed.set()
        self._show_line()

    def _show_line(self) -> None:
        well = {h.part: h.usable for h in self.parts()}
        line = StatusLine(
            link_ok=well.get(Part.HOST, False),
            paper_ok=well.get(Part.PRINTER, False),
            clock=self._clock.local().strftime("%H:%M"),
            mode=self._mode,
            owed=self._owed(),
            alarm=bool(self.alarms()),
            support=self._support(),
        )
        if line != self._line:
            self._line = line
            self._display.status(line)
