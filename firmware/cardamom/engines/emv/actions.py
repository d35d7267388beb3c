"""Terminal Action Analysis (EMV 4.4 Book 3, 10.7; response codes: Book 4, A6)."""

from __future__ import annotations

from typing import Final

from cardamom.engines.emv.bits import Tvr
from cardamom.engines.emv.notes import Codes, Compared
from cardamom.engines.emv.requests import TransactionType
from cardamom.engines.emv.session import Cryptogram, Session

OFFLINE_APPROVED: Final = b"Y1"
OFFLINE_DECLINED: Final = b"Z1"
UNABLE_APPROVED: Final = b"Y3"
UNABLE_DECLINED: Final = b"Z3"

_ALL: Final = b"\xff" * 5
_NONE: Final = bytes(5)


# Book 3, 10.7
def analyse_actions(session: Session) -> Cryptogram:
    """What to ask of the card at the first GENERATE AC.

    Deviation from 10.7: a terminal that could go online does so instead of asking for a TC that it
    may not let stand.
    """
    rule = session.parameters
    if _matches(session, Codes.DENIAL, rule.tac_denial, 0x9F0E, _NONE):
        session.store.terminal[0x8A] = OFFLINE_DECLINED
        return Cryptogram.AAC
    if session.offline_only:
        return _decided_offline(session, approve=not by_default(session))
    if _matches(session, Codes.ONLINE, rule.tac_online, 0x9F0F, _ALL) or session.online_only:
        return Cryptogram.ARQC
    if not may_approve_alone(session):
        return Cryptogram.ARQC
    return _decided_offline(session, approve=True)


def may_approve_alone(session: Session) -> bool:
    """Whether a TC may stand without the issuer's word. A refund never may: it gives money away.

    Deviation from 10.7: nor may a payment whose PIN only the issuer can verify, whatever the action
    codes say; its slip would call the cardholder verified.
    """
    refund = session.order.transaction_type == TransactionType.REFUND
    unverified = Tvr.ONLINE_CVM_CAPTURED in session.tvr
    return session.rules.offline_approval and not refund and not unverified


def _decided_offline(session: Session, *, approve: bool) -> Cryptogram:
    approve = approve and may_approve_alone(session)
    session.store.terminal[0x8A] = OFFLINE_APPROVED if approve else OFFLINE_DECLINED
    return Cryptogram.TC if approve else Cryptogram.AAC


def by_default(session: Session) -> bool:
    """The default action codes reject the transaction where nobody could be asked."""
    return _matches(session, Codes.DEFAULT, session.parameters.tac_default, 0x9F0D, _ALL)


def _matches(session: Session, codes: Codes, terminal: bytes, tag: int, absent: bytes) -> bool:
    """A TVR bit that is set and that terminal's or issuer's action code names."""
    issuer = session.store.card.get(tag, absent)
    compared = Compared(codes, int(session.tvr), int.from_bytes(terminal), int.from_bytes(issuer))
    session.watch(compared)
    return bool(compared.matched)
