"""What the terminal's own events tell of settled batches. Blocking."""

from __future__ import annotations

import sqlite3

from cardamom.store.chain import TERMINAL, DamageFault, decode
from cardamom.values.terminal_events import TerminalEvent

_LAST = """
    SELECT max(seq) FROM events WHERE txn = 0
    AND json_extract(body, '$.type') = ? AND json_extract(body, '$.batch') = ?
"""


def batch_story(db: sqlite3.Connection, batch: int) -> list[TerminalEvent]:
    """As ports.Journal.batch_story; of a number that came round again, the last time."""
    first = db.execute(_LAST, ("batch_closing", batch)).fetchone()[0]
    if first is None:
        return []
    rows = db.execute(
        "SELECT seq, CAST(body AS BLOB) FROM events WHERE txn = ? AND seq >= ? ORDER BY seq",
        (TERMINAL, first),
    )
    story: list[TerminalEvent] = []
    for seq, body in rows:
        event = decode(body)
        if not isinstance(event, TerminalEvent):
            raise DamageFault(f"event {seq}: an event of a transaction stands beside them", seq)
        if getattr(event, "batch", None) == batch:
            story.append(event)
    return story


def z_owed(db: sqlite3.Connection) -> list[int]:
    """As ports.Journal.z_owed."""
    rows = db.execute(
        "SELECT json_extract(c.body, '$.batch') FROM events c WHERE c.txn = 0 "
        "AND json_extract(c.body, '$.type') = 'batch_closed' AND NOT EXISTS ("
        "SELECT 1 FROM events p WHERE p.txn = 0 AND json_extract(p.body, '$.type') = "
        "'z_report_printed' AND json_extract(p.body, '$.batch') = "
        "json_extract(c.body, '$.batch') AND p.seq > c.seq) ORDER BY c.seq"
    )
    return [int(batch) for (batch,) in rows]
