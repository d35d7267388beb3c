"""What a transaction with an original may do to it: voids and refunds, and what is left to refund.

Void and refund are records of their own that name their original; the sale's record does not
change. A void that was reversed, declined or never sent leaves the sale standing.
"""

from __future__ import annotations

from collections.abc import Sequence

from cardamom.values.events import Reason
from cardamom.values.kinds import KINDS, Kind
from cardamom.values.money import Money
from cardamom.values.record import Record
from cardamom.values.states import MONEY_OPEN, TAKEN, State
from cardamom.values.totals import counts


def claims(record: Record) -> bool:
    """Whether a linked transaction may hold money of its original: done, under way or unknown."""
    return counts(record) or record.state in MONEY_OPEN


def left_to_refund(original: Record, linked: Sequence[Record]) -> Money:
    """What no linked transaction has claimed; an unknown refund counts against it."""
    claimed = sum(r.amount.minor for r in linked if claims(r))
    return Money(max(0, original.amount.minor - claimed), original.amount.currency)


def refusal(
    kind: Kind, amount: Money, original: Record | None, linked: Sequence[Record], open_batch: int
) -> Reason | None:
    """Why a transaction of this kind may not be done to the original; None where it may.

    `linked`: all that name the original, whatever became of them.
    """
    wanted = KINDS[kind].original
    if wanted is None:
        return Reason.OTHER_ORIGINAL if original is not None else None
    if original is None:
        return Reason.ORIGINAL_NOT_FOUND
    if original.kind is not wanted or original.amount.currency != amount.currency:
        return Reason.OTHER_ORIGINAL
    if original.state in (State.OFFLINE_APPROVED, State.ADVICE_REFUSED):
        return Reason.ORIGINAL_PENDING  # the host must have it before it can undo it
    if original.state in MONEY_OPEN or any(r.state in MONEY_OPEN for r in linked):
        return Reason.ORIGINAL_PENDING
    if original.state not in TAKEN and not original.closed_taken:
        return Reason.ORIGINAL_NOT_APPROVED
    if any(r.kind is Kind.VOID and counts(r) for r in linked):
        return Reason.ORIGINAL_VOIDED
    if kind is Kind.VOID:
        return _void_refusal(amount, original, linked, open_batch)
    return Reason.OVER_ORIGINAL if amount.minor > left_to_refund(original, linked).minor else None


def _void_refusal(
    amount: Money, original: Record, linked: Sequence[Record], open_batch: int
) -> Reason | None:
    if any(counts(r) for r in linked):
        return Reason.ORIGINAL_REFUNDED
    if original.batch != open_batch:
        return Reason.ORIGINAL_SETTLED
    return None if amount == original.amount else Reason.OTHER_ORIGINAL
