"""The T=0 procedure above the TPDU: 61xx, 6Cxx and warnings (EMV 4.4 Book 1, 9.3.1 and Annex A).

A reader that speaks T=0 sends what this generator yields and sends back what the card answers.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from cardamom.engines.apdu import ApduError

MAX_TURNS: Final = 16
GET_RESPONSE: Final = bytes.fromhex("00C00000")

Exchange = Generator[bytes, bytes, bytes]


def speaks_t0(atr: bytes) -> bool:
    """Whether T=0 is the first protocol that the answer to reset offers (ISO/IEC 7816-3, 8.2.3)."""
    if len(atr) < 2 or not atr[1] & 0x80:
        return True
    at = 2 + (atr[1] >> 4 & 0x07).bit_count()
    return at >= len(atr) or atr[at] & 0x0F == 0


def exchange(command: bytes) -> Exchange:
    """One short command APDU to its final answer, data and status word, as its bytes.

    Raises ApduError when the card answers too little, or asks without end.
    """
    has_data = len(command) > 5
    wants_data = has_data and len(command) == 6 + command[4]
    send = command[:-1] if wants_data else command.ljust(5, b"\0")
    data = b""
    warning = b""
    for _ in range(MAX_TURNS):
        answer = yield send
        if len(answer) < 2:
            raise ApduError("an answer has at least 2 bytes")
        data += answer[:-2]
        sw1, sw2 = answer[-2:]
        if sw1 == 0x61:
            send = GET_RESPONSE + bytes((sw2,))
        elif sw1 == 0x6C:
            send = send[:4] + bytes((sw2,))
        elif sw1 in (0x62, 0x63) and wants_data and not data and not warning:
            warning = answer[-2:]
            send = GET_RESPONSE + b"\0"
        else:
            return data + (warning if warning and data else answer[-2:])
    raise ApduError("the card asks for one more command without end")
