"""The card in an emulated machine, reached as a technician reaches it: by SSH."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Final

SECTOR: Final = 512
CARD_SIZE: Final = "4G"
BOOT_S: Final = 1500.0
MODELS: Final = ("virt", "raspi3b")


class MachineError(Exception):
    """The machine, or something in it, did not do what was asked."""


class Card:
    """A copy of the image on a card of 4 GB; the image itself stays as it is."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.path = folder / "card.img"
        run("cp", "--sparse=always", image, self.path)
        run("truncate", "-s", CARD_SIZE, self.path)
        table = json.loads(run("sfdisk", "--json", self.path))["partitiontable"]
        self._starts = [part["start"] * SECTOR for part in table["partitions"]]

    def put(self, file: Path, partition: int) -> None:
        """As a desktop copies a file to the card."""
        run("mcopy", "-o", "-i", self._at(partition), file, f"::{file.name}")

    def take(self, name: str, partition: int, to: Path) -> Path:
        run("mcopy", "-n", "-o", "-i", self._at(partition), f"::{name}", to / name)
        return to / name

    def _at(self, partition: int) -> str:
        return f"{self.path}@@{self._starts[partition - 1]}"


class Machine:
    """`start` it, `ssh` to it, `power_off` it or `cut` its power."""

    def __init__(self, card: Card, folder: Path, model: str) -> None:
        self.card = card
        self._folder = folder
        self._model = model
        self.key = folder / "technician"
        self._qemu: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.boots = 0

    def make_key(self) -> Path:
        """The technician's; returns the public one, under the name that the card wants."""
        self.key.unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "technician", "-f", self.key)
        return Path(shutil.copy(self.key.with_suffix(".pub"), self._folder / "authorized_keys"))

    def start(self) -> float:
        """Returns once ssh answers: after how many seconds. Raises MachineError."""
        self._port = free_port()
        self.boots += 1
        console = self._folder / f"console-{self.boots}.log"
        with (self._folder / "qemu.log").open("ab") as said:
            self._qemu = subprocess.Popen(
                [*self._words(console)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        began = time.monotonic()
        while self.try_ssh("true")[0]:
            if self._qemu.poll() is not None:
                raise MachineError(f"qemu ended: {(self._folder / 'qemu.log').read_text()[-1000:]}")
            if time.monotonic() - began > BOOT_S:
                raise MachineError(f"no ssh in {BOOT_S:g} s: {console}")
            time.sleep(2)
        return time.monotonic() - began

    def _words(self, console: Path) -> list[str]:
        files = self._folder / "boot"
        files.mkdir(exist_ok=True)
        kernel, initrd, cmdline = (
            self.card.take(name, 2, files) for name in ("vmlinuz", "initrd.img", "cmdline.txt")
        )
        line = cmdline.read_text().strip().replace("loglevel=4", "loglevel=6")
        words = ["qemu-system-aarch64", "-nographic", "-monitor", "none", "-no-reboot"]
        words += ["-serial", f"file:{console}", "-kernel", str(kernel), "-initrd", str(initrd)]
        network = f"user,id=net,hostfwd=tcp:127.0.0.1:{self._port}-:22"
        drive = f"file={self.card.path},format=raw"
        if self._model == "raspi3b":
            tree = self.card.take("bcm2837-rpi-3-b.dtb", 2, files)
            words += ["-M", "raspi3b", "-dtb", str(tree), "-drive", f"{drive},if=sd"]
            words += ["-device", "usb-net,netdev=net", "-netdev", network]
            # qemu's watchdog of a Pi does not count: armed, it resets the board at once.
            words += ["-append", f"{line} console=ttyAMA0,115200 systemd.watchdog_sec=off"]
        else:
            words += ["-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024"]
            words += ["-drive", f"{drive},if=none,id=card", "-device", "virtio-blk,drive=card"]
            words += ["-device", "virtio-net,netdev=net", "-netdev", network]
            words += ["-append", f"{line} console=ttyAMA0"]
        return words

    def command(self, *options: str) -> list[str]:
        """The words of ssh up to what it is to run."""
        words = ["ssh", "-q", "-i", str(self.key), "-p", str(self._port), "-o", "BatchMode=yes"]
        words += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        return [*words, "-o", "ConnectTimeout=60", *options, "root@127.0.0.1"]

    def try_ssh(self, command: str, stdin: bytes = b"") -> tuple[int, str]:
        done = subprocess.run(
            [*self.command(), command],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, done.stdout.decode(errors="replace").strip()

    def ssh(self, command: str, stdin: bytes = b"") -> str:
        """What it said. Raises MachineError where it fails."""
        status, said = self.try_ssh(command, stdin)
        if status:
            raise MachineError(f"{command} ended with {status}:\n{said}")
        return said

    def put(self, path: str, content: bytes) -> None:
        self.ssh(f"cat >{path}", content)

    def until(self, command: str, limit_s: float) -> float:
        """Until the command ends well; after how many seconds."""
        began = time.monotonic()
        while True:
            status, said = self.try_ssh(command)
            if not status:
                return time.monotonic() - began
            if time.monotonic() - began > limit_s:
                raise MachineError(f"{command}: not within {limit_s:g} s:\n{said}")
            time.sleep(2)

    def power_off(self) -> float:
        """As a person does; the machine is off after how many seconds."""
        assert self._qemu is not None
        began = time.monotonic()
        self.try_ssh("systemctl poweroff")
        try:
            self._qemu.wait(600)
        except subprocess.TimeoutExpired:
            raise MachineError("it does not power off") from None
        return time.monotonic() - began

    def cut(self) -> None:
        """The power goes."""
        if self._qemu is not None and self._qemu.poll() is None:
            os.kill(self._qemu.pid, signal.SIGKILL)
            self._qemu.wait()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def run(*command: Any) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MachineError(f"{command[0]}: {done.stdout}{done.stderr}")
    return done.stdout
