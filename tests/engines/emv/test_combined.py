"""Combined DDA/Application Cryptogram Generation in whole transactions (Book 2, 6.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cardamom.engines.emv.requests import CardHistory, Decision, Outcome, Recall
from cardamom.engines.emv.rules import Rules
from cardamom.values.events import Reason
from cardamom.values.online import NotSent
from cardamom.values.secret import Pan
from support.conformance import case, rows
from support.emv import (
    APPROVED,
    DECLINED,
    OFFLINE_CAPABLE,
    PAN,
    RULES,
    UN,
    Tape,
    default_objects,
    t,
)
from support.emv_rsa import (
    Pair,
    ca_key,
    icc_certificate,
    issuer_certificate,
    pair,
    signed_combined,
    signed_dynamic,
)

CA, ISSUER, ICC = pair(1408), pair(1152), pair(1024)
CDA = "1900"
ALL = "7900"
WITH_CA = replace(RULES, ca_keys=(ca_key(CA),))
OFFLINE = replace(
    OFFLINE_CAPABLE, ca_keys=(ca_key(CA),), aids=(replace(OFFLINE_CAPABLE.aids[0], floor_limit=0),)
)
"""Decides alone even over the floor limit, so that the TVR is the same."""
SIGNED = {0x9F4A: b"\x82", 0x5F20: b"TEST/CARD", 0x5F24: bytes.fromhex("271231")}
SIGNED_BODY = b"".join(t(tag, value) for tag, value in SIGNED.items())
CLEAN, FAILED = "0000008000", "0400008000"
QUIET: dict[int, bytes | None] = {0x9F0D: bytes(5), 0x9F0F: bytes(5)}
"""The issuer's action codes let everything pass."""
IAD = bytes.fromhex("06010A03")
ATC = b"\x00\x07"


def card(aip: str = CDA) -> dict[int, bytes]:
    certificate, remainder = issuer_certificate(CA, ISSUER)
    own, rest = icc_certificate(ISSUER, ICC, SIGNED_BODY + bytes.fromhex(aip), pan=PAN)
    return {
        0x8F: b"\x94", 0x90: certificate, 0x92: remainder, 0x9F32: b"\x03",
        0x9F46: own, 0x9F48: rest, 0x9F47: b"\x03",
    }  # fmt: skip


def begun(
    aip: str = CDA,
    changed: dict[int, bytes | None] | None = None,
    *,
    pdol: str = "",
    sent: str = "",
) -> Tape:
    objects: dict[int, bytes | None] = {**default_objects(), **card(aip), **(changed or {})}
    del objects[0x5F24]
    body = b"".join(t(tag, value) for tag, value in objects.items() if value is not None)
    tape = Tape().directory().initiate(aip, "0801010110010100", pdol=pdol, sent=sent)
    tape.apdu("00B2010C00", t(0x70, SIGNED_BODY)).apdu("00B2011400", t(0x70, body))
    return tape.recall()


def values(tape: Tape, tvr: str, arc: bytes = b"", cvm: str = "") -> bytes:
    """What a CDOL has sent: CDOL2 begins with the response code and ends with the CVM Results."""
    return arc + bytes.fromhex(tape._values(tvr) + cvm)


def answer(
    cid: int, sent: bytes, *, icc: Pair = ICC, un: bytes = UN, plain: int | None = None, **more: str
) -> bytes:
    """GENERATE AC's answer with the signature between ATC and issuer data."""
    said = bytes((cid if plain is None else plain,))
    head, tail = t(0x9F27, said) + t(0x9F36, ATC), t(0x9F10, IAD)
    signature = signed_combined(icc, cid=cid, unpredictable=un, sent=sent, back=head + tail, **more)
    return t(0x77, head + t(0x9F4B, signature) + tail)


def requested(tape: Tape, sent_before: bytes = b"") -> tuple[Tape, bytes]:
    """A first GENERATE AC that asks for an ARQC with a signature, and gets a good one."""
    sent = sent_before + values(tape, CLEAN)
    return tape.first(CLEAN, ask=0x90, answer=answer(0x80, sent)), sent


def second(tape: Tape, sent: bytes, made: Callable[[bytes], bytes], arc: bytes = b"00") -> Tape:
    sent += values(tape, CLEAN, arc, "1F0002")
    return tape.second(CLEAN, arc, ask=0x50, answer=made(sent))


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


def plain_aac() -> bytes:
    return t(0x77, t(0x9F27, "00") + t(0x9F36, ATC) + t(0x9F26, "99" * 8) + t(0x9F10, IAD))


def spoilt(made: bytes, at: int) -> bytes:
    """One bit of the signature flipped: it stands behind `9F4B 81 80`."""
    start = made.index(bytes.fromhex("9F4B8180")) + 4 + at
    return made[:start] + bytes((made[start] ^ 1,)) + made[start + 1 :]


def unsigned(cid: int, template: int = 0x77) -> bytes:
    """A cryptogram in the clear where a signature was asked for."""
    if template == 0x80:
        return t(0x80, bytes((cid,)) + ATC + bytes.fromhex("1122334455667788") + IAD)
    head = t(0x9F27, bytes((cid,))) + t(0x9F36, ATC)
    return t(0x77, head + t(0x9F26, "1122334455667788") + t(0x9F10, IAD))


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
    ("an AAC instead, format 1", "the same", t(0x80, b"\0" + ATC + b"\x99" * 8 + IAD)),
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


def without_signature(tape: Tape, tvr: str, rules: Rules = WITH_CA) -> Outcome:
    """P1 has no bit for a signature: the transaction goes on in the clear."""
    tape.first(tvr).online(APPROVED).second(tvr, b"00")
    outcome = tape.run(rules)
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9B].hex() == "e800"
    return outcome


@rows(
    "Book 3, 10.3",
    "missing",
    *(
        (f"CDA, {tag:X} missing", "TVR 2400008000, TSI 1.8, no signature is asked for", tag)
        for tag in (0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47)
    ),
)
def test_data_for_cda_is_missing(missing: int) -> None:
    without_signature(begun(changed={missing: None}), "2400008000")


@rows(
    "Book 2, 6.4",
    "changed",
    ("CDA, no CA key of that index", "TVR 0400008000, no signature asked for", {0x8F: b"\x95"}),
    ("CDA, a spoilt issuer certificate", "TVR 0400008000", {0x90: bytes(176)}),
    ("CDA, a spoilt ICC certificate", "TVR 0400008000", {0x9F46: bytes(144)}),
    ("CDA, another ICC remainder", "TVR 0400008000", {0x9F48: bytes(26)}),
    ("CDA, another exponent than certified", "TVR 0400008000", {0x9F47: b"\x11"}),
    (
        "CDA, the number of another card",
        "TVR 0400008000",
        {0x5A: bytes.fromhex("4761739001010127"), 0x57: None},
    ),
)
def test_a_key_that_does_not_hold(changed: dict[int, Any]) -> None:
    tape = begun(changed=changed)
    if 0x5A in changed:
        tape.steps.pop()
        tape.add(Recall(Pan("4761739001010127"), 1), CardHistory())
    without_signature(tape, FAILED)


@case("Book 2, 6.6", "action codes ask for AAC once the key does not hold", "TVR 0400008000, P1 00")
def test_a_key_that_does_not_hold_may_be_denied() -> None:
    rules = replace(WITH_CA, aids=(replace(WITH_CA.aids[0], tac_denial=b"\x04\0\0\0\0"),))
    outcome = begun(changed={0x9F46: bytes(144)}).first(FAILED, ask=0, answer=plain_aac())
    assert outcome.run(rules).decision is Decision.DECLINED


@case(
    "Book 3, 10.3",
    "AIP with SDA, DDA and CDA, terminal with all",
    "CDA alone, no INTERNAL AUTHENTICATE",
)
def test_cda_goes_before_dda_and_sda() -> None:
    tape, _ = requested(begun(ALL))
    tape.online(DECLINED).second(CLEAN, b"05", ask=0, answer=plain_aac())
    assert tape.run(WITH_CA).tags[0x9B].hex() == "e800"


@case("Book 3, 10.3", "AIP with SDA, DDA and CDA, terminal without CDA", "DDA, P1 80")
def test_a_terminal_without_cda() -> None:
    rules = replace(WITH_CA, capabilities=bytes.fromhex("E0E8C0"))
    tape = begun(ALL)
    tape.steps.pop()
    tape.apdu("0088000004" + UN.hex() + "00", t(0x77, t(0x9F4B, signed_dynamic(ICC, UN)))).recall()
    without_signature(tape, CLEAN, rules)


@case("Book 3, 10.3", "AIP with SDA and CDA, terminal with SDA and DDA", "SDA")
def test_a_card_with_cda_but_no_dda() -> None:
    rules = replace(WITH_CA, capabilities=bytes.fromhex("E0E8C0"))
    without_signature(begun("5900", {0x93: None}), "6200008000", rules)


@case("Book 3, 10.3", "AIP with CDA alone, terminal with SDA and DDA", "TVR 8000008000, TSI 6800")
def test_neither_side_has_the_others_method() -> None:
    rules = replace(WITH_CA, capabilities=bytes.fromhex("E0E8C0"))
    tape = begun().first("8000008000").online(APPROVED).second("8000008000", b"00")
    assert tape.run(rules).tags[0x9B].hex() == "6800"


@case(
    "Book 2, 6.6",
    "the card is refused a second command after a failed CDA",
    "declined all the same",
)
def test_the_aac_after_a_failure_may_fail_too() -> None:
    tape = begun().first(CLEAN, ask=0x90, answer=unsigned(0x80))
    outcome = tape.second(FAILED, b"Z1", ask=0x00, sw=0x6985).run(WITH_CA)
    assert outcome.decision is Decision.DECLINED
