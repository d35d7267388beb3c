"""What flows need of storage tags, and of those who hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cardamom.values.contactless import Tech
from cardamom.values.member import Member
from cardamom.values.secret import Pan


class Tag(Protocol):
    """What answers in the field and speaks no ISO/IEC 14443-4: a storage tag."""

    @property
    def tech(self) -> Tech: ...

    @property
    def uid(self) -> bytes: ...

    async def read(self, page: int) -> bytes:
        """16 bytes from 4-byte page `page` on (READ of an NFC Forum Type 2 tag). Raises CardFault
        where it is no such tag, has no such page, or left."""
        ...

    async def write(self, page: int, data: bytes) -> None:
        """4 bytes to page `page` (WRITE of the same). What became of it is only known once it is
        read again. Raises CardFault where the tag left."""
        ...

    async def removed(self) -> None:
        """See Card."""
        ...

    async def close(self) -> None:
        """Switches the field off; never raises."""
        ...


class Members(Protocol):
    """Who holds the merchant's own cards, as far as this terminal knows. Each method raises
    JournalFault."""

    async def by_number(self, number: Pan) -> Member | None: ...

    async def by_uid(self, uid: bytes) -> Member | None: ...

    async def all(self) -> Sequence[Member]:
        """By number."""
        ...

    async def keep(self, member: Member) -> None:
        """Adds or replaces; durable when it returns. A UID leaves whoever had it."""
        ...

    async def remove(self, number: Pan) -> bool:
        """Forgets all of it; False where there was none."""
        ...
