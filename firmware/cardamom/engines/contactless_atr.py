"""The answer to reset that PC/SC makes up for a card without contacts (PC/SC part 3, 3.1.3.2.3)."""

from __future__ import annotations

from typing import Final

from cardamom.values.contactless import Tech

HEAD: Final = bytes.fromhex("8001")
STORAGE: Final = bytes.fromhex("804F0CA000000306")
"""Historical bytes of a storage card: RID of the PC/SC workgroup, then standard and name."""
MOST: Final = 15
BASIC_TYPE_B: Final = b"\0"
"""Of the answer to ATTRIB, its first half byte."""


def contactless_atr(tech: Tech, spoken: bytes) -> bytes:
    """`spoken`: historical bytes of the ATS, or application data and protocol info of the ATQB."""
    history = spoken[:MOST] if tech is Tech.A else spoken[:7] + BASIC_TYPE_B
    body = bytes((0x80 | len(history),)) + HEAD + history
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes((check,))


def is_storage(atr: bytes) -> bool:
    """Whether a PC/SC reader's answer to reset is that of a storage tag."""
    return atr[4 : 4 + len(STORAGE)] == STORAGE
