"""The sale that a void or a refund undoes: found, looked at, and why it may not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.ports import Journal
from cardamom.values.events import Reason
from cardamom.values.kinds import KINDS, Kind
from cardamom.values.links import left_to_refund, refusal
from cardamom.values.money import Money
from cardamom.values.record import Record

SENTENCES: Final[dict[Reason, str]] = {
    Reason.ORIGINAL_NOT_FOUND: "there is no such sale",
    Reason.ORIGINAL_NOT_APPROVED: "that sale was not approved: no money moved",
    Reason.ORIGINAL_PENDING: "something about that sale is under way or unknown: wait until it has "
    "ended",
    Reason.ORIGINAL_VOIDED: "that sale is voided already",
    Reason.ORIGINAL_REFUNDED: "that sale is refunded already, whole or in part",
    Reason.ORIGINAL_SETTLED: "that sale's batch is settled: refund it instead",
    Reason.OVER_ORIGINAL: "that is more than is left of the sale",
    Reason.OTHER_ORIGINAL: "this cannot be done to that transaction",
    Reason.OTHER_CARD: "that is not the card of the sale",
}


def sentence(reason: Reason) -> str:
    """For CLI and till: why an original does not allow it."""
    return SENTENCES.get(reason, reason.value.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Found:
    """A sale, and what may be done to it. `amount`: the most that a refund may give back, or what
    a void takes back. `refused`: why nothing may."""

    original: Record
    amount: Money
    refused: Reason | None


async def look_at(journal: Journal, kind: Kind, txn: int) -> Found | None:
    """The transaction and what a void or refund of it would find now; None: there is none.

    The journal decides again in the commit that begins it.
    """
    original = await journal.get(txn)
    if original is None:
        return None
    linked = await journal.linked(txn)
    whole = kind is Kind.VOID or original.kind is not KINDS[kind].original
    amount = original.amount if whole else left_to_refund(original, linked)
    # a refund of nothing is refused for what stands in its way, not for its amount
    asked = amount if amount.minor else Money(1, amount.currency)
    refused = refusal(kind, asked, original, linked, await journal.batch())
    if refused is Reason.OVER_ORIGINAL:
        refused = Reason.ORIGINAL_REFUNDED
    return Found(original, amount, refused)


async def by_trace(journal: Journal, kind: Kind, stan: int) -> Found | None:
    """The same by a slip's trace number: the newest sale that has it; a void looks in the open
    batch alone."""
    wanted = KINDS[kind].original
    batch = await journal.batch()
    for record in await journal.with_stan(stan):
        if record.kind is not wanted or (kind is Kind.VOID and record.batch != batch):
            continue
        return await look_at(journal, kind, record.txn)
    return None
