"""What the records of a batch add up to."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cardamom.values.kinds import KINDS
from cardamom.values.record import Record
from cardamom.values.states import TAKEN


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """One currency's counts and amounts in minor units, as fields 74 to 77 and 86 to 89 tell them.

    A void counts as the reversal of a debit, beside the debit that it takes back; what was undone
    by a reversal message counts nowhere.
    """

    currency: str
    debits: int = 0
    debit_minor: int = 0
    debit_reversals: int = 0
    debit_reversal_minor: int = 0
    credits: int = 0
    credit_minor: int = 0
    credit_reversals: int = 0
    credit_reversal_minor: int = 0

    @property
    def net_minor(self) -> int:
        """What the merchant is owed; negative where it owes."""
        taken = self.debit_minor - self.debit_reversal_minor
        return taken - (self.credit_minor - self.credit_reversal_minor)


def counts(record: Record) -> bool:
    """Whether the terminal's totals hold it: what it holds as done, and what a supervisor learned
    that the host holds as done."""
    return record.state in TAKEN or record.closed_taken is True


def totals_of(records: Iterable[Record]) -> tuple[Totals, ...]:
    """One row a currency, in order of code."""
    rows: dict[str, Totals] = {}
    for record in records:
        if not counts(record):
            continue
        currency, minor = record.amount.currency, record.amount.minor
        row = rows.get(currency, Totals(currency=currency))
        match KINDS[record.kind].flow:
            case "debit":
                row = msgspec.structs.replace(
                    row, debits=row.debits + 1, debit_minor=row.debit_minor + minor
                )
            case "credit":
                row = msgspec.structs.replace(
                    row, credits=row.credits + 1, credit_minor=row.credit_minor + minor
                )
            case "cancel":
                row = msgspec.structs.replace(
                    row,
                    debit_reversals=row.debit_reversals + 1,
                    debit_reversal_minor=row.debit_reversal_minor + minor,
                )
        rows[currency] = row
    return tuple(rows[currency] for currency in sorted(rows))
