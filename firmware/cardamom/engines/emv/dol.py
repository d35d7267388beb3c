"""Data Object Lists (EMV 4.4 Book 3, 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.emv.dictionary import DICTIONARY, Format

MAX_DATA: Final = 252
"""What a command of 255 bytes carries beside the tag and length of template 83."""


def entries(dol: bytes) -> Iterator[tuple[int, int]]:
    """Tag and length of each entry. Raises TlvError where the list is cut short."""
    at = 0
    while at < len(dol):
        tag, at = tlv.read_tag(dol, at)
        if at >= len(dol):
            raise tlv.TlvError("a data object list is cut short")
        yield tag, dol[at]
        at += 1


def fit(tag: int, value: bytes, length: int) -> bytes:
    """The value cut or padded to `length`: numeric on the left, compressed numeric with F on the
    right, all else with 00 on the right."""
    row = DICTIONARY.get(tag)
    kind = row.format if row else Format.B
    if kind is Format.N:
        return value[len(value) - length :] if len(value) > length else value.rjust(length, b"\0")
    return value[:length].ljust(length, b"\xff" if kind is Format.CN else b"\0")


def build(dol: bytes, value_of: Callable[[int], bytes | None]) -> bytes:
    """The values one after another; what is unknown, absent or constructed is filled with zeros.

    Raises TlvError for a malformed list or one that asks for more than a command can carry.
    """
    parts: list[bytes] = []
    size = 0
    for tag, length in entries(dol):
        size += length
        if size > MAX_DATA:
            raise tlv.TlvError("a data object list asks for more than a command carries")
        value = None if tlv.is_constructed(tag) else value_of(tag)
        parts.append(bytes(length) if value is None else fit(tag, value, length))
    return b"".join(parts)
