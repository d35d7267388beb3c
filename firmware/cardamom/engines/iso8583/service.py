"""Messages that are about no transaction: network management, totals of a batch."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from cardamom.engines.iso8583.codec import Message, MessageError
from cardamom.engines.iso8583.original import transmitted
from cardamom.engines.iso8583.profile import Profile, Sending
from cardamom.engines.iso8583.template import composed
from cardamom.values.money import CURRENCIES
from cardamom.values.online import TotalsRequest
from cardamom.values.totals import Totals


class Management(StrEnum):
    """Network management, by its code in field 70 (ISO 8583:1987)."""

    SIGN_ON = "001"
    SIGN_OFF = "002"
    ECHO = "301"


def network_request(
    what: str,
    stan: int,
    terminal_id: str,
    merchant_id: str,
    profile: Profile,
    at: datetime,
    zone: ZoneInfo,
    batch: int,
) -> Message:
    """`what`: a code of Management; which message and where the code stands is the profile's.
    Raises MessageError where the profile has no such message."""
    network = profile.network
    rule = {
        Management.SIGN_ON: network.sign_on,
        Management.SIGN_OFF: network.sign_off,
        Management.ECHO: network.echo,
    }[Management(what)]
    if rule is None:
        raise MessageError(f"the profile has no [network.{Management(what).name.lower()}]")
    fields = {
        **_head(stan, terminal_id, merchant_id, profile, at, zone),
        **composed(
            {**profile.compose, **rule.compose},
            {"batch": str(batch), "management": str(what), "type": rule.type},
        ),
    }
    return _trimmed(rule, fields, profile)


def totals_message(
    request: TotalsRequest, profile: Profile, zone: ZoneInfo, ksn: str | None = None
) -> Message:
    """One currency's totals, or the end of their upload. Raises MessageError where the profile has
    no such message."""
    settlement = profile.settlement
    rule = None
    if settlement is not None:
        rule = settlement.end if request.end else settlement.totals
    if rule is None:
        raise MessageError(f"the profile has no [settlement.{'end' if request.end else 'totals'}]")
    totals = request.totals
    named = request.ksn if ksn is None else ksn
    fields = {
        **_head(
            request.stan,
            request.terminal_id,
            request.merchant_id,
            profile,
            request.sent_at,
            zone,
        ),
        3: rule.processing,
        **_amounts(totals),
        62: f"KS{len(named):03d}{named.upper()}" if named else "",
    }
    parts = {"batch": str(request.batch), "type": rule.type, **_parts(totals)}
    fields |= composed({**profile.compose, **rule.compose}, parts)
    return _trimmed(rule, fields, profile)


def _head(
    stan: int,
    terminal_id: str,
    merchant_id: str,
    profile: Profile,
    at: datetime,
    zone: ZoneInfo,
) -> dict[int, str]:
    return {
        7: transmitted(at),
        11: f"{stan:06d}",
        12: at.astimezone(zone).strftime("%H%M%S"),
        13: at.astimezone(zone).strftime("%m%d"),
        24: profile.values.network,
        41: terminal_id,
        42: merchant_id,
    }


def _amounts(totals: Totals) -> dict[int, str]:
    """Fields 50, 74 to 77, 86 to 89 (ISO 8583:1987): a sale is the cardholder's debit."""
    number = CURRENCIES[totals.currency].number
    return {
        49: number,
        50: number,
        74: f"{totals.credits:010d}",
        75: f"{totals.credit_reversals:010d}",
        76: f"{totals.debits:010d}",
        77: f"{totals.debit_reversals:010d}",
        86: f"{totals.credit_minor:016d}",
        87: f"{totals.credit_reversal_minor:016d}",
        88: f"{totals.debit_minor:016d}",
        89: f"{totals.debit_reversal_minor:016d}",
    }


def _parts(totals: Totals) -> dict[str, str]:
    back = totals.credits + totals.debit_reversals
    given = totals.credit_minor + totals.debit_reversal_minor
    numbers = {
        "count": totals.debits + totals.credits + totals.debit_reversals,
        "debits": totals.debits,
        "debit_minor": totals.debit_minor,
        "debit_reversals": totals.debit_reversals,
        "debit_reversal_minor": totals.debit_reversal_minor,
        "credits": totals.credits,
        "credit_minor": totals.credit_minor,
        "credit_reversals": totals.credit_reversals,
        "credit_reversal_minor": totals.credit_reversal_minor,
        "given_back": back,
        "given_back_minor": given,
    }
    net = totals.net_minor
    return {
        **{name: str(value) for name, value in numbers.items()},
        "net": f"{'D' if net > 0 else 'C'}{abs(net):016d}",
    }


def _trimmed(rule: Sending, fields: dict[int, str], profile: Profile) -> Message:
    allowed = profile.messages[rule.message].fields - set(rule.without)
    return Message(rule.message, {n: v for n, v in fields.items() if n in allowed and v})
