"""From a profile and the test keys to what lies on the card: files, certificates, card keys."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from typing import Final

from cardamom.engines.tlv import encode, encode_all
from cardamom.simulator.card.altered import altered
from cardamom.simulator.card.crypto import card_key
from cardamom.simulator.card.cvm import encode_list
from cardamom.simulator.card.profile import ApplicationProfile, CardProfile
from cardamom.simulator.pki.certificates import (
    Certificate,
    icc_certificate,
    issuer_certificate,
    signed_static_data,
)
from cardamom.simulator.pki.rsa import RsaKey
from cardamom.simulator.testdata import chain, issuer_keys
from cardamom.values.secret import Key

CRYPTOGRAM_DOL: Final = bytes.fromhex("9F02069F03069F1A0295055F2A029A039C019F3704")
"""What terminal data the application cryptogram covers (Book 2, Table 26), in that order."""

CDOL1: Final = CRYPTOGRAM_DOL
CDOL2_WITH_ARPC: Final = bytes.fromhex("910A8A02") + CRYPTOGRAM_DOL
CDOL2: Final = bytes.fromhex("8A02") + CRYPTOGRAM_DOL
DDOL: Final = bytes.fromhex("9F3704")
VERSION: Final = bytes.fromhex("0001")
CERTIFICATES_EXPIRE: Final = "1249"
DAC: Final = bytes.fromhex("DAC1")
DYNAMIC: Final = ("dda", "cda")


@dataclass(frozen=True, slots=True)
class Personalised:
    """One application as it lies on the card. `records` by SFI and record number, whole."""

    profile: ApplicationProfile
    aid: bytes
    fci: bytes
    aip: bytes
    afl: bytes
    records: dict[tuple[int, int], bytes] = field(repr=False)
    cdol2: bytes
    key_ac: Key
    key_smi: Key
    key_smc: Key
    icc: RsaKey | None
    pin_key: RsaKey | None


def directory(card: CardProfile) -> tuple[bytes, dict[tuple[int, int], bytes]]:
    """FCI and records of the payment system directory (Book 1, 12.2 and 11.3.4)."""
    name = b"1PAY.SYS.DDF01"
    about = encode_all(((0x88, b"\x01"), (0x5F2D, card.language.encode()), (0x9F11, b"\x01")))
    entries = {
        (1, number): encode(0x70, encode(0x61, encode(0x4F, bytes.fromhex(a.aid)) + _label(a)))
        for number, a in enumerate(card.applications, 1)
    }
    return _fci(name, about), entries


def personalise(card: CardProfile, a: ApplicationProfile) -> Personalised:
    """Every byte of one application."""
    aid = bytes.fromhex(a.aid)
    about = _label(a)
    if a.pdol:
        about += encode(0x9F38, bytes.fromhex(a.pdol))
    about += encode_all(((0x5F2D, card.language.encode()), (0x9F11, b"\x01")))
    about = altered(about, a.objects)
    aip = bytes.fromhex(a.objects["82"]) if "82" in a.objects else _aip(a)
    cdol2 = CDOL2_WITH_ARPC if a.issuer_authentication == "cdol2" else CDOL2
    signed = [
        altered(record, a.objects) for record in (_cardholder_record(a), _rules_record(a, cdol2))
    ]
    static = b"".join(signed) + aip
    groups = [[altered(_track_record(a), a.objects)], signed]
    if a.authentication != "none" or a.pin_encipherment == "own":
        groups.append([altered(record, a.objects) for record in _key_records(a, static)])
    records = {
        (sfi, number): encode(0x70, body)
        for sfi, group in enumerate(groups, 1)
        for number, body in enumerate(group, 1)
    }
    afl = b"".join(
        bytes((sfi << 3, 1, len(group), len(group) if group is signed else 0))
        for sfi, group in enumerate(groups, 1)
    )
    if "94" in a.objects:
        afl = bytes.fromhex(a.objects["94"])
    masters = issuer_keys()
    return Personalised(
        profile=a,
        aid=aid,
        fci=_fci(aid, about),
        aip=aip,
        afl=afl,
        records=records,
        cdol2=cdol2,
        key_ac=card_key(masters.ac, a.pan, a.psn),
        key_smi=card_key(masters.smi, a.pan, a.psn),
        key_smc=card_key(masters.smc, a.pan, a.psn),
        icc=chain(a.chain).icc if a.authentication in DYNAMIC else None,
        pin_key=_pin_key(a),
    )


def _fci(name: bytes, about: bytes) -> bytes:
    return encode(0x6F, encode(0x84, name) + encode(0xA5, about))


def _label(a: ApplicationProfile) -> bytes:
    priority = bytes((a.priority | (0x80 if a.confirm else 0),))
    label = encode(0x50, a.label.encode()) + encode(0x87, priority)
    if a.preferred_name:
        label += encode(0x9F12, a.preferred_name.encode("iso8859-1"))
    return label


def _aip(a: ApplicationProfile) -> bytes:
    """Book 3, C1: how the data is authenticated, cardholder verification, risk management."""
    first = {"sda": 0x40, "dda": 0x20, "cda": 0x21, "none": 0}[a.authentication] | 0x10 | 0x08
    if a.issuer_authentication == "external":
        first |= 0x04
    return bytes((first, 0))


def _track_record(a: ApplicationProfile) -> bytes:
    track2 = f"{a.pan}D{a.expiry}{a.service_code}00000"
    track2 += "F" * (len(track2) % 2)
    return encode_all(((0x57, bytes.fromhex(track2)), (0x5F20, a.holder.encode())))


def _cardholder_record(a: ApplicationProfile) -> bytes:
    pan = a.pan + "F" * (len(a.pan) % 2)
    year, month = 2000 + int(a.expiry[:2]), int(a.expiry[2:])
    last_day = calendar.monthrange(year, month)[1]
    return encode_all(
        (
            (0x5A, bytes.fromhex(pan)),
            (0x5F34, bytes.fromhex(f"{a.psn:02d}")),
            (0x5F24, bytes.fromhex(f"{a.expiry}{last_day}")),
            (0x5F25, bytes.fromhex(f"{a.effective}01")),
            (0x5F28, bytes.fromhex(f"0{a.country}")),
            (0x5F30, bytes.fromhex(f"0{a.service_code}")),
            (0x9F42, bytes.fromhex(f"0{a.currency}")),
            (0x9F44, b"\x02"),
            (0x9F07, bytes.fromhex(a.usage)),
            (0x9F08, VERSION),
        )
    )


def _rules_record(a: ApplicationProfile, cdol2: bytes) -> bytes:
    objects = [
        (0x8C, CDOL1),
        (0x8D, cdol2),
        (0x8E, encode_list(a.cvm, a.cvm_x, a.cvm_y)),
        (0x9F0D, bytes.fromhex(a.iac_default)),
        (0x9F0E, bytes.fromhex(a.iac_denial)),
        (0x9F0F, bytes.fromhex(a.iac_online)),
    ]
    if a.offline_limit is not None:
        limit = bytes((a.offline_limit,))
        objects += [(0x9F14, limit), (0x9F23, limit)]
    if a.authentication != "none":
        objects.append((0x9F4A, b"\x82"))
    if a.authentication in DYNAMIC:
        objects.append((0x9F49, DDOL))
    return encode_all(objects)


def _key_records(a: ApplicationProfile, static: bytes) -> list[bytes]:
    """The certificates (Book 2, 5.1 and 6.1), one long object a record."""
    keys = chain(a.chain)
    issuer = issuer_certificate(
        keys.ca, keys.issuer, pan=a.pan, expires=CERTIFICATES_EXPIRE, serial=keys.index
    )
    records = [
        encode(0x90, issuer.signed),
        encode(0x8F, bytes((keys.index,))) + _rest(issuer, 0x92, 0x9F32),
    ]
    if a.authentication == "sda":
        records.append(encode(0x93, signed_static_data(keys.issuer, code=DAC, static=static)))
    if a.authentication in DYNAMIC:
        icc = icc_certificate(
            keys.issuer, keys.icc, pan=a.pan, expires=CERTIFICATES_EXPIRE, serial=1, static=static
        )
        records += [encode(0x9F46, icc.signed), _rest(icc, 0x9F48, 0x9F47)]
    if a.pin_encipherment == "own" and (pin_key := _pin_key(a)) is not None:
        # Book 2, 7.1: no static data is certified with this key
        own = icc_certificate(
            keys.issuer, pin_key, pan=a.pan, expires=CERTIFICATES_EXPIRE, serial=2, static=b""
        )
        records += [encode(0x9F2D, own.signed), _rest(own, 0x9F2F, 0x9F2E)]
    return records


def _pin_key(a: ApplicationProfile) -> RsaKey | None:
    """A key of its own is the other chain's card key: the test set needs no further one."""
    if a.pin_encipherment == "none":
        return None
    other = {"ca1984": "ca1408", "ca1408": "ca1984"}[a.chain]
    return chain(a.chain if a.pin_encipherment == "icc" else other).icc


def _rest(certificate: Certificate, remainder: int, exponent: int) -> bytes:
    objects = [(exponent, certificate.exponent)]
    if certificate.remainder:
        objects.insert(0, (remainder, certificate.remainder))
    return encode_all(objects)
