"""Processes that start in milliseconds: forked from one that has imported everything already.

`python -m powercut.nursery FD` serves a socket: a line of JSON says what to run, the two file
descriptors beside it become the child's output and errors; the answer is the child's number.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

MODULES: Final = (
    "cardamom.cli.main",
    "cardamom.cli.run",
    "cardamom.cli.simulate",
    "cardamom.daemon.run",
    "cardamom.daemon.wiring",
    "cardamom.simulator.acquirer.run",
    "cardamom.simulator.printer.__main__",
    "cardamom.simulator.reader",
    "cardamom.simulator.pad",
    "cardamom.simulator.panel",
    "cardamom.devices.keypad",
    "cardamom.devices.panel",
    "cardamom.devices.paper",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.decrepit.ciphers.algorithms",
    "psec",
    "escpos.printer",
    "luma.lcd.device",
    "powercut.terminal",
)


class Nursery:
    """Starts processes. One caller at a time."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        tests = Path(__file__).parents[1]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "powercut.nursery", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=tests,
                env=os.environ | {"PYTHONPATH": str(tests), "PYTHONUNBUFFERED": "1"},
            )

    def start(self, words: Sequence[str], log: IO[str], *, cut: str = "") -> Child:
        """`cardamom WORDS...` in a process of its own; its output can be read where `log` takes
        only errors. `cut`: see powercut.cuts."""
        reader, writer = os.pipe()
        request = json.dumps({"words": list(words), "cut": cut}).encode()
        socket.send_fds(self._line, [request], [writer, log.fileno()])
        os.close(writer)
        pid = int(self._line.recv(64))
        return Child(pid, os.fdopen(reader, encoding="utf-8"))

    def close(self) -> None:
        self._line.close()
        self._process.wait(10)


class Child:
    """A process of the nursery, used as subprocess.Popen is."""

    def __init__(self, pid: int, stdout: IO[str]) -> None:
        self.pid = pid
        self.stdout: IO[str] | None = stdout
        try:
            self._fd: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._fd = None

    def poll(self) -> int | None:
        """None while it runs, else 0: its status is the nursery's."""
        return None if self._wait(0) else 0

    def wait(self, timeout: float | None = None) -> int:
        if self._wait(timeout):
            raise subprocess.TimeoutExpired("child", timeout or 0)
        return 0

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _wait(self, timeout: float | None) -> bool:
        """Whether it still runs after that time."""
        if self._fd is None:
            return False
        if not select.select([self._fd], [], [], timeout)[0]:
            return True
        os.close(self._fd)
        self._fd = None
        return False

    def _signal(self, number: signal.Signals) -> None:
        if self._fd is not None:
            signal.pidfd_send_signal(self._fd, number)


def serve(fd: int) -> None:
    """Until the other end is closed."""
    for name in MODULES:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    gc.freeze()
    line = socket.socket(fileno=fd)
    while True:
        text, fds, _, _ = socket.recv_fds(line, 65536, 2)
        if not text:
            return
        pid = os.fork()
        if pid == 0:
            line.close()
            _be(json.loads(text), fds)
        for handed in fds:
            os.close(handed)
        line.send(str(pid).encode())


def _be(request: dict[str, Any], fds: list[int]) -> None:
    """The child: never returns."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(fds[0], 1)
        os.dup2(fds[1], 2)
        for handed in fds:
            os.close(handed)
        words: list[str] = request["words"]
        if words[0] == "run":
            from powercut.terminal import run_terminal

            code = run_terminal(Path(words[words.index("--settings") + 1]), request["cut"])
        else:
            from cardamom.cli.main import main

            code = main(words)
    except SystemExit as e:
        code = e.code if isinstance(e.code, int) else 1
    except BaseException:  # noqa: BLE001 a child must not go on as its parent
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
