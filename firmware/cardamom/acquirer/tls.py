"""TLS as the link wants it, and its refusals in words a technician can act on."""

from __future__ import annotations

import errno
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cardamom.faults import SettingsError
from cardamom.values.secret import Key

BUILT: Final = datetime(2025, 11, 1, tzinfo=UTC)
"""No clock that is right shows a time before this."""

_CIPHERS: Final = (
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!SHA1:!AESCCM"
)
"""Of TLS 1.2: forward secrecy alone. The level, whatever the system's openssl.cnf allows, takes no
RSA key below 2048 bits and no SHA-1 signature (SSL_CTX_set_security_level(3))."""

_VERIFY: Final = {
    7: "the signature of the host's certificate is wrong",
    9: "the host's certificate is not valid yet",
    10: "the host's certificate has expired",
    18: "the host's certificate is self-signed",
    19: "the host's chain ends in a CA that acquirer.ca_file does not hold",
    20: "the host's certificate is from a CA that acquirer.ca_file does not hold",
    21: "the host's certificate is from a CA that acquirer.ca_file does not hold",
    24: "the host's certificate is signed by one that is no CA",
    26: "the host's certificate is not for a server",
    62: "the host's certificate is for another name than acquirer.server_name",
    64: "the host's certificate is for another address than acquirer.server_name",
    66: "the host's certificate has a key that is too weak: RSA needs 2048 bits",
    67: "a CA in the host's chain has a key that is too weak: RSA needs 2048 bits",
    68: "the host's chain has a signature that is too weak, as SHA-1 is",
    79: "the host's certificate is signed by one that is no CA",
}
"""OpenSSL's X509_V_ERR_ codes (x509_vfy.h)."""
_CLOCK = (9, 10)

_OLD: Final = "the host speaks no TLS 1.2 or later"
_REASONS: Final = {
    "UNSUPPORTED_PROTOCOL": _OLD,
    "WRONG_SSL_VERSION": _OLD,
    "TLSV1_ALERT_PROTOCOL_VERSION": _OLD,
    "EE_KEY_TOO_SMALL": _VERIFY[66],
    "CA_KEY_TOO_SMALL": _VERIFY[67],
    "CA_MD_TOO_WEAK": _VERIFY[68],
    "TLSV1_ALERT_UNKNOWN_CA": "the host does not know the CA of acquirer.cert_file",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the host refuses acquirer.cert_file",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the host refuses acquirer.cert_file",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "the host refuses the kind of acquirer.cert_file",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the host says that acquirer.cert_file has expired",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "the host says that acquirer.cert_file is revoked",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the host wants a certificate and was given none",
}
"""Reasons of OpenSSL's sslerr.h, alerts of RFC 8446, 6.2."""


def client_context(ca_file: Path, cert_file: Path, key_file: Path) -> ssl.SSLContext:
    """TLS 1.2 or later, the host's chain and name verified, our certificate at hand.

    Raises SettingsError naming the key of the file that is wrong.
    """
    context = _context(ca_file)
    for key, path in (("cert_file", cert_file), ("key_file", key_file)):
        _must_open(f"acquirer.{key}", path)
    try:
        context.load_cert_chain(cert_file, key_file, password=_no_password)
    except (OSError, ssl.SSLError, ValueError) as e:
        reason = getattr(e, "reason", None) or ""
        why = {
            "EE_KEY_TOO_SMALL": "has a key that is too weak: RSA needs 2048 bits",
            "CA_MD_TOO_WEAK": "has a signature that is too weak, as SHA-1 is",
            "KEY_VALUES_MISMATCH": f"belongs to another key than {key_file} (acquirer.key_file)",
        }.get(reason)
        if why is not None:
            raise SettingsError(f"acquirer.cert_file: {cert_file} {why}") from None
        raise SettingsError(
            f"acquirer.cert_file, acquirer.key_file: {cert_file} and {key_file} are no readable "
            "PEM certificate and its key"
        ) from None
    return context


def enrolled_context(ca_file: Path, slot: Path, secret: Key) -> ssl.SSLContext:
    """The same with key and certificate in one file, the key enciphered under `secret`.

    Raises SettingsError.
    """
    context = _context(ca_file)
    _load(context, slot, secret)
    return context


def loadable(slot: Path, secret: Key) -> None:
    """Raises SettingsError where no connection could be made with what this file holds."""
    _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), slot, secret)


def _context(ca_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError):
        raise SettingsError(f"acquirer.ca_file: {ca_file} is no readable PEM certificate") from None
    return context


def _load(context: ssl.SSLContext, slot: Path, secret: Key) -> None:
    context.set_ciphers(_CIPHERS)  # its level holds for our own certificate as well
    try:
        context.load_cert_chain(slot, password=secret.reveal)
    except (OSError, ssl.SSLError, ValueError) as e:
        reason = getattr(e, "reason", None) or ""
        why = {
            "EE_KEY_TOO_SMALL": "has a key that is too weak: RSA needs 2048 bits",
            "CA_KEY_TOO_SMALL": "has a CA whose key is too weak: RSA needs 2048 bits",
            "CA_MD_TOO_WEAK": "has a signature that is too weak, as SHA-1 is",
            "KEY_VALUES_MISMATCH": "does not belong to the key beside it",
        }.get(
            reason,
            "does not open with this journal's key, or is damaged: enrol again with `cardamom "
            "certificate renew`",
        )
        raise SettingsError(f"acquirer.certificate_dir: the certificate {slot} {why}") from None


def _must_open(key: str, path: Path) -> None:
    try:
        path.open("rb").close()
    except FileNotFoundError:
        hint = "; systemd hands it over with LoadCredential=" if key.endswith("key_file") else ""
        raise SettingsError(f"{key}: {path} is missing{hint}") from None
    except OSError as e:
        raise SettingsError(f"{key}: {path} cannot be read ({e.strerror})") from None


def _no_password() -> str:
    """Without this an enciphered key would ask on the terminal that the daemon may not have."""
    raise ValueError("the key is enciphered")


def in_words(error: BaseException, now: datetime, not_before: datetime = BUILT) -> str:
    """Why a connection failed, and what to look at. `not_before`: no clock that is right shows a
    time before this."""
    match error:
        case ssl.SSLCertVerificationError(verify_code=code):
            if code in _CLOCK and now < max(BUILT, not_before):
                return f"this terminal's clock says {now:%Y-%m-%d %H:%M} UTC: set it"
            return _VERIFY.get(code, f"the host's certificate is refused (OpenSSL {code})")
        case ssl.SSLError():
            return refusal(error)
        case socket.gaierror():
            return "the host's name is not known: check acquirer.host and the network"
        case TimeoutError():
            return "the host does not answer: check acquirer.host, acquirer.port and the network"
        case ConnectionRefusedError():
            return "the host refuses the connection: check acquirer.port"
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH | errno.ENETDOWN):
            return "the network is unreachable: check cable or Wi-Fi"
        case ConnectionError() | EOFError():
            return "the host closed the connection"
        case _:
            return f"the connection failed ({type(error).__name__})"


def refusal(error: ssl.SSLError) -> str:
    """What ended TLS, ours or the host's alert."""
    reason = str(error.reason or "")
    said = reason.lower().replace("_", " ") or type(error).__name__
    return _REASONS.get(reason, f"TLS failed: {said}")
