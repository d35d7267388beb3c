"""Track 2 (ISO/IEC 7813), as text from a stripe and as packed digits in tag 57.

`TrackError` is the only exception that leaves this module; its text never holds what was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cardamom.values.secret import Pan, Track2


class TrackError(ValueError):
    """The data is no track 2. The text never holds the data."""


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """Three digits (ISO/IEC 7813, 4.4): interchange and technology, authorisation, services."""

    digits: str

    @property
    def has_chip(self) -> bool:
        """2xx and 6xx: the card has a chip, which is to be used where that is possible."""
        return self.digits[0] in "26"

    @property
    def national(self) -> bool:
        return self.digits[0] in "56"

    @property
    def online_only(self) -> bool:
        """x2x: authorisation by the issuer."""
        return self.digits[1] == "2"

    @property
    def pin_required(self) -> bool:
        """xx0, xx3 and xx5."""
        return self.digits[2] in "035"

    @property
    def no_cash(self) -> bool:
        """xx2, xx5 and xx7: goods and services only."""
        return self.digits[2] in "257"


@dataclass(frozen=True, slots=True)
class Track:
    """`expiry` is YYMM, `raw` the packed track as tag 57 holds it."""

    pan: Pan
    expiry: str | None
    service: ServiceCode | None
    raw: Track2


_TEXT: Final = re.compile(r";?([0-9]{8,19})[=D]([0-9]{4}|=)((?:[0-9]{3}|=)?[0-9]*)(?:\?[0-?]?)?")
_PACKED: Final = re.compile(r"([0-9]{8,19})d([0-9]{4}|d)(?:([0-9]{3}|d)[0-9]*)?f?")


def parse_track2(text: str) -> Track:
    """A swipe's text, sentinels and check character optional: `;PAN=YYMMSSSdata?`.

    A missing expiry or service code is a second separator in its place.
    """
    if len(text) > 40:
        raise TrackError("track 2 is too long")
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise TrackError("the stripe could not be read")
    packed = "d".join(match.group(1, 2)) + match.group(3)
    return parse_track2_bcd(bytes.fromhex(packed.replace("=", "d") + "f" * (len(packed) % 2)))


def parse_track2_bcd(data: bytes) -> Track:
    """Tag 57: digits packed two a byte, separator D, one F to fill (EMV 4.4 Book 3, Annex A)."""
    match = _PACKED.fullmatch(data.hex())
    if match is None:
        raise TrackError("track 2 equivalent data is malformed")
    pan, expiry, service = (None if field == "d" else field for field in match.groups())
    if pan is None or (expiry is not None and not 1 <= int(expiry[2:]) <= 12):
        raise TrackError("the expiry date is no date")
    code = ServiceCode(service) if service else None
    return Track(Pan(pan), expiry, code, Track2(data))
