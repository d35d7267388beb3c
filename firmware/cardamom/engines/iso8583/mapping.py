"""Transactions to messages: one function for whatever is asked or told about one of them."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from cardamom.engines import tlv
from cardamom.engines.iso8583.answers import is_answer, mismatch, read_answer, read_totals
from cardamom.engines.iso8583.codec import Message, MessageError
from cardamom.engines.iso8583.original import Known, known_as, transmitted
from cardamom.engines.iso8583.profile import ClosedLoop, KindRule, Profile, Sending
from cardamom.engines.iso8583.service import network_request, totals_message
from cardamom.engines.iso8583.template import composed
from cardamom.engines.iso8583.traits import traits
from cardamom.values.events import CvmUsed, Entry, Reason, Tender
from cardamom.values.money import CURRENCIES
from cardamom.values.online import OnlineRequest, Purpose
from cardamom.values.record import Record
from cardamom.values.secret import PinBlock

__all__ = [
    "is_answer",
    "known_as",
    "message_for",
    "mismatch",
    "network_request",
    "read_answer",
    "read_totals",
    "totals_message",
    "traits",
]

ASKING: Final = (Purpose.REQUEST, Purpose.REPEAT)
"""These are the request itself; everything else speaks of it."""
SHORT_BLOCK: Final = 8
"""A PIN block of format 0 fits into field 52; one of format 4 goes into field 62."""


def message_for(
    request: OnlineRequest,
    profile: Profile,
    zone: ZoneInfo,
    pin_block: PinBlock | None = None,
    ksn: str | None = None,
) -> Message:
    """The message of one transaction and purpose. All numbers and times are those of the record and
    its delivery, so that a repeat differs in message type, key and MAC alone.

    `ksn`: of the DUKPT key that it is sent under; None takes the request's. Raises MessageError
    where the profile has no such message or the record no such numbers.
    """
    kind = profile.kinds.get(request.record.kind)
    if kind is None:
        raise MessageError(f"the profile has no kind {request.record.kind}")
    mti, rule = _rule(request, profile, kind)
    asking = request.purpose in ASKING
    original = _original(request, profile)
    parts = {**_parts(request, profile, kind, rule), **(original.parts(zone) if original else {})}
    fields: dict[int, str] = {
        **_card(request, profile),
        **_numbers(request, zone),
        3: (rule.processing if rule else "") or kind.processing,
        22: _entry(request, profile, pin_block),
        24: profile.values.network,
        25: profile.values.condition,
        **_results(request, profile),
        **_protected(pin_block, request.ksn if ksn is None else ksn, profile),
    }
    if asking and request.original is not None:
        fields |= _told(request.original)
    if (icc := _icc(request, profile)) is not None:
        fields[55] = icc
    own = rule.compose if rule else {}
    fields |= composed({**profile.compose, **kind.compose, **own}, parts)
    without = {*kind.without, *(rule.without if rule else ())}
    if request.record.tender is Tender.CLOSED_LOOP and profile.closed_loop is not None:
        without |= {*profile.closed_loop.without}
    return _trimmed(mti, fields, profile, without)


def _rule(request: OnlineRequest, profile: Profile, kind: KindRule) -> tuple[str, Sending | None]:
    if request.purpose in ASKING:
        return kind.request, None
    rule = profile.follow.rule(request.purpose)
    if rule is None:
        raise MessageError(f"the profile has no [follow.{request.purpose}]")
    if request.delivery is None:
        raise MessageError("what follows a request needs its own trace number and time")
    return (rule.repeat if request.repeated and rule.repeat else rule.message), rule


def _original(request: OnlineRequest, profile: Profile) -> Known | None:
    """What the message refers to: the sale that is voided or refunded, or the request itself."""
    if request.purpose in ASKING or request.purpose is Purpose.ADVICE:
        return known_as(request.original, profile) if request.original is not None else None
    return known_as(request.record, profile)


def _parts(
    request: OnlineRequest, profile: Profile, kind: KindRule, rule: Sending | None
) -> dict[str, str]:
    return {
        "batch": str(request.record.batch),
        "type": (rule.type if rule else "") or kind.type,
        "acquirer": profile.values.acquirer,
        "forwarder": profile.values.forwarder,
    }


def _card(request: OnlineRequest, profile: Profile) -> dict[int, str]:
    """Nothing but the request itself has track data. Raises MessageError for a closed-loop card
    where the host takes none."""
    card, whole, number = request.card, request.purpose is Purpose.REQUEST, 2
    if request.record.tender is Tender.CLOSED_LOOP:
        if profile.closed_loop is None:
            raise MessageError("the profile has no [closed_loop]")
        number = profile.closed_loop.account
    fields = {number: card.pan.reveal(), 14: card.expiry}
    if card.psn is not None:
        fields[23] = f"{card.psn:03d}"
    if whole and card.track2 is not None:
        # tag 57 is BCD, separator D, padding F; field 35 has = as its separator (ISO 7813)
        fields[35] = card.track2.reveal().hex().upper().rstrip("F").replace("D", "=")
    return fields


def _numbers(request: OnlineRequest, zone: ZoneInfo) -> dict[int, str]:
    record = request.record
    if not request.stan or request.sent_at is None:
        raise MessageError("the transaction has no intent")
    # an offline approval never had a request: then it happened when it was begun
    local = (record.requested_at or record.started_at).astimezone(zone)
    return {
        4: f"{record.amount.minor:012d}",
        7: transmitted(request.sent_at),
        11: f"{request.stan:06d}",
        12: local.strftime("%H%M%S"),
        13: local.strftime("%m%d"),
        41: record.terminal_id,
        42: record.merchant_id,
        49: CURRENCIES[record.amount.currency].number,
    }


def _entry(request: OnlineRequest, profile: Profile, pin_block: PinBlock | None) -> str:
    """Field 22; a follow-up says what the request said."""
    values, record = profile.values, request.record
    own = profile.closed_loop or ClosedLoop()
    mode = {
        Entry.ORIGINAL: values.original_entry,
        Entry.CONTACTLESS: values.tap_entry,
        Entry.TAG: own.entry,
        Entry.UID: own.uid_entry,
    }.get(record.entry or Entry.CHIP, values.chip_entry)
    pin = pin_block is not None or (
        request.purpose not in ASKING and record.cvm is CvmUsed.ONLINE_PIN
    )
    return mode + (values.pin_capable if pin or not values.no_pin else values.no_pin)


def _told(record: Record) -> dict[int, str]:
    """What the host gave a transaction that is spoken of."""
    fields = {}
    if record.rrn:
        fields[37] = record.rrn.ljust(12)
    if record.auth_code:
        fields[38] = record.auth_code.ljust(6)
    return fields


def _results(request: OnlineRequest, profile: Profile) -> dict[int, str]:
    """Fields 37 to 39 of what follows a request."""
    if request.purpose in ASKING:
        return {}
    fields = _told(request.record)
    if request.purpose is Purpose.REVERSAL:
        fields[39] = _reason(request.record, profile)
    elif request.purpose in (Purpose.ADVICE, Purpose.UPLOAD):
        code = _code(request.record)
        if code is not None:
            fields[39] = code
    return fields


def _reason(record: Record, profile: Profile) -> str:
    reasons = profile.reasons
    if record.verdict is None and record.reason in (Reason.NO_ANSWER, Reason.RESTARTED, None):
        return reasons.no_response
    return reasons.bad_mac if record.reason is Reason.BAD_ANSWER else reasons.other


def _code(record: Record) -> str | None:
    """The host's code, or what the card was told in its place (Y1, Y3: Book 4, A6)."""
    if record.code is not None:
        return record.code
    try:
        told = bytes.fromhex(record.chip.arc).decode("ascii") if record.chip else ""
    except ValueError:
        told = ""
    return told if len(told) == 2 and told.isalnum() else None


def _protected(pin_block: PinBlock | None, ksn: str, profile: Profile) -> dict[int, str]:
    """PIN and key serial number. In field 62 each is a name of two letters, three digits of length
    and hex, as key blocks are in the sign-on's answer."""
    fields: dict[int, str] = {}
    named = f"KS{len(ksn):03d}{ksn.upper()}" if ksn else ""
    if pin_block is not None:
        block = pin_block.reveal().hex().upper()
        if len(pin_block.reveal()) == SHORT_BLOCK:
            fields[52] = block
        else:
            named += f"PB{len(block):03d}{block}"
        fields |= {26: profile.values.pin_capture, 53: profile.values.security}
    if named:
        fields[62] = named
    return fields


def _icc(request: OnlineRequest, profile: Profile) -> str | None:
    """Field 55: the profile's tags that the chip gave, in the profile's order."""
    held = request.tags if request.tags is not None else {}
    objects = [(tag, held[tag]) for tag in profile.icc.tags(request.purpose) if tag in held]
    scripts = request.record.scripts
    # with a message of their own they leave the record once it is answered, and then a repeat of
    # anything else that told them would be another message
    told = request.purpose is Purpose.SCRIPTS or profile.follow.scripts is None
    if scripts and told and profile.icc.script_results and request.purpose not in ASKING:
        objects.append((int(profile.icc.script_results, 16), bytes.fromhex(scripts)))
    return tlv.encode_all(objects).hex().upper() if objects else None


def _trimmed(mti: str, fields: dict[int, str], profile: Profile, without: set[int]) -> Message:
    allowed = profile.messages[mti].fields - without
    lost = {52, 62} & fields.keys() - allowed
    if lost:
        raise MessageError(f"{mti} has no field {min(lost)} for a PIN or its key")
    return Message(mti, {n: v for n, v in fields.items() if n in allowed and v})
