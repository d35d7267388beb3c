"""What the acquirer does wrong when a test or a curious person asks for it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from cardamom.faults import DeviceFault
from cardamom.story import tell


class Trouble(StrEnum):
    """One fault, for the next financial request."""

    SILENT_BEFORE = "silent-before"
    """No ledger row, no answer."""
    SILENT_AFTER = "silent-after"
    """The ledger has it, the answer never comes."""
    CLOSE_BEFORE = "close-before"
    CLOSE_AFTER = "close-after"
    CUT = "cut"
    """Half an answer, then the line closes."""
    GARBAGE = "garbage"
    """Bytes that are no message."""
    WRONG_STAN = "wrong-stan"
    WRONG_AMOUNT = "wrong-amount"
    WRONG_MAC = "wrong-mac"
    CODE = "code"
    """A response code of the script's choosing, in `code`."""
    DELAY = "delay"
    """The answer comes `seconds` late."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As a JSON line: `{"fault": "code", "code": "51"}`, `{"fault": "delay", "seconds": 3}`."""

    trouble: Trouble = msgspec.field(name="fault")
    code: Annotated[str, Meta(pattern=r"^[0-9A-Z]{2}$")] = "96"
    seconds: Annotated[float, Meta(ge=0, le=600)] = 1.0


class FaultScript:
    """Faults to come, first in, first out: a JSON line each, in a file that is read anew each time,
    so that another process can add to it."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._taken = 0
        self._queue: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._queue.append(fault)

    def next(self) -> Fault | None:
        """The fault for the request that has just come."""
        if self._queue:
            return self._queue.pop(0)
        if self._path is None or not self._path.exists():
            return None
        lines = [line for line in self._path.read_text("utf-8").splitlines() if line.strip()]
        if self._taken >= len(lines):
            return None
        line = lines[self._taken]
        self._taken += 1
        try:
            return msgspec.json.decode(line, type=Fault)
        except msgspec.MsgspecError as e:
            tell("fault_unreadable", line=self._taken, why=str(e))
            return None


def write_fault(path: Path, fault: Fault) -> None:
    """Ask a running simulator for a fault at its next financial request."""
    try:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(fault) + b"\n")
    except OSError as e:
        raise DeviceFault(f"{path}: {e.strerror}: name the demo's folder") from None
