"""GENERATE AC and RECOVER AC of Kernel 2, and what proves their answers (C-2, states 9, 10 and 11;
procedure Prepare Generate AC Command)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv import certificates, combined, dol
from cardamom.engines.emv.bits import Tvr
from cardamom.engines.emv.certificates import CertificateError
from cardamom.engines.emv.contactless import mchip_cvm, mchip_relay
from cardamom.engines.emv.contactless.mchip_errors import L2, Broken
from cardamom.engines.emv.contactless.qualifiers import Relay
from cardamom.engines.emv.contactless.tap import Tap
from cardamom.engines.emv.contactless.torn import TornRecord
from cardamom.engines.emv.cryptogram import answer_objects
from cardamom.engines.emv.session import Cryptogram, Steps, ask_card
from cardamom.faults import CardFault

CAPABILITIES: Final = 0x9F5D
"""Application Capabilities Information, 3 bytes."""
DRDOL: Final = 0x9F51
REPLACED: Final = (0x9F27, 0x9F36, 0x9F26, 0x9F10, 0x9F4B, 0xDF4B)

_REMEMBERED: Final = (
    0x95, 0x9A, 0x9C, 0x5F2A, 0x9F02, 0x9F03, 0x9F1A, 0x9F21, 0x9F33, 0x9F34, 0x9F35, 0x9F37,
    0x9F53, *mchip_relay.TAGS,
)  # fmt: skip
_CODES: Final = {kind.code: kind for kind in Cryptogram}


def has_capability(tap: Tap, bit: int) -> bool:
    """A bit of byte 2: 1 CDA with every cryptogram, 2 balance reading."""
    coded = tap.store.card.get(CAPABILITIES, b"")
    return len(coded) >= 2 and bool(coded[1] >> bit - 1 & 1)


# C-2, GAC.20 to GAC.29
def reference_control(tap: Tap, asked: Cryptogram) -> tuple[Cryptogram, bool]:
    """What is asked for, and whether it is to be signed. Where CDA failed already, a device that
    verifies its owner is declined: nothing vouches for that."""
    if tap.cda_key is None and Tvr.CDA_FAILED not in tap.tvr:
        return asked, False
    if Tvr.CDA_FAILED in tap.tvr:
        return (Cryptogram.AAC if mchip_cvm.on_device(tap) else asked), False
    return asked, asked is not Cryptogram.AAC or has_capability(tap, 1)


@dataclass(frozen=True, slots=True)
class Given:
    """What the card gave, not proven yet. `signed`: whether it was asked to sign it."""

    kind: Cryptogram
    answer: bytes = field(repr=False)
    signed: bool


def obtain(tap: Tap, asked: Cryptogram) -> Steps[Given]:
    """The cryptogram: recovered from a torn transaction, or made now. It counts once it is proven.

    Raises Broken; CardFault where the card left, with the torn transaction then in the log.
    """
    record = _torn(tap)
    if record is not None:
        # C-2, S10
        reply = yield from ask_card(0x80, 0xD0, 0x00, 0x00, record.recovery, le=0)
        if reply.ok:
            tap.torn = tap.torn.without(record)
            _resume(tap, record)
            return _take(tap, reply, record.asked, signed=record.signed, formats=(0x77,))
    asked, signed = reference_control(tap, asked)
    data = dol.build(tap.store.card[0x8C], tap.store.get)
    tap.sent += data
    p1 = asked.code | (combined.REQUESTED if signed else 0)
    try:
        reply = yield from ask_card(0x80, 0xAE, p1, 0x00, data, le=0)
    except CardFault:
        _remember(tap, record, asked, signed=signed)
        raise
    if record is not None:
        # S11.5
        tap.torn = tap.torn.without(record)
    return _take(tap, reply, asked, signed=signed, formats=(0x77, 0x80))


# S456.43 and S456.44
def _torn(tap: Tap) -> TornRecord | None:
    rules = tap.prepared.combination.mchip
    if not rules.torn_records or not tap.store.card.get(DRDOL) or tap.card is None:
        return None
    return tap.torn.find(tap.card.pan, tap.store.card.get(0x5F34, b""), tap.order)


# S9.11 to S9.13, S11.13 to S11.15
def _remember(tap: Tap, before: TornRecord | None, asked: Cryptogram, *, signed: bool) -> None:
    rules = tap.prepared.combination.mchip
    if before is not None:
        tap.torn = tap.torn.without(before)
    if not rules.torn_records or not tap.store.card.get(DRDOL) or tap.card is None:
        return
    held = tap.store.tags()
    record = TornRecord(
        pan=tap.card.pan,
        psn=tap.store.card.get(0x5F34, b""),
        order=tap.order,
        asked=asked,
        signed=signed,
        sent=tap.sent,
        recovery=dol.build(tap.store.card[DRDOL], tap.store.get),
        tags=type(held)({tag: held[tag] for tag in _REMEMBERED if tag in held}),
    )
    tap.torn = tap.torn.with_record(record, most=rules.torn_records)


# S10.11
def _resume(tap: Tap, record: TornRecord) -> None:
    """The terminal's data as they were: cryptogram and signature cover those."""
    tap.sent = record.sent
    for tag, value in record.tags.items():
        place = tap.store.transaction if tag in tap.store.transaction else tap.store.terminal
        place[tag] = value
    tap.tvr = Tvr(int.from_bytes(record.tags.get(0x95, bytes(5))))
    tap.store.terminal[0x95] = tap.tvr.to_bytes(5)


# S9.16 to S9.24
def _take(
    tap: Tap, reply: Reply, asked: Cryptogram, *, signed: bool, formats: tuple[int, ...]
) -> Given:
    if not reply.ok:
        raise Broken(L2.STATUS_BYTES, reply.sw)
    for tag in REPLACED:
        tap.store.card.pop(tag, None)
    for tag, value in answer_objects(reply.data, *formats).items():
        if not tlv.is_constructed(tag):
            tap.store.replace(tag, value)
    card = tap.store.card
    if not card.get(0x9F27) or not card.get(0x9F36):
        raise Broken(L2.CARD_DATA_MISSING)
    given = _CODES.get(card[0x9F27][0] & 0xC0)
    if given is None or given > asked:
        raise Broken(L2.CARD_DATA_ERROR)
    tap.cryptogram_given = True
    return Given(given, reply.data, signed)


# S910.1 to S910.7, S910.30 to S910.37
def prove(tap: Tap, given: Given) -> Cryptogram:
    """The cryptogram, proven where it is signed. Raises Broken, also where one that was to be
    signed is not. The card is no longer needed for it."""
    card = tap.store.card
    if card.get(0x9F4B):
        _check_signature(tap, given.answer)
    elif not card.get(0x9F26):
        raise Broken(L2.CARD_DATA_MISSING)
    elif given.signed and given.kind is not Cryptogram.AAC:
        # S910.37
        raise Broken(L2.CARD_DATA_ERROR)
    return given.kind


def _check_signature(tap: Tap, answer: bytes) -> None:
    """CDA, and the relay resistance data within it. Raises Broken(CAM_FAILED)."""
    card = tap.store.card
    objects = {0x9F27: card[0x9F27], 0x9F4B: card[0x9F4B]}
    combined.check_signature(tap, answer, objects)
    if tap.unproven or not _relay_is_signed(tap):
        tap.set_tvr(Tvr.CDA_FAILED)
        raise Broken(L2.CAM_FAILED)
    card[0x9F26], card[0x9F4C] = objects[0x9F26], objects[0x9F4C]


def _relay_is_signed(tap: Tap) -> bool:
    if not int(tap.tvr) & Relay.PERFORMED:
        return True
    key = tap.cda_key
    if key is None:
        return False
    try:
        data = certificates.dynamic_data(key, tap.store.card[0x9F4B], tap.store.get(0x9F37) or b"")
        at = 1 + len(certificates.dynamic_number(data)) + 1 + 8 + 20
    except CertificateError:
        return False
    expected = mchip_relay.signed(tap)
    return hmac.compare_digest(data[at : at + len(expected)], expected)
