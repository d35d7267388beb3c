"""Terminal Risk Management (EMV 4.4 Book 3, 10.6; exception file: Book 4, 6.3.5)."""

from __future__ import annotations

from cardamom.engines.emv.bits import Tsi, Tvr
from cardamom.engines.emv.requests import CardHistory, Random, Recall
from cardamom.engines.emv.session import Session, Steps, get_data


# Book 3, 10.6: performed whatever the AIP says
def manage_risk(session: Session) -> Steps[None]:
    history = yield from _recall(session)
    if history.on_exception_list:
        session.set_tvr(Tvr.ON_EXCEPTION_FILE)
    check_floor_limit(session, history.spent_minor)
    if session.order.force_online:
        session.set_tvr(Tvr.MERCHANT_FORCED_ONLINE)
    yield from _select_at_random(session)
    yield from _check_velocity(session)
    session.set_tsi(Tsi.TERMINAL_RISK_MANAGED)


def _recall(session: Session) -> Steps[CardHistory]:
    if session.card is None:
        raise LookupError("the card's records are not read")
    history: CardHistory = yield Recall(session.card.pan, session.card.psn)
    return history


# Book 3, 10.6.1
def check_floor_limit(session: Session, spent_minor: int) -> None:
    if session.order.amount_minor + spent_minor >= session.parameters.floor_limit:
        session.set_tvr(Tvr.FLOOR_LIMIT_EXCEEDED)


# Book 3, 10.6.2
def _select_at_random(session: Session) -> Steps[None]:
    """Only a terminal that may decide alone sends some transactions online by lot."""
    percent = target_percent(session)
    if session.online_only or session.offline_only or percent <= 0:
        return
    drawn: bytes = yield Random(4)
    if 1 + int.from_bytes(drawn) % 99 <= percent:
        session.set_tvr(Tvr.RANDOMLY_SELECTED)


def target_percent(session: Session) -> float:
    """The chance in percent: flat below the threshold, rising to the maximum at the floor limit."""
    rule, amount = session.parameters, session.order.amount_minor
    if amount >= rule.floor_limit:
        return 0
    if amount < rule.threshold:
        return rule.target_percent
    span = rule.floor_limit - rule.threshold
    rise = (rule.max_target_percent - rule.target_percent) * (amount - rule.threshold) / span
    return rule.target_percent + rise


# Book 3, 10.6.3
def _check_velocity(session: Session) -> Steps[None]:
    card = session.store.card
    if 0x9F14 not in card or 0x9F23 not in card:
        return
    counter = yield from get_data(0x9F36, 2)
    last_online = yield from get_data(0x9F13, 2)
    for tag, value in ((0x9F36, counter), (0x9F13, last_online)):
        if value is not None:
            session.store.replace(tag, value)
    if last_online == b"\x00\x00":
        session.set_tvr(Tvr.NEW_CARD)
    if counter is None or last_online is None:
        # Book 3, 7.5
        session.set_tvr(Tvr.ICC_DATA_MISSING)
    if counter is None or last_online is None or counter <= last_online:
        session.set_tvr(Tvr.LOWER_LIMIT_EXCEEDED | Tvr.UPPER_LIMIT_EXCEEDED)
        return
    offline = int.from_bytes(counter) - int.from_bytes(last_online)
    if offline > card[0x9F14][0]:
        session.set_tvr(Tvr.LOWER_LIMIT_EXCEEDED)
        if offline > card[0x9F23][0]:
            session.set_tvr(Tvr.UPPER_LIMIT_EXCEEDED)
