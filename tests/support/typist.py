"""A person at a terminal of their own: reads what is shown, types, and sees what is echoed."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

PATIENCE_S = 30.0


class Typist:
    """Runs `cardamom ARGUMENTS` on a pseudo-terminal."""

    def __init__(self, arguments: Sequence[str], env: dict[str, str] | None = None) -> None:
        self.seen = ""
        self._read = 0
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            command = [sys.executable, "-m", "cardamom.cli.main", *arguments]
            os.execve(command[0], command, {**os.environ, **(env or {})})  # noqa: S606 ours

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._fd)

    def waits_for(self, text: str) -> None:
        """Returns when `text` is on the screen, behind what was waited for before."""
        end = time.monotonic() + PATIENCE_S
        while (at := self.seen.find(text, self._read)) < 0:
            assert self._more(end - time.monotonic()), f"no {text!r} in {self.seen!r}"
        self._read = at + len(text)

    def types(self, line: str) -> None:
        os.write(self._fd, line.encode() + b"\n")

    def interrupts(self) -> None:
        os.write(self._fd, b"\x03")

    def ends(self) -> int:
        """The exit code."""
        end = time.monotonic() + PATIENCE_S
        while self._more(end - time.monotonic()):
            pass
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)

    def _more(self, patience: float) -> bool:
        if not select.select([self._fd], [], [], max(0.0, patience))[0]:
            return False
        try:
            read = os.read(self._fd, 4096)
        except OSError:  # the other end is closed
            return False
        self.seen += read.decode("utf-8", "replace")
        return bool(read)
