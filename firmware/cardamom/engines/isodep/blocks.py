"""Blocks: I, R and S (ISO/IEC 14443-4, 7.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from cardamom.engines.isodep.steps import IsoDepError

CRC_SIZE: Final = 2
WTXM_MOST: Final = 59


class Kind(Enum):
    """The first byte without block number, chaining and CID."""

    I = 0x02  # noqa: E741 the standard's name
    ACK = 0xA2
    NAK = 0xB2
    DESELECT = 0xC2
    WTX = 0xF2


NUMBERED: Final = (Kind.I, Kind.ACK, Kind.NAK)


@dataclass(frozen=True, slots=True)
class Block:
    """`number`: 0 or 1, of I- and R-blocks. `more`: an I-block with more to come."""

    kind: Kind
    number: int = 0
    more: bool = False
    inf: bytes = field(default=b"", repr=False)
    cid: int | None = None

    def encode(self) -> bytes:
        """The frame, without CRC."""
        numbered = self.number if self.kind in NUMBERED else 0
        pcb = self.kind.value | numbered | (0x10 if self.more else 0)
        if self.cid is None:
            return bytes((pcb,)) + self.inf
        return bytes((pcb | 0x08, self.cid)) + self.inf


def parse_block(frame: bytes) -> Block:
    """Takes a frame apart. Raises IsoDepError; also for a NAD, which nobody here asks for."""
    if not frame:
        raise IsoDepError("a block has at least one byte")
    pcb, inf, cid = frame[0], frame[1:], None
    if pcb & 0x08:
        if not inf or inf[0] & 0x30:
            raise IsoDepError("a block announces a CID and has none")
        cid, inf = inf[0] & 0x0F, inf[1:]
    bare = pcb & ~0x08
    if bare & 0xEE == Kind.I.value:
        return Block(Kind.I, bare & 1, bool(bare & 0x10), inf, cid)
    if bare & 0xFE in (Kind.ACK.value, Kind.NAK.value):
        if inf:
            raise IsoDepError("an R-block carries data")
        return Block(Kind(bare & 0xFE), bare & 1, cid=cid)
    if bare == Kind.DESELECT.value and not inf:
        return Block(Kind.DESELECT, cid=cid)
    if bare == Kind.WTX.value and len(inf) == 1:
        return Block(Kind.WTX, inf=inf, cid=cid)
    raise IsoDepError("a block of no known kind")
