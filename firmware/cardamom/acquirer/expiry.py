"""How the terminal's own certificate is: when it ends, and whether it can be used at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from cardamom.acquirer.identity import Identity
from cardamom.faults import Fault
from cardamom.values.board import CertificateReading
from cardamom.worker import StuckError, Worker

READ_S: Final = 10.0
"""The first look loads the library."""


class Expiry:
    """Reads the files anew at each look: a renewed certificate counts at once."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._worker: Worker | None = None

    async def look(self) -> CertificateReading:
        """Empty also where the disk does not answer. Never raises."""
        if self._worker is None or self._worker.stuck:
            self._worker = Worker("certificate")
        try:
            return await self._worker.call(read, self._identity, deadline_s=READ_S)
        except StuckError:
            return CertificateReading()

    def close(self) -> None:
        """Lets the thread go."""
        if self._worker is not None:
            self._worker.close()


def read(identity: Identity) -> CertificateReading:
    """Blocks. Never raises."""
    try:
        identity.context()
    except Fault as e:
        trouble = str(e)
    else:
        trouble = ""
    return CertificateReading(
        end=end_of(identity.certificate),
        authority_end=end_of(identity.ca_file, latest=True),
        trouble=trouble,
    )


def end_of(path: Path, *, latest: bool = False) -> datetime | None:
    """The earliest end, in UTC, of the certificates in a PEM file: the terminal's own and those
    that link it to its CA; of CAs that are each enough the `latest`. None where it holds none that
    can be read. Blocks."""
    from cryptography import x509

    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
        ends = [certificate.not_valid_after_utc for certificate in chain]
        return max(ends) if latest else min(ends)
    except (OSError, ValueError, x509.InvalidVersion):
        return None
