"""What stands on the screen while something stops payments."""

from __future__ import annotations

import pytest

from cardamom.flows.standing import standing
from cardamom.values.alarms import Alarm, Cause
from cardamom.values.health import Condition, Health, Part
from cardamom.values.notices import AlarmShown, OtherReader
from cardamom.values.screens import Idle, NotReady, Screen

IDLE = Idle("Cardamom Cafe")
HOST = Health(part=Part.HOST, condition=Condition.FAULT, detail="the host refuses us")
JOURNAL = Health(part=Part.JOURNAL, condition=Condition.FAULT, detail="the disk is full")
READER = Health(part=Part.READER, condition=Condition.ABSENT)
OTHER = Health(part=Part.READER, condition=Condition.OTHER, name="ACR39U", found="uTrust 2700 R")


def shown(blocking: tuple[Health, ...], *causes: Cause) -> Screen:
    alarms = tuple(Alarm(cause=cause) for cause in causes)
    return standing(IDLE, (HOST, READER, JOURNAL), blocking, alarms)


@pytest.mark.parametrize(
    ("blocking", "causes", "screen"),
    [
        ((), (), IDLE),
        ((), (Cause.CERTIFICATE_UNUSABLE,), IDLE),
        ((HOST,), (), NotReady((HOST, READER, JOURNAL))),
        ((HOST,), (Cause.CLOCK,), AlarmShown(Cause.CLOCK, idle=True)),
        ((HOST,), (Cause.CERTIFICATE_ENDED,), AlarmShown(Cause.CERTIFICATE_ENDED, idle=True)),
        (
            (HOST,),
            (Cause.HOT, Cause.CERTIFICATE_UNUSABLE),
            AlarmShown(Cause.CERTIFICATE_UNUSABLE, idle=True),
        ),
        ((JOURNAL,), (Cause.DISK,), AlarmShown(Cause.DISK, idle=True)),
        ((JOURNAL, HOST), (Cause.CLOCK,), NotReady((HOST, READER, JOURNAL))),
        ((OTHER,), (Cause.CLOCK,), OtherReader("ACR39U", "uTrust 2700 R")),
        ((OTHER,), (Cause.KEY_LOST,), AlarmShown(Cause.KEY_LOST, idle=True)),
    ],
)
def test_what_says_most_stands_there(
    blocking: tuple[Health, ...], causes: tuple[Cause, ...], screen: Screen
) -> None:
    assert shown(blocking, *causes) == screen
