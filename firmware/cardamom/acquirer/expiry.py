"""When a certificate of ours ends."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from cardamom.worker import StuckError, Worker

READ_S: Final = 10.0
"""The first look loads the library."""


class Expiry:
    """Of the PEM file at `path`, read anew at each look: a renewed one counts at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._worker: Worker | None = None

    async def end(self) -> datetime | None:
        """See end_of; None also where the disk does not answer. Never raises."""
        if self._worker is None or self._worker.stuck:
            self._worker = Worker("certificate")
        try:
            return await self._worker.call(end_of, self._path, deadline_s=READ_S)
        except StuckError:
            return None

    def close(self) -> None:
        """Lets the thread go."""
        if self._worker is not None:
            self._worker.close()


def end_of(path: Path) -> datetime | None:
    """The earliest end, in UTC, of the certificates in a PEM file: the terminal's own and those
    that link it to its CA. None where it holds none that can be read. Blocks."""
    from cryptography import x509

    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
        return min(certificate.not_valid_after_utc for certificate in chain)
    except (OSError, ValueError):
        return None
