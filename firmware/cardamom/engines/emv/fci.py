"""File Control Information (EMV 4.4 Book 1, 11.3.4), and what it says to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cardamom.engines import tlv

FCI, DF_NAME, PROPRIETARY, DISCRETIONARY = 0x6F, 0x84, 0xA5, 0xBF0C
TABLES: Final = 10
"""Issuer Code Table Index 1 to 10: the parts of ISO 8859 (Book 4, B)."""


# Book 1, Tables 8 to 10
def parse_fci(data: bytes) -> dict[int, bytes]:
    """The primitive objects of a DDF's or ADF's FCI: its name, those of the proprietary template,
    and those that the issuer added.

    Raises TlvError where a mandatory part is missing or one of them stands twice; what the issuer
    added for its own ends may repeat, the first counts. Unknown templates are passed over.
    """
    _, body = tlv.only(data, FCI)
    parts = tlv.distinct(body)
    if DF_NAME not in parts or PROPRIETARY not in parts:
        raise tlv.TlvError("the FCI has no name or no proprietary template")
    own = tlv.distinct(parts[PROPRIETARY])
    objects = {DF_NAME: parts[DF_NAME]}
    objects |= {tag: value for tag, value in own.items() if not tlv.is_constructed(tag)}
    for tag, value in tlv.items(own.get(DISCRETIONARY, b"")):
        if not tlv.is_constructed(tag):
            objects.setdefault(tag, value)
    return objects


# Book 1, 12.4; Book 4, A3
def display_name(
    aid: bytes, objects: dict[int, bytes], code_table: bytes | None, capabilities: bytes
) -> str:
    """The preferred name where the terminal has its alphabet (`code_table`: tag 9F11, two digits;
    `capabilities`: tag 9F40), else the label, else the AID."""
    digits = (code_table or b"").hex()
    table = int(digits) if digits.isdecimal() else 0
    if objects.get(0x9F12) and has_table(capabilities, table):
        name = _printable(objects[0x9F12].decode(f"iso8859_{table}", "ignore"))
        if name:
            return name
    return _printable(objects.get(0x50, b"").decode("ascii", "ignore")) or aid.hex().upper()


# Book 4, A3
def has_table(capabilities: bytes, table: int) -> bool:
    """Additional Terminal Capabilities, byte 5 for tables 1 to 8, byte 4 for 9 and 10."""
    return 1 <= table <= TABLES and bool(int.from_bytes(capabilities[3:5]) >> table - 1 & 1)


# Book 4, 11.1
def preferred_language(preference: bytes, languages: Sequence[str]) -> str:
    """The first of the card's languages (tag 5F2D, two letters each) that the terminal speaks;
    empty where there is none."""
    text = preference.decode("ascii", "replace").lower()
    wanted = (text[at : at + 2] for at in range(0, len(text) - len(text) % 2, 2))
    return next((language for language in wanted if language in languages), "")


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()
