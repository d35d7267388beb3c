"""Keys at rest: each in a slot of the journal's file, sealed for this slot and this board.

A key is under AES-256-GCM with a key that comes from the vault's master key; the slot's name and
the board's serial number are bound to it, so that a file on another board opens none of them.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from cardamom.engines.keys.registers import DukptError, KeysExhaustedError
from cardamom.faults import JournalFault
from cardamom.store.vault import KeyTrouble, Vault
from cardamom.values.alarms import Cause

if TYPE_CHECKING:
    from cardamom.engines.keys.dukpt import State
    from cardamom.engines.keys.working import WorkingKeys

NO_KEY: Final = "no DUKPT key was injected: use `cardamom keys import`"
ALL_USED: Final = str(KeysExhaustedError())
HELD: Final = 16
"""Sets of working keys that wait to be taken; of more, the oldest goes."""


class Slot(StrEnum):
    """What lies in the keyring."""

    BOARD = "board"
    """No key: what tells that the journal belongs to this board."""
    PROTECTION = "protection"
    """Under which key blocks come in."""
    MASTER = "master"
    """Under which the host's session keys come in."""
    SESSION = "session"
    """PIN and MAC key of the last sign-on."""
    DUKPT = "dukpt"
    """The registers of the DUKPT keys that are still to be used."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of a slot."""

    slot: str
    check_values: tuple[str, ...]
    """For DUKPT, that of the initial key and the key serial number with counter 0."""
    at: datetime
    """When it came in."""
    opens: bool
    """On this board, under this journal key."""


class Handed:
    """Working keys on their way from the commit that took them to the message that they are for.
    In memory alone, and each once."""

    def __init__(self) -> None:
        self._keys: dict[str, WorkingKeys] = {}

    def give(self, ksn: str, keys: WorkingKeys) -> None:
        while len(self._keys) >= HELD:
            del self._keys[next(iter(self._keys))]
        self._keys[ksn] = keys

    def take(self, ksn: str) -> WorkingKeys | None:
        """The keys of this key serial number; None where they were taken or the terminal was
        started anew since: a rebuilt message takes the next key."""
        return self._keys.pop(ksn, None)


class Keyring:
    """The slots. What writes is in the caller's commit; each method may raise sqlite3.Error."""

    def __init__(
        self, db: sqlite3.Connection, vault: Callable[[], Vault], board: str, handed: Handed
    ) -> None:
        self._db = db
        self._vault = vault
        self._board = board
        self._handed = handed
        self._drawn: list[tuple[str, WorkingKeys]] = []

    def get(self, slot: Slot) -> bytes | None:
        """What lies there in clear; None where nothing does. Raises KeyTrouble with a sentence
        where it was sealed for another board or under another journal key."""
        row = self._db.execute(
            "SELECT board, master, sealed FROM key_slots WHERE slot = ?", (slot.value,)
        ).fetchone()
        if row is None:
            return None
        board, master, sealed = row
        if board != board_mark(self._board):
            raise KeyTrouble(
                "the keys in this journal belong to another board: inject this terminal's keys "
                "(`cardamom keys components`, then `cardamom keys import`)",
                Cause.CLONED,
            )
        vault = self._vault()
        if master != vault.key_id:
            raise KeyTrouble(
                f"the terminal's keys are sealed under journal key {master}, this terminal holds "
                f"{vault.key_id}: give it its old key back, or inject the keys again"
            )
        return vault.unlock(sealed, self._bound(slot))

    def put(self, slot: Slot, plain: bytes, told: Sequence[str], at: datetime) -> None:
        """Seals what lies there from now on. `told`: check values."""
        vault = self._vault()
        self._db.execute(
            "INSERT OR REPLACE INTO key_slots VALUES (?, ?, ?, ?, ?, ?)",
            (
                slot.value,
                board_mark(self._board),
                vault.key_id,
                vault.lock(plain, self._bound(slot)),
                msgspec.json.encode(list(told)).decode(),
                at.isoformat(),
            ),
        )

    def drop(self, slots: Sequence[str]) -> None:
        for slot in slots:
            self._db.execute("DELETE FROM key_slots WHERE slot = ?", (slot,))

    def held(self) -> tuple[Held, ...]:
        """All slots, in order of name."""
        query = "SELECT slot, told, at FROM key_slots ORDER BY slot"
        return tuple(
            Held(
                slot=slot,
                check_values=tuple(msgspec.json.decode(told, type=list[str])),
                at=datetime.fromisoformat(at),
                opens=self._opens(slot),
            )
            for slot, told, at in self._db.execute(query).fetchall()
        )

    def dukpt(self) -> State | None:
        """The stored state. Raises JournalFault."""
        raw = self.get(Slot.DUKPT)
        return None if raw is None else dukpt_state(raw)

    def draw(self) -> str:
        """Takes the next DUKPT key: its state is stored in the caller's commit, the working keys
        can be taken after it. The key serial number in hex. Raises JournalFault."""
        state = self.dukpt()
        if state is None:
            raise KeyTrouble(NO_KEY)
        state, ksn, keys = advance(state)
        self._keep(state)
        name = ksn.hex().upper()
        self._drawn.append((name, keys))
        return name

    def pass_over(self, keys: bytes, counter: int) -> None:
        """Burns what lies before `counter` of the keys that `keys` names."""
        state = self.dukpt()
        if state is None or serial_of(state) != keys or state.counter >= counter:
            return
        while state.counter < counter and state.left:
            state, _, _ = advance(state)
        self._keep(state)

    def committed(self) -> None:
        """What was drawn can be taken."""
        for ksn, keys in self._drawn:
            self._handed.give(ksn, keys)
        self._drawn.clear()

    def forget(self) -> None:
        """What was drawn in a commit that is none."""
        self._drawn.clear()

    def _keep(self, state: State) -> None:
        sealed = self._vault().lock(state.to_bytes(), self._bound(Slot.DUKPT))
        self._db.execute(
            "UPDATE key_slots SET sealed = ? WHERE slot = ?", (sealed, Slot.DUKPT.value)
        )

    def _opens(self, slot: str) -> bool:
        try:
            return self.get(Slot(slot)) is not None
        except (JournalFault, ValueError):
            return False

    def _bound(self, slot: Slot) -> bytes:
        return b"cardamom keyring\0" + slot.value.encode() + b"\0" + self._board.encode()


def board_mark(serial: str) -> str:
    """Tells boards apart: the first 8 bytes of SHA-256, hex."""
    return hashlib.sha256(b"cardamom board" + serial.encode()).hexdigest()[:16]


def dukpt_state(raw: bytes) -> State:
    """Raises KeyTrouble."""
    from cardamom.engines.keys import dukpt

    try:
        return dukpt.read(raw)
    except DukptError as e:
        raise KeyTrouble(f"{e}: inject the keys again") from None


def serial_of(state: State) -> bytes:
    """The key serial number without its counter: 10 bytes, or 8 of AES DUKPT."""
    from cardamom.engines.keys import dukpt_tdes

    return state.serial if isinstance(state, dukpt_tdes.State) else state.identifier


def ahead(state: State, count: int) -> int:
    """The counter that stands next once `count` more keys are used."""
    from cardamom.engines.keys import dukpt_aes, dukpt_tdes

    counters = dukpt_tdes.COUNTERS if isinstance(state, dukpt_tdes.State) else dukpt_aes.COUNTERS
    counter = state.counter
    for _ in range(count):
        if counter >= counters.end:
            break
        counter = counters.after(counter)
    return counter


def advance(state: State) -> tuple[State, bytes, WorkingKeys]:
    """Raises KeyTrouble when each key was used."""
    from cardamom.engines.keys import dukpt

    try:
        return dukpt.advance(state)
    except KeysExhaustedError:
        raise KeyTrouble(ALL_USED, Cause.KEYS_EXHAUSTED) from None
