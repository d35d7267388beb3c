"""From a selected card to a block protocol: RATS and PPS (ISO/IEC 14443-4, 5), ATTRIB
(ISO/IEC 14443-3, 7.10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cardamom.engines.isodep.protocol import FSD, IsoDep
from cardamom.engines.isodep.steps import (
    RETRIES,
    IsoDepError,
    Missed,
    Send,
    Steps,
    Tune,
    carrier_us,
)
from cardamom.engines.isodep.traits import (
    FRAME_SIZES,
    FWT_MARGIN_US,
    RATES,
    parse_atqb,
    parse_ats,
)

RATS_WAIT_US: Final = carrier_us(65536)
"""Activation frame waiting time (ISO/IEC 14443-4, 5.7)."""
FSDI: Final = FRAME_SIZES.index(FSD)
CID: Final = 0


def activate_a(*, rate: int = 106) -> Steps[IsoDep]:
    """Of a type A card that is selected. `rate`: the fastest to ask for, in kbit/s. Raises
    IsoDepError."""
    rats = Send(bytes((0xE0, FSDI << 4 | CID)), RATS_WAIT_US)
    traits = parse_ats((yield from _ask(rats, "RATS")))
    to_card, from_card = traits.rates(rate)
    if (to_card, from_card) != (106, 106):
        code = RATES.index(from_card) << 2 | RATES.index(to_card)
        pps = bytes((0xD0 | CID, 0x11, code))
        answer = yield from _ask(Send(pps, RATS_WAIT_US, traits.guard_us), "PPS")
        if answer != pps[:1]:
            raise IsoDepError("the card answers PPS with something else")
        yield Tune(to_card, from_card)
        traits = replace(traits, sfgi=0)  # the guard time has passed
    return IsoDep(traits)


def activate_b(atqb: bytes, *, rate: int = 106) -> Steps[tuple[bytes, IsoDep]]:
    """Of a type B card that has answered with `atqb`: PUPI and protocol. Raises IsoDepError."""
    pupi, traits = parse_atqb(atqb)
    to_card, from_card = traits.rates(rate)
    speeds = RATES.index(from_card) << 6 | RATES.index(to_card) << 4
    protocol = atqb[10] & 0x06 | 0x01  # minimum TR2 as the card told it
    attrib = bytes((0x1D, *pupi, 0x00, speeds | FSDI, protocol, CID))
    answer = yield from _ask(Send(attrib, traits.fwt_us + FWT_MARGIN_US), "ATTRIB")
    if len(answer) < 1 or answer[0] & 0x0F != CID:
        raise IsoDepError("the card answers ATTRIB with something else")
    if (to_card, from_card) != (106, 106):
        yield Tune(to_card, from_card)
    return pupi, IsoDep(traits)


def _ask(send: Send, name: str) -> Steps[bytes]:
    """Sends it until it is answered, at most as often as a block."""
    heard: bytes | Missed = Missed.SILENCE
    for _ in range(1 + RETRIES):
        heard = yield send
        if not isinstance(heard, Missed):
            return heard
    raise IsoDepError(f"the card does not answer {name}", silent=heard is Missed.SILENCE)
