"""TLS as the link wants it, and its refusals in words a technician can act on."""

from __future__ import annotations

import errno
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cardamom.faults import SettingsError

BUILT: Final = datetime(2025, 11, 1, tzinfo=UTC)
"""No clock that is right shows a time before this."""

_VERIFY: Final = {
    9: "the host's certificate is not valid yet",
    10: "the host's certificate has expired",
    18: "the host's certificate is self-signed",
    19: "the host's chain ends in a CA that acquirer.ca_file does not hold",
    20: "the host's certificate is from a CA that acquirer.ca_file does not hold",
    62: "the host's certificate is for another name than acquirer.server_name",
    64: "the host's certificate is for another address than acquirer.server_name",
    66: "the host's certificate has a key that is too weak",
    67: "a CA in the host's chain has a key that is too weak",
}
"""OpenSSL's X509_V_ERR_ codes (x509_vfy.h)."""
_CLOCK = (9, 10)


def client_context(ca_file: Path, cert_file: Path, key_file: Path) -> ssl.SSLContext:
    """TLS 1.2 or later, the host's chain and name verified, our certificate at hand.

    Raises SettingsError naming the key of the file that is wrong.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError):
        raise SettingsError(f"acquirer.ca_file: {ca_file} is no readable PEM certificate") from None
    try:
        context.load_cert_chain(cert_file, key_file, password=_no_password)
    except (OSError, ssl.SSLError, ValueError):
        raise SettingsError(
            f"acquirer.cert_file, acquirer.key_file: {cert_file} and {key_file} are no readable "
            "PEM certificate and its key"
        ) from None
    return context


def _no_password() -> str:
    """Without this an enciphered key would ask on the terminal that the daemon may not have."""
    raise ValueError("the key is enciphered")


def in_words(error: BaseException, now: datetime) -> str:
    """Why a connection failed, and what to look at."""
    match error:
        case ssl.SSLCertVerificationError(verify_code=code):
            if code in _CLOCK and now < BUILT:
                return f"this terminal's clock says {now:%Y-%m-%d}: set it"
            return _VERIFY.get(code, f"the host's certificate is refused (OpenSSL {code})")
        case ssl.SSLError(reason=reason) if reason:
            return f"TLS failed: {str(reason).lower().replace('_', ' ')}"
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
