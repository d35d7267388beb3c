"""GENERATE APPLICATION CRYPTOGRAM (EMV 4.4 Book 3, 6.5.5, 10.8 and 9)."""

from __future__ import annotations

import hashlib

from cardamom.engines import tlv
from cardamom.engines.emv import combined, dol
from cardamom.engines.emv.bits import Tsi, Tvr
from cardamom.engines.emv.session import Cryptogram, Ended, Session, Steps, ask_card
from cardamom.values.events import Reason

_TYPE_BITS = {0x00: Cryptogram.AAC, 0x40: Cryptogram.TC, 0x80: Cryptogram.ARQC}
_OBJECTS = (0x9F27, 0x9F36, 0x9F26, 0x9F10, 0x9F4B, 0x9F4C)
RESTRICTED_CARD = 0x01
"""CID bits 3-1 of an AAC: service not allowed (10.8.1)."""


# Book 3, 10.8
def first_cryptogram(session: Session, asked: Cryptogram) -> Steps[Cryptogram]:
    """With CDOL1; the card may answer what was asked or lower."""
    given = yield from _generate(session, asked, session.store.card[0x8C])
    session.set_tsi(Tsi.CARD_RISK_MANAGED)
    return given


# Book 3, 10.11
def second_cryptogram(session: Session, asked: Cryptogram) -> Steps[Cryptogram]:
    """With CDOL2; a card that asks to go online again has failed."""
    given = yield from _generate(session, asked, session.store.card[0x8D])
    if given is Cryptogram.ARQC:
        raise Ended(Reason.CARD_ERROR)
    return given


def restricted(session: Session) -> bool:
    """The AAC says that this card is not for here."""
    return (session.store.get(0x9F27) or b"\0")[0] & 0x07 == RESTRICTED_CARD


def _generate(session: Session, asked: Cryptogram, cdol: bytes) -> Steps[Cryptogram]:
    _hash_for_tc(session, cdol)
    signed = combined.is_asked_for(session, asked)
    data = dol.build(cdol, session.store.get)
    session.sent += data
    p1 = asked.code | (combined.REQUESTED if signed else 0)
    reply = yield from ask_card(0x80, 0xAE, p1, 0x00, data, le=0)
    if not reply.ok:
        raise Ended(Reason.CARD_ERROR)
    objects = parse_answer(reply.data, signed=signed)
    given = _TYPE_BITS.get(objects[0x9F27][0] & 0xC0)
    if given is None or given > asked:
        raise Ended(Reason.CARD_ERROR)
    if signed and given is not Cryptogram.AAC:
        combined.check_signature(session, reply.data, objects)
    # an earlier cryptogram's objects go; those of DDA stay, a CDOL2 may ask for them
    for tag in (0x9F26, 0x9F10, *((0x9F4B, 0x9F4C) if signed else ())):
        session.store.card.pop(tag, None)
    for tag in _OBJECTS:
        if tag in objects:
            session.store.replace(tag, objects[tag])
    session.cryptogram_given = True
    return given


# Book 3, 6.5.5.4
def answer_objects(data: bytes, *formats: int) -> dict[int, bytes]:
    """What a GENERATE AC answer of one of these templates holds: 80 without tags, in a fixed order,
    77 as it stands. Raises TlvError."""
    template, body = tlv.only(data, *formats)
    if template != 0x80:
        return tlv.distinct(body)
    objects = {0x9F27: body[:1], 0x9F36: body[1:3], 0x9F26: body[3:11]}
    return objects | ({0x9F10: body[11:]} if body[11:] else {})


def parse_answer(data: bytes, *, signed: bool = False) -> dict[int, bytes]:
    """9F27, 9F36, 9F26 and perhaps 9F10 from either format. Raises TlvError.

    `signed`: CDA was asked for, so that a TC or ARQC may lie in the signature, 9F4B, instead.
    """
    objects = answer_objects(data, 0x77, 0x80)
    sizes = {0x9F27: 1, 0x9F36: 2, 0x9F26: 8}
    if signed and 0x9F26 not in objects and objects.get(0x9F27, b"\0")[:1] >= b"\x40":
        del sizes[0x9F26]
    if any(len(objects.get(tag, b"")) != size for tag, size in sizes.items()):
        raise tlv.TlvError("the cryptogram is incomplete")
    return {tag: objects[tag] for tag in _OBJECTS if tag in objects}


# Book 3, 9.2.2
def _hash_for_tc(session: Session, cdol: bytes) -> None:
    """The TC Hash Value where the list asks for it: SHA-1 over what the TDOL names."""
    if 0x98 not in (tag for tag, _ in dol.entries(cdol)):
        return
    tdol = session.store.card.get(0x97)
    if tdol is None:
        session.set_tvr(Tvr.DEFAULT_TDOL_USED)
        tdol = session.parameters.tdol
    hashed = dol.build(tdol, session.store.get)
    digest = hashlib.sha1(hashed, usedforsecurity=False).digest()
    session.store.terminal[0x98] = digest
