"""A blocking client of the control socket, light enough for a quick command."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from cardamom.faults import Fault


class NotReachedError(Fault):
    """The daemon was not reached: nothing was asked of it."""


class LostError(Fault):
    """The daemon was asked and the answer did not come: what it did is unknown."""


def call(path: Path, request: dict[str, Any], timeout_s: float | None = None) -> dict[str, Any]:
    """One request, one answer. Raises NotReachedError or LostError."""
    line = json.dumps(request).encode() + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout_s)
        try:
            sock.connect(str(path))
        except OSError as e:
            raise NotReachedError(
                f"the terminal is not running at {path} ({e.strerror or type(e).__name__}): "
                "start it with `cardamom run`, or name its socket with --socket; while it is "
                "set up it has none: `cardamom commission --status`"
            ) from None
        try:
            sock.sendall(line)
            return _answer(sock)
        except OSError as e:
            raise LostError(
                f"the terminal did not answer ({e.strerror or type(e).__name__})"
            ) from None


def _answer(sock: socket.socket) -> dict[str, Any]:
    received = bytearray()
    while not received.endswith(b"\n"):
        chunk = sock.recv(65536)
        if not chunk:
            raise LostError("the terminal went away before it answered")
        received += chunk
    try:
        answer = json.loads(received)
    except ValueError:
        raise LostError("the terminal's answer cannot be read") from None
    if not isinstance(answer, dict):
        raise LostError("the terminal's answer cannot be read")
    return answer
