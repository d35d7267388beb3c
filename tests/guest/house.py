"""The installed terminal in the guest with the world around it: host, printer, card, the clerk."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from cardamom.control.client import NotReachedError, call
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.testdata import data
from guest.machine import Machine, MachineError
from guest.root import WHEELS
from support.repo import ROOT

CHECKOUT: Final = "/srv/checkout"
HOST: Final = "/srv/host"
SLIPS: Final = "/srv/slips"
SCREENS: Final = "/var/lib/cardamom/screens"
STORE: Final = "/etc/credstore.encrypted"
OFFLINE: Final = ("PIP_NO_INDEX=1", f"PIP_FIND_LINKS={WHEELS}")
GIT: Final = ("git", "-c", "safe.directory=*", "-C", str(ROOT))
SHIPPED: Final = ("firmware/", "config/", "systemd/")
READY_S: Final = 60.0


class House:
    """Steps of the checks, each with the machine's own commands."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._starts = 0
        """Of the printer: it numbers its slips anew each time, so each time has a folder."""

    # --- installation ---

    def copy_checkout(self) -> None:
        """What a technician has copied: this checkout as it lies here, without what git ignores."""
        root = Path(self.machine.path(CHECKOUT))
        listed = subprocess.run(
            (*GIT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\0")
        for name in filter(None, listed):
            file = ROOT / name
            if file.is_file() and ("/" not in name or name.startswith(SHIPPED)):
                target = root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())
                target.chmod(file.stat().st_mode & 0o777)

    def setup(self, *arguments: str) -> str:
        return self.machine.run("env", *OFFLINE, f"{CHECKOUT}/setup.sh", *arguments)

    def write(self, path: str, content: bytes) -> None:
        self.machine.path(path).write_bytes(content)

    def commission(self) -> None:
        """Settings and certificates, keys sealed as the settings' example says."""
        self.write("/etc/cardamom/terminal.toml", (ROOT / "tests/guest/terminal.toml").read_bytes())
        self.write("/etc/cardamom/acquirer-ca.pem", data("testkeys", "tls", "ca.pem").read_bytes())
        self.write("/etc/cardamom/terminal.pem", data("testkeys", "tls", "client.pem").read_bytes())
        self.seal("acquirer.key", data("testkeys", "tls", "client.key").read_bytes())
        self.seal("master.key", data("testkeys", "terminal-master.key").read_bytes())

    def seal(self, name: str, key: bytes) -> None:
        target = f"{STORE}/cardamom.{name}"
        self.machine.run("systemd-creds", "encrypt", f"--name={name}", "-", target, stdin=key)

    # --- the world ---

    def start_world(self) -> None:
        """Host and printer, as units of the guest's that know nothing of the terminal's."""
        self._starts += 1
        cardamom = "/opt/cardamom/current/bin/cardamom"
        unit = ("systemd-run", "--quiet", "--collect")
        self.machine.run(
            *(*unit, "--unit=host", cardamom, "simulate", "acquirer"),
            *("--run", HOST, "--port", "7000"),
        )
        self.machine.run(
            *(*unit, "--unit=printer", cardamom, "simulate", "printer", "--port", "9100"),
            *("--slips", f"{SLIPS}/{self._starts}"),
        )

    def fault(self, name: str) -> None:
        """The next request befalls it."""
        self.machine.run("cardamom", "simulate", "fault", name, "--run", HOST)

    @contextmanager
    def card(self, profile: str) -> Iterator[None]:
        """It is in the reader meanwhile."""
        words = ("cardamom", "simulate", "card", profile)
        self.machine.run("systemd-run", "--quiet", "--collect", "--unit=card", *words)
        try:
            yield
        finally:
            self.machine.try_run("systemctl", "stop", "card")

    # --- the terminal ---

    def ask(self, **request: Any) -> dict[str, Any]:
        """Over the control socket. Raises NotReachedError while no terminal answers."""
        return call(self.machine.path("/run/cardamom/control.sock"), request, timeout_s=10)

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = self.ask(op="status")["status"]
        return told

    def condition(self, part: str) -> str:
        (found,) = (p["condition"] for p in self.status()["parts"] if p["part"] == part)
        return str(found)

    def is_ready(self) -> bool:
        try:
            return bool(self.status()["ready"])
        except (NotReachedError, OSError):
            return False

    def until_ready(self, limit_s: float = READY_S) -> float:
        return self.machine.until(self.is_ready, "the terminal does not become ready", limit_s)

    def screen(self) -> str:
        bench = self.machine.path("/run/cardamom/bench.sock")
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(str(bench))
            sock.sendall(b'{"op": "screen"}\n')
            with sock.makefile() as lines:
                return str(json.loads(lines.readline())["screen"])

    def until_screen(self, *names: str) -> None:
        self.machine.until(
            lambda: self.screen() in names, f"the screen is not {' or '.join(names)}"
        )

    def forget_pictures(self) -> None:
        """Of what the panel showed."""
        for picture in self.machine.path(SCREENS).glob("*.png"):
            picture.unlink()

    def says_restarting(self) -> bool:
        """Whether the panel has shown since that the terminal starts again."""
        return self.says("Stopping")

    def says(self, screen: str) -> bool:
        """Whether the panel has shown that screen since."""
        return any(self.machine.path(SCREENS).glob(f"*-{screen}.png"))

    @contextmanager
    def asked(self, amount: str) -> Iterator[subprocess.Popen[str]]:
        """`cardamom sale AMOUNT` as the till runs it, the terminal asking for the card."""
        words = self.machine.command("cardamom", "sale", amount, "--json")
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as till:
            try:
                self.until_screen("PresentCard")
                yield till
            finally:
                till.kill()

    def sale(self, amount: str) -> dict[str, Any]:
        """An approved sale, the card taken out again; its record."""
        with self.asked(amount) as till, self.card("no-cvm"):
            said, _ = till.communicate(timeout=60)
        record: dict[str, Any] = json.loads(said)
        if record.get("outcome") != "approved":
            raise MachineError(f"the sale of {amount} was not approved: {said}")
        self.machine.until(lambda: self.screen() != "RemoveCard", "the card is still asked for")
        return record

    def show(self, fact: str) -> str:
        """What systemd knows of the terminal's unit."""
        return self.machine.run("systemctl", "show", "-P", fact, "cardamom")

    def main_pid(self) -> int:
        return int(self.show("MainPID"))

    def restarts(self) -> int:
        return int(self.show("NRestarts"))

    def pid_here(self) -> int:
        """The daemon's, as this machine counts."""
        inside = str(self.main_pid())
        mine = Path(f"/proc/{self.machine.leader}/ns/pid").readlink()
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                lines = status.read_text().splitlines()
            except (FileNotFoundError, ProcessLookupError):
                continue
            ids = next(line.split()[1:] for line in lines if line.startswith("NSpid"))
            if ids[-1] == inside and len(ids) > 1 and (status.parent / "ns/pid").readlink() == mine:
                return int(status.parent.name)
        raise MachineError("the terminal does not run")

    def until_restarted(self, before: int, limit_s: float) -> float:
        """From now until it runs again and is ready."""
        began = time.monotonic()
        self.machine.until(
            lambda: self.restarts() > before, "systemd does not restart the terminal", limit_s
        )
        self.until_ready()
        return time.monotonic() - began

    def wrong(self) -> list[str]:
        """What ledger, journal and slips do not agree on; empty where nothing is owed either."""
        records = self.ask(op="transactions", limit=200)["transactions"]
        told = self.machine.run("cardamom", "simulate", "ledger", "--run", HOST, "--json")
        ledger = json.loads(told)
        with TemporaryDirectory() as all_slips:
            for slip in self.machine.path(SLIPS).glob("*/*"):
                shutil.copy(slip, Path(all_slips, f"{slip.parent.name}-{slip.name}"))
            return disagreements(records, ledger, Path(all_slips))

    def until_agreed(self, limit_s: float = 60.0) -> None:
        try:
            self.machine.until(lambda: not self.wrong(), "no agreement", limit_s)
        except MachineError:
            raise MachineError("no agreement:\n" + "\n".join(self.wrong())) from None
