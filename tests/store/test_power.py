"""The plug is pulled: whole commits survive, acknowledged ones always, halves never."""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from cardamom.store.verify import verify
from support.ledger import CARD, answer, asked, books_at, card_result

SELLER = """
import sys
from pathlib import Path
from support.ledger import *

with books_at(Path(sys.argv[1])) as books:
    print("ready", flush=True)
    while True:
        txn = books.begin(asked(), CARD).txn
        print(txn, 3, flush=True)
        books.append(txn, (answer(),), None)
        print(txn, 4, flush=True)
        books.append(txn, (card_result(), receipt_owed("merchant")), None)
        print(txn, 6, flush=True)
        if txn % 7 == 0:
            books.checkpoint()
"""
"""Sells for ever and tells each commit that returned: transaction, events it has by then."""

COMMITS = {0, 3, 4, 6}
"""Numbers of events after which a transaction of SELLER may stand."""


def _seller(path: Path) -> subprocess.Popen[str]:
    tests = str(Path(__file__).parents[1])
    code = f"import sys; sys.path.insert(0, {tests!r})\n{SELLER}"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )


def test_a_killed_daemon_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    chance = random.Random(20260314)
    told: dict[int, int] = {}
    for _ in range(6):
        with _seller(path) as seller:
            assert seller.stdout is not None
            assert seller.stdout.readline() == "ready\n"
            lines = [seller.stdout.readline() for _ in range(chance.randrange(1, 20))]
            time.sleep(chance.uniform(0.0, 0.004))
            seller.send_signal(signal.SIGKILL)
            lines += seller.stdout.read().splitlines(keepends=True)
            lines = [line for line in lines if line.endswith("\n")]  # the last may be torn
        told.update((int(txn), int(count)) for txn, count in map(str.split, lines))
        assert verify(path).ok
        with books_at(path) as books:
            have = {r.txn: len(books.events(r.txn)) for r in books.recent(1_000_000)}
        assert set(have.values()) <= COMMITS
        assert all(have[txn] >= count for txn, count in told.items())
    assert len(told) > 10


@dataclass(frozen=True)
class Unsaved:
    """A journal of 12 commits that are still in its log. `ends`: the log's length when the tables
    were made and after each commit."""

    file: bytes
    log: bytes
    ends: list[int]


@pytest.fixture(scope="module")
def unsaved(tmp_path_factory: pytest.TempPathFactory) -> Unsaved:
    path = tmp_path_factory.mktemp("unsaved") / "j.db"
    log = path.with_name("j.db-wal")
    with books_at(path) as books:
        ends = [log.stat().st_size]
        for _ in range(4):
            txn = books.begin(asked(), CARD).txn
            ends.append(log.stat().st_size)
            books.append(txn, (answer(),), None)
            ends.append(log.stat().st_size)
            books.append(txn, (card_result(),), None)
            ends.append(log.stat().st_size)
        return Unsaved(path.read_bytes(), log.read_bytes(), ends)


def _survive(folder: Path, unsaved: Unsaved, log: bytes) -> int:
    """How many of the 12 commits are there when the journal is opened with this log."""
    path = folder / "j.db"
    for old in folder.glob("j.db*"):
        old.unlink()
    path.write_bytes(unsaved.file)
    path.with_name("j.db-wal").write_bytes(log)
    with books_at(path) as books:
        report = verify(path)
        assert report.ok, report.problems
        events = [len(books.events(r.txn)) for r in reversed(books.recent(99))]
    commits = {3: 1, 4: 2, 5: 3}
    assert set(events) <= commits.keys()
    assert events[:-1] == [5] * (len(events) - 1)
    return sum(commits[n] for n in events)


def test_a_log_cut_anywhere_loses_the_last_commits_whole(tmp_path: Path, unsaved: Unsaved) -> None:
    log, ends = unsaved.log, unsaved.ends
    assert len(log) == ends[-1]
    for n, end in enumerate(ends):
        assert _survive(tmp_path, unsaved, log[:end]) == n
    chance = random.Random(1)
    for cut in chance.sample(range(ends[0], ends[-1]), 40):
        durable = sum(end <= cut for end in ends[1:])
        found = _survive(tmp_path, unsaved, log[:cut])
        assert durable <= found <= durable + 1
        torn = log[:cut] + chance.randbytes(min(4096, len(log) - cut))
        assert _survive(tmp_path, unsaved, torn) == found


def test_a_sector_torn_by_the_next_commit_takes_no_earlier_one(
    tmp_path: Path, unsaved: Unsaved
) -> None:
    """An SD card rewrites whole sectors: the one where the next commit begins may be lost whole."""
    for n, end in enumerate(unsaved.ends):
        sector = end // 4096 * 4096
        torn = unsaved.log[:sector] + bytes(4096)
        assert _survive(tmp_path, unsaved, torn) == n


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_sale_is_four_commits_of_one_sync_each(tmp_path: Path) -> None:
    counts = [_syncs(tmp_path / str(sales), sales) for sales in (5, 25)]
    assert counts[1] - counts[0] == 20 * 4


def _syncs(folder: Path, sales: int) -> int:
    folder.mkdir()
    tests = str(Path(__file__).parents[1])
    code = (
        f"import sys; sys.path.insert(0, {tests!r})\n"
        "from pathlib import Path\n"
        "from support.ledger import books_at, sell\n"
        f"with books_at(Path({str(folder / 'j.db')!r})) as books:\n"
        f"    for _ in range({sales}): sell(books)\n"
    )
    traced = subprocess.run(
        ["strace", "-f", "-e", "trace=fsync,fdatasync", sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
    )
    return len(re.findall(r"\bf(?:data)?sync\(", traced.stderr))
