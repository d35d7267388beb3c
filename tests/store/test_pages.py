"""Every row that SQLite has is read from the bare pages; damage loses its own page alone."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.store.pages import Row, rows_of

PAGE = 4096
VALUES: tuple[object, ...] = (
    None, 0, 1, -1, 127, -128, 32767, -32768, 8388607, 2147483647, -2147483648, 1 << 46, 1 << 62,
    -(1 << 63), 3.5, "", "文字", b"", b"\x00\xff", "x" * 5000, b"y" * 20000,
)  # fmt: skip


def _filled(path: Path, *, checkpoint: bool) -> dict[int, tuple[object, ...]]:
    chance = random.Random(7)
    wanted: dict[int, tuple[object, ...]] = {
        n: (None, n * 3, chance.choice(VALUES), f"row {n} " + "z" * chance.randrange(300))
        for n in range(1, 1500)
    }
    for at, value in enumerate(VALUES):
        wanted[10_000 + at] = (None, at, value, "")
    wanted[-5] = (None, 1, "negative", "")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, v, w TEXT)")
        half = len(wanted) // 2
        rows = [(rowid, *values[1:]) for rowid, values in wanted.items()]
        db.execute("BEGIN")
        db.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows[:half])
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint")
        db.execute("BEGIN")
        db.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows[half:])
        db.execute("COMMIT")
        db.execute("BEGIN")
        db.execute("INSERT INTO t VALUES (99999, 0, 'never committed', '')")
        if checkpoint:
            db.execute("ROLLBACK")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for suffix in ("", "-wal"):
            side = path.with_name(path.name + suffix)
            shutil.copy(side, side.with_name("copy" + suffix))
    return wanted


def _read(path: Path, width: int = 4) -> dict[int, tuple[object, ...]]:
    found: dict[int, tuple[object, ...]] = {}
    for row in rows_of(path):
        if len(row.values) == width:
            found.setdefault(row.rowid, row.values)
    return found


@pytest.mark.parametrize("checkpoint", [True, False])
def test_all_rows_are_there_in_file_and_log(tmp_path: Path, checkpoint: bool) -> None:
    wanted = _filled(tmp_path / "t.db", checkpoint=checkpoint)
    assert _read(tmp_path / "copy") == wanted


def test_a_lost_header_and_lost_inner_pages_cost_no_row(tmp_path: Path) -> None:
    wanted = _filled(tmp_path / "t.db", checkpoint=True)
    path = tmp_path / "copy"
    raw = bytearray(path.read_bytes())
    raw[:PAGE] = bytes(PAGE)
    inner = [at for at in range(PAGE, len(raw), PAGE) if raw[at] == 0x05]
    assert inner
    for at in inner:
        raw[at : at + PAGE] = b"\xa5" * PAGE
    path.write_bytes(raw)
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.DatabaseError):
        db.execute("SELECT count(*) FROM t").fetchone()
    assert _read(path) == wanted


def test_a_lost_leaf_costs_its_own_rows_alone(tmp_path: Path) -> None:
    wanted = _filled(tmp_path / "t.db", checkpoint=True)
    path = tmp_path / "copy"
    raw = bytearray(path.read_bytes())
    leaf = [at for at in range(PAGE, len(raw), PAGE) if raw[at] == 0x0D][3]
    raw[leaf : leaf + PAGE] = bytes(PAGE)
    path.write_bytes(raw)
    found = _read(path)
    lost = wanted.keys() - found.keys()
    assert 0 < len(lost) < 100
    assert all(found[rowid] == wanted[rowid] for rowid in found)


def test_a_log_that_was_cut_gives_its_whole_commits(tmp_path: Path) -> None:
    wanted = _filled(tmp_path / "t.db", checkpoint=False)
    log = tmp_path / "copy-wal"
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    found = _read(tmp_path / "copy")
    assert 0 < len(found) < len(wanted)
    assert all(found[rowid] == wanted[rowid] for rowid in found)


def _small() -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
        db.executemany("INSERT INTO t (v) VALUES (?)", [("v" * 50,)] * 200)
        db.commit()
        return db.serialize()


SMALL = _small()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_the_file_only_rows_come_out(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "t.db"
        raw = bytearray(SMALL)
        for _ in range(data.draw(st.integers(1, 40))):
            at = data.draw(st.integers(0, len(raw) - 1))
            raw[at] = data.draw(st.integers(0, 255))
        path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
        path.with_name("t.db-wal").write_bytes(data.draw(st.binary(max_size=200)))
        assert all(isinstance(row, Row) for row in rows_of(path))


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=3 * PAGE))
def test_any_bytes_are_a_file(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "t.db"
        path.write_bytes(b"\r" + raw)
        assert all(isinstance(row, Row) for row in rows_of(path))
