"""A visit's connection to the daemon: it lasts as long as the visit, and hears when it is ended."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Final

from cardamom.control.client import LostError, NotReachedError
from cardamom.faults import Fault

ANSWER_S: Final = 10.0
ENDED: Final = 3
"""Exit code of a visit that the merchant has ended."""


class Visit:
    """Raises NotReachedError where no daemon runs, Fault where it refuses."""

    def __init__(self, path: Path, key: str, origin: str) -> None:
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._sock.connect(str(path))
        except OSError as e:
            self._sock.close()
            raise NotReachedError(f"the terminal is not running ({e.strerror})") from None
        self.lost = False
        """The daemon has gone; another may run by now."""
        self._heard: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._ask({"op": "support_begin", "key": key, "origin": origin})

    def act(self, what: str) -> None:
        """Has it journalled. Raises Fault: then it is not to be done."""
        self._ask({"op": "support_act", "what": what})

    def _ask(self, request: dict[str, Any]) -> None:
        try:
            self._sock.sendall(json.dumps(request).encode() + b"\n")
            answer = self._heard.get(timeout=ANSWER_S)
        except (OSError, queue.Empty):
            answer = None
        if answer is None:
            raise LostError("the terminal does not answer: nothing was done")
        if not answer.get("ok"):
            raise Fault(str(answer.get("error")))

    def _listen(self) -> None:
        try:
            with self._sock.makefile() as lines:
                for line in lines:
                    said = json.loads(line)
                    if "ended" in said:
                        _leave()
                    self._heard.put(said)
        except (OSError, ValueError):
            pass
        self.lost = True
        self._heard.put(None)


def _leave() -> None:
    """At once, whatever runs, with what it has started."""
    os.write(sys.stderr.fileno(), b"\r\nthe merchant has ended this visit\r\n")
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(ENDED)
