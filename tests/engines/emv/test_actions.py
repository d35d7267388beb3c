"""Terminal and card action analysis: what is asked for, what is given, who may decide alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cardamom.engines.emv.actions import analyse_actions
from cardamom.engines.emv.bits import Tvr
from cardamom.engines.emv.requests import Answer, Decision, EnterPin, GoOnline, Outcome, PinUse
from cardamom.engines.emv.rules import Rules
from cardamom.engines.emv.session import Cryptogram, Session
from cardamom.values.events import Reason
from cardamom.values.online import NoAnswer, NotSent
from cardamom.values.secret import Pin
from support.conformance import case, rows
from support.emv import (
    APPROVED,
    DECLINED,
    NO_ODA,
    OFFLINE_CAPABLE,
    ORDER,
    RULE,
    Tape,
    cryptogram,
)

AAC, TC, ARQC = 0x00, 0x40, 0x80
ZERO, SET = bytes(5), b"\x80\0\0\0\0"
"""The second names the only bit of the default card's TVR: 1.8, no data authentication."""
OTHER = b"\x7f\xff\xff\xff\xff"


def terminal(
    kind: int = 0x22, denial: bytes = ZERO, online: bytes = ZERO, default: bytes = ZERO
) -> Rules:
    """A terminal that may approve offline, with these action codes."""
    aid = replace(
        RULE, floor_limit=10_000, tac_denial=denial, tac_online=online, tac_default=default
    )
    return replace(OFFLINE_CAPABLE, aids=(aid,), terminal_type=kind)


def card(
    denial: bytes | None = ZERO, online: bytes | None = ZERO, default: bytes | None = ZERO
) -> Tape:
    return Tape().begin("1800", x9F0E=denial, x9F0F=online, x9F0D=default).recall()


TVR = "8000000000"


@rows(
    "Book 3, 10.7",
    "tape,rules,asked",
    ("no action code names the TVR's bit", "TC asked for", card(), terminal(), TC),
    ("TAC denial names it", "AAC asked for", card(), terminal(denial=SET), AAC),
    ("IAC denial names it", "AAC asked for", card(denial=SET), terminal(), AAC),
    ("both denials name other bits", "TC asked for",
     card(denial=OTHER), terminal(denial=OTHER), TC),
    ("no IAC denial", "no bit of it: TC asked for", card(denial=None), terminal(), TC),
    ("TAC online names it", "ARQC asked for", card(), terminal(online=SET), ARQC),
    ("IAC online names it", "ARQC asked for", card(online=SET), terminal(), ARQC),
    ("both onlines name other bits", "TC asked for",
     card(online=OTHER), terminal(online=OTHER), TC),
    ("no IAC online", "every bit of it: ARQC asked for", card(online=None), terminal(), ARQC),
    ("denial before online", "AAC asked for", card(denial=SET), terminal(online=SET), AAC),
    ("the default codes alone name it", "TC asked for",
     card(default=SET), terminal(default=SET), TC),
    ("online only, no code names it", "ARQC asked for", card(), terminal(0x21), ARQC),
    ("online only, TAC denial names it", "AAC asked for",
     card(), terminal(0x21, denial=SET), AAC),
    ("offline only, no code names it", "TC asked for", card(), terminal(0x23), TC),
    ("offline only, TAC online names it", "TC asked for: nobody to ask",
     card(), terminal(0x23, online=SET), TC),
    ("offline only, TAC default names it", "AAC asked for",
     card(), terminal(0x23, default=SET), AAC),
    ("offline only, IAC default names it", "AAC asked for", card(default=SET), terminal(0x26), AAC),
    ("offline only, no IAC default", "every bit of it: AAC asked for",
     card(default=None), terminal(0x23), AAC),
    ("unattended, online capable, no code names it", "TC asked for", card(), terminal(0x25), TC),
)  # fmt: skip
def test_what_is_asked_for(tape: Tape, rules: Rules, asked: int) -> None:
    """Run to its end; a copy of the steps, since a table's tape is shared."""
    tape = Tape([*tape.steps]).first(TVR, ask=asked)
    if asked == ARQC:
        outcome = tape.online(DECLINED).second(TVR, b"05", ask=AAC).run(rules)
        assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.HOST_DECLINED)
        return
    outcome = tape.run(rules)
    assert outcome.chip is not None
    approved = asked == TC
    assert outcome.decision is (Decision.APPROVED if approved else Decision.DECLINED)
    assert outcome.chip.arc == ("5931" if approved else "5A31")
    assert outcome.reason is (None if approved else Reason.CARD_DECLINED)


@case("Book 3, 10.7", "nothing speaks against it, but no TC may stand here", "ARQC asked for")
def test_without_leave_to_approve() -> None:
    rules = replace(terminal(), offline_approval=False)
    tape = card().first(TVR).online(APPROVED).second(TVR, b"00")
    assert tape.run(rules).decision is Decision.APPROVED


@rows(
    "Book 3, 10.7",
    "kind,asked",
    ("a refund that no code speaks against", "ARQC asked for", 0x22, ARQC),
    ("a refund on an offline-only terminal", "AAC asked for", 0x23, AAC),
)
def test_a_refund_is_never_approved_alone(kind: int, asked: int) -> None:
    tape = Tape(order=replace(ORDER, transaction_type=0x20)).begin(
        "1800", x9F0E=ZERO, x9F0F=ZERO, x9F0D=ZERO
    )
    tape.recall().first(TVR, ask=asked)
    if asked == ARQC:
        tape.online(NotSent("no link")).second(TVR, b"Z3", ask=AAC)
    assert tape.run(terminal(kind)).decision is Decision.DECLINED


@rows(
    "Book 3, 10.7",
    "answer,decision",
    ("a PIN for the issuer, no code names it", "ARQC asked for: approved by the issuer",
     APPROVED, Decision.APPROVED),
    ("a PIN for the issuer, no code names it, unable to go online",
     "Z3, AAC asked for: nobody verified it", NotSent("no link"), Decision.DECLINED),
)  # fmt: skip
def test_an_online_pin_needs_the_issuer(answer: Answer, decision: Decision) -> None:
    pin_captured = "8000040000"
    codes = {"x9F0E": ZERO, "x9F0F": ZERO, "x9F0D": ZERO}
    tape = Tape().begin("1800", x8E=bytes.fromhex("00000000000000000200"), **codes)
    tape.add(EnterPin(PinUse.ONLINE), Pin(b"1234"))
    tape.recall().first(pin_captured).online(answer)
    if decision is Decision.APPROVED:
        tape.second(pin_captured, b"00", "020000")
    else:
        tape.second(pin_captured, b"Z3", "020000", ask=AAC)
    assert tape.run(terminal()).decision is decision


@rows(
    "Book 3, 10.7",
    "tape,rules,approved",
    ("unable to go online, no default code names it", "Y3, TC asked for",
     card(online=SET), terminal(), True),
    ("unable to go online, TAC default names it", "Z3, AAC asked for",
     card(online=SET), terminal(default=SET), False),
    ("unable to go online, IAC default names it", "Z3, AAC asked for",
     card(online=SET, default=SET), terminal(), False),
    ("unable to go online, no IAC default", "Z3, AAC asked for",
     card(online=SET, default=None), terminal(), False),
    ("unable to go online, online only", "Z3, AAC asked for, whatever the default codes",
     card(online=SET), terminal(0x24), False),
)  # fmt: skip
def test_unable_to_go_online(tape: Tape, rules: Rules, approved: bool) -> None:
    tape = Tape([*tape.steps]).first(TVR).online(NotSent("no link"))
    tape.second(TVR, b"Y3" if approved else b"Z3", ask=TC if approved else AAC)
    outcome = tape.run(rules)
    assert outcome.decision is (Decision.APPROVED if approved else Decision.DECLINED)
    assert outcome.reason is (None if approved else Reason.NO_HOST)


@case("Book 4, 12.2.3", "sent and not answered, no default code names it",
      "Z3, AAC asked for: the issuer may have approved")  # fmt: skip
def test_no_answer() -> None:
    tape = card(online=SET).first(TVR).online(NoAnswer("silence")).second(TVR, b"Z3", ask=AAC)
    outcome = tape.run(terminal())
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.NO_ANSWER)


@case("Book 3, 10.8", "offline only: the card gives an ARQC for a TC",
      "nobody is asked: Y3, TC asked for")  # fmt: skip
def test_offline_only_asks_nobody() -> None:
    tape = card().first(TVR, ask=TC, answer=cryptogram(ARQC)).second(TVR, b"Y3", ask=TC)
    outcome = tape.run(terminal(0x23))
    assert outcome.decision is Decision.APPROVED
    assert not outcome.went_online


@rows(
    "Book 3, 10.8",
    "asked,cid,decision,reason,advice",
    ("ARQC asked for, AAC", "declined with Z1",
     ARQC, 0x00, Decision.DECLINED, Reason.CARD_DECLINED, False),
    ("ARQC asked for, AAC with advice", "declined, an advice is wanted",
     ARQC, 0x08, Decision.DECLINED, Reason.CARD_DECLINED, True),
    ("ARQC asked for, AAC: service not allowed", "declined: not accepted",
     ARQC, 0x01, Decision.DECLINED, Reason.NOT_ACCEPTED, False),
    ("ARQC asked for, AAC: service not allowed, with advice", "not accepted, an advice is wanted",
     ARQC, 0x09, Decision.DECLINED, Reason.NOT_ACCEPTED, True),
    ("ARQC asked for, AAC: PIN tries exceeded, with advice", "declined, an advice is wanted",
     ARQC, 0x0A, Decision.DECLINED, Reason.CARD_DECLINED, True),
    ("ARQC asked for, TC", "more than asked for: terminated, card error",
     ARQC, 0x40, Decision.ENDED, Reason.CARD_ERROR, False),
    ("ARQC asked for, referral", "terminated, card error: no such type any more",
     ARQC, 0xC0, Decision.ENDED, Reason.CARD_ERROR, False),
    ("TC asked for, TC", "approved with Y1", TC, 0x40, Decision.APPROVED, None, False),
    ("TC asked for, TC with advice", "approved, an advice is wanted",
     TC, 0x48, Decision.APPROVED, None, True),
    ("TC asked for, AAC", "declined with Z1",
     TC, 0x00, Decision.DECLINED, Reason.CARD_DECLINED, False),
    ("AAC asked for, AAC with advice", "declined, an advice is wanted",
     AAC, 0x08, Decision.DECLINED, Reason.CARD_DECLINED, True),
    ("AAC asked for, TC", "terminated, card error",
     AAC, 0x40, Decision.ENDED, Reason.CARD_ERROR, False),
    ("AAC asked for, ARQC", "terminated, card error",
     AAC, 0x80, Decision.ENDED, Reason.CARD_ERROR, False),
)  # fmt: skip
def test_what_the_card_gives(
    asked: int, cid: int, decision: Decision, reason: Reason | None, advice: bool
) -> None:
    rules = terminal(denial=SET if asked == AAC else ZERO, online=SET if asked == ARQC else ZERO)
    outcome = card().first(TVR, ask=asked, answer=cryptogram(cid)).run(rules)
    assert (outcome.decision, outcome.reason, outcome.advice) == (decision, reason, advice)
    assert not outcome.went_online
    if decision is Decision.DECLINED:
        assert outcome.chip is not None
        assert outcome.chip.arc == "5A31"


@rows(
    "Book 3, 10.11",
    "asked,cid,decision,reason",
    ("TC asked for after an approval, TC", "approved", TC, 0x40, Decision.APPROVED, None),
    ("TC asked for after an approval, AAC", "declined: a reversal is owed",
     TC, 0x00, Decision.DECLINED, Reason.CARD_DECLINED),
    ("TC asked for after an approval, AAC with advice", "declined, an advice is wanted",
     TC, 0x08, Decision.DECLINED, Reason.CARD_DECLINED),
    ("TC asked for after an approval, ARQC", "declined: card error",
     TC, 0x80, Decision.DECLINED, Reason.CARD_ERROR),
    ("AAC asked for unable to go online, AAC", "declined",
     AAC, 0x00, Decision.DECLINED, Reason.NO_HOST),
    ("AAC asked for unable to go online, TC", "declined: never more than asked for",
     AAC, 0x40, Decision.DECLINED, Reason.NO_HOST),
)  # fmt: skip
def test_the_second_cryptogram(
    asked: int, cid: int, decision: Decision, reason: Reason | None
) -> None:
    tape = Tape().begin().recall().first(NO_ODA)
    tape.online(APPROVED if asked == TC else NotSent("no link"))
    tape.second(NO_ODA, b"00" if asked == TC else b"Z3", ask=asked, answer=cryptogram(cid))
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (decision, reason)
    assert outcome.advice == (cid == 0x08)
    assert outcome.went_online


@dataclass(frozen=True)
class Codes:
    """TVR and six action codes, bit 40 of the TVR first; an issuer code may be absent."""

    tvr: bytes
    terminal: tuple[bytes, bytes, bytes]
    issuer: tuple[bytes | None, bytes | None, bytes | None]


five = st.binary(min_size=5, max_size=5) | st.sampled_from([ZERO, SET, b"\xff" * 5])
codes = st.builds(
    Codes, five, st.tuples(five, five, five), st.tuples(*[st.none() | five for _ in range(3)])
)


def names(c: Codes, which: int) -> bool:
    """Bit by bit: 10.7 written down once more, with an absent denial as none and others as all."""
    issuer = c.issuer[which]
    for byte in range(5):
        for bit in range(8):
            mask = 1 << bit
            if not c.tvr[byte] & mask:
                continue
            by_issuer = which != 0 if issuer is None else bool(issuer[byte] & mask)
            if c.terminal[which][byte] & mask or by_issuer:
                return True
    return False


@given(codes, st.sampled_from([0x21, 0x22, 0x23, 0x24, 0x25, 0x26]), st.booleans())
@example(Codes(ZERO, (b"\xff" * 5,) * 3, (None, None, None)), 0x22, True)
@example(Codes(b"\0\0\4\0\0", (ZERO,) * 3, (None, ZERO, ZERO)), 0x22, True)
@settings(deadline=None, max_examples=600)
def test_the_decision_is_the_bit_rule(c: Codes, kind: int, leave: bool) -> None:
    rules = replace(terminal(kind, *c.terminal), offline_approval=leave)
    session = Session(ORDER, rules)
    session.aid_rule = rules.aids[0]
    session.set_tvr(Tvr(int.from_bytes(c.tvr)))
    leave = leave and not c.tvr[2] & 0x04  # a PIN that only the issuer can verify
    for tag, value in zip((0x9F0E, 0x9F0F, 0x9F0D), c.issuer, strict=True):
        if value is not None:
            session.store.card[tag] = value
    if names(c, 0):
        expected = Cryptogram.AAC
    elif kind in (0x23, 0x26):
        expected = Cryptogram.TC if leave and not names(c, 2) else Cryptogram.AAC
    elif kind in (0x21, 0x24) or names(c, 1) or not leave:
        expected = Cryptogram.ARQC
    else:
        expected = Cryptogram.TC
    assert analyse_actions(session) is expected


@given(codes, st.sampled_from([0x21, 0x22]))
@settings(deadline=None, max_examples=200)
def test_unable_to_go_online_is_the_bit_rule(c: Codes, kind: int) -> None:
    """A whole transaction whose TVR is the default card's; the codes are random."""
    fixed = replace(c, tvr=bytes.fromhex(TVR))
    if names(fixed, 0) or not (names(fixed, 1) or kind == 0x21):
        return
    approved = kind == 0x22 and not names(fixed, 2)
    tape = card(*c.issuer).first(TVR).online(NotSent("no link"))
    tape.second(TVR, b"Y3" if approved else b"Z3", ask=TC if approved else AAC)
    outcome = tape.run(terminal(kind, *c.terminal))
    assert outcome.decision is (Decision.APPROVED if approved else Decision.DECLINED)


@rows(
    "Book 3, 9.2.2",
    "tdol,default,tvr,digest",
    # SHA-1 of the amount alone, of nothing, of the amount and the date
    ("CDOL1 asks for 98, TDOL 9F02", "SHA-1 of the amount", "9F0206", b"", NO_ODA,
     "d63b4edea972c6de8d985f106491c491a93c48f8"),
    ("CDOL1 asks for 98, no TDOL, an empty default", "TVR 5.8, SHA-1 of nothing", None, b"",
     "8000008080", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("CDOL1 asks for 98, no TDOL, default 9F02", "TVR 5.8, SHA-1 of the amount", None,
     bytes.fromhex("9F0206"), "8000008080", "d63b4edea972c6de8d985f106491c491a93c48f8"),
    ("CDOL1 asks for 98, an empty TDOL", "SHA-1 of nothing, no default used", "", b"", NO_ODA,
     "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
)  # fmt: skip
def test_tc_hash_value(tdol: str | None, default: bytes, tvr: str, digest: str) -> None:
    changed = {
        "x8C": bytes.fromhex("95059814"),
        "x97": None if tdol is None else bytes.fromhex(tdol),
    }
    tape = Tape().begin("1800", **changed).recall()
    rules = replace(OFFLINE_CAPABLE, aids=(replace(RULE, tdol=default),), offline_approval=False)
    outcome: Outcome = tape.apdu("80AE800019" + tvr + digest + "00", cryptogram(0x00)).run(rules)
    assert outcome.reason is Reason.CARD_DECLINED


@pytest.mark.parametrize("kind", [0x21, 0x22])
def test_only_a_terminal_with_a_line_asks(kind: int) -> None:
    tape = card().first(TVR).online(APPROVED).second(TVR, b"00")
    assert any(step.expected is GoOnline for step in tape.steps)
    assert tape.run(terminal(kind, online=SET)).went_online
