"""The T=0 procedure above the TPDU: 61xx, 6Cxx, warnings and ENVELOPE (EMV 4.4 Book 1, 9.3.1 and
Annex A; ISO/IEC 7816-3, 12.2).

A reader that speaks T=0 sends what this generator yields and sends back what the card answers.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from cardamom.engines.apdu import SHORT_DATA, ApduError, Parts, parse_command

MAX_TURNS: Final = 16
"""For what one short command asks; an extended one may take one more for each 128 bytes."""
GET_RESPONSE: Final = bytes.fromhex("00C00000")
ENVELOPE: Final = bytes.fromhex("00C20000")

Exchange = Generator[bytes, bytes, bytes]


def speaks_t0(atr: bytes) -> bool:
    """Whether T=0 is the first protocol that the answer to reset offers (ISO/IEC 7816-3, 8.2.3)."""
    if len(atr) < 2 or not atr[1] & 0x80:
        return True
    at = 2 + (atr[1] >> 4 & 0x07).bit_count()
    return at >= len(atr) or atr[at] & 0x0F == 0


def exchange(command: bytes) -> Exchange:
    """One command APDU to its final answer, data and status word, as its bytes.

    Raises ApduError when the command is none, or the card answers too little or asks without end.
    """
    parts = parse_command(command)
    sent = _pieces(command, parts)
    for piece in sent[:-1]:
        answer = yield piece
        if answer[-2:] != b"\x90\x00":
            return answer
    return (yield from _last(sent[-1], parts))


def _pieces(command: bytes, parts: Parts) -> list[bytes]:
    """The TPDUs that bring the command over; what is too long for one goes in envelopes."""
    if len(parts.data) > SHORT_DATA:
        starts = range(0, len(command), SHORT_DATA)
        pieces = [command[at : at + SHORT_DATA] for at in starts]
        return [ENVELOPE + bytes((len(piece),)) + piece for piece in pieces]
    if parts.data:
        return [parts.header + bytes((len(parts.data),)) + parts.data]
    asked = parts.answer or 0
    return [parts.header + bytes((asked if asked <= SHORT_DATA else 0,))]


def _last(send: bytes, parts: Parts) -> Exchange:
    turns = MAX_TURNS + ((parts.answer or 0) // 128 if parts.extended else 0)
    wants_data = bool(parts.data) and parts.answer is not None
    data = b""
    warning = b""
    for _ in range(turns):
        answer = yield send
        if len(answer) < 2:
            raise ApduError("an answer has at least 2 bytes")
        data += answer[:-2]
        sw1, sw2 = answer[-2:]
        if sw1 == 0x61:
            send = GET_RESPONSE + bytes((sw2,))
        elif sw1 == 0x6C and len(send) == 5:
            send = send[:4] + bytes((sw2,))
        elif sw1 in (0x62, 0x63) and wants_data and not data and not warning:
            warning = answer[-2:]
            send = GET_RESPONSE + b"\0"
        else:
            return data + (warning or answer[-2:])
    raise ApduError("the card asks for one more command without end")
