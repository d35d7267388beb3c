"""When CDA is chosen, and when its key does not hold (Book 2, 6.2 to 6.4; Book 3, 10.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cardamom.engines.emv.requests import CardHistory, Decision, Outcome, Recall
from cardamom.engines.emv.rules import Rules
from cardamom.values.secret import Pan
from support.conformance import case, rows
from support.emv import APPROVED, DECLINED, UN, Tape, t
from support.emv_combined import (
    ALL,
    CLEAN,
    FAILED,
    ICC,
    WITH_CA,
    begun,
    plain_aac,
    requested,
)
from support.emv_rsa import signed_dynamic


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
