"""Which USB devices may work: a list of lines, and udev's rules made from it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cardamom.faults import SettingsError

LIST: Final = "usb-allowed"
"""Beside the settings."""
RULES: Final = Path("/etc/udev/rules.d/70-cardamom-usb.rules")
_LINE: Final = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4}) +((?::[0-9a-f]{6})+:)(?: +#.*)?")
_HEAD: Final = """\
# USB: what is not listed is not let to work. Made by `cardamom usb` from its list; what is changed
# here is lost. ID_USB_INTERFACES: a listed number with a keyboard beside it is another device.
SUBSYSTEM!="usb", GOTO="cardamom_usb_end"
ENV{DEVTYPE}!="usb_device", GOTO="cardamom_usb_end"
ACTION!="add", GOTO="cardamom_usb_end"
KERNEL=="usb[0-9]*", ATTR{authorized_default}="0", GOTO="cardamom_usb_end"
ENV{ID_USB_INTERFACES}==":09????:|:09????:09????:", ATTR{authorized}="1", GOTO="cardamom_usb_end"
"""
_TAIL: Final = """\
ATTR{authorized}="0", RUN+="/usr/bin/logger -t cardamom-usb -p warning \
refused $attr{idVendor}:$attr{idProduct} at %k, interfaces $env{ID_USB_INTERFACES}"
LABEL="cardamom_usb_end"
"""


@dataclass(frozen=True, slots=True, order=True)
class Allowed:
    """`id`: vendor:product, hex; `interfaces` as udev has them."""

    id: str
    interfaces: str


def read_list(path: Path) -> list[Allowed]:
    """Empty where there is no list. Raises SettingsError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"{path}: {e}") from None
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise SettingsError(f"{path}, line {number}: a line is as `04b8:0e15 :070102:  # name`")
        found.append(Allowed(f"{match[1]}:{match[2]}", match[3]))
    return found


def rules(allowed: Iterable[Allowed]) -> str:
    """udev's rules."""
    lines = []
    for each in sorted(set(allowed)):
        vendor, _, product = each.id.partition(":")
        lines.append(
            f'ATTR{{idVendor}}=="{vendor}", ATTR{{idProduct}}=="{product}", '
            f'ENV{{ID_USB_INTERFACES}}=="{each.interfaces}", ATTR{{authorized}}="1", '
            'GOTO="cardamom_usb_end"\n'
        )
    return _HEAD + "".join(lines) + _TAIL
