"""What a card makes of a command APDU, and the status words it refuses with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

OK: Final = 0x9000
ISSUER_AUTHENTICATION_FAILED: Final = 0x6300
PIN_WRONG: Final = 0x63C0
"""Tries left in the last digit."""
DEACTIVATED: Final = 0x6283
WRONG_LENGTH: Final = 0x6700
WRONG_CHAINING: Final = 0x6882
BLOCKED_METHOD: Final = 0x6983
CONDITIONS: Final = 0x6985
BAD_MAC: Final = 0x6988
WRONG_DATA: Final = 0x6A80
NOT_SUPPORTED: Final = 0x6A81
NOT_FOUND: Final = 0x6A82
NO_RECORD: Final = 0x6A83
WRONG_PARAMETERS: Final = 0x6A86
NO_DATA: Final = 0x6A88
UNKNOWN_INSTRUCTION: Final = 0x6D00
UNKNOWN_CLASS: Final = 0x6E00


class Refused(Exception):
    """The card answers with this status word, and perhaps with data (a warning)."""

    def __init__(self, sw: int, data: bytes = b"") -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw
        self.data = data


@dataclass(frozen=True, slots=True)
class Command:
    """A short command APDU. `le`: bytes asked for, 256 for all, None for none."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(repr=False)
    le: int | None

    @property
    def header(self) -> bytes:
        return bytes((self.cla, self.ins, self.p1, self.p2))


def parse_command(raw: bytes) -> Command:
    """ISO/IEC 7816-4, 5.1, short lengths only. Raises Refused(6700)."""
    if len(raw) < 4:
        raise Refused(WRONG_LENGTH)
    cla, ins, p1, p2 = raw[:4]
    body = raw[4:]
    if not body:
        return Command(cla, ins, p1, p2, b"", None)
    if len(body) == 1:
        return Command(cla, ins, p1, p2, b"", body[0] or 256)
    size = body[0]
    data, tail = body[1 : 1 + size], body[1 + size :]
    if size == 0 or len(data) != size or len(tail) > 1:
        raise Refused(WRONG_LENGTH)
    return Command(cla, ins, p1, p2, data, (tail[0] or 256) if tail else None)
