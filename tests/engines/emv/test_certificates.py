"""Key recovery against published test cards, and each check against what breaks it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.emv import certificates
from cardamom.engines.emv.certificates import CertificateError, PublicKey
from cardamom.engines.emv.rules import CaKey
from support import emv_vectors as v
from support.emv_rsa import Pair, icc_certificate, issuer_certificate, pair, signed_static

TODAY = bytes.fromhex("250506")
VISA = PublicKey(v.VISA_94.modulus, b"\x03")
MASTERCARD = PublicKey(v.MASTERCARD_F1.modulus, b"\x03")
MASTERCARD_ISSUER = PublicKey(v.MASTERCARD_ISSUER_MODULUS, b"\x03")
MASTERCARD_ICC = PublicKey(v.MASTERCARD_ICC_MODULUS, b"\x03")


@pytest.mark.parametrize("key", [v.VISA_94, v.MASTERCARD_F1])
def test_the_vectors_are_what_was_published(key: CaKey) -> None:
    """Book 2, 11.2.2: the check sum over RID, index, modulus and exponent."""
    text = key.rid + bytes((key.index,)) + key.modulus + b"\x03"
    assert hashlib.sha1(text, usedforsecurity=False).digest() == key.checksum


def visa_issuer(certificate: bytes = v.VISA_ISSUER_CERTIFICATE) -> PublicKey:
    return certificates.issuer_key(VISA, certificate, b"", b"\x03", v.VISA_PAN, TODAY)


def test_published_issuer_key() -> None:
    assert visa_issuer() == PublicKey(v.VISA_ISSUER_MODULUS, b"\x03")
    key = certificates.issuer_key(
        MASTERCARD, v.MASTERCARD_ISSUER_CERTIFICATE, b"", b"\x03", v.MASTERCARD_PAN, TODAY
    )
    assert key == MASTERCARD_ISSUER


def test_published_static_signature() -> None:
    """The card's records are not published: the block opens, the hash cannot be checked."""
    block = certificates.recover(visa_issuer(), v.VISA_SIGNED_STATIC, 0x03, "93")
    assert block[:4].hex() == "0301dac0"
    assert block[-20:].hex() == "4e2821974d704e338e7218f887763f7bdce2b814"
    with pytest.raises(CertificateError, match="hash"):
        certificates.static_code(visa_issuer(), v.VISA_SIGNED_STATIC, b"")


def test_published_icc_certificate() -> None:
    block = certificates.recover(visa_issuer(), v.VISA_ICC_CERTIFICATE, 0x04, "9F46")
    assert block[:11].hex() == "04" + v.VISA_PAN + "ffff"
    assert block[11:20].hex() == "122200000101" + "01b001"
    assert block[20:36].hex() == "ab02dc02f1cb7d30113fe87a17d38d67"
    block = certificates.recover(MASTERCARD_ISSUER, v.MASTERCARD_ICC_CERTIFICATE, 0x04, "9F46")
    assert block[20:-20] == v.MASTERCARD_ICC_MODULUS[: len(block) - 40]


def test_published_dynamic_signature() -> None:
    """A real card's signature over its cryptogram and this unpredictable number."""
    data = certificates.dynamic_data(
        MASTERCARD_ICC, v.MASTERCARD_SIGNED_DYNAMIC, v.MASTERCARD_UNPREDICTABLE
    )
    assert certificates.dynamic_number(data) == v.MASTERCARD_DYNAMIC_NUMBER
    # cryptogram information data and cryptogram follow the number (Book 2, Table 19)
    assert data[9:18].hex() == "00" + "55b6408dbc985131"
    with pytest.raises(CertificateError, match="hash"):
        certificates.dynamic_data(MASTERCARD_ICC, v.MASTERCARD_SIGNED_DYNAMIC, b"\0\0\0\0")


@given(at=st.integers(0, 247), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_any_flipped_bit_breaks_a_certificate(at: int, bit: int) -> None:
    broken = bytearray(v.VISA_ISSUER_CERTIFICATE)
    broken[at] ^= 1 << bit
    with pytest.raises(CertificateError):
        visa_issuer(bytes(broken))


CA, ISSUER, ICC = pair(1408), pair(1152), pair(1024)
SMALL_ISSUER = pair(1024, serial=1)


def recovered(
    certificate: bytes,
    remainder: bytes,
    *,
    exponent: bytes = b"\x03",
    pan: str = "4761739001010119",
    today: str = "250511",
) -> PublicKey:
    ca = PublicKey(CA.modulus, b"\x03")
    date = bytes.fromhex(today)
    return certificates.issuer_key(ca, certificate, remainder, exponent, pan, date)


@pytest.mark.parametrize("issuer", [ISSUER, SMALL_ISSUER, pair(1408, serial=2)])
def test_modulus_with_padding_and_with_remainder(issuer: Pair) -> None:
    certificate, remainder = issuer_certificate(CA, issuer)
    assert recovered(certificate, remainder).modulus == issuer.modulus


def test_exponent_65537() -> None:
    ca, issuer = pair(1408, 65537), pair(1152, 65537)
    certificate, remainder = issuer_certificate(ca, issuer)
    key = PublicKey(ca.modulus, b"\x01\x00\x01")
    found = certificates.issuer_key(
        key, certificate, remainder, b"\x01\x00\x01", "4761739001010119", TODAY
    )
    assert found == PublicKey(issuer.modulus, b"\x01\x00\x01")


@pytest.mark.parametrize(
    ("identifier", "pan", "good"),
    [
        ("476173FF", "4761739001010119", True),
        ("47617390", "4761739001010119", True),
        ("476FFFFF", "4761739001010119", True),
        ("476173FF", "4761740001010119", False),
        ("FFFFFFFF", "4761739001010119", False),
        ("47FFFFFF", "4761739001010119", False),
    ],
)
def test_issuer_identifier(identifier: str, pan: str, good: bool) -> None:
    certificate, remainder = issuer_certificate(CA, ISSUER, identifier=identifier)
    if good:
        assert recovered(certificate, remainder, pan=pan).modulus == ISSUER.modulus
    else:
        with pytest.raises(CertificateError, match="another issuer"):
            recovered(certificate, remainder, pan=pan)


@pytest.mark.parametrize(
    ("expiry", "today", "good"),
    [
        ("0525", "250531", True),
        ("0425", "250501", False),
        ("1299", "250501", False),
        ("0149", "250501", True),
        ("1325", "250501", False),
        ("0A25", "250501", False),
    ],
)
def test_certificate_expiry(expiry: str, today: str, good: bool) -> None:
    certificate, remainder = issuer_certificate(CA, ISSUER, expiry=expiry)
    if good:
        assert recovered(certificate, remainder, today=today).modulus == ISSUER.modulus
    else:
        with pytest.raises(CertificateError):
            recovered(certificate, remainder, today=today)


def head(**changed: str) -> bytes:
    """An issuer certificate's fields, one of them wrong."""
    fields = {
        "format": "02",
        "identifier": "476173FF",
        "expiry": "1230",
        "serial": "000001",
        "hash": "01",
        "algorithm": "01",
        "size": f"{len(SMALL_ISSUER.modulus):02X}",
        "exponent": "01",
    }
    return bytes.fromhex("".join((fields | changed).values())) + SMALL_ISSUER.modulus[:140]


@pytest.mark.parametrize(
    "changed",
    [
        {"format": "04"},
        {"hash": "02"},
        {"algorithm": "02"},
        {"size": "F9"},
        {"size": "20"},
        {"size": "FF"},
        {"exponent": "03"},
    ],
)
def test_wrong_fields(changed: dict[str, str]) -> None:
    assert recovered(CA.sign(head(), b"\x03"), b"").modulus == SMALL_ISSUER.modulus
    with pytest.raises(CertificateError):
        recovered(CA.sign(head(**changed), b"\x03"), b"")


def test_remainders_of_another_length() -> None:
    certificate, _ = issuer_certificate(CA, SMALL_ISSUER)
    with pytest.raises(CertificateError):
        recovered(certificate, b"\x01")
    with pytest.raises(CertificateError, match="remainder"):
        recovered(CA.sign(head(), b"\x01\x03"), b"\x01")


@pytest.mark.parametrize("exponent", [b"", b"\x02", b"\x11", b"\x00\x03", b"\x01\x00\x01\x00"])
def test_other_exponents(exponent: bytes) -> None:
    with pytest.raises(CertificateError):
        certificates.recover(PublicKey(CA.modulus, exponent), bytes(176), 0x02, "90")


def test_a_key_of_zeros_opens_nothing() -> None:
    with pytest.raises(CertificateError):
        certificates.recover(PublicKey(bytes(176), b"\x03"), bytes(176), 0x02, "90")


def test_icc_key_and_static_code() -> None:
    issuer = PublicKey(ISSUER.modulus, b"\x03")
    certificate, remainder = icc_certificate(ISSUER, ICC, b"records", pan="4761739001010119")

    def key(static: bytes = b"records", pan: str = "4761739001010119") -> PublicKey:
        return certificates.icc_key(
            issuer, certificate, remainder, b"\x03", static, pan, bytes.fromhex("250511")
        )

    assert key().modulus == ICC.modulus
    with pytest.raises(CertificateError, match="hash"):
        key(static=b"other records")
    with pytest.raises(CertificateError, match="another card"):
        key(pan="4761739001010127")
    certificate, remainder = icc_certificate(
        ISSUER, ICC, b"records", pan="4761739001010119", expiry="0425"
    )
    with pytest.raises(CertificateError, match="expired"):
        key()
    assert certificates.static_code(issuer, signed_static(ISSUER, b"r"), b"r").hex() == "dac0"


@pytest.mark.parametrize("data", [b"", b"\x01\x01", b"\x09" + bytes(9), b"\x08" + bytes(7)])
def test_dynamic_numbers_of_another_length(data: bytes) -> None:
    with pytest.raises(CertificateError):
        certificates.dynamic_number(data)


@given(st.binary(max_size=300), st.binary(max_size=300), st.sampled_from([b"\x03", b"\1\0\1"]))
@settings(max_examples=100, deadline=None)
def test_whatever_the_bytes_only_its_own_error_leaves(
    modulus: bytes, signature: bytes, exponent: bytes
) -> None:
    key = PublicKey(modulus, exponent)
    with pytest.raises(CertificateError):
        certificates.dynamic_data(key, signature, b"")
    with pytest.raises(CertificateError):
        certificates.issuer_key(key, signature, b"", exponent, "4761739001010119", TODAY)


def test_a_signed_length_beyond_the_block() -> None:
    key = PublicKey(ICC.modulus, b"\x03")
    signature = ICC.sign(bytes.fromhex("0501FF08"), b"")
    with pytest.raises(CertificateError, match="longer"):
        certificates.dynamic_data(key, signature, b"")
