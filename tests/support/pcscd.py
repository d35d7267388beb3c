"""One pcscd with the virtual reader for a file of tests."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardamom.simulator.pcscd import Pcscd

__all__ = ["Pcscd", "pcscd"]


@pytest.fixture(scope="module")
def pcscd() -> Iterator[Pcscd]:
    """Two processes at once would take each other's cards: the second waits for the first."""
    lock = Path(tempfile.gettempdir(), "cardamom-pcscd.lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        daemon = Pcscd()
        daemon.start()
        yield daemon
        daemon.stop()
