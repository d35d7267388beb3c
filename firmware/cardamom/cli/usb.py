"""`cardamom usb`: which USB devices may work. At first all may; locked, those on the list alone.

  list      what is plugged in, and whether it is on the list
  allow     puts what is plugged in now on the list, or the device with this number (04b8:0e15)
  forbid    takes a number off it
  lock      refuses everything else from now on, hubs aside; a device that is refused is logged and
            an alarm
  open      lets everything work again, as for a stick with certificates; `lock` ends it

All but `list` as root. The list is usb-allowed beside the settings; udev enforces it from the start
on, and no part of Cardamom has to run for that.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cardamom.cli.main import Parser
from cardamom.faults import Fault

if TYPE_CHECKING:
    from cardamom.devices.usb import UsbDevice
    from cardamom.settings.usb import Allowed

FOLDER: Final = Path("/etc/cardamom")


class UsbFault(Fault):
    """It cannot be done so."""


def main(verb: str, argv: list[str]) -> int:
    """0 where it was done or shown."""
    from cardamom.devices.usb import SYSFS
    from cardamom.settings.usb import LIST, RULES

    parser = Parser(
        prog=f"cardamom {verb}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("list", "allow", "forbid", "lock", "open"))
    parser.add_argument("id", nargs="?", help="vendor:product, hex")
    parser.add_argument("--list", type=Path, default=FOLDER / LIST, help="the file with the list")
    parser.add_argument("--rules", type=Path, default=RULES, help="the file of udev's rules")
    parser.add_argument("--sysfs", type=Path, default=SYSFS, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.action == "forbid" and args.id is None:
        parser.error("forbid wants a number, as 04b8:0e15")
    match args.action:
        case "list":
            _list(args)
        case "allow":
            _allow(args)
        case "forbid":
            _forbid(args)
        case "lock":
            _lock(args)
        case "open":
            _open(args)
    return 0


def _list(args: argparse.Namespace) -> None:
    from cardamom.devices.usb import devices

    for device in devices(args.sysfs):
        how = "hub" if device.is_hub else "listed" if _is_listed(args, device) else "not listed"
        how += "" if device.authorized else ", REFUSED"
        sys.stdout.write(f"{device.port:<10}{device.id}  {how:<20}{device.name}\n")
    state = "locked" if args.rules.exists() else "open: everything works"
    sys.stdout.write(f"{state}\n")


def _is_listed(args: argparse.Namespace, device: UsbDevice) -> bool:
    from cardamom.settings.usb import Allowed, read_list

    return Allowed(device.id, device.interfaces) in read_list(args.list)


def _allow(args: argparse.Namespace) -> None:
    from cardamom.devices.usb import devices

    wanted = [d for d in devices(args.sysfs) if not d.is_hub and args.id in (None, d.id)]
    if args.id is not None and not wanted:
        raise UsbFault(f"no device {args.id} is plugged in: its interfaces have to be seen")
    fresh = [d for d in wanted if not _is_listed(args, d)]
    old = args.list.read_text("utf-8") if args.list.exists() else ""
    lines = "".join(f"{d.id} {d.interfaces}  # {d.name}\n" for d in fresh)
    _write(args.list, old + lines)
    for device in fresh:
        sys.stdout.write(f"allowed {device.id} {device.name}\n")
    if args.rules.exists():
        _lock(args)


def _forbid(args: argparse.Namespace) -> None:
    from cardamom.settings.usb import read_list

    listed = read_list(args.list)
    if not any(each.id == args.id for each in listed):
        raise UsbFault(f"{args.id} is not on the list")
    if args.rules.exists():
        _keep_network(args, [each for each in listed if each.id != args.id])
    kept = [x for x in args.list.read_text("utf-8").splitlines() if not x.startswith(args.id)]
    _write(args.list, "".join(f"{line}\n" for line in kept))
    if args.rules.exists():
        _lock(args)


def _lock(args: argparse.Namespace) -> None:
    from cardamom.settings.usb import read_list, rules

    allowed = read_list(args.list)
    if not allowed:
        raise UsbFault("the list is empty: plug in what belongs to the terminal, then `usb allow`")
    _keep_network(args, allowed)
    _write(args.rules, rules(allowed))
    _have_udev_act()


def _keep_network(args: argparse.Namespace, allowed: list[Allowed]) -> None:
    """Raises UsbFault where a network adapter would go: whoever locks may have come in over it."""
    from cardamom.devices.usb import devices
    from cardamom.settings.usb import Allowed

    for device in devices(args.sysfs):
        if device.network and Allowed(device.id, device.interfaces) not in allowed:
            raise UsbFault(
                f"{device.id} {device.name} is the network's {', '.join(device.network)} and would "
                f"not be on the list: `usb allow {device.id}`, or take it out first"
            )


def _open(args: argparse.Namespace) -> None:
    args.rules.unlink(missing_ok=True)
    for name in ("authorized_default", "authorized"):
        for file in sorted(args.sysfs.glob(f"*/{name}")):
            try:
                file.write_text("1")
            except OSError as e:
                raise UsbFault(f"{file}: {e.strerror}: as root") from None
    _have_udev_act()


def _write(path: Path, text: str) -> None:
    new = path.with_name(path.name + ".new")
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as e:
        raise UsbFault(f"{path}: {e.strerror}: as root") from None


def _have_udev_act() -> None:
    if not Path("/run/udev/control").exists():
        sys.stderr.write("cardamom: udev does not run here: this holds from the next start on\n")
        return
    trigger = "trigger --subsystem-match=usb --action=add --settle"
    for words in ("control --reload", trigger):
        done = subprocess.run(  # noqa: S603 udev's own tool
            ["/usr/bin/udevadm", *words.split()], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise UsbFault(f"udevadm {words.split()[0]}: {done.stderr.strip()[:200]}")
