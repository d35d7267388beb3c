"""pcscd with vsmartcard's virtual reader: found running, or started for as long as it is needed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from cardamom.faults import DeviceFault
from cardamom.simulator.card.vpcd import PORT

START_S: Final = 10.0
SOCKET: Final = Path("/run/pcscd/pcscd.comm")
SYSTEMD: Final = Path("/run/systemd/system")
NO_POLKIT: Final = "--disable-polkit"
PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
LISTENING: Final = "0A"
"""TCP_LISTEN in /proc/net/tcp."""


class Pcscd:
    """`start` makes sure that the virtual reader listens; `stop` ends what `start` started."""

    port: Final = PORT
    """Where a virtual card connects, on every address of the machine."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ours(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Raises DeviceFault with a sentence when there is no virtual reader to be had."""
        if listening():
            return
        if self._wake():
            return
        binary = shutil.which("pcscd", path=PATH)
        if binary is None:
            raise DeviceFault("pcscd is not installed: apt-get install pcscd vsmartcard-vpcd")
        if os.geteuid() != 0:
            raise DeviceFault("pcscd is not running, and only root can start it")
        self._process = subprocess.Popen(  # noqa: S603 the system's own pcscd
            serving(binary, systemd=SYSTEMD.exists()),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait()
        except DeviceFault:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_S)
            self._process = None

    def _wake(self) -> bool:
        """Where systemd holds the socket, it starts pcscd at the first connection. False when
        nobody holds it and root may."""
        with socket.socket(socket.AF_UNIX) as sock:
            try:
                sock.connect(str(SOCKET))
            except OSError:
                if SOCKET.exists() and os.geteuid() != 0:
                    raise DeviceFault("pcscd cannot be reached: is this user allowed to?") from None
                return False
            self._wait()
        return True

    def _wait(self) -> None:
        deadline = time.monotonic() + START_S
        while not listening():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise DeviceFault(
                    "pcscd brings up no virtual reader: apt-get install vsmartcard-vpcd"
                )
            time.sleep(0.05)


def serving(binary: str, *, systemd: bool) -> list[str]:
    """The command that runs pcscd in the foreground.

    Built with polkit, as on Debian 13, it asks polkitd even about root: where no systemd runs there
    is none to ask, and every client would be refused.
    """
    command = [binary, "--foreground"]
    if not systemd:
        usage = subprocess.run(  # noqa: S603 the system's own pcscd
            [binary, "--help"], capture_output=True, text=True, check=False
        )
        if NO_POLKIT in usage.stdout:
            command.append(NO_POLKIT)
    return command


def listening(port: int = PORT) -> bool:
    """Whether something listens on the virtual reader's port. The kernel is asked: a connection
    would be taken for a card."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        rows = table.read_text("ascii").splitlines()[1:] if table.exists() else []
        for row in rows:
            _, local, _, state, *_ = row.split()
            if state == LISTENING and int(local.rsplit(":", 1)[1], 16) == port:
                return True
    return False
