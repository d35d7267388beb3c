"""A card in the field: ISO/IEC 14443-3 states and the card's half of the block protocol
(ISO/IEC 14443-4, 7.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol

from cardamom.engines.isodep.blocks import CRC_SIZE, Block, Kind, parse_block
from cardamom.engines.isodep.steps import IsoDepError
from cardamom.engines.isodep.traits import FRAME_SIZES
from cardamom.values.contactless import Tech

ATS: Final = bytes.fromhex("0A788070024341524441")
"""FSCI 8, 106 kbit/s alone, FWI 7, SFGI 0, CID, four historical bytes."""
ATS_FAST: Final = bytes.fromhex("0678F7700243")
"""The same, with all bit rates both ways."""
ATQB_TAIL: Final = bytes.fromhex("00000000008171")
"""Application data; 106 kbit/s, FSCI 8 and ISO/IEC 14443-4, FWI 7 and CID."""
SELECTED: Final = 0x20
"""SAK of a card that speaks ISO/IEC 14443-4."""


class Gone(Exception):
    """The card left while it worked on a command."""


class InField(Protocol):
    """Whatever answers on the radio."""

    tech: Tech
    uid: bytes
    sak: int

    def power_off(self) -> None:
        """The field is off, or the card out of it."""
        ...

    def request(self, *, wake: bool) -> bytes | None:
        """REQA or WUPA: ATQA. REQB or WUPB: ATQB."""
        ...

    def select(self, *, chosen: bool) -> None:
        """The end of type A's anticollision: it was selected, or another was."""
        ...

    def hear(self, frame: bytes) -> bytes | None:
        """Any other frame."""
        ...


class State(Enum):
    IDLE = 1
    READY = 2
    ACTIVE = 3
    PROTOCOL = 4
    HALT = 5


@dataclass(slots=True)
class Manner:
    """How a card behaves. `wtx`: requests for more time a command. `wtxm`: how much each asks."""

    ats: bytes = ATS
    atqb_tail: bytes = ATQB_TAIL
    wtx: int = 0
    wtxm: int = 1
    rats_lost: int = 0
    """So many activations go unanswered."""
    piece: int = 0
    """The most that one block carries back; 0: what the reader's frames hold."""


@dataclass(slots=True)
class Picc:
    """A contactless card. `apdu` runs one command and may raise Gone."""

    tech: Tech
    uid: bytes
    apdu: Callable[[bytes], bytes]
    manner: Manner = field(default_factory=Manner)
    reset: Callable[[], None] = lambda: None
    sak: int = SELECTED
    rates: tuple[int, int] = (0, 0)
    """Codes of the bit rates to and from the card: 0 is 106 kbit/s."""
    commands: int = 0
    state: State = State.IDLE
    _halted: bool = False
    _number: int = 1
    _size: int = 0
    _last: bytes = b""
    _in: bytes = b""
    _out: bytes = b""
    _pending: bytes | None = None
    _owed_wtx: int = 0

    def power_off(self) -> None:
        self.state, self._halted = State.IDLE, False
        self.rates = (0, 0)
        self._last = self._in = self._out = b""
        self._pending = None
        self.reset()

    def request(self, *, wake: bool) -> bytes | None:
        if self.state is State.PROTOCOL:
            return None
        if self.state in (State.ACTIVE, State.READY):
            self.state = State.HALT if self._halted else State.IDLE
            return None
        if self.state is State.HALT and not wake:
            return None
        self._halted = self.state is State.HALT
        self.state = State.READY
        if self.tech is Tech.B:
            return b"\x50" + self.uid + self.manner.atqb_tail
        return b"\x44\x00" if len(self.uid) > 4 else b"\x04\x00"

    def select(self, *, chosen: bool) -> None:
        if chosen:
            self.state = State.ACTIVE
        else:
            self.state = State.HALT if self._halted else State.IDLE

    def hear(self, frame: bytes) -> bytes | None:
        if self.state is State.PROTOCOL:
            return self._block(frame)
        if self.tech is Tech.A:
            return self._type_a(frame)
        return self._type_b(frame)

    def _type_a(self, frame: bytes) -> bytes | None:
        if self.state is not State.ACTIVE:
            return None
        if frame == b"\x50\x00":
            self.state = State.HALT
            return None
        if len(frame) == 2 and frame[0] == 0xE0:
            if self.manner.rats_lost:
                self.manner.rats_lost -= 1
                return None
            self._begin(frame[1] >> 4)
            return self.manner.ats
        return None

    def _type_b(self, frame: bytes) -> bytes | None:
        if self.state is State.READY and frame[:1] == b"\x1d" and frame[1:5] == self.uid:
            self._begin(frame[6] & 0x0F)
            self.rates = (frame[6] >> 4 & 3, frame[6] >> 6)
            return bytes((frame[8] & 0x0F,))
        return None

    def _begin(self, fsdi: int) -> None:
        self.state = State.PROTOCOL
        self._size = FRAME_SIZES[min(fsdi, len(FRAME_SIZES) - 1)] - CRC_SIZE - 1
        if self.manner.piece:
            self._size = min(self._size, self.manner.piece)
        self._number = 1
        self._last = self._in = self._out = b""

    def _block(self, frame: bytes) -> bytes | None:
        if frame[:1] in (b"\xd0", b"\xd1") and len(frame) == 3 and frame[1] == 0x11:
            self.rates = (frame[2] & 3, frame[2] >> 2 & 3)
            return frame[:1]
        try:
            block = parse_block(frame)
        except IsoDepError:
            return None
        answer = self._answer(block)
        if answer is None:
            return None
        self._last = Block(answer.kind, answer.number, answer.more, answer.inf, block.cid).encode()
        return self._last

    def _answer(self, block: Block) -> Block | None:
        match block.kind:
            case Kind.DESELECT:
                self.state, self._halted = State.HALT, True
                return Block(Kind.DESELECT)
            case Kind.WTX:
                return None if self._pending is None else self._work()
            case Kind.I:
                return self._command(block)
            case _ if block.number == self._number:  # rule 11
                return parse_block(self._last) if self._last else None
            case Kind.NAK:  # rule 12
                return Block(Kind.ACK, self._number)
            case _ if self._out:  # rules 13 and E
                self._number ^= 1
                return self._piece()
        return None

    def _command(self, block: Block) -> Block | None:
        self._number ^= 1  # rule D
        self._in += block.inf
        self._out = b""
        if block.more:
            return Block(Kind.ACK, self._number)
        self._pending, self._in = self._in, b""
        self._owed_wtx = self.manner.wtx
        return self._work()

    def _work(self) -> Block:
        if self._owed_wtx:
            self._owed_wtx -= 1
            return Block(Kind.WTX, inf=bytes((self.manner.wtxm,)))
        command, self._pending = self._pending or b"", None
        self.commands += 1
        self._out = self.apdu(command)
        return self._piece()

    def _piece(self) -> Block:
        piece, self._out = self._out[: self._size], self._out[self._size :]
        return Block(Kind.I, self._number, bool(self._out), piece)
