"""Final selection and initiation (EMV 4.4 Book 1, 12.4; Book 3, 10.1)."""

from __future__ import annotations

from cardamom.engines import tlv
from cardamom.engines.emv import dol
from cardamom.engines.emv.candidates import Candidate, build_candidates, select
from cardamom.engines.emv.fci import parse_fci, preferred_language
from cardamom.engines.emv.requests import Application, Choose, Random
from cardamom.engines.emv.session import CARD_DATA_ERRORS, Ended, Session, Steps, ask_card
from cardamom.values.events import Reason


def select_application(session: Session) -> Steps[None]:
    """Chooses among the candidates until one is initiated; one that refuses drops out.

    Ends the transaction where none is left.
    """
    candidates = yield from build_candidates(session)
    if not candidates:
        raise Ended(Reason.NO_APPLICATION, fallback=True)
    refused = Reason.NOT_ACCEPTED
    while candidates:
        chosen = yield from _choose(session, candidates)
        blocked = yield from _final_select(session, chosen)
        if blocked is None and (yield from initiate_application(session)):
            return
        refused = blocked or Reason.NOT_ACCEPTED
        session.application = session.aid_rule = None
        candidates.remove(chosen)
    raise Ended(refused)


# Book 1, 12.4
def _choose(session: Session, candidates: list[Candidate]) -> Steps[Candidate]:
    """The customer chooses among several; a single one is confirmed where the card wants that.

    Priority 1 is the highest; those without one come last, in the card's order. The language is
    that of the first which the terminal speaks.
    """
    ordered = sorted(candidates, key=lambda c: c.application.priority or 16)
    if len(ordered) == 1 and not ordered[0].application.confirm:
        return ordered[0]
    offered = {candidate.application: candidate for candidate in ordered}
    spoken = (preferred_language(c.languages, session.rules.languages) for c in ordered)
    language = next((language for language in spoken if language), "")
    answer: Application | None = yield Choose(tuple(offered), language)
    if answer is None:
        raise Ended(Reason.CANCELLED)
    return offered[answer]


# Book 1, 12.4
def _final_select(session: Session, chosen: Candidate) -> Steps[Reason | None]:
    """None where the application is selected, else why it was not."""
    session.forget()
    reply = yield from select(chosen.application.aid)
    if reply.sw == 0x6A81:
        raise Ended(Reason.CARD_BLOCKED)
    if not reply.ok:
        return Reason.CARD_BLOCKED if reply.sw == 0x6283 else Reason.NOT_ACCEPTED
    try:
        _keep_fci(session, reply.data, chosen.languages)
    except CARD_DATA_ERRORS:
        session.store.card.clear()
        return Reason.CARD_ERROR
    if session.store.card.get(0x84) != chosen.application.aid:
        return Reason.CARD_ERROR
    session.application = chosen.application
    session.aid_rule = chosen.rule
    session.store.card[0x4F] = chosen.application.aid
    session.store.terminal[0x9F06] = chosen.application.aid
    session.store.terminal[0x9F09] = chosen.rule.version
    session.store.terminal[0x9F1B] = min(chosen.rule.floor_limit, 0xFFFFFFFF).to_bytes(4)
    return None


def _keep_fci(session: Session, data: bytes, languages: bytes) -> None:
    """`languages`: the directory's, for an application that names none of its own."""
    objects = parse_fci(data)
    for tag, value in objects.items():
        session.store.take(tag, value)
    wanted = objects.get(0x5F2D, languages)
    session.language = preferred_language(wanted, session.rules.languages)


# Book 3, 10.1
def initiate_application(session: Session) -> Steps[bool]:
    """GET PROCESSING OPTIONS: AIP and AFL; False where the card refuses this application (6985).

    The unpredictable number is drawn here, since a PDOL may ask for it.
    """
    session.store.terminal[0x9F37] = yield Random(4)
    pdol = session.store.get(0x9F38) or b""
    session.sent = dol.build(pdol, session.store.get)
    data = tlv.encode(0x83, session.sent)
    reply = yield from ask_card(0x80, 0xA8, 0x00, 0x00, data, le=0)
    if reply.sw == 0x6985:
        return False
    if not reply.ok:
        raise Ended(Reason.CARD_ERROR, fallback=True)
    template, body = tlv.only(reply.data, 0x77, 0x80)
    format_1 = template == 0x80
    objects = {0x82: body[:2], 0x94: body[2:]} if format_1 else tlv.distinct(body)
    if not objects.get(0x82) or not objects.get(0x94):
        raise Ended(Reason.CARD_ERROR, fallback=True)
    for tag, value in objects.items():
        session.store.take(tag, value)
    session.initiated = True
    return True
