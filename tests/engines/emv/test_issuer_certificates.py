"""Each field of each certificate wrong in turn, inside whole transactions (Book 2, 5.3 and 6.4)."""

from __future__ import annotations

from dataclasses import replace

from cardamom.engines.emv.rules import Revoked
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.emv import PAN, RULES, UN, Tape, default_objects, t
from support.emv_rsa import RID, Pair, ca_key, pair, signed_dynamic, signed_static

CA, ISSUER, ICC = pair(1408), pair(1152), pair(1024)
WITH_CA = replace(RULES, ca_keys=(ca_key(CA),))
SDA, DDA = "5800", "3800"
ISSUER_FIELDS = {
    "format": "02", "identifier": "476173FF", "expiry": "1230", "serial": "00A1B2", "hash": "01",
    "algorithm": "01", "size": "90", "exponent": "01",
}  # fmt: skip
ICC_FIELDS = {
    "format": "04", "pan": PAN + "FFFF", "expiry": "1230", "serial": "00A1B2", "hash": "01",
    "algorithm": "01", "size": "80", "exponent": "01",
}  # fmt: skip


def certified(
    signer: Pair, subject: Pair, fields: dict[str, str], hashed: bytes, room: int
) -> tuple[bytes, bytes]:
    head = bytes.fromhex("".join(fields.values())) + subject.modulus[:room]
    remainder = subject.modulus[room:]
    return signer.sign(head, remainder + subject.exponent_bytes + hashed), remainder


def issuer_part(fields: dict[str, str] = ISSUER_FIELDS, ca: Pair = CA) -> dict[int, bytes]:
    certificate, remainder = certified(ca, ISSUER, fields, b"", len(ca.modulus) - 36)
    return {0x8F: b"\x94", 0x90: certificate, 0x92: remainder, 0x9F32: b"\x03"}


def sda(changed: dict[int, bytes]) -> Tape:
    objects = {**default_objects(), **issuer_part(), 0x93: signed_static(ISSUER, b"")} | changed
    body = b"".join(t(*item) for item in objects.items())
    return Tape().directory().initiate(SDA).apdu("00B2010C00", t(0x70, body))


def dda(fields: dict[str, str], *, asks: bool) -> Tape:
    certificate, remainder = certified(ISSUER, ICC, fields, b"", len(ISSUER.modulus) - 42)
    own = {0x9F46: certificate, 0x9F48: remainder, 0x9F47: b"\x03"}
    objects = {**default_objects(), **issuer_part(), **own}
    body = b"".join(t(*item) for item in objects.items())
    tape = Tape().directory().initiate(DDA).apdu("00B2010C00", t(0x70, body))
    if asks:
        answer = t(0x77, t(0x9F4B, signed_dynamic(ICC, UN)))
        tape.apdu("0088000004" + UN.hex() + "00", answer)
    return tape


def ends_with(tape: Tape, tvr: str, rules: object = WITH_CA) -> None:
    outcome = tape.recall().first(tvr, answer=b"").run(rules)  # type: ignore[arg-type]
    assert outcome.reason is Reason.CARD_ERROR
    assert outcome.tags[0x95].hex().upper() == tvr
    assert outcome.tags[0x9B][0] & 0x80


@rows(
    "Book 2, 5.3",
    "field, value, holds",
    ("issuer certificate, format 04 (step 3)", "TVR 4200008000", "format", "04", False),
    ("issuer identifier of 8 digits (step 8)", "TVR 0200008000", "identifier", "47617390", True),
    ("issuer identifier of 6 digits", "TVR 0200008000", "identifier", "476173FF", True),
    ("issuer identifier of 3 digits", "TVR 0200008000", "identifier", "476FFFFF", True),
    ("issuer identifier of 2 digits", "TVR 4200008000", "identifier", "47FFFFFF", False),
    ("issuer identifier of another issuer", "TVR 4200008000", "identifier", "476174FF", False),
    ("issuer identifier empty", "TVR 4200008000", "identifier", "FFFFFFFF", False),
    ("issuer certificate in its last month (step 9)", "TVR 0200008000", "expiry", "0525", True),
    ("issuer certificate a month past", "TVR 4200008000", "expiry", "0425", False),
    ("issuer certificate of month 13", "TVR 4200008000", "expiry", "1330", False),
    ("issuer certificate of month 0A", "TVR 4200008000", "expiry", "0A30", False),
    ("issuer certificate to 2049", "TVR 0200008000", "expiry", "1249", True),
    ("issuer certificate to 1999", "TVR 4200008000", "expiry", "1299", False),
    ("issuer certificate by another hash (step 11)", "TVR 4200008000", "hash", "02", False),
    ("issuer key of another algorithm (step 11)", "TVR 4200008000", "algorithm", "02", False),
    ("issuer key longer than 1984 bits", "TVR 4200008000", "size", "F9", False),
    ("issuer key of 256 bits", "TVR 4200008000", "size", "20", False),
    ("issuer key of another length than certified", "TVR 4200008000", "size", "8F", False),
    ("issuer exponent of another length", "TVR 4200008000", "exponent", "03", False),
)
def test_issuer_certificate(field: str, value: str, holds: bool) -> None:
    tape = sda(issuer_part(ISSUER_FIELDS | {field: value}))
    ends_with(tape, "0200008000" if holds else "4200008000")


@rows(
    "Book 2, 6.4",
    "field, value, holds",
    ("ICC certificate as it should be", "TVR 0000008000", "serial", "000000", True),
    ("ICC certificate, format 02 (step 3)", "TVR 0800008000, no command", "format", "02", False),
    (
        "ICC certificate of another number (step 8)",
        "TVR 0800008000",
        "pan",
        "4761739001010127FFFF",
        False,
    ),
    ("ICC certificate of a longer number", "TVR 0800008000", "pan", PAN + "0FFF", False),
    ("ICC certificate in its last month (step 9)", "TVR 0000008000", "expiry", "0525", True),
    ("ICC certificate a month past", "TVR 0800008000", "expiry", "0425", False),
    ("ICC certificate of month 00", "TVR 0800008000", "expiry", "0030", False),
    ("ICC certificate by another hash (step 10)", "TVR 0800008000", "hash", "02", False),
    ("ICC key of another algorithm (step 10)", "TVR 0800008000", "algorithm", "00", False),
    ("ICC key longer than 1984 bits", "TVR 0800008000", "size", "FF", False),
    ("ICC key of another length than certified", "TVR 0800008000", "size", "81", False),
    ("ICC exponent of another length", "TVR 0800008000", "exponent", "00", False),
)
def test_icc_certificate(field: str, value: str, holds: bool) -> None:
    tape = dda(ICC_FIELDS | {field: value}, asks=holds)
    ends_with(tape, "0000008000" if holds else "0800008000")


@rows(
    "Book 2, 5.3",
    "revoked, tvr",
    (
        "the certificate on the revocation list (step 10)",
        "TVR 4200008000",
        Revoked(RID, 0x94, bytes.fromhex("00A1B2")),
        "4200008000",
    ),
    (
        "its serial revoked under another CA key",
        "TVR 0200008000",
        Revoked(RID, 0x95, bytes.fromhex("00A1B2")),
        "0200008000",
    ),
    (
        "its serial revoked under another RID",
        "TVR 0200008000",
        Revoked(b"\xa0\0\0\0\x04", 0x94, bytes.fromhex("00A1B2")),
        "0200008000",
    ),
    (
        "another serial revoked",
        "TVR 0200008000",
        Revoked(RID, 0x94, bytes.fromhex("00A1B3")),
        "0200008000",
    ),
)
def test_revocation(revoked: Revoked, tvr: str) -> None:
    ends_with(sda({}), tvr, replace(WITH_CA, revoked=frozenset({revoked})))


@case("Book 2, A2.1.2", "header other than 6A", "TVR 4200008000")
def test_a_block_with_another_header() -> None:
    body = bytes.fromhex("".join(ISSUER_FIELDS.values())) + ISSUER.modulus[:140]
    block = b"\x6b" + body + bytes(20) + b"\xbc"
    number = pow(int.from_bytes(block[: len(CA.modulus)]), CA.private, int.from_bytes(CA.modulus))
    ends_with(sda({0x90: number.to_bytes(len(CA.modulus))}), "4200008000")


@case("Book 2, A2.1.2", "a number not less than the modulus", "TVR 4200008000")
def test_a_number_beyond_the_modulus() -> None:
    ends_with(sda({0x90: b"\xff" * len(CA.modulus)}), "4200008000")


@rows(
    "Book 2, D1",
    "ca, tvr",
    ("a CA key of 1984 bits", "TVR 0200008000", pair(1984), "0200008000"),
    ("a CA key of 1984 bits, exponent 65537", "TVR 0200008000", pair(1984, 65537), "0200008000"),
    ("a CA key of 2048 bits", "TVR 4200008000", pair(2048), "4200008000"),
)
def test_sizes_of_ca_keys(ca: Pair, tvr: str) -> None:
    fields = ISSUER_FIELDS
    room = len(ca.modulus) - 36
    head = bytes.fromhex("".join(fields.values())) + ISSUER.modulus.ljust(room, b"\xbb")
    certificate = ca.sign(head, b"\x03")
    changed = {0x8F: b"\x94", 0x90: certificate, 0x92: b"", 0x9F32: b"\x03"}
    if len(certificate) > 248:
        changed[0x90] = certificate[:248]
    ends_with(sda(changed), tvr, replace(RULES, ca_keys=(ca_key(ca),)))
