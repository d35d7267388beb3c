"""What looks like a card number or a track, in any text: for a last look before something leaves.

It would rather suspect too much: whoever asks leaves out what it names.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

SHORTEST: Final = 13
LONGEST: Final = 19
"""Digits of a card number (ISO/IEC 7812-1, 4, allows fewer). Of 12 digits is every retrieval
reference number, field 37, and a tenth of them would check: those pass outside a track."""
_RUN: Final = re.compile(r"(?<![0-9A-Za-z*])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z*])")
_TRACK: Final = re.compile(r"[0-9]{12,19}[D=][0-9]{7}|%?B[0-9]{12,19}\^", re.IGNORECASE)
"""Track 2 with its separator, expiry and service code; track 1's beginning (ISO/IEC 7813)."""
_TLV: Final = re.compile(r"(?:5A|57)(0[6-9A]|1[0-3])([0-9]{13,38})", re.IGNORECASE)
"""A card number or track 2 equivalent as an EMV object in hex."""
_NO_CARDS: Final = ("0", "1", "7")
"""Issuers of what this terminal takes begin with none of them: of an identifier that does, time in
microseconds among them, nobody pays."""


def is_valid(number: str) -> bool:
    """Whether its last digit checks (ISO/IEC 7812-1, annex B)."""
    digits = [int(c) for c in number]
    doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def suspicions(text: str, known: Collection[str] = ()) -> list[str]:
    """What kinds of things the text seems to have, never the things themselves. `known`: numbers
    that are none, as the merchant's own."""
    found = set()
    if _TRACK.search(text):
        found.add("a track")
    for match in _RUN.finditer(text):
        if _is_card(re.sub(r"[ -]", "", match[0]), known):
            found.add("a card number")
    for match in _TLV.finditer(text):
        length = min(2 * int(match[1], 16), len(match[2]))
        if any(_is_card(match[2][:n], known) for n in range(SHORTEST, length + 1)):
            found.add("a card number in chip data")
    return sorted(found)


def _is_card(number: str, known: Collection[str]) -> bool:
    fits = SHORTEST <= len(number) <= LONGEST and number not in known
    return fits and not number.startswith(_NO_CARDS) and is_valid(number)
