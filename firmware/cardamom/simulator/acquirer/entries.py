"""What a row of the ledger holds, and how a message names another one."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from typing import Any, Final

APPROVED: Final = "00"
_FLAGS: Final = frozenset({"advice", "uploaded"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A financial transaction. `pan` is masked; `account` names the issuer's account."""

    terminal: str
    merchant: str
    stan: str
    local_date: str
    local_time: str
    mti: str
    processing: str
    amount_minor: int
    currency: str
    pan: str
    account: str = ""
    code: str = ""
    auth_code: str = ""
    rrn: str = ""
    state: str = ""
    """approved, declined, reversed by a message, or voided by another transaction."""
    at: str = ""
    kind: str = "sale"
    batch: str = ""
    """Of the terminal, six digits; empty where the message names none."""
    sent: str = ""
    """Field 7."""
    original: str = ""
    """RRN of the row that this one undoes."""
    advice: bool = False
    """Approved offline, told afterwards."""
    reversed_at: str | None = None
    refunded_minor: int = 0
    """What refunds hold of it."""
    settled_batch: str | None = None
    """The batch with which it was settled."""
    uploaded: bool = False
    scripts: str = ""
    """Issuer-script results, hex."""

    @property
    def itself(self) -> Reference:
        """How another message names it."""
        return Reference(
            self.terminal,
            self.merchant,
            self.stan,
            self.batch,
            self.sent,
            self.local_date,
            self.local_time,
            self.rrn,
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """What a message says of another; empty is what it does not say. Two that say the same where
    both say something name the same message."""

    terminal: str
    merchant: str
    stan: str = ""
    batch: str = ""
    sent: str = ""
    local_date: str = ""
    local_time: str = ""
    rrn: str = ""

    def names(self, other: Reference) -> bool:
        """Whether both name one message."""
        mine, theirs = asdict(self), asdict(other)
        return all(not mine[n] or not theirs[n] or mine[n] == theirs[n] for n in mine)


def entry_of(row: sqlite3.Row) -> Entry:
    """A row of `transactions`."""
    return Entry(**values_of(row))


def values_of(row: sqlite3.Row) -> dict[str, Any]:
    """A row's columns but its number."""
    return {
        name: bool(row[name]) if name in _FLAGS else row[name]
        for name in row.keys()  # noqa: SIM118 a Row iterates values
        if name != "id"
    }
