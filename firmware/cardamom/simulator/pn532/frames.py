"""The chip's host frames (PN532 user manual UM0701-02, 6.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

START: Final = b"\x00\xff"
TO_CHIP: Final = 0xD4
TO_HOST: Final = 0xD5
ACK: Final = bytes.fromhex("0000FF00FF00")
NACK: Final = bytes.fromhex("0000FFFF0000")
ERROR: Final = bytes.fromhex("0000FF01FF7F8100")
"""What answers a command that the chip does not know."""
MOST: Final = 265
"""The longest body: an extended frame."""


class Sign(Enum):
    ACK = "ack"
    NACK = "nack"


@dataclass(frozen=True, slots=True)
class Command:
    """`lead`: how many bytes stood before the start code; `size`: all bytes on the line."""

    code: int
    data: bytes = field(repr=False)
    lead: int
    size: int


Heard = Command | Sign


def answer(code: int, data: bytes) -> bytes:
    """The frame that answers command `code`."""
    return pack(bytes((TO_HOST, code + 1)) + data)


def pack(body: bytes) -> bytes:
    """A normal frame, or an extended one where the body is longer than 255 bytes."""
    size = len(body)
    if size <= 0xFF:
        head = bytes((size, -size & 0xFF))
    else:
        length = size.to_bytes(2)
        head = b"\xff\xff" + length + bytes((-sum(length) & 0xFF,))
    return b"\0" + START + head + body + bytes((-sum(body) & 0xFF, 0))


class Inbox:
    """Bytes of the line in, frames out; whatever is no frame is passed over."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Heard]:
        self._buffer += data
        found: list[Heard] = []
        while (item := self._next()) is not None:
            found.append(item)
        return found

    def clear(self) -> None:
        self._buffer.clear()

    def _next(self) -> Heard | None:
        while True:
            at = self._buffer.find(START)
            if at < 0:
                del self._buffer[: max(0, len(self._buffer) - 2 * MOST)]
                return None
            rest = bytes(self._buffer[at + 2 :])
            if len(rest) < 2:
                return None
            if rest[:2] in (b"\x00\xff", b"\xff\x00"):
                del self._buffer[: at + 4]
                return Sign.ACK if rest[0] == 0 else Sign.NACK
            if rest[:2] != b"\xff\xff":
                size, head = rest[0], 2
                sound = not sum(rest[:2]) & 0xFF
            elif len(rest) < 5:
                return None
            else:
                size, head = int.from_bytes(rest[2:4]), 5
                sound = not sum(rest[2:5]) & 0xFF
            if not sound or not 0 < size <= MOST:
                del self._buffer[: at + 2]
                continue
            if len(rest) < head + size + 1:
                return None
            body = rest[head : head + size]
            sound = not (sum(body) + rest[head + size]) & 0xFF
            used = at + 2 + head + size + 1
            if not sound or len(body) < 2 or body[0] != TO_CHIP:
                del self._buffer[: at + 2]
                continue
            del self._buffer[:used]
            # The postamble of the frame before is no lead of this one.
            return Command(body[1], body[2:], at, used + 1)
