"""The high-water mark: what a journal must not fall behind, kept outside it.

Two slots of 128 bytes, each with a generation and a digest; the newer one that holds counts. A
plain file is replaced as a whole. Below /sys, where an EEPROM shows itself as a file, the slots are
written in turn, in place: a cut leaves the other one.
"""

from __future__ import annotations

import errno
import hashlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cardamom.faults import JournalFault

SLOT: Final = 128
"""Bytes. Both fit the smallest EEPROM in use, 256 bytes (24C02)."""

_MAGIC: Final = b"CMRK"
_BODY: Final = struct.Struct(">4sQQ32sII12sBQ")
_DIGEST: Final = 16
_BLANK: Final = frozenset((0x00, 0xFF))


class MarkFault(JournalFault):
    """The mark cannot be read or written: no number may be used that it does not cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What was reached when it was written, and what is reserved from there on."""

    seq: int
    """The journal's last event then; 0 before the first."""
    head: bytes
    """Its hash, 32 bytes."""
    stan: int
    """The last trace number reserved."""
    batch: int
    keys: bytes = b""
    """Key serial number of the DUKPT keys, counter 0; empty without."""
    counter: int = 0
    """The first DUKPT counter that is not reserved."""


class MarkFile:
    """Reads and writes the mark in `path`."""

    def __init__(self, path: Path, *, in_place: bool | None = None) -> None:
        self._path = path
        # an attribute of a driver: a write returns when the chip has it, there is nothing to sync
        self._attribute = path.is_relative_to("/sys")
        self._in_place = self._attribute if in_place is None else in_place
        self._generation = 0

    def read(self) -> Mark | None:
        """None where there is none yet. Raises MarkFault."""
        try:
            with self._path.open("rb") as file:
                raw = file.read(2 * SLOT)
        except FileNotFoundError:
            return None
        except OSError as e:
            raise self._fault(e) from None
        found = [s for at in (0, SLOT) if (s := _read(raw[at : at + SLOT])) is not None]
        if not found:
            if len(set(raw)) <= 1 and set(raw) <= _BLANK:
                return None
            raise MarkFault(
                f"the mark {self._path} is damaged: inject the terminal's keys again "
                "(`cardamom keys import`)"
            )
        self._generation, mark = max(found, key=lambda each: each[0])
        return mark

    def write(self, mark: Mark) -> None:
        """Durable when it returns. Raises MarkFault; then the one before still stands."""
        generation = self._generation + 1
        slot = _slot(generation, mark)
        try:
            if self._in_place:
                self._overwrite(slot, (generation % 2) * SLOT)
            else:
                self._replace(slot * 2)
        except OSError as e:
            raise self._fault(e) from None
        self._generation = generation

    def _overwrite(self, slot: bytes, at: int) -> None:
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.pwrite(fd, slot, at) != len(slot):
                raise OSError(errno.EIO, "it took a part only")
            if not self._attribute:
                os.fsync(fd)
        finally:
            os.close(fd)

    def _replace(self, content: bytes) -> None:
        part = self._path.with_name(self._path.name + ".part")
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, content)
            os.fsync(fd)
        finally:
            os.close(fd)
        part.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _fault(self, error: OSError) -> MarkFault:
        return MarkFault(
            f"the mark {self._path}: {error.strerror}: check security.mark_file and its storage"
        )


def _slot(generation: int, mark: Mark) -> bytes:
    body = _BODY.pack(
        _MAGIC,
        generation,
        mark.seq,
        mark.head,
        mark.stan,
        mark.batch,
        mark.keys.ljust(12, b"\0"),
        len(mark.keys),
        mark.counter,
    ).ljust(SLOT - _DIGEST, b"\0")
    return body + hashlib.sha256(body).digest()[:_DIGEST]


def _read(slot: bytes) -> tuple[int, Mark] | None:
    body, digest = slot[:-_DIGEST], slot[-_DIGEST:]
    if len(slot) != SLOT or hashlib.sha256(body).digest()[:_DIGEST] != digest:
        return None
    magic, generation, seq, head, stan, batch, keys, size, counter = _BODY.unpack_from(body)
    if magic != _MAGIC:
        return None
    mark = Mark(seq=seq, head=head, stan=stan, batch=batch, keys=keys[:size], counter=counter)
    return generation, mark
