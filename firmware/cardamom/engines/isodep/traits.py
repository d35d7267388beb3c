"""What a card says of itself when it is activated: ATS (ISO/IEC 14443-4, 5.2) and ATQB
(ISO/IEC 14443-3, 7.9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cardamom.engines.isodep.steps import IsoDepError, carrier_us

FRAME_SIZES: Final = (16, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096)
"""By FSCI and FSDI; codes above are read as the last (ISO/IEC 14443-4, 5.2.3)."""
DEFAULT_FSCI: Final = 2
DEFAULT_FWI: Final = 4
FWT_MOST_US: Final = carrier_us(4096 << 14)
"""FWI 14: 4.95 s."""
FWT_MARGIN_US: Final = carrier_us(49152)
"""What a reader waits beyond FWT for a frame's end (EMV Contactless Book D, delta FWT)."""
HISTORICAL_MOST: Final = 15
RATES: Final = (106, 212, 424, 848)


@dataclass(frozen=True, slots=True)
class Traits:
    """`fsc`: the longest frame that the card takes, CRC included. `to_card`, `from_card`: bit rates
    beyond 106 kbit/s. `spoken`: historical bytes, or application data and protocol info."""

    fsc: int = FRAME_SIZES[DEFAULT_FSCI]
    fwi: int = DEFAULT_FWI
    sfgi: int = 0
    to_card: tuple[int, ...] = ()
    from_card: tuple[int, ...] = ()
    same_rate: bool = False
    takes_cid: bool = True
    spoken: bytes = field(default=b"", repr=False)

    @property
    def fwt_us(self) -> int:
        """Frame waiting time (ISO/IEC 14443-4, 7.2)."""
        return carrier_us(4096 << self.fwi)

    @property
    def guard_us(self) -> int:
        """Start-up frame guard time; an SFGI of 0 asks for none (ISO/IEC 14443-4, 5.2.5). With what
        a reader waits beyond it (NFC Forum Digital 2.0, 14.8.2: delta SFGT)."""
        return carrier_us((4096 + 384) << self.sfgi) if self.sfgi else 0

    def rates(self, most: int) -> tuple[int, int]:
        """The fastest of both that is no more than `most` kbit/s: to the card, from the card."""
        to_card = max((r for r in (106, *self.to_card) if r <= most), default=106)
        from_card = max((r for r in (106, *self.from_card) if r <= most), default=106)
        if self.same_rate and to_card != from_card:
            common = {r for r in self.to_card if r <= most} & set(self.from_card)
            to_card = from_card = max(common, default=106)
        return to_card, from_card


def parse_ats(ats: bytes) -> Traits:
    """TL, T0, TA(1), TB(1), TC(1), historical bytes, each after TL only where announced. Raises
    IsoDepError."""
    if not ats or ats[0] != len(ats):
        raise IsoDepError("an ATS is not as long as it says")
    if len(ats) == 1:
        return Traits()
    t0 = ats[1]
    at = 2
    announced: list[int | None] = []
    for bit in (0x10, 0x20, 0x40):
        if not t0 & bit:
            announced.append(None)
            continue
        if at >= len(ats):
            raise IsoDepError("an ATS lacks a byte that it announces")
        announced.append(ats[at])
        at += 1
    ta, tb, tc = announced
    to_card, from_card, same = _rates(ta or 0)
    fwi, sfgi = (DEFAULT_FWI, 0) if tb is None else (tb >> 4, tb & 0x0F)
    return Traits(
        fsc=_frame_size(t0 & 0x0F),
        fwi=_fwi(fwi),
        sfgi=_sfgi(sfgi),
        to_card=to_card,
        from_card=from_card,
        same_rate=same,
        takes_cid=tc is None or bool(tc & 0x02),
        spoken=ats[at:],
    )


def parse_atqb(atqb: bytes) -> tuple[bytes, Traits]:
    """PUPI and traits of an ATQB, basic or extended, from its 50 on. Raises IsoDepError, also for a
    card that does not speak ISO/IEC 14443-4."""
    if len(atqb) not in (12, 13) or atqb[0] != 0x50:
        raise IsoDepError("an ATQB has 12 or 13 bytes and begins with 50")
    rates, protocol, timing = atqb[9:12]
    if not protocol & 0x01 or protocol & 0x08:
        raise IsoDepError("this type B card does not speak ISO/IEC 14443-4")
    to_card, from_card, same = _rates(rates)
    return atqb[1:5], Traits(
        fsc=_frame_size(protocol >> 4),
        fwi=_fwi(timing >> 4),
        sfgi=_sfgi(atqb[12] >> 4) if len(atqb) > 12 else 0,
        to_card=to_card,
        from_card=from_card,
        same_rate=same,
        takes_cid=bool(timing & 0x01),
        spoken=atqb[5:12],
    )


def _frame_size(code: int) -> int:
    return FRAME_SIZES[min(code, len(FRAME_SIZES) - 1)]


def _fwi(code: int) -> int:
    """15 is kept for later and read as 4 (ISO/IEC 14443-4, 5.2.5)."""
    return DEFAULT_FWI if code == 15 else code


def _sfgi(code: int) -> int:
    """15 is kept for later and read as 0."""
    return 0 if code == 15 else code


def _rates(byte: int) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """To the card, from the card, both the same; a set bit 4 makes all of it 106 kbit/s
    (ISO/IEC 14443-4, 5.2.4)."""
    if byte & 0x08:
        return (), (), False
    to_card = tuple(r for bit, r in zip((1, 2, 4), RATES[1:], strict=True) if byte & bit)
    from_card = tuple(r for bit, r in zip((1, 2, 4), RATES[1:], strict=True) if byte >> 4 & bit)
    return to_card, from_card, bool(byte & 0x80)
