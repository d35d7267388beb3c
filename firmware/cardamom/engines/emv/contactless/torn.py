"""The torn transaction log of Kernel 2 (C-2, 4.2): what is needed to ask a card once more for
a cryptogram whose answer was lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cardamom.engines.emv.requests import EmvOrder
from cardamom.engines.emv.session import Cryptogram
from cardamom.values.secret import Pan
from cardamom.values.tags import Tags


@dataclass(frozen=True, slots=True)
class TornRecord:
    """One transaction that GENERATE AC was sent for without an answer."""

    pan: Pan
    psn: bytes
    order: EmvOrder
    asked: Cryptogram
    signed: bool
    """CDA was asked for."""
    sent: bytes = field(repr=False)
    """What PDOL and CDOL1 had sent."""
    recovery: bytes = field(repr=False)
    """What the DRDOL asked for."""
    tags: Tags = field(default_factory=lambda: Tags({}))
    """The terminal's data of that transaction."""

    def same_sale(self, order: EmvOrder) -> bool:
        """Of the same amounts, currency, kind and date."""
        return _sale(self.order) == _sale(order)


def _sale(order: EmvOrder) -> tuple[object, ...]:
    return (
        order.amount_minor,
        order.other_minor,
        order.currency,
        order.transaction_type,
        order.date,
    )


@dataclass(frozen=True, slots=True)
class TornLog:
    """Newest last. It holds card numbers: at rest it is sealed."""

    records: tuple[TornRecord, ...] = ()

    def find(self, pan: Pan, psn: bytes, order: EmvOrder) -> TornRecord | None:
        """The newest of this card.

        Deviation from C-2, S456.44: a record of another sale is passed over. Its cryptogram
        would be for another amount than the one on the screen.
        """
        return next(
            (
                r
                for r in reversed(self.records)
                if r.pan == pan and r.psn == psn and r.same_sale(order)
            ),
            None,
        )

    def without(self, record: TornRecord) -> TornLog:
        return TornLog(tuple(r for r in self.records if r is not record))

    def with_record(self, record: TornRecord, *, most: int) -> TornLog:
        """The oldest goes where there are as many already."""
        return TornLog((*self.records, record)[-most:] if most else ())

    def cleaned(self, order: EmvOrder, *, seconds: int) -> TornLog:
        """Without those older than that at the order's time; one whose time is no time is old."""
        now = _moment(order)
        return TornLog(
            tuple(
                r
                for r in self.records
                if now is not None
                and (then := _moment(r.order)) is not None
                and 0 <= (now - then).total_seconds() <= seconds
            )
        )


def _moment(order: EmvOrder) -> datetime | None:
    try:
        return datetime.strptime(order.date.hex() + order.time.hex(), "%y%m%d%H%M%S")  # noqa: DTZ007 both are the merchant's wall clock
    except ValueError:
        return None
