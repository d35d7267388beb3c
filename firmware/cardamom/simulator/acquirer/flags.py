"""What the acquirer finds odd: one row a finding, for a person or a test to read."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from enum import StrEnum

from cardamom.story import tell


class Flag(StrEnum):
    """What was found."""

    TWO_CERTIFICATES = "two-certificates"
    """One terminal id came with two client certificates: a cloned or restored terminal."""
    AFTER_REVERSAL = "original-after-reversal"
    SAME_NUMBERS = "same-numbers-other-content"
    """A second original with the numbers of another, but of another amount, currency or kind."""
    ADVICE_DIFFERS = "advice-differs"
    """An advice came again with other content."""
    KSN_TWICE = "ksn-twice"
    WRONG_MAC = "wrong-mac"
    REVERSAL_DIFFERS = "reversal-differs"
    """A reversal of another amount than its original's, or of what was voided or refunded."""
    SETTLED_BATCH = "settled-batch"
    """Something new for a batch that is settled."""
    UPLOAD_ADDED = "upload-added"
    """The terminal's batch holds what the ledger did not."""
    UPLOAD_DIFFERS = "upload-differs"
    NOT_UPLOADED = "not-uploaded"
    """The ledger's batch holds what the terminal did not upload."""


class Flags:
    """The flags of a ledger, and what it must remember to raise some."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def raise_(self, flag: Flag, terminal: str, stan: str, detail: str) -> None:
        """One finding; `detail` is a sentence without card data."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._db.execute(
            "INSERT INTO flags (at, terminal, stan, flag, detail) VALUES (?, ?, ?, ?, ?)",
            (at, terminal, stan, flag.value, detail),
        )
        tell("acquirer_flags", flag=flag.value, terminal=terminal, stan=stan)

    def certificate(self, terminal: str, fingerprint: str) -> None:
        """A terminal id came over a connection with this client certificate (SHA-256, hex)."""
        known = {
            row[0]
            for row in self._db.execute(
                "SELECT fingerprint FROM certificates WHERE terminal = ?", (terminal,)
            )
        }
        if fingerprint in known:
            return
        self._db.execute("INSERT INTO certificates VALUES (?, ?)", (terminal, fingerprint))
        if known:
            detail = f"certificate {fingerprint[:16]}, before {min(known)[:16]}"
            self.raise_(Flag.TWO_CERTIFICATES, terminal, "", detail)

    def key_serial(self, ksn: str, terminal: str, stan: str) -> None:
        """A message took the key of this serial number, hex."""
        row = self._db.execute("SELECT stan FROM key_serials WHERE ksn = ?", (ksn,)).fetchone()
        if row is None:
            self._db.execute("INSERT INTO key_serials VALUES (?, ?)", (ksn, stan))
            return
        detail = f"key {ksn} was taken by trace {row[0]} already"
        self.raise_(Flag.KSN_TWICE, terminal, stan, detail)
