"""What a damaged journal still tells: what is owed to the host, and what was not settled.

An event is proved by the hash of the one before it. A transaction is sound where none of its events
can be missing: the record that the view kept says the same as they do, or each event from its first
to the journal's last is there and proved and the view has nothing that they do not tell. Where the
journal's end is missing, as a mark outside it tells, nothing is sound: the log may be lost, and the
view with it. Where the file itself is cut short, the view's word still counts.
"""

from __future__ import annotations

import contextlib
import os
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from cardamom.faults import JournalFault
from cardamom.store import view
from cardamom.store.cards import needs_card
from cardamom.store.chain import GENESIS, TERMINAL, DamageFault, decode, link
from cardamom.store.keyring import Slot
from cardamom.store.mark import Mark
from cardamom.store.numbers import MAX_STAN
from cardamom.store.pages import Row, cut_short, rows_of
from cardamom.values.events import AnyEvent, FollowUp, Intent
from cardamom.values.record import Record
from cardamom.values.states import UNFINISHED
from cardamom.values.terminal_events import (
    BatchClosed,
    BatchClosing,
    KeysChanged,
    NumberedTerminalEvent,
    TerminalEvent,
)

FORMAT: Final = 1
NAME: Final = "owed.json"
MARGIN: Final = 64
"""Trace numbers that may have been used behind the last one that can be read."""


class SealedCard(msgspec.Struct, frozen=True, kw_only=True):
    """Card data as it lay in the journal, bound to its event there; base64."""

    seq: int
    data: str
    master: str
    wrapped: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction that is carried over."""

    txn: int
    sound: bool
    """Nothing of it can be missing: what it owes is still sent. Else a supervisor clears it up."""
    events: tuple[str, ...]
    """As they were written."""
    card: SealedCard | None = None


class Salvaged(msgspec.Struct, frozen=True, kw_only=True):
    """What a new journal begins with."""

    format: int = FORMAT
    events: int = 0
    """How many were read."""
    missing: int = 0
    """How many are not there, or are not what was written: as far as can be known."""
    last_txn: int = 0
    last_stan: int = 0
    last_batch: int = 1
    stories: tuple[Story, ...] = ()
    loaded: tuple[str, ...] = ()
    """Initial keys that were loaded, by key serial number in hex: none may come in again."""


@dataclass(slots=True)
class Found:
    """All that can be said of the damaged journal."""

    salvaged: Salvaged
    owed: list[Record] = field(default_factory=list)
    """Oldest first. Carried over but those of which too few events are left."""
    unsettled: list[Record] = field(default_factory=list)
    """Taken or given back in the batch that was open: the host's batch is to be compared."""
    unreadable: list[int] = field(default_factory=list)
    """Transactions of which nothing can be said."""
    end_missing: bool = False
    """The journal went on behind the last event that is there."""
    last_at: datetime | None = None
    """When that one was written; None where it does not tell."""


@dataclass(frozen=True, slots=True)
class _Event:
    seq: int
    txn: int
    body: bytes
    digest: bytes
    proved: bool


def salvage(path: Path, mark: Mark | None = None) -> Found:
    """Reads what can be read. `mark` tells of events behind the last one that is there.

    Raises JournalFault where the file is none of ours or cannot be read at all.
    """
    try:
        heap = _Heap(rows_of(path))
    except OSError as e:
        raise JournalFault(f"{path}: {e.strerror}") from None
    if not heap.events:
        raise JournalFault(f"{path}: no event of a journal can be read in it")
    chain = _proved(heap.events)
    last = max(chain)
    tail = mark is not None and mark.seq > last
    short = tail or cut_short(path)
    gaps = [seq for seq in range(1, last + 1) if seq not in chain or not chain[seq].proved]
    worst = last + 1 if short else max(gaps, default=0)
    stories = _Stories(chain, heap, worst, tail=tail)
    behind = max(0, mark.seq - last) if mark is not None else 0
    found = stories.found(missing=len(gaps) + behind, mark=mark)
    found.end_missing, found.last_at = short or stories.goes_on(), stories.last_at()
    return found


def write(found: Found, folder: Path) -> Path:
    """The file that a new journal is opened from: for its owner's eyes. Raises JournalFault."""
    path = folder / NAME
    content = msgspec.json.format(msgspec.json.encode(found.salvaged))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(fd)
    except OSError as e:
        raise JournalFault(f"{path}: {e.strerror}: name another folder with --out") from None
    return path


def read(path: Path) -> Salvaged:
    """What `write` wrote. Raises JournalFault."""
    try:
        salvaged = msgspec.json.decode(path.read_bytes(), type=Salvaged)
    except OSError as e:
        raise JournalFault(f"{path}: {e.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise JournalFault(f"{path} is no file of `cardamom journal salvage`") from None
    if salvaged.format != FORMAT:
        raise JournalFault(f"{path} was written by other firmware: salvage with this one")
    return salvaged


class _Heap:
    """Rows sorted by what they can be: told by their columns, for no table's name is left."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.events: dict[int, list[tuple[int, bytes, bytes]]] = defaultdict(list)
        self.sealed: dict[int, bytes] = {}
        self.keys: dict[int, tuple[str, bytes]] = {}
        self.records: dict[int, Record] = {}
        for row in rows:
            if row.rowid > 0:
                self._take(row)

    def _take(self, row: Row) -> None:
        match row.values:
            case (None, int(txn), str(body), bytes(digest)) if txn >= 0 and len(digest) == 32:
                candidate = (txn, body.encode(), digest)
                if candidate not in self.events[row.rowid]:
                    self.events[row.rowid].append(candidate)
            case (None, str(master), bytes(wrapped)):
                self.keys.setdefault(row.rowid, (master, wrapped))
            case (None, bytes(data)):
                self.sealed.setdefault(row.rowid, data)
            case (None, str(text)) if row.rowid not in self.records:
                try:
                    record = view.read(text)
                except DamageFault:
                    return
                if record.txn == row.rowid:
                    self.records[row.rowid] = record
            case _:
                pass


def _proved(events: dict[int, list[tuple[int, bytes, bytes]]]) -> dict[int, _Event]:
    """One event a number: the one that the hash before it proves, else any that can be read."""
    chain: dict[int, _Event] = {}
    for seq in sorted(events):
        before = GENESIS if seq == 1 else None
        if (previous := chain.get(seq - 1)) is not None:
            before = previous.digest
        best: _Event | None = None
        for txn, body, digest in events[seq]:
            proved = before is not None and link(before, seq, txn, body) == digest
            if best is None or proved:
                best = _Event(seq, txn, body, digest, proved)
        if best is not None:
            chain[seq] = best
    return chain


class _Stories:
    """Transactions of the chain; `worst` is the last event that is missing or not proved."""

    def __init__(self, chain: dict[int, _Event], heap: _Heap, worst: int, *, tail: bool) -> None:
        self._heap = heap
        self._tail = tail
        self._worst = worst
        self._chain = chain
        self._by_txn: dict[int, list[_Event]] = defaultdict(list)
        for seq in sorted(chain):
            self._by_txn[chain[seq].txn].append(chain[seq])
        self._terminal = self._by_txn.pop(TERMINAL, [])
        self._built: dict[int, Record] = {}
        for txn, events in self._by_txn.items():
            with contextlib.suppress(DamageFault):
                self._built[txn] = view.built(txn, [(e.seq, e.body) for e in events])
        self._behind_view = max(heap.sealed, default=0) > max(chain) or any(
            self._later(txn, record) for txn, record in heap.records.items()
        )
        told = sorted(self._by_txn.keys() | heap.records.keys())
        self._records = {txn: record for txn in told if (record := self._known(txn)) is not None}

    def _known(self, txn: int) -> Record | None:
        """What is known best: the view's record, unless events tell of a later time."""
        built, kept = self._built.get(txn), self._heap.records.get(txn)
        if built is None or kept is None:
            return built or kept
        return built if built.updated_at > kept.updated_at else kept

    def found(self, *, missing: int, mark: Mark | None) -> Found:
        batch, closing = self._batch()
        owed = {txn for txn, record in self._records.items() if needs_card(record)}
        owed |= {o for t in owed if (o := self._records[t].original) in self._records and o}
        unsettled = [
            record
            for txn, record in self._records.items()
            if record.batch >= batch and txn not in owed and record.stan is not None
        ]
        salvaged = Salvaged(
            events=len(self._chain),
            missing=missing,
            last_txn=max((*self._by_txn, *self._heap.records), default=0),
            last_stan=self._last_stan(mark),
            last_batch=max(batch + closing, mark.batch if mark is not None else 1),
            stories=tuple(self._story(txn) for txn in sorted(owed & self._built.keys())),
            loaded=self._loaded(),
        )
        return Found(
            salvaged,
            [self._records[txn] for txn in sorted(owed)],
            unsettled,
            sorted(self._by_txn.keys() - self._records.keys()),
        )

    def _story(self, txn: int) -> Story:
        events = self._by_txn[txn]
        return Story(
            txn=txn,
            sound=self._sound(txn, events),
            events=tuple(e.body.decode() for e in events),
            card=self._card(events),
        )

    def _sound(self, txn: int, events: list[_Event]) -> bool:
        if self._tail:
            return False
        if self._heap.records.get(txn) == self._built[txn]:
            return True
        return events[0].seq > self._worst and not self._behind_view

    def _later(self, txn: int, record: Record) -> bool:
        """Whether the view has something that the events that are left do not tell."""
        built = self._built.get(txn)
        return built is None or (built != record and record.updated_at >= built.updated_at)

    def _card(self, events: list[_Event]) -> SealedCard | None:
        for event in reversed(events):
            data, key = self._heap.sealed.get(event.seq), self._heap.keys.get(event.seq)
            if data is not None and key is not None:
                return SealedCard(
                    seq=event.seq,
                    data=b64encode(data).decode(),
                    master=key[0],
                    wrapped=b64encode(key[1]).decode(),
                )
        return None

    def goes_on(self) -> bool:
        """Whether the other tables tell of something behind the last event."""
        newest = max(self._by_txn, default=0)
        return max(self._heap.sealed, default=0) > max(self._chain) or (
            max(self._heap.records, default=0) > newest
        )

    def last_at(self) -> datetime | None:
        """When the last event was written."""
        for event in self._decoded([self._chain[max(self._chain)]]):
            return event.at
        return None

    def _batch(self) -> tuple[int, int]:
        """The open batch's number; 1 where it was being settled, and may be closed."""
        batch, closing = 1, 0
        for event in self._decoded(self._terminal):
            if isinstance(event, BatchClosed):
                batch, closing = event.opened, 0
            elif isinstance(event, BatchClosing):
                batch, closing = event.batch, 1
        started = max((record.batch for record in self._records.values()), default=1)
        return max(batch, started), closing

    def _loaded(self) -> tuple[str, ...]:
        """Key serial numbers of initial keys, as their injection was written down."""
        found = {
            event.check_values[1]
            for event in self._decoded(self._terminal)
            if isinstance(event, KeysChanged)
            and event.slot == Slot.DUKPT
            and len(event.check_values) == 2
        }
        return tuple(sorted(found))

    def _last_stan(self, mark: Mark | None) -> int:
        """Behind what may have been used since the last number that can be read."""
        if mark is not None and mark.stan:
            return mark.stan
        last = 0
        for event in self._decoded(self._chain[seq] for seq in sorted(self._chain)):
            if isinstance(event, Intent | FollowUp | NumberedTerminalEvent) and (
                (event.stan - last) % MAX_STAN < MAX_STAN // 2  # a repeat has an older one
            ):
                last = event.stan
        return (last + MARGIN - 1) % MAX_STAN + 1 if last else 0

    def _decoded(self, events: Iterable[_Event]) -> Iterable[AnyEvent | TerminalEvent | FollowUp]:
        for event in events:
            try:
                yield decode(event.body)
            except DamageFault:
                continue


def owes(record: Record) -> str:
    """What is owed for it, in words."""
    if record.state in UNFINISHED:
        return "was under way"
    if record.scripts is not None:
        return "script results"
    return record.state.value.replace("_", " ") if record.state is not None else "-"
