"""What lies on a contactless application: the contact card's files, laid out as its kernel reads
them."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from cardamom.engines.tlv import encode, encode_all
from cardamom.simulator.card.contactless_profile import ContactlessCard, ContactlessProfile
from cardamom.simulator.card.personalise import Personalised, personalise
from cardamom.simulator.card.profile import CardProfile

OWN_FILE = 4
ON_DEVICE = 0x0200
EMV_MODE = 0x0080
RELAY = 0x0001
MCHIP_AIP = 0x1900
"""Cardholder verification, terminal risk management, CDA."""
CDA_WITH_EACH, BALANCE = 0x01, 0x02
"""Byte 2 of the Application Capabilities Information."""


def personalise_contactless(card: ContactlessCard, a: ContactlessProfile) -> Personalised:
    """Kernel 2: all records and one of its own. Kernels 3 and 7: without the track's record, which
    comes with the processing options; their own record, 4.1, is made with each transaction."""
    if a.kernel == 2 and "82" not in a.objects:
        a = structs.replace(a, objects={**a.objects, "82": f"{_mchip_aip(a):04X}"})
    whole = personalise(CardProfile(about=card.about, application=[], language=card.language), a)
    records = dict(whole.records)
    afl = whole.afl
    if a.kernel == 2:
        own = _mchip_record(a)
        if own:
            records[OWN_FILE, 1] = encode(0x70, own)
            afl += bytes((OWN_FILE << 3, 1, 1, 0))
    else:
        del records[1, 1]
        afl = whole.afl[4:] + bytes((OWN_FILE << 3, 1, 1, 0))
    return replace(whole, records=records, afl=afl)


def _mchip_aip(a: ContactlessProfile) -> int:
    aip = MCHIP_AIP | EMV_MODE
    aip |= ON_DEVICE if a.form == "phone" else 0
    return aip | (RELAY if a.relay is not None else 0)


def _mchip_record(a: ContactlessProfile) -> bytes:
    objects: list[tuple[int, bytes]] = []
    if a.recovery:
        objects.append((0x9F51, bytes.fromhex(a.recovery)))
    if a.balance:
        objects.append((0x9F5D, bytes((0, BALANCE, 0))))
    if a.form == "phone":
        # country, Unique Identifier with bit 8 clear, device type 01: a phone
        objects.append((0x9F6E, bytes.fromhex("0156 0000 3031 00")))
    return encode_all(objects)
