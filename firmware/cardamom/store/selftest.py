"""What the self-test asks of an open journal."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from cardamom.store.books import Books
from cardamom.values.selftest import HeldKey, JournalFacts


def try_books(books: Books, path: Path) -> JournalFacts:
    """Commits a probe, checks the chain's end, lists the keys by check value. Blocks; raises
    sqlite3.Error, DamageFault and MarkFault."""
    began = time.perf_counter()
    books.probe()
    took = time.perf_counter() - began
    checked = books.check_tail()
    dukpt = books.guard.scheme.dukpt
    return JournalFacts(
        free_bytes=shutil.disk_usage(path.parent).free,
        commit_ms=took * 1000,
        tail=checked,
        last=books.head()[0],
        keys=tuple(
            HeldKey(slot=held.slot, check_values=held.check_values, opens=held.opens)
            for held in books.guard.keyring.held()
            if held.slot != "board"
        ),
        dukpt=dukpt,
        dukpt_left=books.guard.dukpt_left() if dukpt else None,
    )
