"""What the fleet's Prometheus sees of this terminal: gathered, and written where the node exporter
picks it up."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cardamom import __version__
from cardamom.duties.health import HealthWatch
from cardamom.faults import JournalFault
from cardamom.ports import Board, Clock
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.store.journal import SqliteJournal
from cardamom.story import tell
from cardamom.values.alarms import Cause
from cardamom.values.board import BoardReading, CertificateReading
from cardamom.values.health import Condition, Part
from cardamom.values.metrics import Family, Histogram, Kind, Sample, text_of
from cardamom.values.record import Record
from cardamom.values.states import OWES, TABLE, WAITS_FOR_SUPERVISOR, State
from cardamom.worker import StuckError, Worker

WRITE_S: Final = 10.0
HOST_BOUNDS: Final = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)
FINAL: Final = frozenset(State) - {was for (was, _), to in TABLE.items() if was is not to}
"""States that no transaction leaves again: what is counted there only grows."""
_COUNTED: Final = "SELECT state, count(*) FROM transactions GROUP BY state"


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the journal says."""

    states: dict[State, int]
    owing: Sequence[Record]
    waiting: Sequence[Record]
    receipts: int
    batch: int
    keys: int | None
    """DUKPT keys left; None where there are none."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the numbers come from. `busy`: a payment is under way, the journal is left to it."""

    journal: SqliteJournal
    watch: HealthWatch
    board: Board
    certificate: Callable[[], Awaitable[CertificateReading]]
    clock: Clock
    busy: Callable[[], bool]


class Metrics:
    """`cardamom metrics`, and the file. `host_seconds` counts how long the host took to answer."""

    def __init__(self, settings: Settings, settings_file: Path, sources: Sources) -> None:
        name = settings.metrics.file
        self._file = resolve(settings_file, name) if name else None
        self._every_s = settings.metrics.every_s
        self._mode = settings.mode
        self._batch_limit = settings.terminal.batch_limit
        self._from = sources
        self._began = time.time()
        self._ledger: Ledger | None = None
        self._worker: Worker | None = None
        self._trouble = ""
        self.host_seconds = Histogram(HOST_BOUNDS)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.write()
            await self._from.clock.sleep(self._every_s)

    async def write(self) -> None:
        """Writes the file, where there is to be one. Never raises: the log tells what is wrong."""
        if self._file is not None:
            await self._put(self._file, await self.text())

    async def close(self) -> None:
        """Leaves in the file that the terminal is down."""
        if self._file is not None:
            await self._put(self._file, text_of([_up(0)]))
        if self._worker is not None:
            self._worker.close()

    async def text(self) -> str:
        """All of them, now; of a journal that does not answer, nothing."""
        await self._look()
        board = await self._from.board.read()
        certificate = await self._from.certificate()
        return text_of(self._families(board, certificate))

    async def _put(self, file: Path, text: str) -> None:
        if self._worker is None or self._worker.stuck:
            self._worker = Worker("metrics")
        trouble = ""
        try:
            await self._worker.call(replace, file, text, deadline_s=WRITE_S)
        except StuckError as e:
            trouble = str(e)
        except OSError as e:
            trouble = f"{file}: {e.strerror or type(e).__name__}"
        if trouble and trouble != self._trouble:
            tell("metrics_failed", why=trouble)
        self._trouble = trouble

    async def _look(self) -> None:
        if self._from.busy() and self._ledger is not None:
            return
        journal = self._from.journal
        self._ledger = None
        with contextlib.suppress(JournalFault):
            counted = await journal.run(lambda books: books.rows(_COUNTED))
            self._ledger = Ledger(
                {State(name): count for name, count in counted},
                await journal.owing(),
                await journal.in_states(WAITS_FOR_SUPERVISOR),
                len(await journal.receipts_owed()),
                await journal.asked_in(await journal.batch()),
                await journal.run(lambda books: books.guard.dukpt_left()),
            )

    def _families(self, board: BoardReading, certificate: CertificateReading) -> Iterator[Family]:
        yield _up(1)
        about = (("version", __version__), ("mode", self._mode))
        yield _gauge("build_info", "Which firmware runs, in which mode.", [Sample(1, about)])
        yield _gauge("start_time_seconds", "When the daemon started.", [Sample(self._began)])
        yield from self._of_parts()
        if self._ledger is not None:
            yield from self._of_ledger(self._ledger)
        yield Family(
            "cardamom_host_response_seconds",
            Kind.HISTOGRAM,
            "How long the host took to answer a request about money, since the start.",
            self.host_seconds.samples(),
        )
        yield from board_families(board)
        ends = (("terminal", certificate.end), ("authority", certificate.authority_end))
        yield _gauge(
            "certificate_expiry_timestamp_seconds",
            "When the terminal's own TLS certificate ends, and the last CA that vouches for hosts.",
            [Sample(end.timestamp(), (("certificate", name),)) for name, end in ends if end],
        )

    def _of_parts(self) -> Iterator[Family]:
        parts = self._from.watch.parts()
        alarms = {alarm.cause: alarm for alarm in self._from.watch.alarms()}
        blocked = self._from.watch.blocking() or any(alarm.blocks for alarm in alarms.values())
        yield _gauge("ready", "Whether payments are taken.", [Sample(not blocked)])
        yield _gauge(
            "part_usable",
            "Whether a part works: reader, host (the link), printer ...",
            [Sample(health.usable, (("part", health.part.value),)) for health in parts],
        )
        yield _gauge(
            "part_condition",
            "The condition that a part is in has 1, the others 0.",
            [
                Sample(health.condition is one, (("part", health.part), ("condition", one)))
                for health in parts
                for one in Condition
                if one in _conditions(health.part)
            ],
        )
        yield _gauge(
            "alarm",
            "How many things of one cause a person must see to; docs/alarms.md.",
            [Sample(alarms[c].count if c in alarms else 0, (("cause", c.value),)) for c in Cause],
        )

    def _of_ledger(self, ledger: Ledger) -> Iterator[Family]:
        now = self._from.clock.now()
        yield Family(
            "cardamom_transactions_total",
            Kind.COUNTER,
            "Transactions in the journal by how they ended; docs/states.md.",
            [_stands(ledger, state) for state in State if state in FINAL],
        )
        yield _gauge(
            "transactions_open",
            "Transactions that have not ended yet, by where they stand.",
            [_stands(ledger, state) for state in State if state not in FINAL],
        )
        yield _gauge(
            "owed_messages",
            "Messages that the host is still to be sent.",
            [
                Sample(sum(r.state is state for r in ledger.owing), (("duty", duty.value),))
                for state, duty in OWES.items()
            ],
        )
        yield _gauge(
            "owed_oldest_seconds",
            "Age of the oldest transaction that owes the host a message; 0: none.",
            [Sample(_oldest(ledger.owing, now))],
        )
        yield _gauge(
            "supervisor_oldest_seconds",
            "Age of the oldest transaction that waits for a supervisor; 0: none.",
            [Sample(_oldest(ledger.waiting, now))],
        )
        yield _gauge(
            "receipts_waiting",
            "Transactions with slips that wait for the printer.",
            [Sample(ledger.receipts)],
        )
        yield _gauge(
            "batch_transactions", "Transactions of the open batch.", [Sample(ledger.batch)]
        )
        yield _gauge("batch_limit", "Where the batch must be settled.", [Sample(self._batch_limit)])
        yield _gauge(
            "dukpt_keys_left",
            "DUKPT keys that are left for payments, a key each.",
            [Sample(ledger.keys)] if ledger.keys is not None else [],
        )


def board_families(board: BoardReading) -> Iterator[Family]:
    """What the board has no sensor for is left out."""
    used = board.wear_percent
    numbers: dict[str, tuple[float | None, str]] = {
        "disk_free_bytes": (board.free_bytes, "Room where the journal lies."),
        "disk_size_bytes": (board.total_bytes, "Size of that file system."),
        "disk_life_used_ratio": (
            used / 100 if used is not None else None,
            "Of that disk's writing life, in tenths, as it says itself.",
        ),
        "disk_spare_level": (
            board.spare,
            "Its reserve of blocks: 1 normal, 2 eight tenths are used, 3 nearly all are.",
        ),
        "disk_fillings": (
            board.fillings,
            "How often its own size was written to that file system since it was made.",
        ),
        "processor_celsius": (board.celsius, "Warmth of the processor."),
        "under_voltage": (board.under_voltage, "Whether the supply sags now."),
        "under_voltage_since_start": (board.under_voltage_since_start, "Or has since the start."),
        "throttled": (board.throttled, "Whether the processor is held back now."),
        "throttled_since_start": (board.throttled_since_start, "Or was since the start."),
    }
    for name, (value, told) in numbers.items():
        yield _gauge(name, told, [Sample(value)] if value is not None else [])


def _conditions(part: Part) -> tuple[Condition, ...]:
    paper = (Condition.PAPER_LOW, Condition.PAPER_OUT)
    return tuple(one for one in Condition if part is Part.PRINTER or one not in paper)


def _stands(ledger: Ledger, state: State) -> Sample:
    return Sample(ledger.states.get(state, 0), (("state", state.value),))


def _oldest(records: Iterable[Record], now: datetime) -> float:
    """A clock that was set back makes nothing younger than new."""
    return max((max(0.0, (now - r.started_at).total_seconds()) for r in records), default=0.0)


def _up(value: int) -> Family:
    return _gauge("up", "1 while the daemon runs, 0 once it was stopped.", [Sample(value)])


def _gauge(name: str, told: str, samples: Sequence[Sample]) -> Family:
    return Family(f"cardamom_{name}", Kind.GAUGE, told, samples)


def replace(file: Path, text: str) -> None:
    """Whole or not at all, readable for the node exporter. No fsync: it is worth nothing after a
    cut. Blocks."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, "utf-8")
    new.chmod(0o644)
    new.replace(file)
