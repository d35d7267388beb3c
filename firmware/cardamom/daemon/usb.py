"""The alarm of a USB device that is not let to work."""

from __future__ import annotations

from pathlib import Path

from cardamom.devices.usb import SYSFS, refused
from cardamom.values.alarms import Alarm, Cause


def usb_alarms(sysfs: Path = SYSFS) -> tuple[Alarm, ...]:
    """One with how many there are."""
    found = refused(sysfs)
    if not found:
        return ()
    what = ", ".join(f"{d.id} {d.name}".strip() for d in found[:3])
    detail = (
        f"{what} is plugged into USB and not on the list: take it out; where it belongs to the "
        "terminal, `cardamom usb allow` as root"
    )
    return (Alarm(cause=Cause.USB_REFUSED, count=len(found), detail=detail),)
