"""Processing Restrictions (EMV 4.4 Book 3, 10.4)."""

from __future__ import annotations

from cardamom.engines.emv.bits import Tvr, Usage
from cardamom.engines.emv.certificates import century
from cardamom.engines.emv.requests import TransactionType
from cardamom.engines.emv.session import Session

CASH, GOODS, SERVICES = 0x80, 0x40, 0x20
"""Additional Terminal Capabilities, byte 1 (Book 4, A3)."""


# Book 3, 10.4
def check_restrictions(session: Session) -> None:
    """Marks in the TVR what speaks against this card here, today, for this kind of transaction."""
    card = session.store.card
    version = card.get(0x9F08)
    if version is not None and version != session.parameters.version:
        session.set_tvr(Tvr.VERSIONS_DIFFER)
    if not _usage_allowed(session):
        session.set_tvr(Tvr.SERVICE_NOT_ALLOWED)
    today = century(session.order.date)
    if (effective := card.get(0x5F25)) is not None and today < century(effective):
        session.set_tvr(Tvr.NOT_YET_EFFECTIVE)
    if today > century(card[0x5F24]):
        session.set_tvr(Tvr.EXPIRED)


# Book 3, 10.4.2
def _usage_allowed(session: Session) -> bool:
    coded = session.store.card.get(0x9F07)
    if coded is None:
        return True
    usage = Usage(int.from_bytes(coded))
    place = Usage.AT_ATMS if _is_atm(session) else Usage.AT_OTHER_TERMINALS
    if place not in usage:
        return False
    issuer_country = session.store.card.get(0x5F28)
    if issuer_country is None:
        return True
    home = issuer_country == session.store.get(0x9F1A)
    kind = session.order.transaction_type
    if kind == TransactionType.REFUND:
        # the table knows no refund: money comes back by any card that may be used here
        return True
    if kind in (TransactionType.CASH, TransactionType.CASH_DISBURSEMENT):
        return (Usage.DOMESTIC_CASH if home else Usage.INTERNATIONAL_CASH) in usage
    if not _sold(session, home=home) & usage:
        return False
    cashback = Usage.DOMESTIC_CASHBACK if home else Usage.INTERNATIONAL_CASHBACK
    with_cashback = kind == TransactionType.CASHBACK or session.order.other_minor > 0
    return not with_cashback or cashback in usage


def _sold(session: Session, *, home: bool) -> Usage:
    """Goods, services or both, by the terminal's transaction types (tag 9F40, byte 1; Book 4, A3);
    one that names neither sells both."""
    goods, services = (
        (Usage.DOMESTIC_GOODS, Usage.DOMESTIC_SERVICES)
        if home
        else (Usage.INTERNATIONAL_GOODS, Usage.INTERNATIONAL_SERVICES)
    )
    types = session.rules.additional_capabilities[0] & (GOODS | SERVICES)
    if types == GOODS:
        return goods
    return services if types == SERVICES else goods | services


def _is_atm(session: Session) -> bool:
    """Terminal type 14 to 16 with the cash capability (Book 4, A1)."""
    gives_cash = bool(session.rules.additional_capabilities[0] & CASH)
    return session.rules.terminal_type in (0x14, 0x15, 0x16) and gives_cash
