"""Log entries out of systemd's journal, or out of a file of them: read, filtered."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from cardamom.faults import Fault
from cardamom.happenings import NAMED
from cardamom.story import guarded

UNIT: Final = "cardamom.service"
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_BY_PRIORITY: Final = ("critical", "critical", "critical", "error", "warning", "info", "info")
_PRIORITIES: Final = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
_OURS: Final = "CARDAMOM_"
_AGO: Final = re.compile(r"(\d{1,6})\s*(s|m|min|h|d|w)")
_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604_800}


class LogError(Fault):
    """There is no log to read, or what was asked of it is wrong."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `event` is empty where not the terminal but systemd, say, tells of it."""

    at: datetime
    level: str
    event: str
    step: str
    device: str
    txn: str
    stan: str
    fields: dict[str, str]
    """Whatever else it says, by the names that docs/events.md has."""
    text: str
    """As it was written, for an entry without an event."""
    host: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read; empty takes all."""

    txn: frozenset[int] = frozenset()
    stan: frozenset[int] = frozenset()
    device: frozenset[str] = frozenset()
    event: frozenset[str] = frozenset()
    level: str = "debug"
    since: datetime | None = None
    until: datetime | None = None
    host: str = ""

    def __contains__(self, entry: Entry) -> bool:
        return (
            _among(entry.txn, self.txn)
            and _among(entry.stan, self.stan)
            and (not self.device or entry.device in self.device)
            and (not self.event or entry.event in self.event)
            and LEVELS.index(entry.level) >= LEVELS.index(self.level)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at <= self.until)
            and self.host in ("", entry.host)
        )

    def words(self) -> list[str]:
        """The same for journalctl, as far as it can: it looks them up instead of reading all."""
        said = [f"--priority={_PRIORITIES[self.level]}"]
        for name, moment in (("since", self.since), ("until", self.until)):
            if moment is not None:
                said.append(f"--{name}=@{moment.timestamp():.6f}")
        said += [f"TXN={n}" for n in sorted(self.txn)]
        said += [f"STAN={n:06d}" for n in sorted(self.stan)]
        said += [f"DEVICE={name}" for name in sorted(self.device)]
        return said + [f"EVENT={name}" for name in sorted(self.event)]


def _among(value: str, wanted: frozenset[int]) -> bool:
    return not wanted or (value.isdecimal() and int(value) in wanted)


def moment(text: str, now: datetime) -> datetime:
    """`2h` ago, `14:30` today, `2026-11-26`, `2026-11-26 14:30`: by this machine's time zone where
    none is named. Raises LogError."""
    text = text.strip()
    if ago := _AGO.fullmatch(text):
        return now - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
            text = f"{now.astimezone():%Y-%m-%d} {text.zfill(5)}"
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise LogError(
            f"{text!r} is no time: write 90s, 30m, 2h, 3d, 14:30, 2026-11-26 or '2026-11-26 14:30'"
        ) from None


def entry_of(line: str | bytes) -> Entry | None:
    """One line of `journalctl -o json`; None where it is none."""
    try:
        said = json.loads(line)
        at = datetime.fromtimestamp(int(said["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None
    if not isinstance(said, dict):
        return None
    known = {name: guarded(_text(value)) for name, value in said.items()}
    priority = known.get("PRIORITY", "6")
    fields = {
        name.removeprefix(_OURS).lower(): value
        for name, value in known.items()
        if name.startswith(_OURS)
    }
    named = {name: known.get(name.upper(), "") for name in NAMED}
    return Entry(
        at=at,
        level=_BY_PRIORITY[int(priority)] if priority in tuple("0123456") else "debug",
        event=known.get("EVENT", ""),
        fields=fields,
        text=known.get("MESSAGE", ""),
        host=known.get("_HOSTNAME", ""),
        **named,
    )


def _text(value: object) -> str:
    """journalctl writes what is no text as a list of bytes, and what stands twice as a list."""
    match value:
        case list() if value and all(isinstance(b, int) and 0 <= b < 256 for b in value):
            return bytes(value).decode("utf-8", "replace")
        case list():
            return " ".join(map(_text, value))
        case None:
            return ""
        case _:
            return str(value)


@dataclass(slots=True)
class Source:
    """Where the entries are. `files`: of systemd's journal, or of `journalctl -o json` lines; `-`
    is standard input; none: this machine's own journal."""

    files: Sequence[str] = ()
    follow: bool = False
    lines: int | None = None
    """Only so many, the newest; where filters leave it to journalctl."""
    unread: int = field(default=0, init=False)

    @contextmanager
    def entries(self, wanted: Wanted) -> Iterator[Iterator[Entry]]:
        """Those wanted, oldest first. Raises LogError where there is nothing to read."""
        if self.files and not _of_journald(self.files):
            yield self._picked(_lines(self.files), wanted)
            return
        words = [*self._journalctl(), *wanted.words()]
        with (
            TemporaryFile() as complaint,
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=complaint) as reading,  # noqa: S603 journalctl itself
        ):
            try:
                yield self._picked(reading.stdout or (), wanted)
                if not self.follow and reading.wait():
                    complaint.seek(0)
                    raise LogError(_sentence(complaint.read().decode(errors="replace")))
            finally:
                reading.kill()

    def _journalctl(self) -> list[str]:
        found = shutil.which("journalctl")
        if found is None:
            raise LogError(
                "this machine has no systemd journal: name a file with --file, a demo's log is on "
                "its own stderr"
            )
        words = [found, "--output=json", "--quiet", "--no-pager"]
        if not self.files:
            words.append(f"--unit={UNIT}")
        words += [f"--{'directory' if Path(f).is_dir() else 'file'}={f}" for f in self.files]
        if self.follow:
            words.append("--follow")
        if self.lines is not None or self.follow:
            words.append(f"--lines={10 if self.lines is None else self.lines}")
        return words

    def _picked(self, lines: Iterable[str | bytes], wanted: Wanted) -> Iterator[Entry]:
        for line in lines:
            entry = entry_of(line)
            if entry is None:
                self.unread += 1
            elif entry in wanted:
                yield entry


def _of_journald(files: Sequence[str]) -> bool:
    """Whether they are journal files and folders of them. Raises LogError for what is not there."""
    kinds = set()
    for file in files:
        if file != "-" and not Path(file).exists():
            raise LogError(f"there is no file {file}")
        kinds.add(file != "-" and (Path(file).is_dir() or file.endswith((".journal", ".journal~"))))
    if len(kinds) > 1:
        raise LogError("name journal files or files of JSON lines, not both in one call")
    return kinds.pop()


def _lines(files: Sequence[str]) -> Iterator[str]:
    for file in files:
        if file == "-":
            yield from sys.stdin
            continue
        try:
            with Path(file).open(encoding="utf-8", errors="replace") as lines:
                yield from lines
        except OSError as e:
            raise LogError(f"{file}: {e.strerror}") from None


def _sentence(said: str) -> str:
    """journalctl's last word, and what is mostly behind it."""
    last = said.strip().splitlines()[-1:] or ["journalctl failed"]
    return f"{last[0]}; members of the group systemd-journal and root may read the journal"
