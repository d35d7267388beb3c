"""What schemes and cards out there made: CA keys, certificates, a signed cryptogram."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.engines.emv import certificates, combined, dol
from cardamom.engines.emv.bits import Tsi, Tvr
from cardamom.engines.emv.certificates import CertificateError, PublicKey
from cardamom.engines.emv.rules import CaKey
from cardamom.engines.emv.session import Session
from cardamom.faults import SettingsError
from cardamom.settings.emv import load_rules
from support.conformance import case, rows
from support.emv import ORDER, RULES, t
from support.vectors import ca_keys, chains

KEYS = {(key.rid.hex().upper(), key.index): key for key in ca_keys()}
CHAINS = chains()
TODAY = bytes.fromhex("080101")
UNPREDICTABLE = bytes.fromhex("12345779")


def table(key: CaKey) -> str:
    return (
        f'[[ca_key]]\nrid = "{key.rid.hex().upper()}"\nindex = "{key.index:02X}"\n'
        f'modulus = "{key.modulus.hex().upper()}"\nexponent = {key.exponent}\n'
        f'checksum = "{key.checksum.hex().upper()}"\n'
    )


@rows(
    "Book 2, 11.2.2",
    "key",
    *(
        (f"published CA key {rid} {index:02X}, {len(key.modulus) * 8} bits", "its hash holds", key)
        for (rid, index), key in KEYS.items()
    ),
)
def test_ca_key(key: CaKey, tmp_path: Path) -> None:
    file = tmp_path / "emv.toml"
    aid = '[[aid]]\naid = "A0000000031010"\n'
    file.write_text(aid + table(key), "utf-8")
    assert load_rules(file, production=True).ca_keys == (key,)
    digit = "0" if file.read_text("utf-8").split('modulus = "')[1][7] != "0" else "1"
    head, tail = file.read_text("utf-8").split('modulus = "')
    file.write_text(head + 'modulus = "' + tail[:7] + digit + tail[8:], "utf-8")
    with pytest.raises(SettingsError, match="checksum: does not fit"):
        load_rules(file)


def issuer(kind: str, rid: str, index: int, pan: str, today: bytes = TODAY) -> PublicKey:
    ca = PublicKey(KEYS[rid, index].modulus, b"\x03")
    certificate = CHAINS[f"{kind} issuer certificate"]
    remainder = CHAINS[f"{kind} issuer remainder"]
    return certificates.issuer_key(ca, certificate, remainder, b"\x03", pan, today)


@rows(
    "Book 2, 5.3",
    "kind, rid, index, pan",
    ("a published certificate under A000000004 05", "the issuer's key, its remainder in 92",
     "cda", "A000000004", 5, "5285880000000000"),
    ("a published certificate under A000000003 01", "the issuer's key, its remainder in 92",
     "sda", "A000000003", 1, "4276550000000000"),
)  # fmt: skip
def test_issuer_key(kind: str, rid: str, index: int, pan: str) -> None:
    assert issuer(kind, rid, index, pan).modulus == CHAINS[f"{kind} issuer modulus"]
    with pytest.raises(CertificateError, match="another issuer"):
        issuer(kind, rid, index, "4" + pan[:0:-1])
    with pytest.raises(CertificateError, match="expired"):
        issuer(kind, rid, index, pan, bytes.fromhex("300101"))


def test_signed_static_data_open() -> None:
    """The records name the cardholder's number and stand nowhere here: the hash is not checked."""
    key = issuer("sda", "A000000003", 1, "4276550000000000")
    block = certificates.recover(key, CHAINS["sda signed static data"], 0x03, "93")
    assert block[:4].hex() == "03013132"


def session(sent: bytes) -> Session:
    held = Session(ORDER, RULES)
    held.cda_key = PublicKey(CHAINS["cda ICC modulus"], b"\x03")
    held.sent = sent
    held.store.terminal[0x9F37] = UNPREDICTABLE
    return held


def answer(atc: str = "0010") -> tuple[bytes, dict[int, bytes]]:
    """GENERATE AC's answer as the card gave it, and its objects."""
    objects = {
        0x9F27: b"\x40",
        0x9F36: bytes.fromhex(atc),
        0x9F4B: CHAINS["cda signed dynamic data"],
        0x9F10: CHAINS["cda issuer application data"],
    }
    return t(0x77, b"".join(t(*item) for item in objects.items())), objects


@case("Book 2, 6.6.2", "a published card's signed TC", "cryptogram and 9F4C recovered, TSI 1.8")
def test_a_signed_cryptogram() -> None:
    held = session(CHAINS["cda sent by CDOL1"])
    raw, objects = answer()
    combined.check_signature(held, raw, objects)
    assert not held.unproven
    assert (held.tvr, held.tsi) == (Tvr(0), Tsi.ODA_PERFORMED)
    assert objects[0x9F26].hex() == "16afba13c52fb173"
    assert objects[0x9F4C].hex() == "4cc2fb1fafb30915"


@rows(
    "Book 2, 6.6.2",
    "sent, atc",
    ("a published signed TC, another amount sent", "TVR 1.3",
     b"\0\0\0\0\0\1" + CHAINS["cda sent by CDOL1"][6:], "0010"),
    ("a published signed TC, another ATC beside it", "TVR 1.3",
     CHAINS["cda sent by CDOL1"], "0011"),
)  # fmt: skip
def test_a_signed_cryptogram_of_another_transaction(sent: bytes, atc: str) -> None:
    held = session(sent)
    raw, objects = answer(atc)
    combined.check_signature(held, raw, objects)
    assert held.unproven
    assert held.tvr == Tvr.CDA_FAILED
    assert 0x9F26 not in objects


@case("Book 3, 5.4", "a published card's CDOL1 with 9F45 and 9F4C absent", "the data it signed")
def test_a_published_cdol1() -> None:
    cdol = bytes.fromhex("9F02069F03069F1A0295055F2A029A039C019F37049F35019F45029F4C089F3403")
    values = {
        0x9F02: bytes(6), 0x9F03: bytes(6), 0x9F1A: b"\x06\x43", 0x95: bytes(5),
        0x5F2A: b"\x06\x43",
        0x9A: bytes.fromhex("140925"), 0x9C: b"\x50", 0x9F37: UNPREDICTABLE, 0x9F35: b"\x23",
        0x9F34: bytes.fromhex("1E0300"),
    }  # fmt: skip
    assert dol.build(cdol, values.get) == CHAINS["cda sent by CDOL1"]
