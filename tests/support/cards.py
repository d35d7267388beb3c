"""A terminal by hand for card tests, and what an issuer computes, with another library."""

from __future__ import annotations

import pyemv

from cardamom.engines.apdu import Reply, command, parse_reply
from cardamom.engines.tlv import find, walk
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import ApplicationProfile, load_profile
from cardamom.simulator.card.wire import AnyCard
from cardamom.simulator.testdata import issuer_keys

UN = bytes.fromhex("A1B2C3D4")
CDOL_DATA = bytes.fromhex("000000001234 000000000000 0156 0000008000 0156 251122 00") + UN
"""12.34 CNY: the eight objects of the test cards' CDOL1, in order."""
OPTIONS = bytes.fromhex("8303015621")
"""Command template with what the test cards' PDOL asks for."""
AAC, TC, ARQC = 0x00, 0x40, 0x80


def powered(profile: str = "debit") -> Card:
    card = Card(load_profile(profile))
    card.power_on()
    return card


def send(card: AnyCard, hex_or_bytes: str | bytes) -> Reply:
    raw = bytes.fromhex(hex_or_bytes) if isinstance(hex_or_bytes, str) else hex_or_bytes
    return parse_reply(card.process(raw))


def select(card: Card, aid: str | None = None) -> Reply:
    name = bytes.fromhex(aid or card.profile.applications[0].aid)
    return send(card, command(0x00, 0xA4, 0x04, 0x00, name, 0))


def initiate(card: Card, aid: str | None = None) -> Reply:
    """SELECT and GET PROCESSING OPTIONS."""
    assert select(card, aid).ok
    return send(card, command(0x80, 0xA8, 0, 0, OPTIONS, 0))


def read(card: Card, sfi: int, number: int) -> Reply:
    return send(card, command(0x00, 0xB2, number, sfi << 3 | 4, le=0))


def read_all(card: Card, afl: bytes) -> tuple[bytes, bytes]:
    """All records one behind the other, and the static data to be authenticated."""
    everything = signed = b""
    for at in range(0, len(afl), 4):
        sfi, first, last, count = afl[at] >> 3, *afl[at + 1 : at + 4]
        for number in range(first, last + 1):
            record = read(card, sfi, number)
            assert record.ok, f"{sfi}/{number}: {record.sw:04X}"
            everything += record.data
            if number - first < count:
                signed += find(record.data, 0x70) or b""
    return everything, signed


def generate_ac(card: Card, asked: int, data: bytes = CDOL_DATA) -> Reply:
    return send(card, command(0x80, 0xAE, asked, 0, data, 0))


def objects(reply: Reply) -> dict[int, bytes]:
    return dict(walk(reply.data))


def session(a: ApplicationProfile, atc: bytes) -> bytes:
    """The issuer's session key for cryptograms, by pyemv."""
    card_key = pyemv.kd.derive_icc_mk_a(issuer_keys().ac.reveal(), a.pan, f"{a.psn:02d}")
    return bytes(pyemv.kd.derive_common_sk(card_key, atc + bytes(6)))


def arpc(a: ApplicationProfile, answer: dict[int, bytes], code: bytes = b"00") -> bytes:
    """Tag 91 by method 1."""
    key = session(a, answer[0x9F36])
    return bytes(pyemv.ac.generate_arpc_1(key, answer[0x9F26], code)) + code


def script(
    a: ApplicationProfile, answer: dict[int, bytes], header: str, body: bytes = b""
) -> bytes:
    """An issuer script command with its MAC."""
    head = bytes.fromhex(header) + bytes((len(body) + 8,))
    key = pyemv.kd.derive_icc_mk_a(issuer_keys().smi.reveal(), a.pan, f"{a.psn:02d}")
    key = pyemv.kd.derive_common_sk(key, answer[0x9F26])
    message = head + answer[0x9F36] + answer[0x9F26] + body
    return head + body + bytes(pyemv.sm.generate_command_mac(key, message))
