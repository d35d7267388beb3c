"""What is plugged into USB, as the kernel's files below /sys/bus/usb/devices tell it.

A device that nobody authorised has its file `authorized` at 0 and no driver (Linux,
Documentation/usb/authorization.rst); its descriptors can still be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SYSFS: Final = Path("/sys/bus/usb/devices")
INTERFACE: Final = 4
"""bDescriptorType of an interface descriptor, 9 bytes (USB 2.0, 9.6.5)."""
HUB: Final = re.compile(r":(09[0-9a-f]{4}:)+")
_PORT: Final = re.compile(r"\d+-[\d.]+")
"""The name of a device; root hubs are `usb1`, interfaces have a colon."""


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """`id`: vendor:product, hex. `interfaces`: class, subclass and protocol of each, as udev's
    ID_USB_INTERFACES has them."""

    port: str
    id: str
    interfaces: str
    name: str
    authorized: bool
    network: tuple[str, ...] = ()
    """Its network interfaces, as eth0: a Pi 3's socket hangs on USB."""

    @property
    def is_hub(self) -> bool:
        return HUB.fullmatch(self.interfaces) is not None


def devices(sysfs: Path = SYSFS) -> list[UsbDevice]:
    """All that are plugged in, root hubs aside, in order of their port."""
    folders = [f for f in _listed(sysfs) if _PORT.fullmatch(f.name)]
    found = (_read(folder) for folder in sorted(folders, key=lambda f: f.name))
    return [device for device in found if device is not None]


def refused(sysfs: Path = SYSFS) -> list[UsbDevice]:
    """Those that were plugged in and are not let to work."""
    return [device for device in devices(sysfs) if not device.authorized]


def interfaces_of(descriptors: bytes) -> str:
    """`:070102:030101:` of a device's raw descriptors, each once, in their order."""
    found: list[str] = []
    at = 0
    while at + 2 <= len(descriptors):
        length, kind = descriptors[at], descriptors[at + 1]
        if length < 2:
            break
        if kind == INTERFACE and at + 9 <= len(descriptors):
            triple = descriptors[at + 5 : at + 8].hex()
            if triple not in found:
                found.append(triple)
        at += length
    return "".join(f":{triple}" for triple in found) + ":" if found else ""


def _listed(sysfs: Path) -> list[Path]:
    try:
        return list(sysfs.iterdir())
    except OSError:
        return []


def _read(folder: Path) -> UsbDevice | None:
    """None where it left while it was looked at."""
    try:
        vendor, product = _text(folder / "idVendor"), _text(folder / "idProduct")
        interfaces = interfaces_of((folder / "descriptors").read_bytes())
        authorized = _text(folder / "authorized") != "0"
    except OSError:
        return None
    names = []
    for file in ("manufacturer", "product"):
        try:
            names.append(_text(folder / file))
        except OSError:
            continue
    shown = "".join(c for c in " ".join(names) if c.isprintable())[:60]
    network = tuple(sorted(f.name for f in folder.parent.glob(f"{folder.name}:*/net/*")))
    return UsbDevice(folder.name, f"{vendor}:{product}", interfaces, shown, authorized, network)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace").strip()
