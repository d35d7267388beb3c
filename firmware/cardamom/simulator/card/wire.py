"""What goes over the contacts: APDUs with T=1, TPDUs with T=0."""

from __future__ import annotations

from typing import Final, Protocol

from cardamom.simulator.card.command import CONDITIONS, WRONG_LENGTH, Refused, parse_command

GET_RESPONSE: Final = bytes.fromhex("00C00000")


class AnyCard(Protocol):
    """A card as a reader's other end sees it: card.Card, contactless.TappedCard."""

    @property
    def atr(self) -> bytes: ...
    @property
    def speaks_t0(self) -> bool: ...
    def power_on(self) -> bytes: ...
    def reset(self) -> bytes: ...
    def power_off(self) -> None: ...
    def process(self, command: bytes) -> bytes: ...


class Wire:
    """The card behind its transmission protocol. T=0 (EMV 4.4 Book 1, 9.3.1): the answer to a
    command with data is kept for GET RESPONSE, and a wrong length is told (6Cxx)."""

    def __init__(self, card: AnyCard) -> None:
        self.card = card
        self._t0 = card.speaks_t0
        self._kept: bytes | None = None

    def power_on(self) -> bytes:
        """The answer to reset."""
        self._kept = None
        return self.card.power_on()

    def reset(self) -> bytes:
        """A warm reset: the answer to reset."""
        self._kept = None
        return self.card.reset()

    def power_off(self) -> None:
        self._kept = None
        self.card.power_off()

    def answer(self, sent: bytes) -> bytes:
        """Data and status word, whatever comes."""
        if not self._t0:
            return self.card.process(sent)
        kept, self._kept = self._kept, None
        try:
            command = parse_command(sent)
        except Refused:
            return WRONG_LENGTH.to_bytes(2)
        if sent[:4] == GET_RESPONSE:
            if kept is None:
                return CONDITIONS.to_bytes(2)
            if command.le != len(kept):
                self._kept = kept
                return bytes((0x6C, len(kept) & 0xFF))
            return kept + b"\x90\x00"
        answer = self.card.process(sent)
        data, status = answer[:-2], answer[-2:]
        if not data:
            return status
        if command.data:
            self._kept = data
            return bytes((0x61, len(data) & 0xFF)) if status == b"\x90\x00" else status
        if command.le != len(data):
            return bytes((0x6C, len(data) & 0xFF))
        return answer
