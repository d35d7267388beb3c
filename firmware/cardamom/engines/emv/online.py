"""Online Processing and issuer authentication (EMV 4.4 Book 3, 10.9; Book 4, 12.2)."""

from __future__ import annotations

from cardamom.engines.emv.actions import (
    UNABLE_APPROVED,
    UNABLE_DECLINED,
    by_default,
    may_approve_alone,
)
from cardamom.engines.emv.bits import Aip, Tsi, Tvr
from cardamom.engines.emv.requests import GoOnline
from cardamom.engines.emv.session import Cryptogram, Session, Steps, ask_card
from cardamom.values.events import Reason, Verdict
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer, OnlineResult

_REFUSED = {
    Verdict.DECLINED: Reason.HOST_DECLINED,
    Verdict.REFERRAL: Reason.REFERRAL,
    Verdict.PARTIAL: Reason.PARTIAL_NOT_ASKED,
}


# Book 3, 10.9
def go_online(session: Session, *, update: bool = False) -> Steps[OnlineResult]:
    """Hands over all that is held; the answer's chip data become the issuer's objects. A terminal
    that is offline only asks nobody: for a card that wants an ARQC it is unable to go online.
    `update` as GoOnline's."""
    if session.offline_only:
        return NotSent("the terminal is offline only")
    chip = session.chip()
    if session.card is None or chip is None:
        raise LookupError("no application was read")
    session.went_online = True
    session.store.terminal.pop(0x8A, None)
    answer: OnlineResult = yield GoOnline(
        card=session.card,
        tags=session.store.tags(),
        chip=chip,
        cvm=session.cvm,
        pin=session.pin,
        update=update,
    )
    session.pin = None
    if isinstance(answer, OnlineAnswer):
        session.store.terminal[0x8A] = _response_code(answer)
        if 8 <= len(answer.issuer_auth) <= 16:
            session.store.issuer[0x91] = answer.issuer_auth
    return answer


def _response_code(answer: OnlineAnswer) -> bytes:
    code = answer.arc or answer.code.encode("ascii", "replace")
    return code[:2].ljust(2)


# Book 3, 10.9
def authenticate_issuer(session: Session) -> Steps[None]:
    """EXTERNAL AUTHENTICATE where the AIP has it; else the data goes to the card in CDOL2."""
    data = session.store.issuer.get(0x91)
    if data is not None and Aip.ISSUER_AUTHENTICATION in session.aip:
        yield from external_authenticate(session, data)


# Book 3, 6.5.4
def external_authenticate(session: Session, data: bytes) -> Steps[bool]:
    """Whether the card takes the issuer for its own."""
    reply = yield from ask_card(0x00, 0x82, 0x00, 0x00, data)
    session.set_tsi(Tsi.ISSUER_AUTHENTICATED)
    if not reply.ok:
        session.set_tvr(Tvr.ISSUER_AUTHENTICATION_FAILED)
    return reply.ok


# Book 4, 6.3.8 and 12.2
def decide(session: Session, answer: OnlineResult) -> Cryptogram:
    """What to ask of the card at the second GENERATE AC; why not, if not, is kept in the session.

    Deviation from Book 4, 12.2.3: where a request may have left and nobody answered, the default
    action codes are not consulted and the card is always asked for an AAC. The issuer may have
    approved; a TC beside the reversal that is owed would charge the customer twice.
    """
    if isinstance(answer, OnlineAnswer):
        if answer.verdict is Verdict.APPROVED:
            return Cryptogram.TC
        session.verdict_reason = _REFUSED[answer.verdict]
        return Cryptogram.AAC
    if isinstance(answer, NotSent) and _approved_alone(session):
        session.store.terminal[0x8A] = UNABLE_APPROVED
        return Cryptogram.TC
    session.store.terminal[0x8A] = UNABLE_DECLINED
    session.verdict_reason = _unanswered(answer)
    return Cryptogram.AAC


# Book 3, 10.7: an online-only terminal skips the default action codes and asks for an AAC
def _approved_alone(session: Session) -> bool:
    return may_approve_alone(session) and not session.online_only and not by_default(session)


def _unanswered(answer: NotSent | NoAnswer) -> Reason:
    if isinstance(answer, NotSent):
        return answer.reason
    return Reason.BAD_ANSWER if answer.garbled else Reason.NO_ANSWER
