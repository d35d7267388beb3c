"""The contact kernel (EMV 4.4 Book 3, 8.2): a generator that reads like the specification.

It yields requests (`requests.py`) and returns an Outcome. Only a programming error leaves it as an
exception: whatever the card, the host or the customer does becomes an Outcome that carries what is
known of the card by then.
"""

from __future__ import annotations

from cardamom.engines.emv.actions import OFFLINE_DECLINED, analyse_actions
from cardamom.engines.emv.authentication import authenticate_offline
from cardamom.engines.emv.cardholder import verify_cardholder
from cardamom.engines.emv.cryptogram import first_cryptogram, restricted, second_cryptogram
from cardamom.engines.emv.notes import Watch, unwatched
from cardamom.engines.emv.online import authenticate_issuer, decide, go_online
from cardamom.engines.emv.records import read_application_data
from cardamom.engines.emv.requests import Decision, EmvOrder, Kernel, Outcome
from cardamom.engines.emv.restrictions import check_restrictions
from cardamom.engines.emv.risk import manage_risk
from cardamom.engines.emv.rules import Rules
from cardamom.engines.emv.scripts import AFTER, BEFORE, receive_scripts, run_scripts
from cardamom.engines.emv.selection import select_application
from cardamom.engines.emv.session import CARD_DATA_ERRORS, Cryptogram, Ended, Session, Steps
from cardamom.faults import CardFault
from cardamom.values.events import Reason
from cardamom.values.online import OnlineAnswer


def contact_kernel(order: EmvOrder, rules: Rules, watch: Watch = unwatched) -> Kernel:
    """One transaction with the card that lies in the reader, from selection to completion. `watch`
    hears what is noted on the way."""
    session = Session(order, rules, watch)
    try:
        return (yield from _transaction(session))
    except CardFault as fault:
        reason = Reason.CARD_PULLED if fault.gone else Reason.CARD_ERROR
        return _broken_off(session, reason, fallback=not (fault.gone or session.initiated))
    except Ended as end:
        return _broken_off(session, end.reason, fallback=end.fallback)
    except CARD_DATA_ERRORS:
        return _broken_off(session, Reason.CARD_ERROR, fallback=not session.initiated)


def _transaction(session: Session) -> Steps[Outcome]:
    yield from select_application(session)
    yield from read_application_data(session)
    yield from authenticate_offline(session)
    check_restrictions(session)
    yield from verify_cardholder(session)
    yield from manage_risk(session)
    given = yield from first_cryptogram(session, analyse_actions(session))
    if session.unproven:
        return (yield from _refuse_unproven(session, given))
    if given is Cryptogram.ARQC:
        return (yield from _with_issuer(session))
    if given is Cryptogram.TC:
        return session.outcome(Decision.APPROVED)
    session.store.terminal[0x8A] = OFFLINE_DECLINED
    reason = Reason.NOT_ACCEPTED if restricted(session) else Reason.CARD_DECLINED
    return session.outcome(Decision.DECLINED, reason)


# Book 2, 6.6.2; Book 3, 10.3
def _refuse_unproven(session: Session, given: Cryptogram) -> Steps[Outcome]:
    """CDA failed at the first GENERATE AC: nobody is asked, and a card that waits for the issuer's
    word gets an AAC at once."""
    session.store.terminal[0x8A] = OFFLINE_DECLINED
    if given is Cryptogram.ARQC:
        yield from second_cryptogram(session, Cryptogram.AAC)
    return session.outcome(Decision.DECLINED, Reason.CARD_DECLINED)


def _with_issuer(session: Session) -> Steps[Outcome]:
    answer = yield from go_online(session)
    asked = decide(session, answer)
    if isinstance(answer, OnlineAnswer):
        receive_scripts(session, answer.scripts)
    yield from authenticate_issuer(session)
    yield from run_scripts(session, BEFORE)
    given = yield from second_cryptogram(session, asked)
    yield from _after_the_decision(session)
    if given is Cryptogram.TC and not session.unproven:
        return session.outcome(Decision.APPROVED)
    return session.outcome(Decision.DECLINED, session.verdict_reason or Reason.CARD_DECLINED)


def _after_the_decision(session: Session) -> Steps[None]:
    """The card has spoken: pulling it from here on changes nothing."""
    try:
        yield from run_scripts(session, AFTER)
    except CardFault:
        return


def _broken_off(session: Session, reason: Reason, *, fallback: bool) -> Outcome:
    """Before a cryptogram nothing was decided; after one, the transaction is declined."""
    if not session.cryptogram_given:
        return session.outcome(Decision.ENDED, reason, fallback=fallback)
    return session.outcome(Decision.DECLINED, session.verdict_reason or reason)
