"""The hash chain over the journal's events.

Each event's hash is SHA-256 over the hash before it, the sequence and transaction numbers (8 bytes
each, big-endian) and the event's JSON as it is stored, which carries type and time. The chain shows
accidents and edits inside the journal. It cannot show that a tail was cut off, or that the whole
was written anew: for that, note `Report.head` somewhere else.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from cardamom.faults import JournalFault
from cardamom.values.events import AnyEvent
from cardamom.values.terminal_events import TerminalEvent

GENESIS: Final = hashlib.sha256(b"cardamom journal").digest()
"""Stands before the first event."""

TERMINAL: Final = 0
"""Transaction number of an event of the terminal itself."""

ChainRow = tuple[int, int, bytes, bytes]
"""Sequence number, transaction number, body, hash."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent | TerminalEvent] = msgspec.json.Decoder(
    AnyEvent | TerminalEvent
)


class DamageFault(JournalFault):
    """What the file holds cannot be what was written. `seq` the event, where it is about one."""

    def __init__(self, text: str, seq: int | None = None) -> None:
        super().__init__(text)
        self.seq = seq


def encode(event: AnyEvent | TerminalEvent) -> bytes:
    """The event's JSON in UTF-8. Raises JournalFault for what JSON cannot hold."""
    if event.at.tzinfo is None:
        raise JournalFault("an event's time has no offset from UTC: the firmware is at fault")
    try:
        return _encoder.encode(event)
    except UnicodeEncodeError:
        raise JournalFault("an event holds text that is no Unicode: it is not written") from None


def decode(body: bytes) -> AnyEvent | TerminalEvent:
    """The event. Raises DamageFault."""
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise DamageFault(
            "the journal holds an event that this firmware cannot read: call support"
        ) from None


def link(previous: bytes, seq: int, txn: int, body: bytes) -> bytes:
    """The event's hash, 32 bytes."""
    return hashlib.sha256(previous + struct.pack(">QQ", seq, txn) + body).digest()


def breaks(rows: Iterable[ChainRow], seq: int, previous: bytes) -> Iterator[tuple[int, str]]:
    """Where the chain breaks: sequence number and what is wrong with it.

    `rows` follow event `seq` (0: none) whose hash is `previous`. After a break the check goes on
    from what is stored, so that each break is told once.
    """
    for found, txn, body, stored in rows:
        if found != seq + 1:
            yield seq + 1, f"events {seq + 1} to {found - 1} are missing"
        elif not 0 <= txn < 1 << 63 or link(previous, found, txn, body) != stored:
            yield found, f"event {found} is not what was written"
        seq, previous = found, stored
