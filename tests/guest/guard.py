"""What guards the installed terminal: firewall, erasing of root's keys, the rules for USB."""

from __future__ import annotations

from cardamom.settings.usb import Allowed, rules
from guest.house import STORE, House
from guest.machine import MachineError

TABLE = ("nft", "list", "table", "inet", "cardamom")
SETTINGS = "/etc/cardamom/terminal.toml"
REQUEST = "/var/lib/cardamom/erase-keys"
USB = "/run/70-cardamom-usb.rules"


def firewall(house: House) -> str:
    """In force, and another place to go is let out to as soon as the settings name it."""
    machine = house.machine
    if "refused out" not in machine.run(*TABLE):
        raise MachineError("the firewall is not in force")
    file = machine.path(SETTINGS)
    right = file.read_text("utf-8")
    try:
        file.write_text(f'{right}\n[firewall]\nalso = ["203.0.113.80:19532"]\n', "utf-8")
        machine.until(lambda: "203.0.113.80" in machine.run(*TABLE), "it does not follow")
    finally:
        file.write_text(right, "utf-8")
    took = machine.until(lambda: "203.0.113.80" not in machine.run(*TABLE), "it does not go back")
    return f"in force, follows the settings in {took:.1f} s"


def opened_case(house: House) -> str:
    """The daemon's request erases the master key among root's credentials and no other."""
    machine = house.machine
    master = machine.path(f"{STORE}/cardamom.master.key")
    sealed = master.read_bytes()
    others = {path.name for path in master.parent.iterdir()} - {master.name}
    machine.run("runuser", "-u", "cardamom", "--", "touch", REQUEST)
    machine.until(lambda: not master.exists(), "the master key is not erased")
    machine.until(lambda: not machine.path(REQUEST).exists(), "the request stays")
    if (left := {path.name for path in master.parent.iterdir()}) != others:
        raise MachineError(f"left in the store: {left}")
    master.write_bytes(sealed)
    machine.run("systemctl", "restart", "cardamom")
    house.until_ready()
    return "the master key went, those of journal and TLS stayed"


def spoilt_key(house: House) -> str:
    """A sealed key that does not open: the daemon is never run, the screen and the log say why, and
    it is tried again; once the file is gone, as docs/keys.md says, it starts by itself."""
    machine = house.machine
    spoilt = machine.path(f"{STORE}/cardamom.exception.key")
    house.seal("exception.key", b"0" * 64)
    lines = spoilt.read_text("ascii").splitlines()
    lines[len(lines) // 2] = "A" * len(lines[len(lines) // 2])
    spoilt.write_text("\n".join(lines), "ascii")
    machine.run("systemctl", "stop", "cardamom")
    house.forget_pictures()
    try:
        machine.try_run("systemctl", "start", "cardamom")
        machine.until(lambda: house.says("KeysUnopened"), "the panel says nothing of the key", 5)
        if house.says_restarting():
            raise MachineError("the panel says that it merely starts again")
        if house.show("ExecMainStatus") != "243":
            raise MachineError(f"status {house.show('ExecMainStatus')}, not EXIT_CREDENTIALS")
        found = ("journalctl", "-q", "-u", "cardamom", "EVENT=keys_unopened", "-n", "1")
        machine.until(lambda: bool(machine.run(*found)), "the log says nothing of the key", 5)
    finally:
        spoilt.unlink()
    took = house.until_ready()
    if house.restarts() < 1:
        raise MachineError("it was not systemd that started it again")
    machine.run("systemctl", "start", "cardamom-steady.service")
    return f"said on the panel and in the log; ready {took:.1f} s after it was mended"


def usb_rules(house: House) -> str:
    """Its udev takes them, where it has a word for that (systemd 254)."""
    house.write(USB, rules([Allowed("04b8:0e15", ":070102:")]).encode())
    status, told = house.machine.try_run("udevadm", "verify", USB)
    if status and "verify" in told and "nknown" in told:
        return "this udev verifies nothing"
    if status:
        raise MachineError(told)
    return "udev takes them"
