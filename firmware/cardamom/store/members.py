"""The registry of members: a table beside the chain, so that a name can be forgotten for good.

Who changed it is in the chain (OperatorAct), without name or UID.
"""

from __future__ import annotations

from collections.abc import Sequence

from cardamom.store.books import Books
from cardamom.store.journal import SqliteJournal
from cardamom.values.member import Member
from cardamom.values.secret import Pan

_ALL = "SELECT number, name, uid, issue, until, blocked FROM members"
_Row = tuple[str, str, bytes | None, int, str, int]


class SqliteMembers:
    """Implements ports.Members in the journal's file and thread."""

    def __init__(self, journal: SqliteJournal) -> None:
        self._journal = journal

    async def by_number(self, number: Pan) -> Member | None:
        """See ports.Members."""
        return await self._one(f"{_ALL} WHERE number = ?", number.reveal())

    async def by_uid(self, uid: bytes) -> Member | None:
        """See ports.Members."""
        return await self._one(f"{_ALL} WHERE uid = ?", uid)

    async def all(self) -> Sequence[Member]:
        """See ports.Members."""

        def work(books: Books) -> list[Member]:
            return [_member(row) for row in books.rows(f"{_ALL} ORDER BY number")]

        return await self._journal.run(work)

    async def keep(self, member: Member) -> None:
        """See ports.Members."""
        number = member.number.reveal()
        uid = member.uid or None
        row = (number, member.name, uid, member.issue, member.until, int(member.blocked))

        def work(books: Books) -> None:
            with books.commit():
                books.rows("UPDATE members SET uid = NULL WHERE uid = ?", uid)
                books.rows("DELETE FROM members WHERE number = ?", number)
                books.rows("INSERT INTO members VALUES (?, ?, ?, ?, ?, ?)", *row)

        await self._journal.run(work)

    async def remove(self, number: Pan) -> bool:
        """See ports.Members."""

        def work(books: Books) -> bool:
            with books.commit():
                books.flag("scrub", on=True)
                return bool(
                    books.rows("DELETE FROM members WHERE number = ? RETURNING 1", number.reveal())
                )

        return await self._journal.run(work)

    async def _one(self, statement: str, value: str | bytes) -> Member | None:
        def work(books: Books) -> Member | None:
            rows = books.rows(statement, value)
            return _member(rows[0]) if rows else None

        return await self._journal.run(work)


def _member(row: _Row) -> Member:
    number, name, uid, issue, until, blocked = row
    return Member(Pan(number), name, uid or b"", issue, until, bool(blocked))
