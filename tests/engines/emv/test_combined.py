"""Combined DDA/Application Cryptogram Generation in whole transactions (Book 2, 6.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cardamom.engines.emv.requests import Decision
from cardamom.values.events import Reason
from cardamom.values.online import NotSent
from support.conformance import case, rows
from support.emv import APPROVED, DECLINED, UN, t
from support.emv_combined import (
    ATC,
    CLEAN,
    FAILED,
    IAD,
    ICC,
    OFFLINE,
    QUIET,
    WITH_CA,
    answer,
    begun,
    plain_aac,
    requested,
    second,
    spoilt,
    unsigned,
    values,
)
from support.emv_rsa import pair, signed_combined


@case(
    "Book 2, 6.6",
    "both GENERATE ACs signed as they should be",
    "P1 90 then 50, cryptogram and 9F4C out of the signature, TVR 0000008000, TSI E800, approved",
)
def test_both_cryptograms_are_signed() -> None:
    tape, sent = requested(begun())
    tape.online(APPROVED)
    outcome = second(tape, sent, lambda s: answer(0x40, s, cryptogram="A1A2A3A4A5A6A7A8")).run(
        WITH_CA
    )
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F26].hex().upper() == "A1A2A3A4A5A6A7A8"
    assert outcome.tags[0x9F4C].hex() == "0102030405060708"
    assert (outcome.tags[0x95].hex().upper(), outcome.tags[0x9B].hex()) == (CLEAN, "e800")
    assert outcome.tags[0x9F22] == b"\x94"


@case("Book 2, 6.6.2", "a PDOL: its values are signed first", "signature holds, approved")
def test_what_the_pdol_sent_is_signed_too() -> None:
    tape = begun(pdol="9F1A029F3501", sent="015621")
    tape, sent = requested(tape, bytes.fromhex("015621"))
    tape.online(APPROVED)
    assert second(tape, sent, lambda s: answer(0x40, s)).run(WITH_CA).decision is Decision.APPROVED


@case(
    "Book 2, 6.6.2",
    "filler bytes and a long length form in the answer",
    "each object hashed as it came, filler left out: signature holds",
)
def test_objects_are_hashed_as_they_came() -> None:
    tape = begun()
    head = bytes.fromhex("9F27810180") + t(0x9F36, ATC)
    tail = t(0xDF01, b"more")
    back = head + tail
    signature = signed_combined(
        ICC, cid=0x80, unpredictable=UN, sent=values(tape, CLEAN), back=back
    )
    body = b"\x00" + head + b"\x00\x00" + t(0x9F4B, signature) + tail
    tape.first(CLEAN, ask=0x90, answer=t(0x77, body)).online(NotSent("no link"))
    tape.second(CLEAN, b"Z3", ask=0x00, answer=plain_aac())
    outcome = tape.run(WITH_CA)
    assert outcome.tags[0x95].hex().upper() == CLEAN
    assert outcome.reason is Reason.NO_HOST


def signed_by_hand(head: str, cid: int) -> bytes:
    """A signature over other bytes than Table 19 has, its own hash right."""
    objects = t(0x9F27, bytes((cid,))) + t(0x9F36, ATC)
    return t(0x77, objects + t(0x9F4B, ICC.sign(bytes.fromhex(head), UN)) + t(0x9F10, IAD))


BAD: tuple[tuple[str, Callable[[int, bytes], bytes]], ...] = (
    ("one bit of the signature flipped", lambda c, s: spoilt(answer(c, s), 60)),
    ("signed with another card's key", lambda c, s: answer(c, s, icc=pair(1024, serial=9))),
    ("signed for another unpredictable number", lambda c, s: answer(c, s, un=b"\0\0\0\0")),
    ("another cryptogram type in the signature", lambda c, s: answer(c ^ 0xC0, s, plain=c)),
    ("another advice in the plain 9F27", lambda c, s: answer(c, s, plain=c | 0x08)),
    ("signed for another amount", lambda c, s: answer(c, bytes(6) + s[6:])),
    ("the answer's 9F10 changed afterwards", lambda c, s: answer(c, s)[:-1] + b"\xff"),
    ("an object added to the answer", lambda c, s: t(0x77, answer(c, s)[3:] + t(0xDF01, b"x"))),
    ("a dynamic number of one byte", lambda c, s: answer(c, s, number="01")),
    ("a dynamic number of nine bytes", lambda c, s: answer(c, s, number="01" * 9)),
    ("signed data without a hash code", lambda c, _: signed_by_hand("050112080102030405060708", c)),
    ("signed data longer than its signature", lambda c, _: signed_by_hand("0501FF08", c)),
    ("signed by another hash than SHA-1", lambda c, _: signed_by_hand("05022608", c)),
    ("a signature in another format", lambda c, _: signed_by_hand("03012608", c)),
    (
        "a short signature",
        lambda c, _: t(0x77, t(0x9F27, bytes((c,))) + t(0x9F36, ATC) + t(0x9F4B, "01")),
    ),
    (
        "an empty signature",
        lambda c, _: t(0x77, t(0x9F27, bytes((c,))) + t(0x9F36, ATC) + t(0x9F4B, b"")),
    ),
    ("no signature, the cryptogram in the clear", lambda c, _: unsigned(c)),
    ("no signature, format 1", lambda c, _: unsigned(c, 0x80)),
    (
        "no signature and no cryptogram",
        lambda c, _: t(0x77, t(0x9F27, bytes((c,))) + t(0x9F36, ATC)),
    ),
)


@rows(
    "Book 2, 6.6.2",
    "made",
    *(
        (
            f"ARQC with {what}",
            "TVR 0400008000, at once a second GENERATE AC for an AAC with Z1; not online, declined",
            made,
        )
        for what, made in BAD
    ),
)
def test_an_arqc_that_is_not_proven(made: Callable[[int, bytes], bytes]) -> None:
    tape = begun()
    tape.first(CLEAN, ask=0x90, answer=made(0x80, values(tape, CLEAN)))
    outcome = tape.second(FAILED, b"Z1", ask=0x00, answer=plain_aac()).run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)
    assert not outcome.went_online
    assert (outcome.tags[0x95].hex(), outcome.tags[0x9B].hex()) == (FAILED, "e800")
    assert outcome.tags[0x9F26].hex() == "99" * 8


@rows(
    "Book 2, 6.6.2",
    "made",
    *(
        (f"offline TC with {what}", "TVR 0400008000, declined without another command", made)
        for what, made in BAD
    ),
)
def test_an_offline_tc_that_is_not_proven(made: Callable[[int, bytes], bytes]) -> None:
    tape = begun(changed=QUIET)
    tape.first(CLEAN, ask=0x50, answer=made(0x40, values(tape, CLEAN)))
    outcome = tape.run(OFFLINE)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)
    assert outcome.tags[0x95].hex() == FAILED
    assert outcome.tags[0x8A] == b"Z1"


@rows(
    "Book 2, 6.6.2",
    "made",
    *(
        (f"TC after the host's approval with {what}", "TVR 0400008000, declined", made)
        for what, made in BAD
    ),
)
def test_the_last_tc_is_not_proven(made: Callable[[int, bytes], bytes]) -> None:
    tape, sent = requested(begun())
    outcome = second(tape.online(APPROVED), sent, lambda s: made(0x40, s)).run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)
    assert outcome.went_online
    assert outcome.tags[0x95].hex() == FAILED
    assert outcome.tags[0x8A] == b"00"


@case("Book 2, 6.6", "an offline TC, signed", "P1 50, approved with Y1, TSI E800")
def test_an_offline_tc() -> None:
    tape = begun(changed=QUIET)
    tape.first(CLEAN, ask=0x50, answer=answer(0x40, values(tape, CLEAN)))
    outcome = tape.run(OFFLINE)
    assert outcome.decision is Decision.APPROVED
    assert (outcome.tags[0x8A], outcome.tags[0x9B].hex()) == (b"Y1", "e800")


@case("Book 2, 6.6", "the host out of reach, a TC by the default action codes", "P1 50, signed, Y3")
def test_a_tc_without_the_host() -> None:
    rules = replace(OFFLINE, aids=(replace(OFFLINE.aids[0], tac_online=b"\xff" * 5),))
    tape, sent = requested(begun(changed=QUIET))
    tape.online(NotSent("no link"))
    outcome = second(tape, sent, lambda s: answer(0x40, s), b"Y3").run(rules)
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x8A] == b"Y3"


@rows(
    "Book 2, 6.6",
    "made",
    ("an AAC instead, format 2", "no signature needed: declined, TSI 6800", plain_aac()),
    (
        "an AAC instead, format 1",
        "no signature needed: declined, TSI 6800",
        t(0x80, b"\0" + ATC + b"\x99" * 8 + IAD),
    ),
)
def test_an_aac_is_not_signed(made: bytes) -> None:
    outcome = begun().first(CLEAN, ask=0x90, answer=made).run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)
    assert (outcome.tags[0x95].hex(), outcome.tags[0x9B].hex()) == (CLEAN, "6800")


@rows(
    "Book 3, 6.5.5.4",
    "made",
    ("a signed answer without 9F36", "card error", lambda m: m.replace(t(0x9F36, ATC), b"")),
    ("a signed answer without 9F27", "card error", lambda m: m.replace(t(0x9F27, "80"), b"")),
    ("a signed answer with 9F36 twice", "card error", lambda m: t(0x77, t(0x9F36, ATC) + m[3:])),
    (
        "9F27 of a reserved type",
        "card error",
        lambda m: m.replace(t(0x9F27, "80"), t(0x9F27, "C0")),
    ),
    (
        "a TC where an ARQC was asked for",
        "card error",
        lambda m: m.replace(t(0x9F27, "80"), t(0x9F27, "40")),
    ),
    (
        "an AAC without a cryptogram",
        "card error",
        lambda _: t(0x77, t(0x9F27, "00") + t(0x9F36, ATC)),
    ),
    ("an answer that is no TLV", "card error", lambda m: m[:-1]),
    ("an answer in template 70", "card error", lambda m: b"\x70" + m[1:]),
)
def test_an_answer_out_of_form_ends_it(made: Callable[[bytes], bytes]) -> None:
    tape = begun()
    tape.first(CLEAN, ask=0x90, answer=made(answer(0x80, values(tape, CLEAN))))
    outcome = tape.run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@case("Book 2, 6.6", "action codes deny: an AAC is asked for", "P1 00 without the signature's bit")
def test_a_denial_asks_for_no_signature() -> None:
    rules = replace(WITH_CA, aids=(replace(WITH_CA.aids[0], tac_denial=b"\0\0\0\x80\0"),))
    outcome = begun().first(CLEAN, ask=0x00, answer=plain_aac()).run(rules)
    assert outcome.decision is Decision.DECLINED
    assert outcome.tags[0x9B].hex() == "6800"


@case("Book 2, 6.6", "the host declines: an AAC is asked for", "P1 00 without the signature's bit")
def test_a_declined_answer_asks_for_no_signature() -> None:
    tape, _ = requested(begun())
    outcome = tape.online(DECLINED).second(CLEAN, b"05", ask=0x00, answer=plain_aac()).run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.HOST_DECLINED)


@case("Book 2, 6.6", "an AAC where a signed TC was asked for, the host approving", "declined")
def test_the_card_declines_after_the_host() -> None:
    tape, sent = requested(begun())
    outcome = second(tape.online(APPROVED), sent, lambda _: plain_aac()).run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)
    assert outcome.tags[0x95].hex().upper() == CLEAN


@case(
    "Book 2, 6.6",
    "the card is refused a second command after a failed CDA",
    "declined all the same",
)
def test_the_aac_after_a_failure_may_fail_too() -> None:
    tape = begun().first(CLEAN, ask=0x90, answer=unsigned(0x80))
    outcome = tape.second(FAILED, b"Z1", ask=0x00, sw=0x6985).run(WITH_CA)
    assert outcome.decision is Decision.DECLINED
