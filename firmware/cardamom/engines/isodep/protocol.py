"""The reader's half of the block protocol (ISO/IEC 14443-4, 7.5).

Generators: they yield frames to send and are resumed with what was heard.
"""

from __future__ import annotations

from typing import Final

from cardamom.engines.isodep.blocks import CRC_SIZE, WTXM_MOST, Block, Kind, parse_block
from cardamom.engines.isodep.steps import (
    RETRIES,
    Heard,
    IsoDepError,
    Missed,
    Send,
    Steps,
    carrier_us,
)
from cardamom.engines.isodep.traits import FWT_MARGIN_US, FWT_MOST_US, Traits

DESELECT_WAIT_US: Final = carrier_us(65536)
"""ISO/IEC 14443-4, 8.2."""
ANSWER_MOST: Final = 0x10000 + 2
"""The longest answer to an APDU."""
PATIENCE_US: Final = 10_000_000
"""All the time together that a card may ask for while it works on one command."""
WTX_LEAST_US: Final = 10_000
"""What one request for time counts for, however little it asks."""
FSD: Final = 256
"""The longest frame that we take, CRC included: FSDI 8."""


class IsoDep:
    """One activated card. After an IsoDepError it is of no further use.

    `cid`: the number that RATS or ATTRIB gave the card, where blocks are to carry it.
    """

    def __init__(
        self,
        traits: Traits,
        *,
        fsd: int = FSD,
        cid: int | None = None,
        retries: int = RETRIES,
        patience_us: int = PATIENCE_US,
    ) -> None:
        self.traits = traits
        self.size = min(traits.fsc, fsd) - CRC_SIZE - 1 - (cid is not None)
        """The most that one block carries."""
        self._cid = cid
        self._retries = retries
        self._patience_us = patience_us
        self._number = 0
        self._guard_us = traits.guard_us
        self._waited_us = 0
        self._wait_us = min(traits.fwt_us, FWT_MOST_US) + FWT_MARGIN_US

    def exchange(self, command: bytes) -> Steps[bytes]:
        """One command to its answer, chained where it must be. Raises IsoDepError."""
        if not command:
            raise IsoDepError("there is no command to send")
        self._waited_us = 0
        starts = range(0, len(command), self.size)
        for start in starts[:-1]:
            piece = command[start : start + self.size]
            yield from self._turn(self._block(Kind.I, piece, more=True), Kind.ACK)
        got = yield from self._turn(self._block(Kind.I, command[starts[-1] :]), Kind.I)
        answer = got.inf
        empty = 0
        while got.more:
            got = yield from self._turn(self._block(Kind.ACK), Kind.I)
            answer += got.inf
            empty += not got.inf
            if len(answer) > ANSWER_MOST or empty > self._retries:
                raise IsoDepError("a chained answer has no end")
        return answer

    def deselect(self) -> Steps[bool]:
        """Sends the card to sleep; whether it said so (rule 8: else it may be ignored)."""
        for _ in range(1 + self._retries):
            heard = yield self._send(self._block(Kind.DESELECT), DESELECT_WAIT_US)
            got = self._parse(heard)
            if got is not None and got.kind is Kind.DESELECT:
                return True
        return False

    def _turn(self, block: Block, wanted: Kind) -> Steps[Block]:
        """One block to the block it calls for; then ours is the next number (rule B)."""
        send, wait_us = block, self._wait_us
        missed = again = 0
        while True:
            heard = yield self._send(send, wait_us)
            got, wait_us = self._parse(heard), self._wait_us
            if got is not None and got.kind is Kind.WTX:
                send, wait_us = self._more_time(got)
                missed = 0
                continue
            if got is not None and got.kind is wanted and got.number == self._number:
                self._number ^= 1
                return got
            # Rule 6, for the answer to an R(NAK) alone: an old R(ACK) would run a command twice.
            if (
                got is not None
                and (got.kind, send.kind) == (Kind.ACK, Kind.NAK)
                and got.number != self._number
                and again < self._retries
            ):
                again += 1
                send, missed = block, 0
                continue
            missed += 1
            if missed > self._retries:
                raise self._given_up(heard)
            # Rules 4 and 5: R(NAK), but R(ACK) once more while the card chains.
            send = block if block.kind is Kind.ACK else self._block(Kind.NAK)

    def _more_time(self, asked: Block) -> tuple[Block, int]:
        """The answer to S(WTX) and how long to wait after it (7.3); its power level is not ours."""
        times = min(asked.inf[0] & 0x3F, WTXM_MOST)
        if not times:
            raise IsoDepError("the card asks for no more time")
        wait_us = min(self.traits.fwt_us * times, FWT_MOST_US)
        self._waited_us += max(wait_us, WTX_LEAST_US)
        if self._waited_us > self._patience_us:
            raise IsoDepError("the card asks for more time without end")
        return self._block(Kind.WTX, bytes((times,))), wait_us + FWT_MARGIN_US

    def _block(self, kind: Kind, inf: bytes = b"", *, more: bool = False) -> Block:
        return Block(kind, self._number, more, inf, self._cid)

    def _send(self, block: Block, wait_us: int) -> Send:
        guard_us, self._guard_us = self._guard_us, 0
        return Send(block.encode(), wait_us, guard_us)

    def _parse(self, heard: Heard) -> Block | None:
        if isinstance(heard, Missed):
            return None
        try:
            block = parse_block(heard)
        except IsoDepError:
            return None
        return block if block.cid == self._cid else None

    def _given_up(self, heard: Heard) -> IsoDepError:
        if heard is Missed.SILENCE:
            return IsoDepError("the card fell silent", silent=True)
        return IsoDepError("the card cannot be understood")
