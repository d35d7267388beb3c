"""A card with CDA, its transcripts, and what it signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from support.emv import OFFLINE_CAPABLE, PAN, RULES, UN, Tape, default_objects, t
from support.emv_rsa import (
    Pair,
    ca_key,
    icc_certificate,
    issuer_certificate,
    pair,
    signed_combined,
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
