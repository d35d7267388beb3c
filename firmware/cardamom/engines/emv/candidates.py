"""Building the candidate list (EMV 4.4 Book 1, 12.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv.fci import display_name, parse_fci
from cardamom.engines.emv.requests import Application
from cardamom.engines.emv.rules import AidRule
from cardamom.engines.emv.session import Ended, Session, Steps, ask_card
from cardamom.values.events import Reason

PSE: Final = b"1PAY.SYS.DDF01"
MAX_DIRECTORY_RECORDS: Final = 32
MAX_CANDIDATES: Final = 32
"""Cards carry a handful; a customer could not choose among more."""
MAX_NEXT: Final = 16
"""SELECT NEXT that many times for one AID; a card that never ends its list is cut off here."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An application of the card with the terminal's parameters for it."""

    application: Application
    rule: AidRule
    languages: bytes = b""
    """Tag 5F2D, of the application or of the directory."""


def select(name: bytes, *, following: bool = False) -> Steps[Reply]:
    """SELECT by name, first or next occurrence (Book 1, 11.3)."""
    return (yield from ask_card(0x00, 0xA4, 0x04, 0x02 if following else 0x00, name, le=0))


def build_candidates(session: Session) -> Steps[list[Candidate]]:
    """The directory first; the list of AIDs where there is none, or nothing in it fits.

    Ends the transaction where the card is blocked (12.3.2 step 1, 12.3.3 step 2), or where all that
    fits is blocked.
    """
    found = yield from _read_directory(session)
    if not found:
        found = yield from _try_each_aid(session)
    return found[:MAX_CANDIDATES]


def matching_rule(session: Session, aid: bytes) -> AidRule | None:
    """The terminal's entry for a card's ADF name: exact, or its beginning where the entry's
    Application Selection Indicator allows that (12.3.1). The longest entry wins."""
    fits = [
        rule
        for rule in session.rules.aids
        if rule.aid == aid or (rule.partial and aid.startswith(rule.aid))
    ]
    return max(fits, key=lambda rule: len(rule.aid), default=None)


# Book 1, 12.3.2
def _read_directory(session: Session) -> Steps[list[Candidate]]:
    reply = yield from select(PSE)
    if reply.sw == 0x6A81:
        raise Ended(Reason.CARD_BLOCKED)
    if not reply.ok:
        return []
    try:
        fci = parse_fci(reply.data)
    except tlv.TlvError:
        return []
    sfi = int.from_bytes(fci.get(0x88, b""))
    if not 1 <= sfi <= 10:
        return []
    found: list[Candidate] = []
    for number in range(1, MAX_DIRECTORY_RECORDS + 1):
        reply = yield from ask_card(0x00, 0xB2, number, sfi << 3 | 4, le=0)
        if reply.sw == 0x6A83:
            break
        if not reply.ok:
            return []
        try:
            entries = _entries(session, reply.data, fci)
        except tlv.TlvError:
            return []
        for candidate in entries:
            if all(candidate.application.aid != c.application.aid for c in found):
                found.append(candidate)
    return found


def _entries(session: Session, record: bytes, fci: dict[int, bytes]) -> list[Candidate]:
    """Entries that name a supported application; others, and templates of another kind, are passed
    over."""
    found: list[Candidate] = []
    _, body = tlv.only(record, 0x70)
    for tag, entry in tlv.items(body):
        if tag != 0x61:
            continue
        objects = dict(tlv.items(entry))
        aid = objects.get(0x4F, b"")
        if (rule := matching_rule(session, aid)) and 5 <= len(aid) <= 16:
            found.append(_candidate(session, aid, rule, objects, fci))
    return found


# Book 1, 12.3.3
def _try_each_aid(session: Session) -> Steps[list[Candidate]]:
    found: list[Candidate] = []
    blocked = False
    for rule in session.rules.aids:
        reply = yield from select(rule.aid)
        if reply.sw == 0x6A81:
            raise Ended(Reason.CARD_BLOCKED)
        if not reply.ok and reply.sw != 0x6283:
            continue
        for _ in range(MAX_NEXT):
            if not (reply.ok or reply.sw >> 8 in (0x62, 0x63)):
                break
            objects, name = _fci(reply, rule)
            if name is None:
                break
            blocked |= reply.sw == 0x6283
            known = any(name == other.application.aid for other in found)
            if reply.ok and not known and (name == rule.aid or rule.partial):
                nearest = matching_rule(session, name) or rule
                found.append(_candidate(session, name, nearest, objects, objects))
            if name == rule.aid or not rule.partial:
                break
            reply = yield from select(rule.aid, following=True)
    if not found and blocked:
        raise Ended(Reason.CARD_BLOCKED)
    return found


def _fci(reply: Reply, rule: AidRule) -> tuple[dict[int, bytes], bytes | None]:
    """The FCI's objects and its DF name, None where it is garbled or names another application.
    A blocked application may answer without data."""
    if not reply.ok and not reply.data:
        return {}, rule.aid
    try:
        objects = parse_fci(reply.data)
    except tlv.TlvError:
        return {}, None
    name = objects[0x84]
    return objects, name if name.startswith(rule.aid) and len(name) <= 16 else None


def _candidate(
    session: Session,
    aid: bytes,
    rule: AidRule,
    objects: dict[int, bytes],
    fci: dict[int, bytes],
) -> Candidate:
    """`fci` tells alphabet and languages: the directory's or the application's."""
    indicator = objects.get(0x87, b"\0")[:1] or b"\0"
    application = Application(
        aid=aid,
        name=display_name(aid, objects, fci.get(0x9F11), session.rules.additional_capabilities),
        priority=indicator[0] & 0x0F or None,
        confirm=bool(indicator[0] & 0x80),
    )
    return Candidate(application, rule, fci.get(0x5F2D, b""))
