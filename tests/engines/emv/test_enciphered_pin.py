"""Enciphered offline PIN (Book 2, 7): its two kinds of key, the card's random number, the block.

The expected command is computed here with the pair's own numbers, and opened with its private key.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cardamom.engines.emv.requests import (
    Decision,
    EnterPin,
    PadVerified,
    PinRefusal,
    PinUse,
    Random,
)
from cardamom.engines.emv.rules import Revoked
from cardamom.values.events import CvmUsed, Reason
from support.conformance import case, rows
from support.emv import GONE, PAN, RULES, Tape, t
from support.emv_cvm import COUNTER, LIMITS, PIN, VERIFY, ends
from support.emv_rsa import Pair, ca_key, icc_certificate, issuer_certificate, pair

CA, ISSUER, ICC, OWN = pair(1408), pair(1152), pair(1024), pair(1032)
WITH_CA = replace(RULES, ca_keys=(ca_key(CA),))
BYPASS = replace(WITH_CA, pin_bypass=True)
CHALLENGE, NUMBER = "0084000000", bytes.fromhex("C1C2C3C4C5C6C7C8")
BLOCK = bytes.fromhex("241234FFFFFFFFFF")
ENCIPHERED, SIGNED, FAILED = CvmUsed.OFFLINE_PIN, CvmUsed.SIGNATURE, CvmUsed.FAILED


def keys(own: Pair | None = None, icc: Pair | None = ICC) -> dict[str, bytes | None]:
    """The certificates in a record that nothing signs: the ICC key's covers no static data."""
    issuer, rest = issuer_certificate(CA, ISSUER)
    found: dict[str, bytes | None] = {"x8F": b"\x94", "x90": issuer, "x92": rest, "x9F32": b"\x03"}
    if icc is not None:
        certificate, rest = icc_certificate(ISSUER, icc, b"", pan=PAN)
        found |= {"x9F46": certificate, "x9F47": icc.exponent_bytes, "x9F48": rest}
    if own is not None:
        certificate, rest = icc_certificate(ISSUER, own, b"", pan=PAN)
        found |= {"x9F2D": certificate, "x9F2E": own.exponent_bytes, "x9F2F": rest}
    return found


def begun(rules: str, changed: dict[str, bytes | None], tries: int = 3) -> Tape:
    """To the PIN try counter; AIP without any offline data authentication."""
    tape = Tape().begin("1800", x8E=bytes.fromhex(LIMITS + rules), **changed)
    return tape.apdu(COUNTER, t(0x9F17, bytes((tries,))))


def asked(tape: Tape, answer: Any, tries: int = 3, *, wrong: bool = False) -> Tape:
    return tape.add(EnterPin(PinUse.OFFLINE_ENCIPHERED, tries=tries, wrong=wrong), answer)


def sent(tape: Tape, key: Pair, sw: int = 0x9000, filler: int = 0xA5) -> Tape:
    """GET CHALLENGE, random padding, VERIFY with exactly this block enciphered."""
    size = len(key.modulus)
    padding = bytes((filler,)) * (size - 17)
    modulus = int.from_bytes(key.modulus)
    clear = b"\x7f" + BLOCK + NUMBER + padding
    sealed = pow(int.from_bytes(clear), key.exponent, modulus)
    assert pow(sealed, key.private, modulus).to_bytes(size) == clear
    tape.apdu(CHALLENGE, NUMBER).add(Random(size - 17), padding)
    command = bytes((0x00, 0x20, 0x00, 0x88, size)) + sealed.to_bytes(size)
    return tape.apdu(command, sw=sw)


LARGE, EXPONENT = pair(1104, 65537), pair(1024, 65537)


@rows(
    "Book 2, 7.1",
    "own,icc,used",
    ("a PIN encipherment key and an ICC key", "the PIN encipherment key, 040002", OWN, ICC, OWN),
    ("a PIN encipherment key alone", "the PIN encipherment key, 040002", OWN, None, OWN),
    ("an ICC key alone", "the ICC key, 040002", None, ICC, ICC),
    ("an ICC key with exponent 65537", "the ICC key, 040002", None, EXPONENT, EXPONENT),
    ("a PIN encipherment key with a remainder", "040002", LARGE, None, LARGE),
)
def test_the_key_for_it(own: Pair | None, icc: Pair | None, used: Pair) -> None:
    tape = sent(asked(begun("0400", keys(own, icc)), PIN), used)
    ends(tape, "800000", "040002", ENCIPHERED, WITH_CA)


@rows(
    "Book 2, 7.1",
    "changed",
    ("no key at all", "nobody is asked, TVR 3.8, 040001", keys(None, None)),
    ("no CA key index", "nobody is asked, TVR 3.8, 040001", keys(OWN) | {"x8F": None}),
    ("another CA key index", "nobody is asked, TVR 3.8, 040001", keys(OWN) | {"x8F": b"\x95"}),
    ("no issuer certificate", "nobody is asked, TVR 3.8, 040001", keys(OWN) | {"x90": None}),
    ("a spoilt issuer certificate", "nobody is asked, TVR 3.8, 040001",
     keys(OWN) | {"x90": bytes(176)}),
    ("a spoilt PIN encipherment certificate", "the ICC key is not tried, TVR 3.8, 040001",
     keys(OWN) | {"x9F2D": bytes(144)}),
    ("another PIN encipherment exponent", "nobody is asked, TVR 3.8, 040001",
     keys(OWN) | {"x9F2E": b"\x01\x00\x01"}),
    ("a PIN encipherment remainder too much", "nobody is asked, TVR 3.8, 040001",
     keys(OWN) | {"x9F2F": b"\x01"}),
    ("a spoilt ICC certificate", "nobody is asked, TVR 3.8, 040001",
     keys() | {"x9F46": bytes(144)}),
    ("an ICC key without exponent", "nobody is asked, TVR 3.8, 040001", keys() | {"x9F47": None}),
    ("a PIN encipherment certificate for another card", "nobody is asked, TVR 3.8, 040001",
     keys(OWN) | {"x9F2D": icc_certificate(ISSUER, OWN, b"", pan="4761739001010127")[0]}),
    ("a PIN encipherment certificate that has expired", "nobody is asked, TVR 3.8, 040001",
     keys(OWN) | {"x9F2D": icc_certificate(ISSUER, OWN, b"", pan=PAN, expiry="0425")[0]}),
)  # fmt: skip
def test_a_key_that_does_not_hold(changed: dict[str, bytes | None]) -> None:
    ends(begun("0400", changed), "800080", "040001", FAILED, WITH_CA)


@case("Book 2, 7.1", "the issuer certificate is revoked", "nobody is asked, TVR 3.8, 040001")
def test_revoked() -> None:
    revoked = frozenset({Revoked(bytes.fromhex("A000000003"), 0x94, bytes.fromhex("000001"))})
    rules = replace(WITH_CA, revoked=revoked)
    ends(begun("0400", keys(OWN)), "800080", "040001", FAILED, rules)


@case("Book 2, 7.1", "no key, then signature", "1E0000")
def test_no_key_then_signature() -> None:
    ends(begun("44001E00", keys(None, None)), "800000", "1E0000", SIGNED, WITH_CA)


@rows(
    "Book 2, 7.2",
    "data,sw",
    ("GET CHALLENGE answers 6D00", "TVR 3.8, 040001", b"", 0x6D00),
    ("GET CHALLENGE answers seven bytes", "TVR 3.8, 040001", bytes(7), 0x9000),
    ("GET CHALLENGE answers nine bytes", "TVR 3.8, 040001", bytes(9), 0x9000),
    ("GET CHALLENGE answers eight bytes and a warning", "TVR 3.8, 040001", bytes(8), 0x6281),
    ("GET CHALLENGE answers nothing", "TVR 3.8, 040001", b"", 0x9000),
)
def test_no_random_number(data: bytes, sw: int) -> None:
    tape = asked(begun("0400", keys()), PIN).apdu(CHALLENGE, data, sw)
    ends(tape, "800080", "040001", FAILED, WITH_CA)


@case("Book 2, 7.2", "a wrong PIN, then the right one",
      "another random number and other padding each time, 040002")  # fmt: skip
def test_wrong_then_right() -> None:
    tape = sent(asked(begun("0400", keys()), PIN), ICC, 0x63C2)
    tape = sent(asked(tape, PIN, 2, wrong=True), ICC, filler=0x5A)
    ends(tape, "800000", "040002", ENCIPHERED, WITH_CA)


@rows(
    "Book 2, 7.2",
    "sw,rules,tvr,results,cvm",
    ("used up with 63C0, else end", "TVR 3.8 and 3.6, 040001",
     0x63C0, "0400", "8000A0", "040001", FAILED),
    ("used up with 6983, then signature", "TVR 3.6, 1E0000",
     0x6983, "44001E00", "800020", "1E0000", SIGNED),
    ("used up with 6984, then plaintext PIN", "nobody is asked again, 010001",
     0x6984, "44000100", "8000A0", "010001", FAILED),
    ("enciphered PIN and signature, used up", "050001",
     0x63C0, "0500", "8000A0", "050001", FAILED),
)  # fmt: skip
def test_used_up(sw: int, rules: str, tvr: str, results: str, cvm: CvmUsed) -> None:
    tape = sent(asked(begun(rules, keys(), 1), PIN, 1), ICC, sw)
    ends(tape, tvr, results, cvm, WITH_CA)


@case("Book 3, 10.5.4", "the right enciphered PIN, and signature", "050000")
def test_and_signature() -> None:
    tape = sent(asked(begun("0500", keys()), PIN), ICC)
    ends(tape, "800000", "050000", SIGNED, WITH_CA)


@case("Book 2, 7.2", "a PIN try counter of zero", "TVR 3.8 and 3.6, 040001, nobody is asked")
def test_blocked() -> None:
    ends(begun("0400", keys(), 0), "8000A0", "040001", FAILED, WITH_CA)


@case("Book 2, 7.2", "no key to encipher with, then plaintext PIN", "010002")
def test_no_key_then_plaintext() -> None:
    tape = begun("44000100", keys(None, None)).apdu(COUNTER, t(0x9F17, "03"))
    tape.add(EnterPin(PinUse.OFFLINE_PLAINTEXT, tries=3), PIN).apdu(VERIFY)
    ends(tape, "800000", "010002", ENCIPHERED, WITH_CA)


@case("Book 2, 7.2", "VERIFY of an enciphered PIN answers 6988", "terminated: card error")
def test_verify_refuses_the_block() -> None:
    outcome = sent(asked(begun("0400", keys()), PIN), ICC, 0x6988).run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@case("Book 2, 7.2", "the card pulled at GET CHALLENGE", "terminated: card pulled")
def test_pulled_at_get_challenge() -> None:
    outcome = asked(begun("0400", keys()), PIN).apdu(CHALLENGE, GONE).run(WITH_CA)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_PULLED)


@case("Book 4, 6.3.4.3", "enciphered PIN bypassed, then online PIN", "TVR 3.8 and 3.4, 420001")
def test_bypassed() -> None:
    tape = asked(begun("44004200", keys()), PinRefusal.BYPASSED)
    ends(tape, "800088", "420001", FAILED, BYPASS)


@case("Book 4, 6.3.4.1", "a pinpad that enciphers and verifies itself", "040002")
def test_a_pinpad() -> None:
    tape = asked(begun("0400", keys()), PadVerified(0x9000))
    ends(tape, "800000", "040002", ENCIPHERED, WITH_CA)


@case("Book 2, 7.1", "each byte of issuer and PIN encipherment certificates flipped",
      "nobody is asked, TVR 3.8, 040001")  # fmt: skip
def test_every_byte_counts() -> None:
    good = keys(OWN, None)
    for name, value in good.items():
        assert value is not None
        for at in range(len(value)):
            spoilt = bytearray(value)
            spoilt[at] ^= 0x10
            changed = good | {name: bytes(spoilt)}
            if name in ("x9F32", "x9F2E"):
                changed[name] = b"\x05"
            outcome = begun("0400", changed).recall().first("8000808000", answer=b"").run(WITH_CA)
            assert outcome.tags[0x9F34].hex() == "040001", f"{name}, byte {at}"


@case("Book 2, 7.2", "a card key whose first bit is clear", "nobody is asked, TVR 3.8, 040001")
def test_a_key_too_small_for_the_header() -> None:
    small = pair(1024)
    modulus = b"\x7f" + small.modulus[1:]
    low = Pair(modulus, small.private, small.exponent)
    ends(begun("0400", keys(None, low)), "800080", "040001", FAILED, WITH_CA)
