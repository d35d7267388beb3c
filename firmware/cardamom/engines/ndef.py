"""NDEF messages: records of a tag (NFC Forum, NFC Data Exchange Format 1.0)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final


class NdefError(ValueError):
    """The bytes are no NDEF message, or the tag holds none. The text never holds the data."""


class Tnf(IntEnum):
    """Type Name Format (3.2.6)."""

    EMPTY = 0
    WELL_KNOWN = 1
    MEDIA = 2
    URI = 3
    EXTERNAL = 4
    UNKNOWN = 5
    UNCHANGED = 6
    """Of the chunks after a payload's first."""


@dataclass(frozen=True, slots=True)
class NdefRecord:
    """`kind` is the record's type, `ident` its ID."""

    tnf: Tnf
    kind: bytes
    payload: bytes = field(repr=False)
    ident: bytes = b""


BEGIN, END, CHUNK, SHORT, HAS_ID = 0x80, 0x40, 0x20, 0x10, 0x08
MOST: Final = 0xFFFF
"""No tag here holds a longer message."""


def parse_message(data: bytes) -> list[NdefRecord]:
    """All records, chunked payloads put together. Raises NdefError."""
    records: list[NdefRecord] = []
    chunks: NdefRecord | None = None
    at = 0
    ended = False
    while at < len(data):
        if ended:
            raise NdefError("bytes follow the last record")
        head = data[at]
        if bool(head & BEGIN) != (at == 0):
            raise NdefError("a message begins with its first record and no other")
        record, at = _record(data, at)
        more, ended = bool(head & CHUNK), bool(head & END)
        if (chunks is None) == (record.tnf is Tnf.UNCHANGED):
            raise NdefError("a chunk stands where none belongs")
        if chunks is not None:
            if record.kind or record.ident:
                raise NdefError("a later chunk names its type")
            payload = chunks.payload + record.payload
            record = NdefRecord(chunks.tnf, chunks.kind, payload, chunks.ident)
        if more and ended:
            raise NdefError("a message ends within a record")
        chunks = record if more else None
        if not more:
            records.append(record)
    if not ended:
        raise NdefError("a message is cut short")
    return records


def _record(data: bytes, at: int) -> tuple[NdefRecord, int]:
    """One record or chunk (3.2), and where the next begins."""
    head = data[at]
    if head & 7 not in list(Tnf):
        raise NdefError("a record of no known type format")
    sizes = 1 if head & SHORT else 4
    fixed = 2 + sizes + bool(head & HAS_ID)
    if len(data) < at + fixed:
        raise NdefError("a record is cut short")
    kind_size = data[at + 1]
    payload_size = int.from_bytes(data[at + 2 : at + 2 + sizes])
    ident_size = data[at + fixed - 1] if head & HAS_ID else 0
    start = at + fixed
    end = start + kind_size + ident_size + payload_size
    if end > min(len(data), MOST):
        raise NdefError("a record is cut short")
    kind = data[start : start + kind_size]
    ident = data[start + kind_size : start + kind_size + ident_size]
    tnf = Tnf(head & 7)
    if tnf is Tnf.EMPTY and end != start:
        raise NdefError("an empty record holds something")
    return NdefRecord(tnf, kind, data[end - payload_size : end], ident), end
