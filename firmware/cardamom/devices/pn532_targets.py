"""What InListPassiveTarget answers (PN532 user manual UM0701-02, 7.3.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cardamom.values.contactless import Tech

ISO_DEP: Final = 0x20
"""SAK: speaks ISO/IEC 14443-4 (ISO/IEC 14443-3, 6.5.3.3)."""
ATQB_SIZE: Final = 12
RANDOM_UID: Final = 0x08
MOST: Final = 2
"""The chip holds no more."""


@dataclass(frozen=True, slots=True)
class Target:
    """`sak` is type A's. `takes_cid`: type B's, which the chip then gave a number."""

    tech: Tech
    number: int
    uid: bytes = field(repr=False)
    sak: int = ISO_DEP
    takes_cid: bool = False

    @property
    def speaks_iso_dep(self) -> bool:
        return bool(self.sak & ISO_DEP)

    @property
    def keeps_uid(self) -> bool:
        """Its UID is the same after a reset: type A's, unless it is a random one (ISO/IEC 14443-3,
        6.5.4: four bytes, the first 08)."""
        random = len(self.uid) == 4 and self.uid[0] == RANDOM_UID
        return self.tech is Tech.A and bool(self.uid) and not random


@dataclass(frozen=True, slots=True)
class Found:
    a: list[Target]
    b: list[Target]

    @property
    def count(self) -> int:
        return len(self.a) + len(self.b)


def parse_a(answer: bytes) -> list[Target]:
    """As far as it can be understood: what cannot is another card that cannot be used."""
    targets: list[Target] = []
    at = 1
    for _ in range(_count(answer)):
        head = answer[at : at + 5]
        size = head[4] if len(head) == 5 else 0
        uid = answer[at + 5 : at + 5 + size]
        if not size or len(uid) < size:
            targets.append(Target(Tech.A, len(targets) + 1, b"", 0))
            continue
        targets.append(Target(Tech.A, head[0], uid, head[3]))
        at += 5 + size
    return targets


def parse_b(answer: bytes) -> list[Target]:
    """Each with its ATQB and the answer to ATTRIB."""
    targets: list[Target] = []
    at = 1
    for _ in range(_count(answer)):
        number, atqb = answer[at : at + 1], answer[at + 1 : at + 1 + ATQB_SIZE]
        if len(atqb) < ATQB_SIZE:
            targets.append(Target(Tech.B, len(targets) + 1, b""))
            continue
        takes_cid = bool(atqb[11] & 0x01)
        targets.append(Target(Tech.B, number[0], atqb[1:5], takes_cid=takes_cid))
        at += 1 + ATQB_SIZE
        at += 1 + (answer[at] if at < len(answer) else 0)
    return targets


def _count(answer: bytes) -> int:
    return min(answer[0], MOST) if answer else 0
