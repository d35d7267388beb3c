"""Fast DDA, version 01 (C-3, Annex on fDDA; C-7 the same): the signature that comes with the
processing options, over the card's own number, the amount and the qualifiers that it gave."""

from __future__ import annotations

from typing import Final

from cardamom.engines.emv import certificates
from cardamom.engines.emv.authentication import icc_key
from cardamom.engines.emv.bits import Aip
from cardamom.engines.emv.certificates import CertificateError
from cardamom.engines.emv.contactless.tap import Tap

_NEEDED: Final = (0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47, 0x9F4B, 0x9F69)
VERSION_1: Final = 0x01


def holds(tap: Tap) -> bool:
    """The card's key and signature are genuine. Version 00, which signs neither amount nor
    currency, never holds."""
    card = tap.store.card
    if Aip.DDA not in tap.aip or any(not card.get(tag) for tag in _NEEDED):
        return False
    related = card[0x9F69]
    if related[0] != VERSION_1:
        return False
    terminal = b"".join(tap.store.get(tag) or b"" for tag in (0x9F37, 0x9F02, 0x5F2A))
    try:
        data = certificates.dynamic_data(icc_key(tap), card[0x9F4B], terminal + related)
        card[0x9F4C] = certificates.dynamic_number(data)
    except CertificateError:
        return False
    return True


def signed_qualifiers(tap: Tap) -> bytes | None:
    """The CTQ within the Card Authentication Related Data, tag 9F69; None where it has none."""
    related = tap.store.card.get(0x9F69, b"")
    return related[5:7] if len(related) >= 7 else None
