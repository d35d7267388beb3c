"""Where the log goes: systemd's journal with its fields, or lines on stderr."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

from cardamom.daemon.journald import JournalSocket, entry, leads_to_journal
from cardamom.happenings import HAPPENINGS, LEVELS, NAMED
from cardamom.story import guarded, tell

IDENTIFIER: Final = "cardamom"
PRIORITY: Final = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
_LONGEST: Final = 200


def place_of(record: logging.LogRecord) -> dict[str, str]:
    """Its event, step and device."""
    place: dict[str, str] | None = getattr(record, "place", None)
    if place is None:
        return {"event": "library", "step": HAPPENINGS["library"].step, "device": ""}
    return place


def fields_of(record: logging.LogRecord) -> dict[str, str]:
    """What it says beside. Of a library's own warning the first line alone: what follows may repeat
    what the library was given."""
    fields: dict[str, str] | None = getattr(record, "fields", None)
    if fields is None:
        text = guarded(record.getMessage().split("\n", 1)[0])[:_LONGEST]
        fields = {"library": record.name, "text": text}
    fields = dict(fields)
    if record.exc_info and record.exc_info[0] is not None:
        fields |= {"exception": record.exc_info[0].__name__, "at": _raised(record.exc_info[2])}
    return fields


def line_of(record: logging.LogRecord) -> str:
    """The event, then its fields as key=value."""
    fields = fields_of(record).items()
    return " ".join([place_of(record)["event"], *(f"{k}={_quoted(v)}" for k, v in fields)])


def _raised(trace: TracebackType | None) -> str:
    """Where it was raised. Never the exception's text: a library's may hold what it was given."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "unknown"


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text or not text else text


class LineFormatter(logging.Formatter):
    """Time, level, event, key=value."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return f"{at} {LEVELS.get(record.levelno, 'info')} {line_of(record)}"


def entry_of(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    """The journal's fields: systemd's own, then EVENT, STEP, DEVICE, TXN, STAN, the rest as
    CARDAMOM_NAME."""
    yield "MESSAGE", line_of(record)
    yield "PRIORITY", str(PRIORITY.get(record.levelno, 6))
    yield "SYSLOG_IDENTIFIER", IDENTIFIER
    for name, value in place_of(record).items():
        if value:
            yield name.upper(), value
    for name, value in fields_of(record).items():
        if name in ("device", "step"):
            continue
        yield (name.upper() if name in NAMED else f"CARDAMOM_{name.upper()}"), value


class JournalHandler(logging.Handler):
    """To systemd's journal. What it did not take is told once it takes something again."""

    def __init__(self, journal: JournalSocket) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        try:
            taken = self._journal.send(entry(entry_of(record)))
        except Exception:  # noqa: BLE001 as logging's own handlers: a log line breaks nothing
            self.handleError(record)
            return
        if taken and (lost := self._journal.dropped):
            self._journal.dropped = 0
            tell("log_dropped", lines=lost)

    def close(self) -> None:
        self._journal.close()
        super().close()


def set_up(level: str = "info") -> None:
    """Log to systemd's journal where it reads stderr, else to stderr. What libraries say below a
    warning stays out: they do not know our secrets."""
    # psec takes TripleDES from where cryptography had it; the locks bound both
    warnings.filterwarnings("ignore", message="TripleDES has been moved")
    root = logging.getLogger()
    root.handlers[:] = [_handler()]
    root.setLevel(logging.WARNING)
    logging.getLogger("cardamom").setLevel(level.upper())


def _handler() -> logging.Handler:
    stream = os.environ.get("JOURNAL_STREAM", "")
    if stream and leads_to_journal(stream, sys.stderr.fileno()):
        return JournalHandler(JournalSocket())
    handler: logging.StreamHandler[Any] = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    return handler
