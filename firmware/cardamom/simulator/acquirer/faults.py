"""What the acquirer does wrong when a test or a curious person asks for it."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from cardamom.faults import DeviceFault
from cardamom.simulator.acquirer.scripts import PATTERN
from cardamom.story import tell


class Trouble(StrEnum):
    """One fault. Before: the ledger has nothing of it. After: the ledger has it."""

    SILENT_BEFORE = "silent-before"
    """No ledger row, no answer."""
    SILENT_AFTER = "silent-after"
    """The ledger has it, the answer never comes."""
    CLOSE_BEFORE = "close-before"
    CLOSE_AFTER = "close-after"
    NO_NOTIFY = "no-notify"
    """After; the line ends without TLS close_notify."""
    RESET = "reset"
    """After; the line ends with RST."""
    REFUSE = "refuse"
    """Before; RST, and connections are refused for `seconds`."""
    HALF_OPEN = "half-open"
    """Before; connections stay and are accepted, nothing is answered for `seconds`."""
    CUT = "cut"
    """Half an answer, then the line closes."""
    GARBAGE = "garbage"
    """Bytes that are no message."""
    WRONG_STAN = "wrong-stan"
    WRONG_AMOUNT = "wrong-amount"
    WRONG_MAC = "wrong-mac"
    CODE = "code"
    """A response code of the script's choosing, in `code`; nothing is done but that."""
    DELAY = "delay"
    """The answer comes `seconds` late."""
    DELAY_BEFORE = "delay-before"
    """It is taken up `seconds` late."""
    OVERTAKEN = "overtaken"
    """It is taken up after the next message, as if it had come a slower way."""
    SLOW = "slow"
    """The answer's bytes come one by one, over `seconds`."""
    DUPLICATE = "duplicate"
    """The answer comes twice."""
    PREVIOUS = "previous"
    """The answer before this one comes once more, then this one."""
    SCRIPTS = "scripts"
    """The answer brings issuer scripts for the card, in `scripts`; else nothing is wrong."""
    KEPT = "kept"
    """The answer comes with the next one, ahead of it."""


ABOUT = {
    Trouble.SILENT_BEFORE: "not booked, not answered",
    Trouble.SILENT_AFTER: "booked, not answered",
    Trouble.CLOSE_BEFORE: "not booked, the line closes",
    Trouble.CLOSE_AFTER: "booked, the line closes",
    Trouble.NO_NOTIFY: "booked, the line ends without TLS close_notify",
    Trouble.RESET: "booked, the line ends with RST",
    Trouble.REFUSE: "not booked, RST; connections are refused for SECONDS",
    Trouble.HALF_OPEN: "not booked; connections are taken, nothing is answered for SECONDS",
    Trouble.CUT: "half an answer, then the line closes",
    Trouble.GARBAGE: "bytes that are no message",
    Trouble.WRONG_STAN: "the answer has another trace number",
    Trouble.WRONG_AMOUNT: "the answer has another amount",
    Trouble.WRONG_MAC: "the answer's MAC is wrong",
    Trouble.CODE: "answered with CODE, and nothing else done",
    Trouble.DELAY: "the answer comes SECONDS late",
    Trouble.DELAY_BEFORE: "taken up SECONDS late",
    Trouble.OVERTAKEN: "taken up after the next message, as if it came a slower way",
    Trouble.SLOW: "the answer comes byte by byte over SECONDS",
    Trouble.DUPLICATE: "the answer comes twice",
    Trouble.PREVIOUS: "the previous answer comes again first",
    Trouble.SCRIPTS: "the answer brings the card issuer scripts, SCRIPT",
    Trouble.KEPT: "the answer comes with the next one, ahead of it",
}
"""For people."""

SAMPLE = ("72 put-data 9F58 05",)
"""A script that the test cards carry out."""
BEFORE = frozenset({Trouble.SILENT_BEFORE, Trouble.CLOSE_BEFORE, Trouble.REFUSE, Trouble.HALF_OPEN})
"""The ledger has nothing of it."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As a JSON line: `{"fault": "code", "code": "51"}`, `{"fault": "delay", "seconds": 3}`,
    `{"fault": "silent-after", "mti": "0420", "times": 2}`,
    `{"fault": "scripts", "scripts": ["71 pin-unblock", "72 put-data 9F58 05"]}`."""

    trouble: Trouble = msgspec.field(name="fault")
    code: Annotated[str, Meta(pattern=r"^[0-9A-Z]{2}$")] = "96"
    seconds: Annotated[float, Meta(ge=0, le=600)] = 1.0
    mti: Annotated[str, Meta(pattern=r"^[0-9]{0,4}$")] = ""
    """Messages whose type begins so; empty: any but network management."""
    times: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    """How many messages it befalls."""
    scripts: tuple[Annotated[str, Meta(pattern=PATTERN)], ...] = ()
    """Of fault `scripts`; SAMPLE where none are named."""

    def befalls(self, mti: str) -> bool:
        """Whether it is meant for a message of this type."""
        return mti.startswith(self.mti) if self.mti else not mti.startswith("08")


class _Taken(msgspec.Struct):
    """A line of the script and how often it was carried out."""

    line: str
    times: int = 0


class FaultScript:
    """Faults to come: of those that are meant for a message the first befalls it.

    A JSON line each, in a file that is read anew each time, so that another process can add to it.
    How far it was carried out stands in a file beside it, so that a simulator that starts again
    goes on there; lines that were changed since begin anew.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._queue: list[tuple[Fault, int]] = []
        self._told: set[str] = set()

    def add(self, fault: Fault) -> None:
        self._queue.append((fault, 0))

    def next(self, mti: str = "0200") -> Fault | None:
        """The fault for a message of this type that has just come."""
        for at, (fault, times) in enumerate(self._queue):
            if fault.befalls(mti):
                self._queue[at] = (fault, times + 1)
                if times + 1 >= fault.times:
                    del self._queue[at]
                return fault
        if self._path is None or not self._path.exists():
            return None
        return self._from_file(self._path, mti)

    def _from_file(self, path: Path, mti: str) -> Fault | None:
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        record = path.with_name(path.name + ".taken")
        taken = _follow(lines, _read(record))
        for number, state in enumerate(taken):
            fault = self._decoded(state.line, number)
            if fault is not None and state.times < fault.times and fault.befalls(mti):
                state.times += 1
                _write(record, taken)
                return fault
        return None

    def _decoded(self, line: str, number: int) -> Fault | None:
        try:
            return msgspec.json.decode(line, type=Fault)
        except msgspec.MsgspecError as e:
            if line not in self._told:
                self._told.add(line)
                tell("fault_unreadable", line=number + 1, why=str(e))
            return None


def _follow(lines: list[str], taken: list[_Taken]) -> list[_Taken]:
    """What was carried out of each line, as far as the lines are those of before."""
    result = []
    same = True
    for at, line in enumerate(lines):
        same = same and at < len(taken) and taken[at].line == line
        result.append(taken[at] if same else _Taken(line))
    return result


def _read(record: Path) -> list[_Taken]:
    try:
        return msgspec.json.decode(record.read_bytes(), type=list[_Taken])
    except (OSError, msgspec.MsgspecError):
        return []


def _write(record: Path, taken: list[_Taken]) -> None:
    """Before the fault is carried out, whole or not at all."""
    fresh = record.with_name(record.name + ".new")
    fresh.write_bytes(msgspec.json.encode(taken))
    fresh.replace(record)


def write_fault(path: Path, fault: Fault) -> None:
    """Ask a running simulator, or the next one of its folder, for a fault. Raises DeviceFault."""
    line = msgspec.json.encode(fault)
    try:
        msgspec.json.decode(line, type=Fault)
        with path.open("ab") as file:
            file.write(line + b"\n")
    except msgspec.ValidationError as e:
        raise DeviceFault(f"this is no fault: {e}") from None
    except OSError as e:
        raise DeviceFault(f"{path}: {e.strerror}: name the demo's folder") from None


def check_script(path: Path) -> None:
    """Raises DeviceFault naming the first line that is no fault."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        why = os.strerror(e.errno) if isinstance(e, OSError) and e.errno else "it is no text"
        raise DeviceFault(f"{path}: {why}: name a file of faults, a JSON line each") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            msgspec.json.decode(line, type=Fault)
        except msgspec.MsgspecError as e:
            raise DeviceFault(f"{path}, line {number}: {e}") from None
