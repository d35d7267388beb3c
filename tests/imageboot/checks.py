"""What is looked at on the started card, in this order."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cardamom.simulator.testdata import data
from imageboot.machine import Machine, MachineError, free_port, run
from support.repo import ROOT

STORE: Final = "/etc/credstore.encrypted"
DRIVER: Final = "/etc/boot-check"
"""Of the virtual reader: /etc is what can be written, and programs may be mapped from it."""
READY: Final = "cardamom status --json | grep -q '\"ready\": *true'"
READY_S: Final = 600.0


def expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise MachineError(otherwise)


class Check:
    """The steps; each returns what is worth a line."""

    def __init__(self, machine: Machine, folder: Path, suite: str) -> None:
        self.machine = machine
        self.folder = folder
        self._suite = suite
        self._kept = ""

    def first_start(self) -> str:
        """With the technician's public key on the card's first partition, and nothing else."""
        self.machine.card.put(self.machine.make_key(), 1)
        took = self.machine.start()
        left, _ = self.machine.try_ssh("test ! -e /boot/firmware/authorized_keys")
        expect(not left, "the technician's key still lies on the card")
        return f"ssh answers after {took:.0f} s"

    def units(self) -> str:
        """systemd has nothing to complain of, but for the terminal that has no settings yet."""
        self.machine.until("systemctl is-system-running --wait | grep -E 'running|degraded'", 600)
        failed = self.machine.ssh("systemctl --failed --plain --no-legend | cut -d' ' -f1").split()
        expect(set(failed) <= {"cardamom.service"}, f"failed: {failed}")
        times = self.machine.ssh("systemd-analyze time | head -n1")
        return f"failed units: {failed or 'none'}; {times}"

    def read_only(self) -> str:
        ssh = self.machine.ssh
        root = ssh("findmnt -no FSTYPE,OPTIONS /")
        expect(root.startswith("squashfs") and "ro" in root, f"the root is {root}")
        expect(self.machine.try_ssh("touch /usr/probe")[0] != 0, "/usr can be written")
        data_mount = ssh("findmnt -no OPTIONS /data")
        expect("noatime" in data_mount and "noexec" in data_mount, f"/data: {data_mount}")
        expect(ssh("findmnt -no FSTYPE /tmp") == "tmpfs", "/tmp is no tmpfs")
        expect(ssh("cat /proc/swaps | wc -l") == "1", "there is swap")
        return "root squashfs, /data noatime noexec, /tmp in memory, no swap"

    def grown(self) -> str:
        """The card is 4 GB; the image's data partition was not."""
        self.machine.until("systemctl is-active cardamom-grow", 120)
        size = int(self.machine.ssh("df --output=size -B1M /data | tail -n1"))
        expect(size > 1000, f"/data has {size} MB")
        again = self.machine.ssh("/usr/lib/cardamom/grow-data; findmnt -no FSTYPE /data")
        expect(again == "ext4", f"growing again did something: {again}")
        return f"/data has {size} MB"

    def shut(self) -> str:
        """No password opens anything, nothing but sshd listens."""
        ssh = self.machine.ssh
        opened = ssh(r"grep -vE '^[^:]*:(!|\*)' /etc/shadow | cut -d: -f1")
        expect(not opened, f"accounts with a password: {opened}")
        sshd = ssh("sshd -T -C user=root,host=x,addr=127.0.0.1")
        for line in ("passwordauthentication no", "kbdinteractiveauthentication no"):
            expect(line in sshd, f"sshd: not {line}")
        heard = ssh("ss -Hltun | awk '{print $1, $5}' | sort -u").splitlines()
        outside = [h for h in heard if "127." not in h and "[::1]" not in h]
        strange = [h for h in outside if not h.endswith((":22", ":68", ":546"))]
        expect(not strange, f"listens: {strange}")
        return f"no passwords; open to the network: {', '.join(outside)}"

    def own(self) -> str:
        """What one device does not share with another."""
        self._kept = self._identity()
        return "machine-id and SSH host key made"

    def _identity(self) -> str:
        return self.machine.ssh("cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub")

    def reader(self) -> str:
        """The virtual one is added to this copy of the card: no image has it."""
        status, _ = self.machine.try_ssh("test -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so")
        expect(status != 0, "the image has a virtual reader")
        root = self.folder / "vpcd"
        run("rm", "-rf", root)
        run(
            *("mmdebstrap", "--quiet", "--variant=extract", "--arch=arm64", "--format=directory"),
            *("--include=vsmartcard-vpcd", self._suite, root),
        )
        (library,) = (p for p in root.rglob("libifdvpcd.so*") if p.is_file() and not p.is_symlink())
        self.machine.ssh(f"mkdir -p {DRIVER} /etc/reader.conf.d")
        self.machine.put(f"{DRIVER}/libifdvpcd.so", library.read_bytes())
        conf = (root / "etc/reader.conf.d/vpcd").read_text()
        words = [
            f"LIBPATH {DRIVER}/libifdvpcd.so" if line.startswith("LIBPATH") else line
            for line in conf.splitlines()
        ]
        self.machine.put("/etc/reader.conf.d/vpcd", "\n".join([*words, ""]).encode())
        self.machine.ssh("systemctl restart pcscd.service")
        return "added to the copy"

    def commission(self) -> str:
        """Settings, certificates and sealed keys of the test bench, as hardware.md says."""
        put, ssh = self.machine.put, self.machine.ssh
        put("/etc/cardamom/terminal.toml", (ROOT / "tests/guest/terminal.toml").read_bytes())
        put("/etc/cardamom/acquirer-ca.pem", data("testkeys", "tls", "ca.pem").read_bytes())
        put("/etc/cardamom/terminal.pem", data("testkeys", "tls", "client.pem").read_bytes())
        for name, key in {
            "acquirer.key": data("testkeys", "tls", "client.key"),
            "master.key": data("testkeys", "terminal-master.key"),
        }.items():
            ssh(
                f"systemd-creds encrypt --name={name} - {STORE}/cardamom.{name}",
                key.read_bytes(),
            )
        self._world()
        began = time.monotonic()
        ssh("systemctl restart cardamom")
        self.machine.until(READY, READY_S)
        return f"ready {time.monotonic() - began:.0f} s after its start"

    def _world(self) -> None:
        """Host and printer, started on the card's own system."""
        unit = "systemd-run --quiet --collect --working-directory=/run"
        binary = "/opt/cardamom/current/bin/cardamom simulate"
        self.machine.ssh(
            f"{unit} --unit=host {binary} acquirer --run /data/host --port 7000;"
            f"{unit} --unit=printer {binary} printer --port 9100 --slips /run/slips-$(date +%s)"
        )

    def sale(self) -> str:
        """A card on this machine, through ssh to the virtual reader of that one."""
        began = time.monotonic()
        with self._forwarded(35963) as port:
            till = subprocess.Popen(
                [*self.machine.command(), "cardamom sale 12.34 --json"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
            )
            cardamom = (ROOT / ".venv/bin/cardamom", "simulate", "card", "no-cvm")
            card = subprocess.Popen([*map(str, cardamom), "--port", str(port)])
            try:
                said, _ = till.communicate(timeout=300)
            finally:
                card.terminate()
                card.wait()
                till.kill()
        record = json.loads(said)
        expect(record.get("outcome") == "approved", f"not approved: {said}")
        took = time.monotonic() - began
        return f"{record['amount']} {record['currency']} approved in {took:.0f} s"

    @contextmanager
    def _forwarded(self, port: int) -> Iterator[int]:
        here = free_port()
        words = self.machine.command("-N", "-L", f"{here}:127.0.0.1:{port}")
        tunnel = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        try:
            time.sleep(5)
            yield here
        finally:
            tunnel.terminate()
            tunnel.wait()

    def logs(self) -> str:
        """By ssh: the terminal's story, without a card number."""
        told = self.machine.ssh("journalctl -u cardamom --no-pager -o cat")
        (self.folder / "terminal.log").write_text(told)
        expect("12.34" in told or "approved" in told, "the sale is not in the log")
        return f"{len(told.splitlines())} lines"

    def power_off(self) -> str:
        return f"off after {self.machine.power_off():.0f} s"

    def second_start(self) -> str:
        """The same device, with all it knew."""
        took = self.machine.start()
        expect(self._identity() == self._kept, "machine-id or host key changed")
        boots = self.machine.ssh("journalctl --list-boots --no-pager -q | wc -l")
        expect(boots == "2", f"the system's journal knows {boots} starts")
        self.machine.ssh("systemctl restart pcscd.service")
        self._world()
        self.machine.until(READY, READY_S)
        told = json.loads(self.machine.ssh("cardamom transactions --json"))
        records = told["transactions"] if isinstance(told, dict) else told
        expect(len(records) == 1, f"{len(records)} transactions")
        return f"ssh answers after {took:.0f} s; the sale is there"

    def power_cut(self) -> str:
        """And up again."""
        self.machine.cut()
        took = self.machine.start()
        expect(self._identity() == self._kept, "machine-id or host key changed")
        return f"ssh answers after {took:.0f} s"


CHECKS: Final[tuple[Callable[[Check], str], ...]] = (
    Check.first_start,
    Check.units,
    Check.read_only,
    Check.grown,
    Check.shut,
    Check.own,
    Check.reader,
    Check.commission,
    Check.sale,
    Check.logs,
    Check.power_off,
    Check.second_start,
    Check.power_cut,
)
