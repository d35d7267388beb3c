"""A request for a certificate, and what comes back: the right one taken, the rest refused with a
sentence that says what to do."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from cardamom.acquirer.enrolment import (
    CertificateRefused,
    Who,
    accept,
    make_request,
    secret_of,
)
from cardamom.values.secret import Key
from support.certificates import Holder, certificate, curve_key, root

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
FLOOR = datetime(2025, 11, 1, tzinfo=UTC)
SECRET = secret_of(Key(bytes(range(32))))
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
MADE = make_request(Who("10203040", "898310058120001", "Cardamom Cafe"), SECRET)
CSR = x509.load_pem_x509_csr(MADE.csr_pem)


def opened() -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(MADE.key_pem, SECRET.reveal())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


MINE = opened()
"""The terminal's key as tests sign for it."""


def pem(*holders: Holder) -> bytes:
    return b"".join(h.certificate.public_bytes(serialization.Encoding.PEM) for h in holders)


CA = root("Acquirer Root")
BETWEEN = certificate("Acquirer Terminals", CA, curve_key(), ca=True)
LEAF = certificate("10203040", BETWEEN, MINE, use=CLIENT)
DIRECT = certificate("10203040", CA, MINE, use=CLIENT)


def taken(data: bytes, now: datetime = NOW, authorities: bytes = b"") -> tuple[str, ...]:
    return accept(data, MADE.csr_pem, now, FLOOR, authorities).notes


def test_the_request_names_terminal_and_merchant_and_is_signed_by_its_key() -> None:
    assert CSR.is_signature_valid
    assert {a.oid: a.value for a in CSR.subject} == {
        NameOID.COMMON_NAME: "10203040",
        NameOID.ORGANIZATIONAL_UNIT_NAME: "898310058120001",
        NameOID.ORGANIZATION_NAME: "Cardamom Cafe",
    }
    key = CSR.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    uses = CSR.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [CLIENT]


def test_the_key_opens_with_this_terminal_s_secret_alone() -> None:
    assert b"ENCRYPTED PRIVATE KEY" in MADE.key_pem
    with pytest.raises(ValueError, match=r"(?i)decrypt|password"):
        serialization.load_pem_private_key(MADE.key_pem, secret_of(Key(bytes(32))).reveal())
    assert repr(MADE).count("PRIVATE") == 0


@pytest.mark.parametrize(
    "data",
    [
        pem(LEAF, BETWEEN, CA),
        pem(CA, BETWEEN, LEAF),
        b"\xef\xbb\xbf" + pem(LEAF, BETWEEN, CA).replace(b"\n", b"\r\n"),
        b"subject=CN 10203040\n" + pem(LEAF, BETWEEN, CA),
    ],
    ids=["in order", "upside down", "Windows", "with comments"],
)
def test_a_chain_is_put_in_order(data: bytes) -> None:
    enrolled = accept(data, MADE.csr_pem, NOW, FLOOR)
    assert enrolled.chain_pem == pem(LEAF, BETWEEN, CA)
    assert enrolled.notes == ()
    assert (enrolled.subject, enrolled.issuer) == ("CN=10203040", "CN=Acquirer Terminals")


def test_der_is_taken_and_a_known_ca_need_not_come_along() -> None:
    assert taken(DIRECT.der, authorities=pem(CA)) == ()
    (note,) = taken(DIRECT.der)
    assert note == (
        "the chain ends at CN=10203040: the host must know its issuer, CN=Acquirer Root"
    )


def test_a_clock_at_1970_refuses_nothing_but_what_ended_before_this_firmware() -> None:
    early = datetime(1970, 1, 1, 0, 2, tzinfo=UTC)
    (note,) = taken(pem(DIRECT, CA), early)
    assert note.startswith("the clock says 1970-01-01 00:02 UTC, which cannot be: set it")
    ended = certificate("10203040", CA, MINE, until=FLOOR - timedelta(days=1))
    with pytest.raises(CertificateRefused, match=r"ended on 2025-10-31"):
        taken(pem(ended, CA), early)


def test_no_extended_key_usage_allows_any() -> None:
    assert taken(pem(certificate("10203040", CA, MINE), CA)) == ()


def _under_no_ca() -> bytes:
    shop = certificate("some shop", CA, curve_key())
    return pem(certificate("10203040", shop, MINE, use=CLIENT), shop, CA)


def _forged() -> bytes:
    """Its issuer's name, but another key's signature."""
    return pem(certificate("10203040", root("Acquirer Root"), MINE, use=CLIENT), CA)


def _damaged() -> bytes:
    lines = pem(LEAF).splitlines()
    lines[3] = lines[3][:-8] + b"AAAAAAAA"
    del lines[5]
    return b"\n".join(lines) + b"\n"


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b" \n", "the file is empty: copy the acquirer's file"),
    "no certificate": (lambda: b"hello", "this is no certificate: bring what the acquirer sent"),
    "half": (lambda: pem(LEAF)[: len(pem(LEAF)) // 2], "the certificate is cut off: copy"),
    "half a chain": (lambda: pem(LEAF) + pem(BETWEEN)[:200], "the certificate is cut off: copy"),
    "damaged": (_damaged, "a certificate in the file is damaged or cut off: copy"),
    "half DER": (lambda: LEAF.der[:200], "this is no whole DER certificate: copy"),
    "the request": (lambda: MADE.csr_pem, "this is the request, not the certificate: send it"),
    "a key": (lambda: pem(LEAF) + MADE.key_pem, "holds a private key: .* none comes in"),
    "PKCS 7": (
        lambda: b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n",
        "holds a PKCS7: ask the acquirer for PEM or DER",
    ),
    "another key": (
        lambda: pem(certificate("10203040", CA, curve_key(), use=CLIENT), CA),
        "is for the key of this terminal's request: .* send the acquirer the request again",
    ),
    "ended": (
        lambda: pem(certificate("10203040", CA, MINE, until=NOW - timedelta(1)), CA),
        "ended on 2026-03-31 12:00 UTC: ask the acquirer for a new one",
    ),
    "not yet": (
        lambda: pem(certificate("10203040", CA, MINE, since=NOW + timedelta(1)), CA),
        "is not valid before 2026-04-02 12:00 UTC, and this terminal's clock says 2026-04-01",
    ),
    "a CA that ended": (
        lambda: pem(
            certificate(
                "10203040",
                ended := certificate("Old", None, curve_key(), ca=True, until=NOW),
                MINE,
            ),
            ended,
        ),
        "CN=Old ended on 2026-04-01",
    ),
    "for a server": (
        lambda: pem(certificate("10203040", CA, MINE, use=ExtendedKeyUsageOID.SERVER_AUTH), CA),
        "not for a TLS client .* ask the acquirer for one that is",
    ),
    "a stranger in the chain": (
        lambda: pem(LEAF, BETWEEN, root("Stranger")),
        "CN=Stranger in the file does not link .* ask the acquirer for the whole chain",
    ),
    "a gap in the chain": (
        lambda: pem(LEAF, CA),
        "CN=Acquirer Root in the file does not link .* a link between is missing",
    ),
    "under no CA": (_under_no_ca, "CN=some shop is no CA"),
    "a forged signature": (_forged, "CN=Acquirer Root did not sign CN=10203040"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_with_what_to_do(case: str) -> None:
    made, words = REFUSED[case]
    with pytest.raises(CertificateRefused, match=words):
        taken(made())


@given(st.binary(max_size=400) | st.integers(0, 3000).map(lambda n: pem(LEAF, BETWEEN)[:n]))
def test_whatever_comes_in_is_refused_and_nothing_else_happens(data: bytes) -> None:
    if data.strip() == pem(LEAF).strip() or data.startswith(pem(LEAF) + b"\n"):
        return
    try:
        accept(data, MADE.csr_pem, NOW, FLOOR)
    except CertificateRefused:
        return
    assert data.count(b"-----END CERTIFICATE-----") == data.count(b"-----BEGIN CERTIFICATE-----")


def bit_string_in_the_name() -> bytes:
    """The subject's name as a BIT STRING, which only an unique identifier may be."""
    subject = DIRECT.certificate.subject.public_bytes()
    at = subject.index(b"10203040") - 2
    return DIRECT.der.replace(subject, subject[:at] + b"\x03" + subject[at + 1 :])


@pytest.mark.parametrize(
    "der",
    [
        # version 3 is written as 2 (RFC 5280, 4.1.2.1)
        DIRECT.der.replace(bytes.fromhex("A003020102"), bytes.fromhex("A00302010D")),
        bit_string_in_the_name(),
    ],
    ids=["version", "name"],
)
def test_what_the_library_has_an_error_of_its_own_for_is_refused(der: bytes) -> None:
    assert der != DIRECT.der
    with pytest.raises(CertificateRefused):
        taken(der)


@given(st.integers(0, len(LEAF.der) - 1), st.integers(1, 255))
def test_a_flipped_byte_of_a_certificate_raises_nothing_else(at: int, by: int) -> None:
    der = bytearray(DIRECT.der)
    at %= len(der)
    der[at] ^= by
    body = base64.encodebytes(bytes(der))
    data = b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n" + pem(CA)
    with pytest.raises(CertificateRefused):
        accept(data, MADE.csr_pem, NOW, FLOOR)
