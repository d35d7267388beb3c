"""One pcscd with the virtual reader for the whole session."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardamom.simulator.card.vpcd import PORT

START_S = 10.0


class Pcscd:
    """The daemon, ours to stop and start unless it ran before."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.port = PORT

    @property
    def ours(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Runs it in the foreground and waits for the virtual reader's port."""
        binary = shutil.which("pcscd", path="/usr/sbin:/usr/bin:/sbin:/bin")
        if binary is None:
            pytest.fail("pcscd is not installed: apt-get install pcscd vsmartcard-vpcd")
        self._process = subprocess.Popen(
            [binary, "--foreground"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_S
        while not listening():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail("pcscd brings up no virtual reader: is vsmartcard-vpcd installed?")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_S)
            self._process = None


def listening() -> bool:
    """Whether something listens on vpcd's port; asked of the kernel, for a connection would be
    taken for a card."""
    state = "0A"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        rows = Path(table).read_text().splitlines()[1:] if Path(table).exists() else []
        for row in rows:
            _, local, _, found, *_ = row.split()
            if found == state and int(local.rsplit(":", 1)[1], 16) == PORT:
                return True
    return False


@pytest.fixture(scope="session")
def pcscd() -> Iterator[Pcscd]:
    """Two sessions at once would take each other's cards: the second waits for the first."""
    lock = Path(tempfile.gettempdir(), "cardamom-pcscd.lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        daemon = Pcscd()
        if not listening():
            daemon.start()
        yield daemon
        daemon.stop()
