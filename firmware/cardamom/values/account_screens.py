"""Screens about the books: reports, what is owed, a full batch."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.operations import Operation
from cardamom.values.report import Report
from cardamom.values.states import State


@dataclass(frozen=True, slots=True)
class ReportShown:
    """A report to read; Enter prints it, Cancel leaves."""

    report: Report


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A transaction whose host message is owed, or that waits for a supervisor."""

    amount: Money
    stan: int
    state: State
    kind: Kind = Kind.SALE


@dataclass(frozen=True, slots=True)
class OwedList:
    """What is owed and parked, oldest first, four rows a page; empty: nothing is."""

    rows: tuple[OwedRow, ...]
    selected: int = 0


@dataclass(frozen=True, slots=True)
class BatchFull:
    """The batch has as many transactions as it may: it must be settled first. Enter settles."""

    limit: int


@dataclass(frozen=True, slots=True)
class NothingToReprint:
    """No slip and no report is there to print again."""

    operation: Operation
