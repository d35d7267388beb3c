"""The card in the terminal: a medium with ext4, mounted through a disk whose power can be cut."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

MEDIUM_BYTES: Final = 96 << 20
"""More than the journal wants to see free."""

OPTIONS: Final = "loop,noatime"
DEBIAN_PACKAGES: Final = ("e2fsprogs", "mount", "util-linux")


def obstacle() -> str:
    """Why this machine cannot do it, in a sentence; empty where it can."""
    if os.geteuid() != 0:
        return "only root may mount file systems: run it as root"
    for device in ("/dev/fuse", "/dev/loop-control"):
        if not Path(device).exists():
            return f"there is no {device} here: use a machine, or a container, that has it"
    if "\text4\n" not in Path("/proc/filesystems").read_text("ascii"):
        return "this kernel has no ext4"
    for tool in ("mke2fs", "mount", "unshare"):
        if subprocess.run(["which", tool], check=False, capture_output=True).returncode:
            return f"{tool} is missing: install {', '.join(DEBIAN_PACKAGES)}"
    return ""


class Card:
    """`at` is where it is mounted: on the volatile disk by `insert`, bare by `mend`."""

    def __init__(self, folder: Path, kept: float, seed: int) -> None:
        self.at = folder / "card"
        self._medium = folder / "medium"
        self._disk = folder / "disk"
        self._kept, self._seed = kept, seed
        self._process: subprocess.Popen[bytes] | None = None
        self._mounted: list[Path] = []
        self.at.mkdir()
        self._disk.touch()
        with self._medium.open("wb") as medium:
            medium.truncate(MEDIUM_BYTES)
        options = "nodiscard,lazy_itable_init=0,lazy_journal_init=0"
        _do("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-E", options, str(self._medium))

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def cut(self) -> bool:
        """The power is gone."""
        return self._process is not None and self._process.poll() is not None

    def insert(self) -> None:
        tests = Path(__file__).parents[2]
        words = [str(self._medium), str(self._disk), str(self._kept), str(self._seed)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "powercut.durability.disk", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=tests,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError("the disk does not start")
        self._mounted.append(self._disk)
        _do("mount", "-o", OPTIONS, str(self._disk), str(self.at))
        self._mounted.append(self.at)

    def cut_at(self, request: int, victim: int) -> None:
        """At that write or flush from now, the disk and then that process die."""
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"cut {request} {victim}\n".encode())
            self._process.stdin.flush()

    def pull(self) -> None:
        """The power is cut now."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def mend(self) -> None:
        """After a cut: mount what the medium has, as a start does; ext4 replays its journal."""
        self.remove()
        _do("mount", "-o", OPTIONS, str(self._medium), str(self.at))
        self._mounted.append(self.at)

    def remove(self) -> None:
        """Nothing is mounted any more; what the cache of a dead disk held is gone."""
        self.pull()
        while self._mounted:
            mounted = str(self._mounted.pop())
            if _tried("umount", mounted):
                _do("umount", "--lazy", mounted)
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                with suppress(BrokenPipeError):
                    pipe.close()
            self._process = None


def _tried(*words: str) -> str:
    """What it said where it failed."""
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    return (done.stderr or "failed") if done.returncode else ""


def _do(*words: str) -> None:
    if failed := _tried(*words):
        raise RuntimeError(f"{' '.join(words)}: {failed.strip()}")
