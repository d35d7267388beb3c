"""How the board itself is: warm, well fed, with room to write."""

from __future__ import annotations

from datetime import datetime

import msgspec


class BoardReading(msgspec.Struct, frozen=True, kw_only=True):
    """What the board's sensors say; None where it has no such sensor."""

    free_bytes: int | None = None
    """What the daemon may still write to the journal's file system."""
    total_bytes: int | None = None
    celsius: float | None = None
    """Of the processor."""
    under_voltage: bool | None = None
    """Now, or within the two seconds that the kernel looks back."""
    under_voltage_since_start: bool | None = None
    throttled: bool | None = None
    """The processor is held back now: by warmth or by voltage."""
    throttled_since_start: bool | None = None
    wear_percent: int | None = None
    """Of the writing life of the journal's disk, as it says itself."""
    spare: int | None = None
    """Its reserved blocks: 1 normal, 2 eight tenths are used, 3 nearly all are."""
    fillings: float | None = None
    """How often the journal's file system was written over in its life."""


class CertificateReading(msgspec.Struct, frozen=True, kw_only=True):
    """How the terminal's TLS certificates are; None and empty where nobody knows."""

    end: datetime | None = None
    """Of the terminal's own certificate and those that link it to its CA."""
    authority_end: datetime | None = None
    """Of the CA that vouches for the host: the last of them, where there are several."""
    trouble: str = ""
    """Why no connection can be made with it, and what to do."""
