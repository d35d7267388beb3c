"""A terminal's certificate: the request for one, and what comes back held against it. No files.

The request is PKCS #10 (RFC 2986); a certificate's fields are RFC 5280's.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cardamom.faults import Fault
from cardamom.values.secret import Key

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

LONGEST_BYTES: Final = 64_000
_BEGIN: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_WHOLE: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_SEQUENCE: Final = b"\x30"
_AGAIN: Final = "copy the acquirer's file to the terminal again"


class CertificateRefused(Fault):
    """What came in is not this terminal's certificate; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Who:
    """Whose certificate is asked for."""

    terminal_id: str
    merchant_id: str
    merchant_name: str


@dataclass(frozen=True, slots=True)
class Request:
    """A new key, PKCS #8 enciphered under the terminal's secret, and the request made with it."""

    key_pem: bytes = field(repr=False)
    csr_pem: bytes


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A certificate that fits. `chain_pem`: it first, then those that link it to its CA. `notes`:
    what a technician should know, in sentences."""

    chain_pem: bytes
    subject: str
    issuer: str
    serial: str
    ends: datetime
    fingerprint: str
    """SHA-256 of the certificate, hex."""
    notes: tuple[str, ...] = ()


def make_request(who: Who, secret: Key) -> Request:
    """A fresh key on P-256, and the request for its certificate: CN the terminal, OU the merchant,
    O the merchant's name; for a TLS client."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, who.merchant_name),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, who.merchant_id),
            x509.NameAttribute(NameOID.COMMON_NAME, who.terminal_id),
        ]
    )
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .add_extension(_signing_alone(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(secret.reveal()),
    )
    return Request(sealed, request.public_bytes(serialization.Encoding.PEM))


def secret_of(journal_key: Key) -> Key:
    """What enciphers the key of a certificate on this terminal: from the journal's key, which
    systemd hands over (HKDF, RFC 5869), as hex."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derive = HKDF(hashes.SHA256(), 32, salt=None, info=b"cardamom certificate key")
    return Key(derive.derive(journal_key.reveal()).hex().encode())


def fingerprint_of_request(csr_pem: bytes) -> str:
    """SHA-256 of the request's public key, hex: what the acquirer can read back by telephone."""
    from cryptography import x509

    return _key_digest(x509.load_pem_x509_csr(csr_pem).public_key())


def accept(
    data: bytes,
    csr_pem: bytes,
    now: datetime,
    floor: datetime,
    authorities: bytes = b"",
) -> Enrolled:
    """The certificate for the key of `csr_pem` among what came in, PEM or DER, its chain behind it.

    `floor`: a clock before it is wrong, and what it says of validity is not held against anything
    but the floor itself. `authorities`: PEM of CAs that need not come along. Raises
    CertificateRefused.
    """
    from cryptography import x509

    with _readable():
        found = _read(data)
        wanted = _key_digest(x509.load_pem_x509_csr(csr_pem).public_key())
        own = next((each for each in found if _digest_of(each) == wanted), None)
        if own is None:
            raise CertificateRefused(_other_key(found, wanted))
        _check_use(own)
        chain, notes = _chain(own, found, _known(authorities))
        clock_wrong = now < floor
        for each in chain:
            _check_time(each, floor if clock_wrong else now, clock_wrong=clock_wrong)
        if clock_wrong:
            said = f"the clock says {now:%Y-%m-%d %H:%M} UTC, which cannot be: set it; when the "
            notes = (*notes, said + "certificate begins was not looked at")
        return _enrolled(chain, notes)


def described(chain_pem: bytes) -> Enrolled:
    """What a PEM file with a certificate and its chain holds. Raises CertificateRefused."""
    with _readable():
        return _enrolled(_read(chain_pem), ())


def _enrolled(chain: Sequence[x509.Certificate], notes: tuple[str, ...]) -> Enrolled:
    from cryptography.hazmat.primitives import hashes, serialization

    own = chain[0]
    return Enrolled(
        b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain),
        own.subject.rfc4514_string(),
        own.issuer.rfc4514_string(),
        f"{own.serial_number:X}",
        min(each.not_valid_after_utc for each in chain),
        own.fingerprint(hashes.SHA256()).hex(),
        notes,
    )


def _read(data: bytes) -> list[x509.Certificate]:
    """Each certificate of a PEM or DER file. Raises CertificateRefused."""
    from cryptography import x509

    data = data.removeprefix(b"\xef\xbb\xbf").strip() if b"-----" in data else data
    if not data.strip():
        raise CertificateRefused(f"the file is empty: {_AGAIN}")
    if len(data) > LONGEST_BYTES:
        raise CertificateRefused("the file is too long for a certificate: take the acquirer's file")
    kinds = [kind.decode() for kind in _BEGIN.findall(data)]
    if any("PRIVATE KEY" in kind for kind in kinds):
        raise CertificateRefused(
            "the file holds a private key: this terminal's key never leaves it and none comes in; "
            "ask the acquirer for a certificate made from this terminal's request"
        )
    if any("REQUEST" in kind for kind in kinds):
        raise CertificateRefused(
            "this is the request, not the certificate: send it to the acquirer and bring what "
            "comes back"
        )
    if kinds:
        whole = [m for m in _WHOLE.finditer(data) if m[1] in (b"CERTIFICATE", b"X509 CERTIFICATE")]
        if len(whole) < len(kinds):
            if {*kinds} - {"CERTIFICATE", "X509 CERTIFICATE"}:
                other = min({*kinds} - {"CERTIFICATE", "X509 CERTIFICATE"})
                raise CertificateRefused(
                    f"the file holds a {other}: ask the acquirer for PEM or DER certificates"
                )
            raise CertificateRefused(f"the certificate is cut off: {_AGAIN}")
        try:
            with _strictly():
                return [
                    x509.load_pem_x509_certificate(m[0].replace(b"X509 CERT", b"CERT"))
                    for m in whole
                ]
        except ValueError:
            raise CertificateRefused(
                f"a certificate in the file is damaged or cut off: {_AGAIN}"
            ) from None
    try:
        with _strictly():
            return [x509.load_der_x509_certificate(data)]
    except ValueError:
        pass
    if data.startswith(_SEQUENCE):
        raise CertificateRefused(
            f"this is no whole DER certificate: {_AGAIN}, or ask for it as PEM, with its chain"
        )
    raise CertificateRefused("this is no certificate: bring what the acquirer sent, as PEM or DER")


@contextlib.contextmanager
def _strictly() -> Iterator[None]:
    """What the library only warns of is refused, too, and what it has errors of its own for.
    Raises ValueError."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            yield
        except (Warning, TypeError, x509.InvalidVersion, UnsupportedAlgorithm) as e:
            raise ValueError(str(e)) from None


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Names, extensions and keys are parsed when they are looked at."""
    from cryptography import x509

    try:
        with _strictly():
            yield
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise CertificateRefused(
            f"a certificate in the file has fields that cannot be read: {_AGAIN}, or tell the "
            "acquirer"
        ) from None


def _known(authorities: bytes) -> list[x509.Certificate]:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(authorities)
    except (ValueError, x509.InvalidVersion):
        return []


def _chain(
    own: x509.Certificate, found: Sequence[x509.Certificate], known: Sequence[x509.Certificate]
) -> tuple[list[x509.Certificate], tuple[str, ...]]:
    """From the terminal's own up to its CA, whatever order they came in."""
    chain, rest = [own], [each for each in found if each is not own]
    while chain[-1].issuer != chain[-1].subject:
        named = [each for each in rest if each.subject == chain[-1].issuer]
        above = next((each for each in named if _signed(chain[-1], each)), None)
        if above is None and named:
            raise CertificateRefused(
                f"{_name(named[0])} did not sign {_name(chain[-1])}, though it has its issuer's "
                "name: ask the acquirer for the whole chain"
            )
        if above is None:
            break
        _check_authority(above)
        chain.append(above)
        rest.remove(above)
    if rest:
        raise CertificateRefused(
            f"{_name(rest[0])} in the file does not link this terminal's certificate to its CA: "
            "a link between is missing; ask the acquirer for the whole chain"
        )
    top = chain[-1]
    if top.issuer == top.subject or any(_signed(top, each) for each in known):
        return chain, ()
    issuer = top.issuer.rfc4514_string()
    return chain, (f"the chain ends at {_name(top)}: the host must know its issuer, {issuer}",)


def _signed(below: x509.Certificate, above: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_authority(certificate: x509.Certificate) -> None:
    from cryptography import x509

    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        basic = None
    if basic is None or not basic.value.ca:
        raise CertificateRefused(
            f"{_name(certificate)} is no CA, but signs this terminal's certificate: the host will "
            "refuse it; tell the acquirer"
        )


def _check_use(own: x509.Certificate) -> None:
    """RFC 5280, 4.2.1.12: without the extension any use is allowed."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        uses = list(own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return
    if not {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & {*uses}:
        raise CertificateRefused(
            "the certificate is not for a TLS client (extended key usage clientAuth is missing): "
            "ask the acquirer for one that is"
        )


def _check_time(certificate: x509.Certificate, now: datetime, *, clock_wrong: bool) -> None:
    name = _name(certificate)
    if certificate.not_valid_after_utc <= now:
        raise CertificateRefused(
            f"{name} ended on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC: ask the "
            "acquirer for a new one"
        )
    if not clock_wrong and certificate.not_valid_before_utc > now:
        raise CertificateRefused(
            f"{name} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC, "
            f"and this terminal's clock says {now:%Y-%m-%d %H:%M} UTC: set the clock, or wait"
        )


def _other_key(found: Sequence[x509.Certificate], wanted: str) -> str:
    names = ", ".join(_name(each) for each in found[:3])
    return (
        f"none of the certificates in the file ({names}) is for the key of this terminal's "
        "request: it was made from an older request or for another terminal; send the acquirer "
        f"the request again (its key's SHA-256 begins with {wanted[:16]})"
    )


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or f"serial number {certificate.serial_number:X}"


def _digest_of(certificate: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return _key_digest(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return ""


def _key_digest(key: object) -> str:
    import hashlib

    from cryptography.hazmat.primitives import serialization

    public: ec.EllipticCurvePublicKey = key  # type: ignore[assignment]
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def _signing_alone() -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
