"""The mark survives a cut at any byte, on a file and on an EEPROM."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.store.mark import SLOT, Mark, MarkFault, MarkFile


def _mark(number: int) -> Mark:
    return Mark(
        seq=number, head=bytes([number]) * 32, stan=number, batch=7, keys=b"\xff" * 10, counter=9
    )


@pytest.mark.parametrize("in_place", [False, True])
def test_what_was_written_is_read_by_the_next_start(tmp_path: Path, in_place: bool) -> None:
    path = tmp_path / "mark"
    assert MarkFile(path, in_place=in_place).read() is None
    file = MarkFile(path, in_place=in_place)
    for number in (1, 2, 3):
        file.write(_mark(number))
        assert MarkFile(path, in_place=in_place).read() == _mark(number)
    again = MarkFile(path, in_place=in_place)
    again.read()
    again.write(_mark(4))
    assert file.read() == _mark(4)
    assert path.stat().st_size == 2 * SLOT
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("blank", [b"\xff", b"\x00"])
def test_a_blank_eeprom_has_no_mark_and_takes_one(tmp_path: Path, blank: bytes) -> None:
    path = tmp_path / "eeprom"
    path.write_bytes(blank * 4096)
    file = MarkFile(path, in_place=True)
    assert file.read() is None
    file.write(_mark(1))
    assert MarkFile(path).read() == _mark(1)
    assert path.stat().st_size == 4096


@pytest.mark.parametrize("cut", range(0, SLOT, 7))
def test_a_cut_while_it_is_written_in_place_leaves_the_one_before(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "eeprom"
    file = MarkFile(path, in_place=True)
    file.write(_mark(1))
    file.write(_mark(2))
    before = path.read_bytes()
    file.write(_mark(3))
    after = path.read_bytes()
    changed = 0 if before[:SLOT] != after[:SLOT] else SLOT
    path.write_bytes(before[:changed] + after[changed : changed + cut] + before[changed + cut :])
    assert MarkFile(path).read() == _mark(2)


def test_a_damaged_mark_is_told_and_never_taken_for_none(tmp_path: Path) -> None:
    path = tmp_path / "mark"
    MarkFile(path).write(_mark(1))
    raw = bytearray(path.read_bytes())
    raw[20] ^= 1
    path.write_bytes(raw)
    assert MarkFile(path).read() == _mark(1)
    raw[SLOT + 20] ^= 1
    path.write_bytes(raw)
    with pytest.raises(MarkFault, match="damaged"):
        MarkFile(path).read()
    path.write_bytes(raw[:50])
    with pytest.raises(MarkFault, match="damaged"):
        MarkFile(path).read()


def test_storage_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(MarkFault, match=r"security\.mark_file"):
        MarkFile(tmp_path).read()
    with pytest.raises(MarkFault, match=r"security\.mark_file"):
        MarkFile(tmp_path / "absent" / "mark").write(_mark(1))
