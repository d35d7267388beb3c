"""`python -m cardamom.simulator.acquirer.certificates new FOLDER | digests`: the test TLS keys.

`new` makes a CA, a certificate for localhost and one for a terminal, and writes them without the
CA's key, which nobody needs again; `digests` prints the lines of digests.txt that belong to what
the package holds.
"""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cardamom.simulator.testdata import data

FROM: Final = datetime(2024, 1, 1, tzinfo=UTC)
UNTIL: Final = datetime(2049, 12, 31, tzinfo=UTC)
NAMES: Final = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def authority(name: str = "Cardamom Test CA", since: datetime = FROM) -> Identity:
    """A self-signed CA on P-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    builder = (
        _builder(subject, subject, key, since, UNTIL)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


def server(
    ca: Identity,
    names: tuple[x509.GeneralName, ...] = NAMES,
    since: datetime = FROM,
    until: datetime = UNTIL,
) -> Identity:
    """A host's certificate for `names`."""
    return _leaf(ca, "localhost", ExtendedKeyUsageOID.SERVER_AUTH, names, since, until)


def client(ca: Identity, name: str = "Cardamom test terminal") -> Identity:
    """A terminal's certificate."""
    return _leaf(ca, name, ExtendedKeyUsageOID.CLIENT_AUTH, (), FROM, UNTIL)


class Wrong(StrEnum):
    """What a client that checks refuses in a server's certificate."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    SELF_SIGNED = "self-signed"
    OTHER_CA = "other-ca"
    WRONG_NAME = "wrong-name"


def wrong_server(ca: Identity, wrong: Wrong) -> Identity:
    """A server certificate that `ca` does not vouch for, for localhost, now."""
    match wrong:
        case Wrong.EXPIRED:
            return server(ca, until=datetime(2024, 6, 30, tzinfo=UTC))
        case Wrong.NOT_YET_VALID:
            return server(ca, since=datetime(2049, 1, 1, tzinfo=UTC))
        case Wrong.SELF_SIGNED:
            return authority("localhost")
        case Wrong.OTHER_CA:
            return server(authority("Another Test CA"))
        case Wrong.WRONG_NAME:
            return server(ca, names=(x509.DNSName("other.test"),))


def _leaf(
    ca: Identity,
    name: str,
    use: x509.ObjectIdentifier,
    names: tuple[x509.GeneralName, ...],
    since: datetime,
    until: datetime,
) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key())
    builder = (
        _builder(_name(name), ca.certificate.subject, key, since, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(issuer, critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Identity(builder.sign(ca.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    since: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def make_tls(folder: Path, wrong: Wrong | None = None) -> None:
    """Writes ca.pem, server.pem, server.key, client.pem and client.key under a fresh CA.

    `wrong`: the server's certificate alone is wrong, in this way.
    """
    ca = authority()
    host = server(ca) if wrong is None else wrong_server(ca, wrong)
    (folder / "ca.pem").write_bytes(ca.certificate_pem)
    for name, identity in (("server", host), ("client", client(ca))):
        (folder / f"{name}.pem").write_bytes(identity.certificate_pem)
        (folder / f"{name}.key").write_bytes(identity.key_pem)


def digest_lines() -> Iterator[str]:
    """SHA-256 of the DER of each certificate and key, and of the terminal master key."""
    for name, what in (
        ("ca.pem", "TLS test CA: certificate"),
        ("server.pem", "TLS server: certificate"),
        ("server.key", "TLS server: private key"),
        ("client.pem", "TLS terminal: certificate"),
        ("client.key", "TLS terminal: private key"),
    ):
        text = data("testkeys", "tls", name).read_text("ascii")
        body = text.split("-----")[2]
        der = ssl.PEM_cert_to_DER_cert(
            f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----"
        )
        yield f"{hashlib.sha256(der).hexdigest()}  {what}"
    master = bytes.fromhex(data("testkeys", "terminal-master.key").read_text("ascii").strip())
    yield f"{hashlib.sha256(master).hexdigest()}  terminal master key"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["new", folder]:
            make_tls(Path(folder))
        case ["digests"]:
            sys.stdout.write("\n".join(digest_lines()) + "\n")
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
