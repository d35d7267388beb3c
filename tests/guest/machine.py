"""A machine to install on: the root, booted by systemd-nspawn, with a disk of its own over it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BOOT_S: Final = 60.0
# cgroup2 alone, in a mount namespace of its own: the guest's systemd wants it, this host may not.
_SCRIPT: Final = """
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/disk"
umount -l /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
exec systemd-nspawn -q -D "$2/disk" --boot --register=no --keep-unit -M cardamom \
    --private-network --console=pipe
"""
BOOT: Final = ("unshare", "-m", "--propagation", "private", "sh", "-ec", _SCRIPT, "boot")
ENTER: Final = ("-m", "-u", "-i", "-n", "-p", "-C", "--")


class MachineError(Exception):
    """The machine, or something in it, did not do what was asked."""


class Machine:
    """`boot` it, `run` commands in it, `cut` its power; what it wrote is there at the next boot."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("upper", "work", "disk"):
            (folder / name).mkdir(parents=True)
        self._nspawn: subprocess.Popen[bytes] | None = None
        self.leader = 0
        """Its PID 1, as this machine counts."""

    def boot(self) -> None:
        """Returns once its systemd answers, whatever its units do. Raises MachineError."""
        self._nspawn = subprocess.Popen(
            [*BOOT, str(self._root), str(self._folder)],
            stdin=subprocess.DEVNULL,
            stdout=(self._folder / "console.log").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.until(self._is_up, "the guest does not boot", BOOT_S)

    def _is_up(self) -> bool:
        assert self._nspawn is not None
        if self._nspawn.poll() is not None:
            said = (self._folder / "console.log").read_text(errors="replace")
            raise MachineError(f"the guest ended: {said[-2000:]}")
        self.leader = _leader(self._nspawn.pid)
        bus = "run/systemd/private"
        return bool(self.leader) and self.path(bus).exists() and self.try_run("systemctl")[0] == 0

    def path(self, inside: str) -> Path:
        """A file of the running guest, seen from here."""
        return Path(f"/proc/{self.leader}/root") / inside.lstrip("/")

    def command(self, *command: str, **environ: str) -> list[str]:
        """The words that run a command in the guest, as its root."""
        known = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **environ}
        return [
            *("nsenter", "-t", str(self.leader), *ENTER),
            "env",
            "-i",
            *(f"{k}={v}" for k, v in known.items()),
            *command,
        ]

    def try_run(self, *command: str, stdin: bytes = b"", **environ: str) -> tuple[int, str]:
        """Its exit status, and what it said."""
        done = subprocess.run(
            self.command(*command, **environ),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, done.stdout.decode(errors="replace")

    def run(self, *command: str, stdin: bytes = b"", **environ: str) -> str:
        """What it said. Raises MachineError where it fails."""
        status, said = self.try_run(*command, stdin=stdin, **environ)
        if status:
            raise MachineError(f"{' '.join(command)} ended with {status}:\n{said}")
        return said.strip()

    def until(self, condition: Callable[[], bool], what: str, limit_s: float = 30.0) -> float:
        """Wait for it; how long it took. Raises MachineError saying `what`."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > limit_s:
                raise MachineError(f"{what} (waited {limit_s:g} s)")
            time.sleep(0.05)
        return time.monotonic() - began

    def cut(self) -> None:
        """The power goes: every process is gone at once, nothing is told."""
        os.kill(self.leader, signal.SIGKILL)
        self._ended()

    def power_off(self) -> None:
        """As `poweroff` does."""
        os.kill(self.leader, signal.SIGRTMIN + 4)
        self._ended()

    def close(self) -> None:
        """Whatever state it is in."""
        if self._nspawn is not None and self._nspawn.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.leader or self._nspawn.pid, signal.SIGKILL)
            self._ended()

    def _ended(self) -> None:
        assert self._nspawn is not None
        self._nspawn.wait(180)
        self.leader = 0


def _leader(nspawn: int) -> int:
    """The child that is PID 1 of a namespace of its own; 0 while there is none."""
    try:
        children = Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()
        for child in children:
            status = Path(f"/proc/{child}/status").read_text()
            (ids,) = (line.split()[1:] for line in status.splitlines() if line.startswith("NSpid"))
            if len(ids) > 1 and ids[-1] == "1":
                return int(child)
    except FileNotFoundError:
        pass
    return 0
