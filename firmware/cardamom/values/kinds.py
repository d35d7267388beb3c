"""The kinds of transaction, each registered here once; whatever holds for all kinds reads this.

A kind joins by a member of Kind and a row of KINDS; what it looks like on the wire is a row of the
acquirer profile (`kinds.<name>`), its words are in texts/.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class Kind(StrEnum):
    """What a transaction is."""

    SALE = "sale"
    VOID = "void"
    """消费撤销: undoes a sale of the open batch, whole."""
    REFUND = "refund"
    """退货: gives back a sale's amount or a part of it, from any batch."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a kind is to the terminal."""

    flow: Literal["debit", "credit", "cancel"]
    """Whose money moves: from the cardholder, to the cardholder, or a debit that is taken back."""
    original: Kind | None = None
    """The kind of transaction that it needs as its original."""
    offline: bool = False
    """A card's TC may approve it without the host."""


KINDS: Final[dict[Kind, KindRule]] = {
    Kind.SALE: KindRule("debit", offline=True),
    Kind.VOID: KindRule("cancel", original=Kind.SALE),
    Kind.REFUND: KindRule("credit", original=Kind.SALE),
}
