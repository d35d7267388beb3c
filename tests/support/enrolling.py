"""The acquirer's side of a terminal's certificate: a request signed as it came."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from cardamom.acquirer.enrolment import Who
from support.certificates import SINCE, UNTIL, Holder

WHO: Final = Who("10203040", "898310058120001", "Cardamom Cafe")


def signed(csr_pem: bytes, ca: Holder, until: datetime = UNTIL) -> bytes:
    """What an acquirer sends back: the terminal's certificate and the CA's, PEM."""
    csr = x509.load_pem_x509_csr(csr_pem)
    made = (
        x509.CertificateBuilder()
        .subject_name(csr.subject)
        .issuer_name(ca.certificate.subject)
        .public_key(csr.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(until)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(ca.key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    return made.public_bytes(encoding) + ca.certificate.public_bytes(encoding)
