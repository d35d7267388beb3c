"""What the self-test looks at on a connection: TLS, both certificates, an echo there and back."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardamom.acquirer.expiry import end_of
from cardamom.acquirer.opening import Opener
from cardamom.acquirer.session import Session
from cardamom.faults import HostFault
from cardamom.values.selftest import LinkFacts


async def try_session(session: Session, opener: Opener, *, profile: str, echo: bool) -> LinkFacts:
    """Raises HostFault where the host does not answer the echo, or refuses it."""
    took: float | None = None
    if echo:
        clock = asyncio.get_running_loop().time
        began = clock()
        if not await opener.echo(session):
            raise HostFault(session.why or "the host refuses an echo")
        took = (clock() - began) * 1000
    tls = session.tls
    shown: dict[str, Any] = dict(tls.getpeercert() or {}) if tls is not None else {}
    cipher = tls.cipher() if tls is not None else None
    return LinkFacts(
        host=session.host.name,
        profile=profile,
        tls=(tls.version() if tls is not None else None) or "-",
        cipher=cipher[0] if cipher else "-",
        names=tuple(value for _, value in shown.get("subjectAltName", ())),
        host_expires=_end(shown.get("notAfter")),
        echo_ms=took,
    )


def own_certificate(path: Path) -> tuple[str, datetime] | None:
    """Subject of the first certificate in a PEM file, and the earliest end of its chain; None
    where it cannot be read. Blocks."""
    from cryptography.x509 import InvalidVersion, load_pem_x509_certificate

    end = end_of(path)
    try:
        certificate = load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError, TypeError, InvalidVersion):
        return None
    return (certificate.subject.rfc4514_string(), end) if end is not None else None


def _end(text: str | None) -> datetime | None:
    if not text:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
