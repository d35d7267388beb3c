"""BER-TLV as EMV uses it (EMV 4.4 Book 3, Annex B): definite lengths, tags of at most 3 bytes.

`TlvError` is the only exception that leaves this module, whatever the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

MAX_DEPTH: Final = 8


class TlvError(ValueError):
    """The bytes are no BER-TLV. The text never holds the data."""


def read_tag(data: bytes, at: int) -> tuple[int, int]:
    """The tag at `at` and the offset behind it (Book 3, B1)."""
    if at >= len(data):
        raise TlvError("a tag is missing")
    tag = data[at]
    at += 1
    if tag & 0x1F == 0x1F:
        for _ in range(2):
            if at >= len(data):
                raise TlvError("a tag is cut short")
            tag = tag << 8 | data[at]
            at += 1
            if not tag & 0x80:
                return tag, at
        raise TlvError("a tag is longer than 3 bytes")
    return tag, at


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """The length at `at` and the offset behind it (Book 3, B2): 1 to 3 bytes."""
    if at >= len(data):
        raise TlvError("a length is missing")
    first = data[at]
    at += 1
    if first < 0x80:
        return first, at
    size = first & 0x7F
    if size not in (1, 2):
        raise TlvError("a length has an unsupported form")
    if at + size > len(data):
        raise TlvError("a length is cut short")
    return int.from_bytes(data[at : at + size]), at + size


def is_constructed(tag: int) -> bool:
    """Whether the tag's value is itself TLV (bit 6 of its first byte)."""
    while tag > 0xFF:
        tag >>= 8
    return bool(tag & 0x20)


def items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The objects one after another at this level; filler bytes 00 between them are skipped.

    Book 3, B1: 00 before, between or after TLV objects has no meaning.
    """
    return ((tag, value) for tag, value, _ in pieces(data))


def pieces(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """As `items`, each with its tag, length and value as they came."""
    at = 0
    while at < len(data):
        if data[at] == 0x00:
            at += 1
            continue
        start = at
        tag, at = read_tag(data, at)
        length, at = read_length(data, at)
        if at + length > len(data):
            raise TlvError(f"tag {tag:X} says {length} bytes, {len(data) - at} are there")
        yield tag, data[at : at + length], data[start : at + length]
        at += length


def only(data: bytes, *tags: int) -> tuple[int, bytes]:
    """The single object in `data`; raises TlvError where there is another or its tag is not among
    `tags`."""
    found = list(items(data))
    if len(found) != 1 or found[0][0] not in tags:
        raise TlvError("another template was expected")
    return found[0]


def distinct(data: bytes) -> dict[int, bytes]:
    """The objects at this level; raises TlvError where a tag stands twice."""
    found: dict[int, bytes] = {}
    for tag, value in items(data):
        if tag in found:
            raise TlvError(f"tag {tag:X} stands twice")
        found[tag] = value
    return found


def walk(data: bytes, depth: int = 0) -> Iterator[tuple[int, bytes]]:
    """All objects, templates before what is in them."""
    if depth > MAX_DEPTH:
        raise TlvError("templates are nested too deep")
    for tag, value in items(data):
        yield tag, value
        if is_constructed(tag):
            yield from walk(value, depth + 1)


def find(data: bytes, tag: int) -> bytes | None:
    """The first value of `tag` at any depth."""
    return next((value for t, value in walk(data) if t == tag), None)


def tag_bytes(tag: int) -> bytes:
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1)


def encode(tag: int, value: bytes) -> bytes:
    """One object; the shortest length form."""
    size = len(value)
    if size < 0x80:
        length = bytes((size,))
    elif size <= 0xFF:
        length = bytes((0x81, size))
    elif size <= 0xFFFF:
        length = b"\x82" + size.to_bytes(2)
    else:
        raise TlvError("a value has more than 65535 bytes")
    return tag_bytes(tag) + length + value


def encode_all(objects: Iterable[tuple[int, bytes]]) -> bytes:
    return b"".join(encode(tag, value) for tag, value in objects)
