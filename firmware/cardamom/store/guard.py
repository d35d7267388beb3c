"""Holds a journal to its board and to its high-water mark.

A journal that belongs to another board, or that is behind its mark, was moved, cloned or restored:
nothing that it says of the last hours can be trusted, and numbers or keys that it would use may
have been used. It takes no number then, until a technician injects the keys again.

Numbers are reserved in the mark before they are used, a block at a time, and a start goes on behind
what was reserved: what a journal restored within one block may have used is not used again.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cardamom.engines.keys.working import Scheme
from cardamom.faults import JournalFault
from cardamom.store.database import writing
from cardamom.store.keyring import (
    ALL_USED,
    NO_KEY,
    Handed,
    Keyring,
    Slot,
    ahead,
    serial_of,
)
from cardamom.store.mark import Mark, MarkFile
from cardamom.store.numbers import MAX_STAN, next_stan
from cardamom.store.reads import Reads
from cardamom.store.tamper import refuse_tampered
from cardamom.store.vault import KeyTrouble
from cardamom.values.alarms import Cause

BLOCK: Final = 64
"""Trace numbers, keys and events between two writings of the mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a journal is held to."""

    board: str
    """The board's serial number."""
    mark: Path | None = None
    scheme: Scheme = Scheme.X9_19
    """How messages are protected; under DUKPT each takes a key in the commit of its event."""


UNBOUND: Final = Binding(board="")
"""Held to nothing."""


class Guard:
    """Gives numbers and keys out, and refuses to."""

    def __init__(
        self, db: sqlite3.Connection, reads: Reads, binding: Binding, handed: Handed
    ) -> None:
        self._db = db
        self._reads = reads
        self._binding = binding
        self._file = MarkFile(binding.mark) if binding.mark is not None else None
        self._mark: Mark | None = None
        self._head = (0, b"")
        self.keyring = Keyring(db, reads.vault, binding.board, handed)
        self.barred: JournalFault | None = None
        """Why no number is given out."""
        self.behind = False
        """The journal is not the one that the mark tells of."""

    @property
    def scheme(self) -> Scheme:
        """How messages are protected."""
        return self._binding.scheme

    def start(self, at: datetime) -> None:
        """Looks whose journal this is, and goes on behind what was reserved."""
        if not self._binding.board:
            return
        self.behind = False
        try:
            self.barred = self._judged(at)
            if self.barred is None and self._file is not None:
                self._pass_over()
        except JournalFault as fault:
            self.barred = fault

    def hold(self) -> None:
        """Raises JournalFault while no number is given out."""
        if self.barred is not None:
            raise self.barred.with_traceback(None)

    def check(self, at: datetime) -> None:
        """Looks again where it refused, for the vault's key may have come; raises JournalFault
        with why no number or key can be given out."""
        refuse_tampered(self._db)
        if self.barred is not None:
            self.start(at)
        self.hold()
        if self._binding.scheme.dukpt:
            state = self.keyring.dukpt()
            if state is None:
                raise KeyTrouble(NO_KEY)
            if not state.left:
                raise KeyTrouble(ALL_USED, Cause.KEYS_EXHAUSTED)

    def dukpt_left(self) -> int | None:
        """How many DUKPT keys are left; None where there are none that open here."""
        try:
            state = self.keyring.dukpt()
        except JournalFault:
            return None
        return state.left if state is not None else None

    def began(self, head: tuple[int, bytes]) -> None:
        """A commit begins behind this event."""
        self._head = head
        self.keyring.forget()
        mark = self._mark
        if mark is not None and self.barred is None and head[0] - mark.seq >= BLOCK:
            self._reserve(mark.stan, mark.counter)

    def stan(self, batch: int) -> int:
        """The next trace number, in the caller's commit. Raises JournalFault."""
        self.hold()
        number = next_stan(self._db, batch)
        mark = self._mark
        if mark is not None and (mark.stan - number) % MAX_STAN > BLOCK:
            self._reserve(_on(number, BLOCK), mark.counter)
        return number

    def ksn(self) -> str:
        """The next key's serial number in hex, empty without DUKPT. Raises JournalFault."""
        self.hold()
        if not self._binding.scheme.dukpt:
            return ""
        name = self.keyring.draw()
        if self._mark is not None:
            self._cover_keys(self._mark)
        return name

    def opened(self, batch: int) -> None:
        """The commit under way opens a batch."""
        if self._mark is not None and self.barred is None:
            self._reserve(self._mark.stan, self._mark.counter, batch=batch)

    def release(self) -> None:
        """At a stop: what was reserved and not used may be used after all."""
        if self._mark is not None and self.barred is None:
            self._head = self._reads.head()
            state = self.keyring.dukpt()
            self._reserve(self._stan(), state.counter if state is not None else 0)

    def loads(self, keys: bytes) -> bool:
        """Notes in the caller's commit that an initial key comes in, named by its key serial
        number; False where a key of it may have been used."""
        mark = self._old_mark()
        query = "SELECT 1 FROM dukpt_loaded WHERE serial = ?"
        known = self._db.execute(query, (keys,)).fetchone() is not None
        marked = mark.keys if mark is not None else b""
        # the mark is about to forget what a lost journal had
        for serial in filter(None, (keys, marked)):
            self._db.execute("INSERT OR IGNORE INTO dukpt_loaded VALUES (?)", (serial,))
        return self._unused(keys) if known else keys != marked

    def _unused(self, keys: bytes) -> bool:
        try:
            state = self.keyring.dukpt()
        except JournalFault:
            return False
        return state is not None and serial_of(state) == keys and state.counter == 1

    def renew(self, at: datetime) -> None:
        """Binds the journal to this board and its mark anew, in the caller's commit, behind all
        that the mark has reserved. Keys of another board are gone."""
        self.keyring.drop([held.slot for held in self.keyring.held() if not held.opens])
        self.keyring.put(Slot.BOARD, b"mark" if self._file else b"", (), at)
        if (old := self._old_mark()) is not None:
            self._set_stan(old.stan)
            self.keyring.pass_over(old.keys, old.counter)

    def renewed(self) -> None:
        """That commit is durable: the mark may tell of this journal from now on."""
        self.barred = None
        self.behind = False
        self._head = self._reads.head()
        self._reserve(_on(self._stan(), BLOCK), 0)

    def probe(self) -> None:
        """Learns whether the mark can be written. Raises MarkFault."""
        if self._mark is not None and self.barred is None:
            self._reserve(self._mark.stan, self._mark.counter)

    def pass_stan(self, stan: int) -> None:
        """Trace numbers go on behind this one, in the caller's commit; `renewed` follows it."""
        self._set_stan(stan)

    def last_stan(self) -> int:
        """The last trace number given out."""
        return self._stan()

    def marked_batch(self) -> int:
        """The batch that the mark tells of; 0 where it tells of none."""
        mark = self._old_mark()
        return mark.batch if mark is not None else 0

    def _old_mark(self) -> Mark | None:
        """The mark as it stands in its file; None where there is none or it cannot be read."""
        if self._file is not None:
            with contextlib.suppress(JournalFault):
                return self._file.read()
        return None

    def _judged(self, at: datetime) -> JournalFault | None:
        anchor = self.keyring.get(Slot.BOARD)
        mark = self._file.read() if self._file is not None else None
        if mark is not None and mark.seq and not self._holds(mark):
            self.behind = True
            return KeyTrouble(
                "this journal is older than the terminal's high-water mark, or another one: it was "
                "restored or cloned; ask support, then inject the terminal's keys again "
                "(`cardamom keys import`)",
                Cause.CLONED,
            )
        if anchor == b"mark" and self._file is not None and mark is None:
            self.behind = True
            return KeyTrouble(
                f"the high-water mark {self._binding.mark} is missing: put it back, or inject the "
                "terminal's keys again (`cardamom keys import`)",
                Cause.CLONED,
            )
        wanted = b"mark" if self._file is not None else b""
        if self._file is not None and mark is None:
            self._file.write(Mark(seq=0, head=b"", stan=0, batch=self._reads.batch()))
        if anchor != wanted:
            with writing(self._db):
                self.keyring.put(Slot.BOARD, wanted, (), at)
        return None

    def _holds(self, mark: Mark) -> bool:
        row = self._db.execute("SELECT hash FROM events WHERE seq = ?", (mark.seq,)).fetchone()
        return row is not None and bytes(row[0]) == mark.head

    def _pass_over(self) -> None:
        mark = self._file.read() if self._file is not None else None
        if mark is None:
            return
        with writing(self._db):
            self._set_stan(mark.stan)
            if self._binding.scheme.dukpt:
                self.keyring.pass_over(mark.keys, mark.counter)
        self._head = self._reads.head()
        self._mark = mark
        self._reserve(_on(self._stan(), BLOCK), 0)

    def _cover_keys(self, mark: Mark) -> None:
        state = self.keyring.dukpt()
        if state is not None and (serial_of(state) != mark.keys or state.counter > mark.counter):
            self._reserve(mark.stan, 0)

    def _reserve(self, stan: int, counter: int, *, batch: int = 0) -> None:
        """Writes the mark. `counter` 0: a block ahead of the next key. Where no DUKPT key is here
        it goes on telling of the last one, which must not come in again."""
        if self._file is None:
            return
        if self._binding.scheme.dukpt and (state := self.keyring.dukpt()) is not None:
            keys = serial_of(state)
            counter = counter or ahead(state, BLOCK)
        else:
            last = self._mark or self._old_mark()
            keys, counter = (last.keys, last.counter) if last is not None else (b"", 0)
        seq, head = self._head
        mark = Mark(
            seq=seq,
            head=head,
            stan=stan,
            batch=batch or self._reads.batch(),
            keys=keys,
            counter=counter,
        )
        self._file.write(mark)
        self._mark = mark

    def _stan(self) -> int:
        row = self._db.execute("SELECT value FROM meta WHERE name = 'stan'").fetchone()
        return int(row[0])

    def _set_stan(self, stan: int) -> None:
        """Forward alone: in a circle, half of it lies ahead."""
        if (stan - self._stan()) % MAX_STAN < MAX_STAN // 2:
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'stan'", (stan,))


def _on(stan: int, count: int) -> int:
    return (stan + count - 1) % MAX_STAN + 1
