"""Read Application Data (EMV 4.4 Book 3, 10.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.emv.session import Ended, Session, Steps, ask_card
from cardamom.engines.emv.store import DataError
from cardamom.engines.track import TrackError, parse_track2_bcd
from cardamom.values.events import Reason
from cardamom.values.online import CardData
from cardamom.values.secret import Pan, Track2

MAX_RECORDS: Final = 128
"""An AFL could name 16 000 records; no issued card comes near this."""
MANDATORY: Final = (0x5A, 0x5F24, 0x8C, 0x8D)
"""Book 3, Table 29."""


@dataclass(frozen=True, slots=True)
class Record:
    sfi: int
    number: int
    signed: bool
    """Takes part in offline data authentication."""


def parse_afl(afl: bytes) -> list[Record]:
    """The records in reading order. Raises DataError (10.2: file identifiers 1 to 30, no record 0,
    an ordered range, no more signed records than records)."""
    if not afl or len(afl) % 4:
        raise DataError("the locator is no list of 4-byte entries")
    records: list[Record] = []
    for at in range(0, len(afl), 4):
        first_byte, first, last, signed = afl[at : at + 4]
        sfi = first_byte >> 3
        if first_byte & 7 or not 1 <= sfi <= 30 or not 1 <= first <= last:
            raise DataError("an entry names no records")
        if signed > last - first + 1:
            raise DataError("an entry signs more records than it has")
        if len(records) + last - first + 1 > MAX_RECORDS:
            raise DataError("the locator names too many records")
        records += [Record(sfi, n, n - first < signed) for n in range(first, last + 1)]
    return records


# Book 3, 10.2
def read_application_data(session: Session) -> Steps[None]:
    """Reads every record once, keeps what the issuer signed, and knows the card by name."""
    signed: list[bytes] = []
    for record in parse_afl(session.store.card[0x94]):
        reply = yield from ask_card(0x00, 0xB2, record.number, record.sfi << 3 | 4, le=0)
        if not reply.ok:
            raise Ended(Reason.CARD_ERROR)
        if record.signed:
            signed.append(_signed_part(session, record, reply.data))
        if record.sfi <= 10:
            for tag, value in _objects(reply.data):
                session.store.take(tag, value)
    session.static_data = b"".join(signed)
    if any(tag not in session.store.card for tag in MANDATORY):
        raise Ended(Reason.CARD_ERROR)
    session.card = card_data(session.store.card)


def _objects(record: bytes) -> Iterator[tuple[int, bytes]]:
    """The primitive objects of a record in one of the files this standard governs."""
    _, body = tlv.only(record, 0x70)
    return ((tag, value) for tag, value in tlv.walk(body) if not tlv.is_constructed(tag))


# Book 3, 10.3
def _signed_part(session: Session, record: Record, data: bytes) -> bytes:
    """Files 1 to 10 sign the record's body, files 11 to 30 the whole of it; what is no template 70
    makes the authentication fail."""
    try:
        _, body = tlv.only(data, 0x70)
    except tlv.TlvError:
        session.static_data_coded = False
        return b""
    return body if record.sfi <= 10 else data


def card_data(objects: dict[int, bytes]) -> CardData:
    """Number, expiry and sequence number. Raises TrackError where track 2 says another number, or
    where a value is no decimal."""
    digits = objects[0x5A].hex().rstrip("f")
    expiry = objects[0x5F24].hex()[:4]
    psn = objects[0x5F34].hex() if 0x5F34 in objects else None
    if not expiry.isdecimal() or not 1 <= int(expiry[2:]) <= 12:
        raise TrackError("the expiry date is no date")
    if psn is not None and not psn.isdecimal():
        raise TrackError("the sequence number is no number")
    try:
        pan = Pan(digits)
    except ValueError:
        raise TrackError("the card number is no number") from None
    track2 = None
    if equivalent := objects.get(0x57):
        if parse_track2_bcd(equivalent).pan != pan:
            raise TrackError("track 2 names another card")
        track2 = Track2(equivalent)
    return CardData(pan, expiry, psn=None if psn is None else int(psn), track2=track2)
