"""Log lines: an event name, then its fields as key=value. journald takes them from stderr."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from datetime import UTC, datetime
from types import TracebackType

PRIORITY = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


class LineFormatter(logging.Formatter):
    """`<6>event key=value ...` for journald, with the time in front anywhere else."""

    def __init__(self, *, journald: bool) -> None:
        super().__init__()
        self._journald = journald

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = getattr(record, "fields", {})
        text = " ".join([record.getMessage(), *(f"{k}={_quoted(v)}" for k, v in fields.items())])
        if record.exc_info and record.exc_info[0] is not None:
            text += f" exception={record.exc_info[0].__name__} at={_place(record.exc_info[2])}"
        if self._journald:
            return f"<{PRIORITY.get(record.levelno, 6)}>{text}"
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return f"{at} {record.levelname.lower()} {text}"


def _place(trace: TracebackType | None) -> str:
    """Where it was raised. Never the exception's text: a library's may hold what it was given."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "unknown"


def _quoted(value: object) -> str:
    text = str(value)
    return f'"{text}"' if " " in text or not text else text


def set_up(level: str = "info") -> None:
    """Log to stderr. What libraries say below a warning stays out: they do not know our secrets."""
    # psec takes TripleDES from where cryptography had it; the locks bound both
    warnings.filterwarnings("ignore", message="TripleDES has been moved")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(journald="JOURNAL_STREAM" in os.environ))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("cardamom").setLevel(level.upper())
