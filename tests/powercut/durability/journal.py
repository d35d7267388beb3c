"""The terminal's journal, telling of each commit that returned; it can be made to sync less."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from cardamom.engines.keys.session import SessionKeys
from cardamom.store.books import Books
from cardamom.store.journal import _Line
from powercut.cuts import CutJournal

LEVELS: Final = ("FULL", "NORMAL", "OFF")
"""Of SQLite's `PRAGMA synchronous`: the product's, and two that show that a loss is found."""


def watched(heads: Path, level: str) -> type[CutJournal]:
    """A journal that writes number and hash of its last event, a line for each commit that
    returned, to `heads` on another disk."""
    fd = os.open(heads, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)

    class Watched(CutJournal):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            if level != "FULL":
                opener = self._open

                def open_slack() -> Books:
                    books = opener()
                    books._db.execute(f"PRAGMA synchronous = {level}")
                    return books

                self._line = _Line(open_slack)

        async def committed(self) -> None:
            seq, head = await self._call(Books.head)
            os.write(fd, f"{seq} {head.hex()}\n".encode())

        async def keep(self, keys: SessionKeys) -> None:
            self.power.point("before keeping session keys")
            await super().keep(keys)
            await self.committed()
            self.power.point("after keeping session keys")

    return Watched
