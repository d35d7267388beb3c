"""What stands before a message that somebody copied out of a capture or a log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cardamom.engines.iso8583.codec import Codec, Message, MessageError
from cardamom.engines.iso8583.profile import Framing


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was cut off: the length as it was told, None without one; TPDU and header in hex."""

    length: int | None = None
    tpdu: str = ""
    header: str = ""


def open_envelope(raw: bytes, codec: Codec) -> tuple[Envelope, Message]:
    """The message with or without its framing, whichever can be read. Raises MessageError, of the
    likeliest reading."""
    failed: MessageError | None = None
    for envelope, body in _readings(raw, codec.profile.framing):
        try:
            return envelope, codec.decode(body)
        except MessageError as e:
            failed = failed or MessageError(f"{e}{_behind(envelope, raw, body)}", e.byte)
    raise failed or MessageError("there is no message")


def _readings(raw: bytes, rule: Framing) -> Iterator[tuple[Envelope, bytes]]:
    """Likeliest first: a length that is right is no accident."""
    told, rest = _length(raw, rule)
    tpdu, header = len(rule.tpdu) // 2, len(rule.header) // 2
    before = tpdu + header
    first = bytes.fromhex(rule.tpdu)[:1]
    if before and (told == len(rest) or (first and rest[:1] == first)):
        yield _cut(told, rest, tpdu, header), rest[before:]
    if told == len(rest):
        yield Envelope(told), rest
    if first and raw[:1] == first:
        yield _cut(None, raw, tpdu, header), raw[before:]
    yield Envelope(), raw


def _length(raw: bytes, rule: Framing) -> tuple[int | None, bytes]:
    if rule.length == "binary2":
        return (int.from_bytes(raw[:2]) if len(raw) >= 2 else None), raw[2:]
    head = raw[:4]
    return (int(head) if len(head) == 4 and head.isdigit() else None), raw[4:]


def _cut(told: int | None, rest: bytes, tpdu: int, header: int) -> Envelope:
    parts = rest[:tpdu].hex().upper(), rest[tpdu : tpdu + header].hex().upper()
    return Envelope(told, *parts)


def _behind(envelope: Envelope, raw: bytes, body: bytes) -> str:
    if envelope == Envelope():
        return ""
    before = len(raw) - len(body)
    there = len(body) + len(envelope.tpdu + envelope.header) // 2
    cut = ""
    if envelope.length not in (None, there):
        cut = f"; its length says {envelope.length} bytes, and {there} are there"
    return f" (counted behind {before} bytes of framing{cut})"
