"""Records to requests, and answers to what they mean for the transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cardamom.engines import tlv
from cardamom.engines.iso8583.codec import Message, MessageError
from cardamom.engines.iso8583.profile import Profile, answer_of
from cardamom.values.money import CURRENCIES
from cardamom.values.online import CardData, OnlineAnswer, OnlineRequest
from cardamom.values.record import Record
from cardamom.values.secret import PinBlock
from cardamom.values.tags import Tags

ISSUER_AUTHENTICATION = 0x91
AUTHORISATION_RESPONSE_CODE = 0x8A
SCRIPTS = (0x71, 0x72)
AMOUNT = 4


def financial_request(
    request: OnlineRequest, profile: Profile, zone: ZoneInfo, pin_block: PinBlock | None
) -> Message:
    """The request of one transaction. Numbers and times are the record's: a repeat is the same."""
    record, card = request.record, request.card
    kind = profile.kinds.get(record.kind)
    if kind is None:
        raise MessageError(f"the profile has no kind {record.kind}")
    fields: dict[int, str] = {
        **_card(card),
        **_numbers(record, zone),
        3: kind.processing,
        22: profile.values.chip_entry + profile.values.pin_capable,
        24: profile.values.network,
        25: profile.values.condition,
    }
    if pin_block is not None:
        fields[52] = pin_block.reveal().hex().upper()
    if request.tags is not None:
        fields[55] = icc_data(request.tags, profile).hex().upper()
    rule = profile.messages[kind.request]
    wanted = {*rule.required, *rule.optional}
    return Message(kind.request, {n: v for n, v in fields.items() if n in wanted})


def _card(card: CardData) -> dict[int, str]:
    fields = {2: card.pan.reveal(), 14: card.expiry}
    if card.psn is not None:
        fields[23] = f"{card.psn:03d}"
    if card.track2 is not None:
        # tag 57 is BCD, separator D, padding F; field 35 has = as its separator (ISO 7813)
        fields[35] = card.track2.reveal().hex().upper().rstrip("F").replace("D", "=")
    return fields


def _numbers(record: Record, zone: ZoneInfo) -> dict[int, str]:
    if record.stan is None or record.requested_at is None:
        raise MessageError("the transaction has no intent")
    at = record.requested_at
    return {
        4: f"{record.amount.minor:012d}",
        7: at.astimezone(UTC).strftime("%m%d%H%M%S"),
        11: f"{record.stan:06d}",
        12: at.astimezone(zone).strftime("%H%M%S"),
        13: at.astimezone(zone).strftime("%m%d"),
        41: record.terminal_id,
        42: record.merchant_id,
        49: CURRENCIES[record.amount.currency].number,
        60: f"{record.batch:06d}",
    }


def icc_data(tags: Tags, profile: Profile) -> bytes:
    """Field 55: the profile's tags that the kernel holds, in the profile's order."""
    return tlv.encode_all((tag, tags[tag]) for tag in profile.icc.tags() if tag in tags)


def network_request(
    code: str,
    stan: int,
    terminal_id: str,
    merchant_id: str,
    profile: Profile,
    at: datetime,
    zone: ZoneInfo,
) -> Message:
    """0800: 001 sign-on, 002 sign-off, 301 echo in field 70."""
    return Message(
        "0800",
        {
            7: at.astimezone(UTC).strftime("%m%d%H%M%S"),
            11: f"{stan:06d}",
            12: at.astimezone(zone).strftime("%H%M%S"),
            13: at.astimezone(zone).strftime("%m%d"),
            24: profile.values.network,
            41: terminal_id,
            42: merchant_id,
            70: code,
        },
    )


def is_answer(request: Message, answer: Message) -> bool:
    """Whether the answer claims to be this request's: type, trace number, terminal where told."""
    return (
        answer.mti == answer_of(request.mti)
        and answer.get(11) == request.get(11)
        and answer.get(41) in (None, request.get(41))
    )


def mismatch(request: Message, answer: Message, profile: Profile) -> int | None:
    """The first field that the answer must repeat and does not, or a required one it lacks."""
    rule = profile.messages[answer.mti]
    partial = answer.get(39) in profile.codes.partial
    for number in profile.match.echoed:
        if number not in request.fields or (number == AMOUNT and partial):
            continue
        told = answer.get(number)
        if told is None and number not in rule.required:
            continue
        if told != request.fields[number]:
            return number
    return next((n for n in rule.required if n not in answer.fields), None)


def read_answer(answer: Message, profile: Profile) -> OnlineAnswer:
    """What a matched answer says. Raises MessageError where field 55 is no TLV, or its objects
    have lengths that EMV does not know (Book 3, A1)."""
    code = answer.fields[39]
    issuer = dict(_objects(answer.get(55)))
    if len(issuer.get(AUTHORISATION_RESPONSE_CODE, b"..")) != 2:
        raise MessageError("tag 8A of field 55 is not 2 bytes")
    if not 8 <= len(issuer.get(ISSUER_AUTHENTICATION, bytes(8))) <= 16:
        raise MessageError("tag 91 of field 55 is not 8 to 16 bytes")
    time = (answer.get(13) or "") + (answer.get(12) or "")
    return OnlineAnswer(
        verdict=profile.codes.verdict(code),
        code=code,
        auth_code=(answer.get(38) or "").strip() or None,
        rrn=(answer.get(37) or "").strip() or None,
        host_time=time if len(time) == 10 else None,
        arc=issuer.get(AUTHORISATION_RESPONSE_CODE, b"") or code.encode(),
        issuer_auth=issuer.get(ISSUER_AUTHENTICATION, b""),
        scripts=tlv.encode_all((t, v) for t, v in _scripts(answer.get(55))),
    )


def _scripts(field: str | None) -> list[tuple[int, bytes]]:
    return [(tag, value) for tag, value in _objects(field) if tag in SCRIPTS]


def _objects(field: str | None) -> list[tuple[int, bytes]]:
    if field is None:
        return []
    try:
        return list(tlv.items(bytes.fromhex(field)))
    except ValueError:  # TlvError is one
        raise MessageError("field 55 is no TLV") from None
