"""One terminal a journal: two that write the same one would charge twice under one trace number."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from cardamom.faults import Fault


class AlreadyRunning(Fault):
    """Another terminal writes this journal."""


@contextlib.contextmanager
def alone(journal: Path) -> Iterator[None]:
    """Hold the journal for this process; the kernel lets go of it however the process ends.

    Raises AlreadyRunning. Where the folder cannot be written there is nothing to hold: the journal
    says so itself.
    """
    path = journal.with_name(journal.name + ".lock")
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"a terminal is running on {journal} already: stop it first"
            ) from None
        yield
    finally:
        os.close(fd)
