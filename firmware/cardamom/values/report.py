"""What a batch came to: the X report at any time, the Z report of its settlement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from cardamom.values.batch import Book
from cardamom.values.kinds import KINDS, Kind
from cardamom.values.money import Money
from cardamom.values.record import Record
from cardamom.values.states import UNSETTLED, WAITS_FOR_SUPERVISOR, State
from cardamom.values.terminal_events import (
    BatchClosed,
    BatchClosing,
    BatchTotalsAnswered,
    RecordUploaded,
    TerminalEvent,
)
from cardamom.values.totals import Totals, counts, totals_of


class ReportKind(StrEnum):
    X = "x"
    """The open batch as it stands; changes nothing."""
    Z = "z"
    """A settled batch."""


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One kind in one currency."""

    kind: Kind
    currency: str
    count: int
    minor: int
    """Never negative; `sign` says which way it went."""

    @property
    def sign(self) -> int:
        """1 where the merchant is paid, -1 where the merchant pays."""
        return 1 if KINDS[self.kind].flow == "debit" else -1


class ReportItem(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction that a person has to know of beside the totals."""

    txn: int
    kind: Kind
    amount: Money
    stan: int | None
    state: State
    reference: str | None = None
    """How the host names what it told the supervisor who closed it."""
    taken: bool | None = None
    """What that was; None while nobody has asked."""


class HostTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What the host made of one currency's totals."""

    currency: str
    code: str
    agreed: bool


class WithoutHost(msgspec.Struct, frozen=True, kw_only=True):
    """A supervisor closed the batch: the host refused its totals, or the end of an upload."""

    operator: str
    reference: str
    """How the host names what it told the supervisor."""
    code: str
    """The last refusal's field 39."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One batch. Times are UTC with offset."""

    kind: ReportKind
    batch: int
    operator: str
    at: datetime
    """When the totals were drawn: of a Z report the moment in which the batch was closed."""
    since: datetime | None = None
    """Start of its first transaction; None for an empty batch."""
    rows: tuple[ReportRow, ...] = ()
    """By currency, then in the order of Kind; only kinds that occurred."""
    totals: tuple[Totals, ...] = ()
    items: tuple[ReportItem, ...] = ()
    """Parked, refused, owed and closed by a supervisor, oldest first."""
    host: tuple[HostTotals, ...] = ()
    uploaded: int = 0
    """Records that the host was given because totals differed."""
    upload_refused: tuple[str, ...] = ()
    """Which of them it refused: trace number and code, as `000345 (12)`."""
    opened: int | None = None
    """The batch that is open since; None on an X report."""
    without_host: WithoutHost | None = None
    """Of a batch that was closed without the host's agreement."""
    reprint: bool = False

    @property
    def waiting(self) -> tuple[ReportItem, ...]:
        """Those that wait for a supervisor."""
        return tuple(i for i in self.items if i.state in WAITS_FOR_SUPERVISOR)

    @property
    def pending(self) -> tuple[ReportItem, ...]:
        """Those of which nobody knows yet whether money moved."""
        return tuple(i for i in self.items if i.state in UNSETTLED)

    @property
    def advices(self) -> tuple[ReportItem, ...]:
        """Offline approvals that the host is still to be told."""
        return tuple(i for i in self.items if i.state is State.OFFLINE_APPROVED)

    @property
    def closed(self) -> tuple[ReportItem, ...]:
        return tuple(i for i in self.items if i.state is State.CLOSED)


_ITEMS = UNSETTLED | WAITS_FOR_SUPERVISOR | {State.OFFLINE_APPROVED, State.CLOSED}


def rows_of(records: Iterable[Record]) -> tuple[ReportRow, ...]:
    """Counts and amounts of what the totals hold."""
    sums: dict[tuple[str, Kind], tuple[int, int]] = {}
    for record in records:
        if counts(record):
            key = record.amount.currency, record.kind
            count, minor = sums.get(key, (0, 0))
            sums[key] = count + 1, minor + record.amount.minor
    order = list(Kind)
    return tuple(
        ReportRow(kind=kind, currency=currency, count=count, minor=minor)
        for (currency, kind), (count, minor) in sorted(
            sums.items(), key=lambda row: (row[0][0], order.index(row[0][1]))
        )
    )


def items_of(records: Iterable[Record]) -> tuple[ReportItem, ...]:
    """What a person has to know of, in the records' order."""
    return tuple(
        ReportItem(
            txn=r.txn,
            kind=r.kind,
            amount=r.amount,
            stan=r.stan,
            state=r.state,
            reference=r.closed_reference,
            taken=r.closed_taken,
        )
        for r in records
        if r.state in _ITEMS
    )


def x_report(book: Book, records: Sequence[Record], operator: str, at: datetime) -> Report:
    """The open batch's; `records` are all of it, oldest first."""
    return Report(
        kind=ReportKind.X,
        batch=book.batch,
        operator=operator,
        at=at,
        since=records[0].started_at if records else None,
        rows=rows_of(records),
        totals=totals_of(records),
        items=items_of(records),
    )


def z_report(
    story: Sequence[TerminalEvent], records: Sequence[Record], *, reprint: bool = False
) -> Report | None:
    """A settled batch's, from its events and all its records, oldest first; None before it is
    settled. Whenever it is asked for it says the same: what a supervisor closed since stands as it
    stood then."""
    closing = closed = None
    host: dict[str, HostTotals] = {}
    uploaded: dict[int, RecordUploaded] = {}
    for event in story:
        match event:
            case BatchClosing():
                closing, closed, host, uploaded = event, None, {}, {}
            case BatchTotalsAnswered() if not event.upload_end:
                host[event.currency] = HostTotals(
                    currency=event.currency, code=event.code, agreed=event.agreed
                )
            case RecordUploaded():
                uploaded[event.uploaded] = event
            case BatchClosed():
                closed = event
            case _:
                pass
    if closing is None or closed is None:
        return None
    records = [_as_of(record, closing.at) for record in records]
    return Report(
        kind=ReportKind.Z,
        batch=closing.batch,
        operator=closing.operator,
        at=closing.at,
        since=records[0].started_at if records else None,
        rows=rows_of(records),
        totals=closing.totals,
        items=items_of(records),
        host=tuple(host[currency] for currency in sorted(host)),
        uploaded=len(uploaded),
        upload_refused=tuple(
            f"{r.stan or 0:06d} ({uploaded[r.txn].code})"
            for r in records
            if r.txn in uploaded and not uploaded[r.txn].taken
        ),
        opened=closed.opened,
        without_host=_without_host(closed),
        reprint=reprint,
    )


def _without_host(closed: BatchClosed) -> WithoutHost | None:
    if not closed.host_reference:
        return None
    return WithoutHost(operator=closed.operator, reference=closed.host_reference, code=closed.code)


def _as_of(record: Record, at: datetime) -> Record:
    if record.state is not State.CLOSED or record.closed_at is None or record.closed_at <= at:
        return record
    return msgspec.structs.replace(
        record, state=record.closed_from, closed_taken=None, closed_reference=None
    )
