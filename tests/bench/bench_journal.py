"""What a durable step costs. Prints lines `name: value unit`.

`python tests/bench/bench_journal.py [FOLDER]` measures the disk under FOLDER, else that of the
temporary folder. Syncs are counted where strace is installed.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from cardamom.store.books import Books
from cardamom.store.verify import verify
from cardamom.values.events import AnyEvent
from support.ledger import (
    CARD,
    answer,
    asked,
    books_at,
    card_result,
    receipt_owed,
    receipt_printed,
)

SALES = 500
COMMITS = 4
MEMORY = Path("/dev/shm")
"""Where a sync costs nothing."""
LATER: dict[str, Sequence[AnyEvent]] = {
    "answer": (answer(),),
    "outcome": (card_result(), receipt_owed("merchant", "customer")),
    "printed": (receipt_printed("merchant", "customer"),),
}
"""The commits after the intent's."""


def sale(books: Books) -> dict[str, float]:
    """Milliseconds of each commit of one sale."""
    began = time.perf_counter()
    txn = books.begin(asked(), CARD).txn
    took = {"intent": (time.perf_counter() - began) * 1000}
    for name, events in LATER.items():
        began = time.perf_counter()
        books.append(txn, events, None)
        took[name] = (time.perf_counter() - began) * 1000
    return took


def sales(folder: Path, count: int) -> list[dict[str, float]]:
    """Each sale's commits; the first, which warms up, is left out."""
    with books_at(folder / "j.db") as books:
        return [sale(books) for _ in range(count + 1)][1:]


def syncs(folder: Path, count: int) -> int:
    """Calls of fsync and fdatasync by a process that opens a journal and sells `count` times."""
    traced = subprocess.run(
        [
            *("strace", "-f", "-e", "trace=fsync,fdatasync"),
            *(sys.executable, __file__, "--sell", str(folder), str(count)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return len(re.findall(r"\bf(?:data)?sync\(", traced.stderr))


def main(under: Path | None = None) -> None:
    with tempfile.TemporaryDirectory(dir=under) as name:
        folder = Path(name)
        taken = sales(folder, SALES)
        for commit in taken[0]:
            say(f"journal_commit_{commit}", statistics.median(t[commit] for t in taken), "ms")
        totals = sorted(sum(t.values()) for t in taken)
        say("journal_sale", statistics.median(totals), "ms")
        say("journal_sale_p99", totals[len(totals) * 99 // 100], "ms")
        say("journal_bytes_a_sale", (folder / "j.db").stat().st_size / (SALES + 1), "bytes")
        began = time.perf_counter()
        with books_at(folder / "j.db") as books:
            say("journal_open", (time.perf_counter() - began) * 1000, "ms")
            log = (folder / "j.db-wal").stat()
            sale(books)
            written = (folder / "j.db-wal").stat().st_size - log.st_size
            say("journal_log_written_a_sale", written, "bytes")
        began = time.perf_counter()
        report = verify(folder / "j.db")
        say("journal_verify", report.events / (time.perf_counter() - began), "events/s")
        if shutil.which("strace"):
            few, many = (syncs(Path(tempfile.mkdtemp(dir=folder)), n) for n in (5, 25))
            say("journal_syncs_a_commit", (many - few) / (20 * COMMITS), "syncs")
    if MEMORY.is_dir():
        with tempfile.TemporaryDirectory(dir=MEMORY) as name:
            own = [sum(t.values()) for t in sales(Path(name), SALES)]
            say("journal_sale_without_sync", statistics.median(own), "ms")


def say(name: str, value: float, unit: str) -> None:
    sys.stdout.write(f"{name}: {value:.4g} {unit}\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--sell"]:
        sales(Path(sys.argv[2]), int(sys.argv[3]) - 1)
    else:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
