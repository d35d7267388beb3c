"""The short version of `./setup.sh durability`; the disk alone needs no root."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from powercut.durability.card import obstacle
from powercut.durability.disk import SECTOR, Cache
from powercut.durability.files import Cut
from powercut.durability.files import run as cut_file
from powercut.durability.journal import LEVELS
from powercut.durability.runs import Plan, run
from powercut.nursery import Nursery
from powercut.scenarios import ALL

NEEDS_MOUNTS = pytest.mark.skipif(bool(obstacle()), reason=obstacle() or "-")
SALE = ALL[0]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
def test_the_disk_reads_what_was_written_and_keeps_what_was_flushed(
    tmp_path: Path, kept: float
) -> None:
    medium = tmp_path / "medium"
    medium.write_bytes(bytes(64 * SECTOR))
    fd = os.open(medium, os.O_RDWR)
    try:
        cache = Cache(fd, kept, random.Random(1))
        cache.write(0, b"a" * 8 * SECTOR)
        cache.flush()
        cache.write(4 * SECTOR, b"b" * 60 * SECTOR)
        wanted = b"a" * 4 * SECTOR + b"b" * 60 * SECTOR
        assert cache.read(0, 64 * SECTOR) == wanted
        assert cache.read(2 * SECTOR, 6 * SECTOR) == wanted[2 * SECTOR : 8 * SECTOR]
        assert cache.read(63 * SECTOR, 4 * SECTOR) == wanted[-SECTOR:]
        raw = medium.read_bytes()
        assert raw[: 4 * SECTOR] == b"a" * 4 * SECTOR
        written = sum(raw[at] == ord("b") for at in range(4 * SECTOR, 64 * SECTOR, SECTOR))
        assert {0.0: written == 0, 0.5: 0 < written < 60, 1.0: written == 60}[kept]
        cache.flush()
        assert medium.read_bytes() == wanted
    finally:
        os.close(fd)


@NEEDS_MOUNTS
@pytest.mark.parametrize("kept", [0.0, 0.5])
@pytest.mark.parametrize("name", ["mark", "keyring", "DUKPT counter", "journal new", "passcode"])
def test_a_file_that_was_told_to_be_written_is_there(name: str, kept: float) -> None:
    cut, told, wrong = cut_file(Cut(name, "as it is", kept, 260, 1))
    assert told, "cut before anything was told"
    assert wrong == "", f"{cut}, behind writing {told}"


@NEEDS_MOUNTS
@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("mark", "without the folder's sync"),
        ("mark", "without any sync"),
        ("keyring", "synchronous=NORMAL"),
    ],
)
def test_a_sync_that_is_left_out_is_found(name: str, variant: str) -> None:
    found = [cut_file(Cut(name, variant, 0.0, request, 1)) for request in (90, 120, 180)]
    assert any(wrong for _, _, wrong in found)


@NEEDS_MOUNTS
@pytest.mark.timeout(300)
@pytest.mark.parametrize("level", LEVELS)
def test_a_sale_whose_disk_forgets(level: str, nursery: Nursery) -> None:
    """Cut with the request sent: the intent was acknowledged before the first byte left."""
    plan = Plan(scenario=SALE, level=level, kept=0.0, point=6)
    result = run(plan, nursery)
    assert result.where == "sent request"
    assert result.survived.acknowledged == 2
    if level == "FULL":
        assert (result.survived.lost, result.survived.damage, result.wrong) == (0, (), ())
    else:
        assert result.survived.lost == 2
