"""What stands on the screen between payments: ready, or what stops them and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cardamom.values.alarms import Alarm, Cause
from cardamom.values.health import Condition, Health, Part
from cardamom.values.notices import AlarmShown, OtherReader
from cardamom.values.screens import Idle, NotReady, Screen

EXPLAINS: Final = {
    Cause.CLOCK: Part.HOST,
    Cause.CERTIFICATE_UNUSABLE: Part.HOST,
    Cause.CERTIFICATE_ENDED: Part.HOST,
    Cause.DISK: Part.JOURNAL,
}
"""Alarms that say more of a part that is out of order than the part itself."""


def standing(
    idle: Idle, parts: Sequence[Health], blocking: Sequence[Health], alarms: Sequence[Alarm]
) -> Screen:
    """`idle` where nothing stops payments. `alarms`: worst first. An alarm that stops them, or that
    explains the first part that does, says more than that part."""
    if not blocking:
        return idle
    if alarms and alarms[0].blocks:
        return AlarmShown(alarms[0].cause, idle=True)
    first = blocking[0]
    if first.condition is Condition.OTHER:
        return OtherReader(first.name, first.found)
    for alarm in alarms:
        if EXPLAINS.get(alarm.cause) is first.part:
            return AlarmShown(alarm.cause, idle=True)
    return NotReady(tuple(parts))
