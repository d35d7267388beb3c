"""Command and response APDUs, short and extended (ISO/IEC 7816-4, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SHORT_DATA: Final = 255
SHORT_ANSWER: Final = 256
EXTENDED_DATA: Final = 0xFFFF
EXTENDED_ANSWER: Final = 0x10000


class ApduError(ValueError):
    """The bytes are no APDU. The text never holds the data."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A card's answer. `took_us`: microseconds from the command's last byte to the answer."""

    data: bytes = field(repr=False)
    sw: int
    took_us: int = 0

    @property
    def ok(self) -> bool:
        return self.sw == 0x9000


@dataclass(frozen=True, slots=True)
class Parts:
    """A command APDU taken apart. `answer`: bytes that may come back, None for none."""

    header: bytes
    data: bytes = field(repr=False)
    answer: int | None
    extended: bool


def command(
    cla: int,
    ins: int,
    p1: int,
    p2: int,
    data: bytes = b"",
    le: int | None = None,
    *,
    extended: bool = False,
) -> bytes:
    """A command APDU, short unless it is asked to be `extended`.

    `le` is 0 to 256 (extended: 0 to 65536); the greatest asks for all there is, as does 0 on the
    wire.
    """
    longest, most = (EXTENDED_DATA, EXTENDED_ANSWER) if extended else (SHORT_DATA, SHORT_ANSWER)
    if len(data) > longest:
        raise ApduError(f"a command carries at most {longest} bytes")
    if le is not None and not 0 <= le <= most:
        raise ApduError(f"an answer has at most {most} bytes")
    size = 2 if extended else 1
    body = len(data).to_bytes(size) + data if data else b""
    tail = b"" if le is None else (le % most).to_bytes(size)
    mark = b"\0" if extended and (body or tail) else b""
    return bytes((cla, ins, p1, p2)) + mark + body + tail


def parse_command(raw: bytes) -> Parts:
    """Takes a command apart. Raises ApduError."""
    header, body = raw[:4], raw[4:]
    if len(header) < 4:
        raise ApduError("a command has at least 4 bytes")
    extended = len(body) > 2 and body[0] == 0
    most = EXTENDED_ANSWER if extended else SHORT_ANSWER
    size = 2 if extended else 1
    body = body[1:] if extended else body
    if not body:
        return Parts(header, b"", None, extended)
    first = int.from_bytes(body[:size])
    rest = body[size:]
    if not rest:
        return Parts(header, b"", first or most, extended)
    data, tail = rest[:first], rest[first:]
    if not first or len(data) < first or len(tail) not in (0, size):
        raise ApduError("a command's lengths do not fit")
    return Parts(header, data, (int.from_bytes(tail) or most) if tail else None, extended)


def parse_reply(raw: bytes, took_us: int = 0) -> Reply:
    """Split data and status word."""
    if len(raw) < 2:
        raise ApduError("an answer has at least 2 bytes")
    return Reply(raw[:-2], int.from_bytes(raw[-2:]), took_us)
