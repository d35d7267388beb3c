"""What opening the case does to a journal: keys go, and it takes no payment until it is cleared.

The flag lies in the journal itself, in the commit that erases: a cut leaves both or neither, and a
restart finds it. What is owed stays, with the sealed card data and the journal key that it needs:
it goes out as far as it can without the keys that went.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cardamom.faults import JournalFault
from cardamom.store.database import open_for_reading
from cardamom.store.vault import KeyTrouble
from cardamom.values.alarms import Cause
from cardamom.values.terminal_events import KeysChanged, OperatorAct, Tampered

if TYPE_CHECKING:
    from cardamom.store.books import Books

SENTENCE: Final = (
    "the case was opened and this terminal's keys are erased: look for what was changed in it, "
    "then `cardamom tamper clear` and bring the keys in again"
)
_FLAG: Final = "SELECT value FROM meta WHERE name = 'tampered'"


def flagged(db: sqlite3.Connection) -> bool:
    row = db.execute(_FLAG).fetchone()
    return row is not None and bool(row[0])


def refuse_tampered(db: sqlite3.Connection) -> None:
    """Raises KeyTrouble."""
    if flagged(db):
        raise KeyTrouble(SENTENCE, Cause.TAMPER)


def is_tampered(path: Path) -> bool:
    """As a terminal finds it at its start; False where there is no journal to say so."""
    try:
        with open_for_reading(path, older=True) as db:
            return flagged(db)
    except JournalFault:
        return False


def erase_tampered(books: Books, at: datetime) -> tuple[str, ...]:
    """Destroys every key, and what is kept of torn taps, in one durable commit, in log and copies
    too; the slots that held one.

    Where a reader holds the log, the next tidying cleans it.
    """
    keyring = books.guard.keyring
    slots = tuple(held.slot for held in keyring.held() if held.slot != "board")
    with books.commit():
        keyring.drop(slots)
        books.erase_torn()
        books.flag("tampered", on=True)
        books.flag("scrub", on=True)
        for slot in slots:
            books.note(KeysChanged(at=at, slot=slot, check_values=(), how="erased"))
        books.note(Tampered(at=at))
    return slots


def clear_tampered(books: Books, operator: str, at: datetime) -> bool:
    """A technician has looked; False where there was nothing to clear. Keys stay erased."""
    if not books.tampered():
        return False
    with books.commit():
        books.flag("tampered", on=False)
        books.note(OperatorAct(at=at, operator=operator, act="tamper_clear"))
    return True
