"""Somebody with a card of the merchant's own, and what such cards may do here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from cardamom.values.money import Money
from cardamom.values.secret import Pan


@dataclass(frozen=True, slots=True)
class Member:
    """`uid`: of the tag that stands for the member where a UID alone is taken. `issue`: of the card
    that is valid; an older one is blocked. `until`: the last month, YYMM, or empty."""

    number: Pan
    name: str = field(default="", repr=False)
    uid: bytes = field(default=b"", repr=False)
    issue: int = 0
    until: str = ""
    blocked: bool = False

    def expired(self, today: date) -> bool:
        return bool(self.until) and self.until < f"{today:%y%m}"


class UidUse(StrEnum):
    """What a UID alone is good for."""

    REFUSE = "refuse"
    MEMBERS = "members"
    """It names a member, and pays nothing."""
    PAY = "pay"


@dataclass(frozen=True, slots=True)
class ClosedLoop:
    """`keys`: the merchant's public keys by the name that a card's record has for them. `prefixes`:
    what account numbers begin with. `pays`: the host takes such cards."""

    keys: Mapping[bytes, bytes]
    prefixes: tuple[str, ...]
    uid: UidUse
    uid_limit: Money
    pays: bool = True
