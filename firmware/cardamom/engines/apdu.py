"""Command and response APDUs (ISO/IEC 7816-4, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field


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


def command(
    cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None
) -> bytes:
    """A short command APDU. `le` is 0 to 256 (256 asks for all there is, as does 0 on the wire)."""
    if len(data) > 255:
        raise ApduError("a short command carries at most 255 bytes")
    body = bytes((len(data),)) + data if data else b""
    tail = b"" if le is None else bytes((le & 0xFF,))
    return bytes((cla, ins, p1, p2)) + body + tail


def parse_reply(raw: bytes, took_us: int = 0) -> Reply:
    """Split data and status word."""
    if len(raw) < 2:
        raise ApduError("an answer has at least 2 bytes")
    return Reply(raw[:-2], int.from_bytes(raw[-2:]), took_us)
