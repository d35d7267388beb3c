"""How an NDEF message is read from a tag: Type 4 over APDUs, Type 2 over its pages.

Generators: they yield what to send and are resumed with the answer. Raise NdefError where the tag
holds no message.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from cardamom.engines.apdu import Reply, command
from cardamom.engines.ndef import NdefError

APPLICATION: Final = bytes.fromhex("D2760000850101")
"""NFC Forum Type 4 Tag, 5.4.2."""
CAPABILITY: Final = b"\xe1\x03"
NDEF_FILE: Final = 0x04
CC_SIZE: Final = 15
READ_LEAST: Final = 15
MAPPINGS: Final = (2, 3)
"""Versions of the mapping."""

MAGIC: Final = 0xE1
PAGE_CC: Final = 3
PAGE_DATA: Final = 4
PAGE_SIZE: Final = 4
READ_SIZE: Final = 16
NULL, NDEF, TERMINATOR = 0x00, 0x03, 0xFE

Type4 = Generator[bytes, Reply, bytes]
Type2 = Generator[int, bytes, bytes]


def read_type_4(most: int = 8192) -> Type4:
    """The message of a Type 4 tag (NFC Forum Type 4 Tag, 5.4): yields commands."""
    yield from _ok(command(0x00, 0xA4, 0x04, 0x00, APPLICATION, 256))
    yield from _ok(command(0x00, 0xA4, 0x00, 0x0C, CAPABILITY))
    cc = yield from _ok(command(0x00, 0xB0, 0x00, 0x00, le=CC_SIZE))
    if len(cc) < CC_SIZE or cc[2] >> 4 not in MAPPINGS or cc[7:9] != bytes((NDEF_FILE, 6)):
        raise NdefError("the tag's capabilities are none that are known")
    longest = min(max(int.from_bytes(cc[3:5]), READ_LEAST), 255)
    if cc[13]:
        raise NdefError("the tag's message may not be read")
    yield from _ok(command(0x00, 0xA4, 0x00, 0x0C, cc[9:11]))
    head = yield from _ok(command(0x00, 0xB0, 0x00, 0x00, le=2))
    size = int.from_bytes(head)
    if len(head) != 2 or not 0 < size <= min(int.from_bytes(cc[11:13]) - 2, most):
        raise NdefError("the tag holds no message, or too long a one")
    message = b""
    while len(message) < size:
        at = len(message) + 2
        want = min(longest, size - len(message))
        piece = yield from _ok(command(0x00, 0xB0, at >> 8, at & 0xFF, le=want))
        if not 0 < len(piece) <= want:
            raise NdefError("the tag gives another length than it was asked for")
        message += piece
    return message


def read_type_2(most: int = 900) -> Type2:
    """The message of a Type 2 tag (NFC Forum Type 2 Tag, 6): yields page numbers, takes the 16
    bytes from there on."""
    first = yield PAGE_CC
    if len(first) < READ_SIZE or first[0] != MAGIC or first[1] >> 4 != 1:
        raise NdefError("the tag's capabilities are none that are known")
    size = min(first[2] * 8, most)
    area = first[PAGE_SIZE:]
    while True:
        found = _ndef_tlv(area[:size])
        if found is not None:
            return found
        if len(area) >= size:
            raise NdefError("the tag holds no message")
        piece = yield PAGE_DATA + len(area) // PAGE_SIZE
        if len(piece) < READ_SIZE:
            raise NdefError("the tag gives another length than it was asked for")
        area += piece


def write_type_2(message: bytes) -> Generator[int | tuple[int, bytes], bytes, None]:
    """Writes a message to a Type 2 tag (NFC Forum Type 2 Tag, 6.4.3): yields a page to read, or a
    page and its 4 bytes. The length is nil until the rest stands, so that a tag that is torn away
    holds no message rather than half of one. Raises NdefError where it does not fit, or the tag is
    locked."""
    first = yield PAGE_CC
    if len(first) < READ_SIZE or first[0] != MAGIC or first[1] >> 4 != 1:
        raise NdefError("the tag's capabilities are none that are known")
    if first[3] & 0x0F:
        raise NdefError("the tag is locked")
    if len(message) >= 0xFF or len(message) + 3 > first[2] * 8:
        raise NdefError("the message is longer than the tag")
    data = bytes((NDEF, len(message))) + message + bytes((TERMINATOR,))
    data += bytes(-len(data) % PAGE_SIZE)
    pages = [data[at : at + PAGE_SIZE] for at in range(0, len(data), PAGE_SIZE)]
    yield PAGE_DATA, bytes((NDEF, 0, *pages[0][2:]))
    for write in enumerate(pages[1:], PAGE_DATA + 1):  # noqa: UP028 what is sent in is dropped
        yield write
    yield PAGE_DATA, pages[0]


def _ndef_tlv(area: bytes) -> bytes | None:
    """The NDEF Message TLV; None where more has to be read. Raises NdefError where there is
    none."""
    at = 0
    while at < len(area):
        tag = area[at]
        if tag == NULL:
            at += 1
            continue
        if tag == TERMINATOR:
            raise NdefError("the tag holds no message")
        if at + 2 > len(area):
            return None
        size, head = area[at + 1], 2
        if size == 0xFF:
            if at + 4 > len(area):
                return None
            size, head = int.from_bytes(area[at + 2 : at + 4]), 4
        value = area[at + head : at + head + size]
        if tag == NDEF:
            if not size:
                raise NdefError("the tag holds no message")
            return value if len(value) == size else None
        at += head + size
    return None


def _ok(apdu: bytes) -> Generator[bytes, Reply, bytes]:
    reply = yield apdu
    if not reply.ok:
        raise NdefError(f"the tag refuses {apdu[1]:02X} ({reply.sw:04X})")
    return reply.data
