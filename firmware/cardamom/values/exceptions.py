"""The exception list: cards that are to be stopped or asked about (EMV 4.4 Book 4, 6.3.5)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from cardamom.values.secret import Key, Pan


def listed_as(key: Key, pan: Pan) -> str:
    """How the list names a card: HMAC-SHA-256 of its number under the list's key, 32 hex digits. A
    plain hash of a number could be searched in minutes."""
    return hmac.digest(key.reveal(), pan.reveal().encode(), "sha256")[:16].hex()


@dataclass(frozen=True, slots=True)
class ExceptionList:
    """`key` None: nobody is on it."""

    key: Key | None = None
    hashes: frozenset[str] = field(default=frozenset(), repr=False)

    def holds(self, pan: Pan) -> bool:
        return self.key is not None and listed_as(self.key, pan) in self.hashes


NONE_LISTED: Final = ExceptionList()
