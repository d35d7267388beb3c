"""Rows of a SQLite file that SQLite itself may not open any more, page by page.

Each leaf page of a table is read for itself: nothing above it has to be whole, neither the header
nor the tree. Format: sqlite.org/fileformat2.html, sections 1.6, 2.1 and 4.1. Reads alone.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Value = None | int | float | str | bytes

_HEADER: Final = b"SQLite format 3\0"
_PAGE: Final = 4096
"""Where no header tells: SQLite's default, which this firmware's journals have."""
_LEAF: Final = 0x0D
_LOG_MAGICS: Final = {0x377F0682: "<", 0x377F0683: ">"}
"""With the byte order of the checksums."""
_SIZES: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""Of serial types 0 to 9."""
_LONGEST: Final = 1 << 20
"""Bytes of a row: more is damage."""


class _PageError(Exception):
    """Nothing of the format stands there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its rowid and columns. A column that is the rowid itself is None."""

    rowid: int
    values: tuple[Value, ...]


def rows_of(path: Path) -> Iterator[Row]:
    """Every row of every table that can be read: first as the write-ahead log has it, then from
    pages of the file that the log has newer. A row may come twice. Raises OSError."""
    with path.open("rb") as opened:
        if not os.fstat(opened.fileno()).st_size:
            return
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as file:
            yield from _all_rows(file, path.with_name(path.name + "-wal"))


def cut_short(path: Path) -> bool:
    """Whether the file has fewer pages than its header says, and no write-ahead log that may have
    the others (section 1.3.8). Raises OSError."""
    log = path.with_name(path.name + "-wal")
    if log.is_file() and log.stat().st_size:
        return False
    with path.open("rb") as file:
        head = file.read(100)
        size = os.fstat(file.fileno()).st_size
    # the count holds where it was written with the last change
    if len(head) < 100 or head[: len(_HEADER)] != _HEADER or head[24:28] != head[92:96]:
        return False
    return int.from_bytes(head[28:32], "big") * _page_size(head) > size


def _all_rows(file: mmap.mmap, log_path: Path) -> Iterator[Row]:
    size = _page_size(file)
    log = _committed(log_path.read_bytes(), size) if log_path.is_file() else {}
    pages = _Pages(file, size, log)
    for number in sorted({*range(1, len(file) // size + 1), *log}):
        page = pages.get(number)
        if page is not None:
            yield from _rows(pages, number, page)
    for number in sorted(log):
        page = pages.of_file(number)
        if page is not None:
            yield from _rows(pages, number, page)


class _Pages:
    """Pages by number: as the log has them, else the file."""

    def __init__(self, file: mmap.mmap, size: int, log: dict[int, bytes]) -> None:
        self._file = file
        self._size = size
        self._log = log

    def get(self, number: int) -> bytes | None:
        return self._log.get(number) or self.of_file(number)

    def of_file(self, number: int) -> bytes | None:
        page = self._file[(number - 1) * self._size : number * self._size] if number > 0 else b""
        return page if len(page) == self._size else None


def _page_size(file: mmap.mmap | bytes) -> int:
    if file[: len(_HEADER)] == _HEADER:
        told = int.from_bytes(file[16:18], "big")
        size = 65536 if told == 1 else told
        if 512 <= size <= 65536 and not size & (size - 1):
            return size
    return _PAGE


def _committed(log: bytes, size: int) -> dict[int, bytes]:
    """The pages of the log's whole commits, the newest of each."""
    if len(log) < 32:
        return {}
    magic, _, told = struct.unpack_from(">III", log)
    if magic not in _LOG_MAGICS or told != size:
        return {}
    order, salts = _LOG_MAGICS[magic], log[16:24]
    sums = _checksum(log[:24], (0, 0), order)
    found: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for at in range(32, len(log) - size - 23, size + 24):
        number, commit = struct.unpack_from(">II", log, at)
        page = log[at + 24 : at + 24 + size]
        sums = _checksum(page, _checksum(log[at : at + 8], sums, order), order)
        if log[at + 8 : at + 16] != salts or struct.pack(">II", *sums) != log[at + 16 : at + 24]:
            break
        pending[number] = page
        if commit:
            found.update(pending)
            pending.clear()
    return found


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        one = (one + even + two) & 0xFFFFFFFF
        two = (two + odd + one) & 0xFFFFFFFF
    return one, two


def _rows(pages: _Pages, number: int, page: bytes) -> Iterator[Row]:
    start = 100 if number == 1 else 0
    if page[start] != _LEAF:
        return
    (count,) = struct.unpack_from(">H", page, start + 3)
    for index in range(count):
        at = start + 8 + 2 * index
        if at + 2 > len(page):
            return
        try:
            yield _row(pages, page, int.from_bytes(page[at : at + 2], "big"))
        except (_PageError, IndexError, struct.error, UnicodeDecodeError):
            continue


def _row(pages: _Pages, page: bytes, at: int) -> Row:
    length, at = _varint(page, at)
    rowid, at = _varint(page, at)
    if length > _LONGEST:
        raise _PageError
    local = _local(length, len(page))
    payload = page[at : at + local]
    if len(payload) != local:
        raise _PageError
    if local < length:
        (following,) = struct.unpack_from(">I", page, at + local)
        payload += _overflow(pages, following, length - local)
    return Row(rowid, _values(payload))


def _local(length: int, usable: int) -> int:
    """How much of a payload lies in the leaf itself (section 1.6)."""
    most = usable - 35
    if length <= most:
        return length
    least = (usable - 12) * 32 // 255 - 23
    some = least + (length - least) % (usable - 4)
    return some if some <= most else least


def _overflow(pages: _Pages, number: int, length: int) -> bytes:
    found = b""
    while len(found) < length:
        page = pages.get(number)
        if page is None:
            raise _PageError
        number = int.from_bytes(page[:4], "big")
        found += page[4:]
    return found[:length]


def _values(payload: bytes) -> tuple[Value, ...]:
    size, at = _varint(payload, 0)
    if not 0 < size <= len(payload):
        raise _PageError
    values: list[Value] = []
    body = size
    while at < size:
        kind, at = _varint(payload, at)
        width = (kind - 12) // 2 if kind >= 12 else _SIZES[kind]
        raw = payload[body : body + width]
        if len(raw) != width:
            raise _PageError
        values.append(_value(kind, raw))
        body += width
    return tuple(values)


def _value(kind: int, raw: bytes) -> Value:
    if kind >= 12:
        return raw.decode() if kind % 2 else raw
    match kind:
        case 0:
            return None
        case 7:
            (real,) = struct.unpack(">d", raw)
            return float(real)
        case 8 | 9:
            return kind - 8
        case _:
            return int.from_bytes(raw, "big", signed=True)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(9):
        byte = data[at + index]
        if index == 8:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return (value - (1 << 64) if value >> 63 else value), at + index + 1
