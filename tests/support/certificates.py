"""Certificates that are right, or wrong in one way, made for a test."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
SINCE = datetime(2024, 1, 1, tzinfo=UTC)
UNTIL = datetime(2049, 12, 31, tzinfo=UTC)
HERE: tuple[x509.GeneralName, ...] = (
    x509.DNSName("localhost"),
    x509.IPAddress(ip_address("127.0.0.1")),
)


def curve_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key(bits: int) -> PrivateKey:
    return rsa.generate_private_key(65537, bits)


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def write(self, folder: Path, name: str, *chain: Holder) -> tuple[Path, Path]:
        """name.pem, with `chain` behind the certificate, and name.key."""
        pem, key = folder / f"{name}.pem", folder / f"{name}.key"
        encoding = serialization.Encoding.PEM
        pem.write_bytes(b"".join(h.certificate.public_bytes(encoding) for h in (self, *chain)))
        key.write_bytes(
            self.key.private_bytes(
                encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return pem, key


def certificate(
    name: str,
    issuer: Holder | None,
    key: PrivateKey,
    *,
    ca: bool = False,
    names: Sequence[x509.GeneralName] = (),
    since: datetime = SINCE,
    until: datetime = UNTIL,
    use: x509.ObjectIdentifier | None = None,
) -> Holder:
    """Signed by `issuer`, or by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if use is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    return Holder(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def root(name: str = "Test Root", key: PrivateKey | None = None) -> Holder:
    return certificate(name, None, key or curve_key(), ca=True)


def host(
    ca: Holder | None,
    key: PrivateKey | None = None,
    *,
    names: Sequence[x509.GeneralName] = HERE,
    since: datetime = SINCE,
    until: datetime = UNTIL,
    use: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
) -> Holder:
    """For a server on this machine, unless something is changed."""
    return certificate(
        "localhost",
        ca,
        key or curve_key(),
        names=names,
        since=since,
        until=until,
        use=use,
    )


def terminal(ca: Holder) -> Holder:
    return certificate("terminal", ca, curve_key(), use=ExtendedKeyUsageOID.CLIENT_AUTH)


def signed_with_sha1(holder: Holder, issuer: Holder) -> Holder:
    """The certificate under a SHA-1 signature of its RSA issuer (RFC 8017, 8.2 and 9.2), which
    cryptography makes no more: the algorithm's last arc is 5 in place of 11."""
    assert isinstance(issuer.key, rsa.RSAPrivateKey)
    sha256, sha1 = (bytes.fromhex("2A864886F70D0101") + bytes((arc,)) for arc in (11, 5))
    tbs = holder.certificate.tbs_certificate_bytes.replace(sha256, sha1)
    numbers = issuer.key.private_numbers()
    size = issuer.key.key_size // 8
    info = bytes.fromhex("3021300906052B0E03021A05000414") + hashlib.sha1(tbs).digest()  # noqa: S324
    padded = b"\x00\x01" + b"\xff" * (size - 3 - len(info)) + b"\x00" + info
    number = pow(int.from_bytes(padded), numbers.d, numbers.public_numbers.n)
    head = holder.der[: holder.der.index(holder.certificate.tbs_certificate_bytes)]
    rest = holder.der[len(head) + len(tbs) : -size].replace(sha256, sha1)
    der = head + tbs + rest + number.to_bytes(size)
    return Holder(x509.load_der_x509_certificate(der), holder.key)


@contextmanager
def plain_tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """Its port. It says in an alert why it turns a client away, which asyncio's server keeps to
    itself, and hears and says nothing else."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            line.settimeout(20)
            with line.dup() as under:
                with contextlib.suppress(OSError), context.wrap_socket(line, server_side=True):
                    pass
                # what was not read would have the alert overtaken by a reset
                with contextlib.suppress(OSError):
                    while under.recv(4096):
                        pass

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def careless_context(pem: Path, key: Path, client_ca: Path) -> ssl.SSLContext:
    """A server's that takes any key and digest of its own, and wants a client's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.load_cert_chain(pem, key)
    context.load_verify_locations(client_ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
