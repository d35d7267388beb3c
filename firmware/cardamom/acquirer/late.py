"""Answers that nobody waits for any more."""

from __future__ import annotations

from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import Profile
from cardamom.values.online import Late


def read_late(message: Message, profile: Profile) -> Late | None:
    """What a late, doubled or strange answer says; None for one that is about no payment: a network
    message (ISO 8583:1987, MTI class 8), or one without trace number and code."""
    stan, code, amount = message.get(11), message.get(39), message.get(4)
    if message.mti[1:2] == "8" or message.mti[2:3] not in ("1", "3"):
        return None
    if stan is None or code is None or not (stan.isascii() and stan.isdigit()):
        return None
    return Late(
        mti=message.mti,
        stan=int(stan),
        terminal_id=message.get(41) or "",
        code=code,
        verdict=profile.codes.verdict(code),
        amount_minor=int(amount) if amount and amount.isascii() and amount.isdigit() else None,
        rrn=(message.get(37) or "").strip() or None,
        auth_code=(message.get(38) or "").strip() or None,
    )
