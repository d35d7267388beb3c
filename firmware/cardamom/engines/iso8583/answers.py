"""Answers: whether one is the request's, and what it says."""

from __future__ import annotations

from cardamom.engines import tlv
from cardamom.engines.iso8583.codec import Message, MessageError
from cardamom.engines.iso8583.profile import Profile, answer_of
from cardamom.values.events import Verdict
from cardamom.values.money import BY_NUMBER, Money
from cardamom.values.online import OnlineAnswer, Purpose

ISSUER_AUTHENTICATION = 0x91
AUTHORISATION_RESPONSE_CODE = 0x8A
SCRIPTS = (0x71, 0x72)
AMOUNT = 4
AVAILABLE = "02"
AMOUNT_SIZE = 20


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


def read_answer(
    answer: Message, profile: Profile, purpose: Purpose = Purpose.REQUEST
) -> OnlineAnswer:
    """What a matched answer says to a message of this purpose. Raises MessageError where field 55
    is no TLV, or its objects have lengths that EMV does not know (Book 3, A1)."""
    code = answer.fields[39]
    issuer = dict(_objects(answer.get(55)))
    if len(issuer.get(AUTHORISATION_RESPONSE_CODE, b"..")) != 2:
        raise MessageError("tag 8A of field 55 is not 2 bytes")
    if not 8 <= len(issuer.get(ISSUER_AUTHENTICATION, bytes(8))) <= 16:
        raise MessageError("tag 91 of field 55 is not 8 to 16 bytes")
    time = (answer.get(13) or "") + (answer.get(12) or "")
    return OnlineAnswer(
        verdict=profile.codes.verdict(code, purpose),
        code=code,
        auth_code=(answer.get(38) or "").strip() or None,
        rrn=(answer.get(37) or "").strip() or None,
        host_time=time if len(time) == 10 else None,
        arc=issuer.get(AUTHORISATION_RESPONSE_CODE, b"") or code.encode(),
        issuer_auth=issuer.get(ISSUER_AUTHENTICATION, b""),
        scripts=tlv.encode_all((t, v) for t, v in _scripts(answer.get(55))),
        balance=_available(answer.get(54) or ""),
    )


def _available(field: str) -> Money | None:
    """Field 54 (ISO 8583:1987, additional amounts): each of account type, amount type, currency,
    sign and twelve digits. None where it tells of nothing available: it decides nothing."""
    for at in range(0, len(field), AMOUNT_SIZE):
        part = field[at : at + AMOUNT_SIZE]
        currency, minor = BY_NUMBER.get(part[4:7]), part[8:]
        told = part[2:4] == AVAILABLE and part[7:8] == "C" and len(part) == AMOUNT_SIZE
        if told and currency is not None and minor.isascii() and minor.isdigit():
            return Money(int(minor), currency.code)
    return None


def read_totals(answer: Message, profile: Profile) -> OnlineAnswer:
    """What a matched answer says to totals, or to the end of their upload. `agreed` only where an
    approving code and the profile's field both say so."""
    code, settlement = answer.fields[39], profile.settlement
    verdict = Verdict.APPROVED if code in profile.codes.approved else Verdict.DECLINED
    if code in profile.codes.again:
        verdict = Verdict.AGAIN
    same = False
    if settlement is not None:
        rule = settlement.agreed
        told = answer.get(rule.field) or ""
        same = told[rule.at : rule.at + len(rule.value)] == rule.value
    time = (answer.get(13) or "") + (answer.get(12) or "")
    return OnlineAnswer(
        verdict=verdict,
        code=code,
        agreed=same and verdict is Verdict.APPROVED,
        rrn=(answer.get(37) or "").strip() or None,
        host_time=time if len(time) == 10 else None,
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
