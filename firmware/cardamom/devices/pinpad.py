"""PIN entry on the reader's own keys (PC/SC 2.02 Part 10): what is sent and what comes back.

The reader builds the VERIFY command around the digits itself; they never reach this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cardamom.engines.emv.requests import PadVerified, PinRefusal

GET_FEATURES: Final = 3400
"""CM_IOCTL_GET_FEATURE_REQUEST, before SCARD_CTL_CODE (Part 10, 2.2)."""
VERIFY_PIN_DIRECT: Final = 0x06

VERIFY: Final = bytes.fromhex("0020008008" + "20FFFFFFFFFFFFFF")
"""EMV 4.4 Book 3, 6.5.12: an empty block of format 2, which the reader fills."""
FORMAT: Final = 0x89
"""BCD, left-justified, its place one byte behind Lc."""
BLOCK: Final = 0x47
"""The length is told in 4 bits, the digits have 7 bytes."""
LENGTH: Final = 0x04
"""The length stands 4 bits into the block."""
SHORTEST, LONGEST = 4, 12
ON_ENTER: Final = 0x02
ONE_MESSAGE: Final = 0x01
LANGUAGES: Final = {"en": 0x0409, "zh": 0x0804}
"""USB language identifiers."""
LONGEST_TIME: Final = 255


def features(answer: bytes) -> dict[int, int]:
    """Feature to control code (Part 10, 2.3): tag, length 4, code, highest byte first. What is
    malformed is left out."""
    return dict(_entries(answer))


def _entries(answer: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at + 2 <= len(answer):
        tag, length = answer[at : at + 2]
        value = answer[at + 2 : at + 2 + length]
        if length == 4 and len(value) == 4:
            yield tag, int.from_bytes(value)
        at += 2 + length


# Part 10, 2.5.2: PIN_VERIFY_STRUCTURE, numbers lowest byte first
def verify_structure(seconds: int, language: str) -> bytes:
    """`seconds` to the first key and between two; `language` two letters, English where it is
    unknown."""
    timer = max(1, min(seconds, LONGEST_TIME))
    return (
        bytes((timer, timer, FORMAT, BLOCK, LENGTH))
        + (SHORTEST << 8 | LONGEST).to_bytes(2, "little")
        + bytes((ON_ENTER, ONE_MESSAGE))
        + LANGUAGES.get(language, LANGUAGES["en"]).to_bytes(2, "little")
        + bytes(4)
        + len(VERIFY).to_bytes(4, "little")
        + VERIFY
    )


# Part 10, 2.5.2: the reader's own status words beside the card's
def outcome(sw: int) -> PadVerified | PinRefusal | None:
    """None: too few or too many digits, to be asked for again."""
    match sw:
        case 0x6400:
            return PinRefusal.TIMEOUT
        case 0x6401:
            return PinRefusal.CANCELLED
        case 0x6403:
            return None
        case 0x6B80:
            return PinRefusal.PAD_FAULT
    return PadVerified(sw)
