"""What lies on a contactless application: the contact card's files, laid out as its kernel reads
them."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from cardamom.engines.tlv import encode, encode_all, only
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


PACKED_AFL = bytes.fromhex("08010100100101011801020020010200")
"""Of MasterCard's own test cards, as public dumps of them have it: track data; what is signed; the
issuer's key in two records; the card's in two."""
TRACK_FILE, STATIC_FILE, KEY_FILE = 1, 2, 3


def personalise_contactless(card: ContactlessCard, a: ContactlessProfile) -> Personalised:
    """Kernel 2: all records, with the objects of its own. Kernels 3 and 7: without the track's
    record, which comes with the processing options; their own, 4.1, is made with each one."""
    if a.kernel == 2 and "82" not in a.objects:
        a = structs.replace(a, objects={**a.objects, "82": f"{_mchip_aip(a):04X}"})
    whole = personalise(CardProfile(about=card.about, application=[], language=card.language), a)
    records = dict(whole.records)
    afl = whole.afl
    if a.kernel == 2:
        own = _mchip_record(a)
        if a.files == "packed" and "94" not in a.objects and (KEY_FILE, 4) in records:
            return replace(whole, records=_packed(records, own), afl=PACKED_AFL)
        if own:
            records[OWN_FILE, 1] = encode(0x70, own)
            afl += bytes((OWN_FILE << 3, 1, 1, 0))
    else:
        del records[1, 1]
        afl = whole.afl[4:] + bytes((OWN_FILE << 3, 1, 1, 0))
    return replace(whole, records=records, afl=afl)


def _packed(apart: dict[tuple[int, int], bytes], own: bytes) -> dict[tuple[int, int], bytes]:
    """The same objects as few records as such cards have them."""
    bodies = {place: only(record, 0x70)[1] for place, record in apart.items()}
    packed = {
        (TRACK_FILE, 1): bodies[TRACK_FILE, 1] + own,
        (STATIC_FILE, 1): bodies[STATIC_FILE, 1] + bodies[STATIC_FILE, 2],
        (KEY_FILE, 1): bodies[KEY_FILE, 1],
        (KEY_FILE, 2): bodies[KEY_FILE, 2],
        (OWN_FILE, 1): bodies[KEY_FILE, 4],
        (OWN_FILE, 2): bodies[KEY_FILE, 3],
    }
    return {place: encode(0x70, body) for place, body in packed.items()}


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
