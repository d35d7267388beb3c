"""The open batch and its settlement, as the terminal's events tell them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cardamom.values.terminal_events import (
    BatchClosed,
    BatchClosing,
    BatchTotalsAnswered,
    BatchTotalsSent,
    RecordUploaded,
    RecordUploadSent,
    TerminalEvent,
)
from cardamom.values.totals import Totals


class SentTotals(msgspec.Struct, frozen=True, kw_only=True):
    """One totals message: `code` None until it was answered."""

    currency: str
    stan: int
    sent_at: datetime
    """Of the first sending: a repeat is unchanged."""
    ksn: str = ""
    end: bool = False
    code: str | None = None
    agreed: bool = False


class Uploading(msgspec.Struct, frozen=True, kw_only=True):
    """One record's upload: `code` None until it was answered."""

    txn: int
    stan: int
    sent_at: datetime
    ksn: str = ""
    code: str | None = None


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """Where the open batch stands in its settlement."""

    batch: int
    closing: bool = False
    """Totals stand, nothing new is taken."""
    operator: str = ""
    totals: tuple[Totals, ...] = ()
    sent: tuple[SentTotals, ...] = ()
    """Totals messages under way or answered, in order."""
    uploading: tuple[Uploading, ...] = ()
    """Records whose upload has begun, in order."""

    @property
    def uploaded(self) -> frozenset[int]:
        """Transactions that the host has."""
        return frozenset(u.txn for u in self.uploading if u.code is not None)

    def told(self, currency: str, *, end: bool = False) -> SentTotals | None:
        """The totals message of a currency, or the one that ends its upload."""
        return next((s for s in self.sent if (s.currency, s.end) == (currency, end)), None)


class BatchOrderError(Exception):
    """A batch event out of its order: a fault in the firmware, never in the data."""


def advance_book(book: Book, event: TerminalEvent) -> Book:
    """The book after `event`; events that are none of the batch's change nothing.

    Raises BatchOrderError for a batch that is not the open one, or a step before its time.
    """
    batch = getattr(event, "batch", None)
    if batch is None:
        return book
    if isinstance(event, BatchClosing):
        if book.closing:
            raise BatchOrderError("a batch is closed once")
        change = {"closing": True, "operator": event.operator, "totals": event.totals}
        return _changed(book, batch, **change)
    if not isinstance(
        event,
        BatchTotalsSent | BatchTotalsAnswered | RecordUploadSent | RecordUploaded | BatchClosed,
    ):
        return book  # ZReportPrinted tells of a batch that is closed
    if not book.closing:
        raise BatchOrderError("the batch takes payments: it is not being closed")
    match event:
        case BatchTotalsSent():
            return _changed(book, batch, sent=_begun(book, event))
        case BatchTotalsAnswered():
            sent = tuple(
                msgspec.structs.replace(s, code=event.code, agreed=event.agreed)
                if (s.currency, s.end) == (event.currency, event.upload_end)
                else s
                for s in book.sent
            )
            return _changed(book, batch, sent=sent)
        case RecordUploadSent():
            others = tuple(u for u in book.uploading if u.txn != event.uploaded)
            old = next((u for u in book.uploading if u.txn == event.uploaded), None)
            begun = Uploading(
                txn=event.uploaded,
                stan=old.stan if old else event.stan,
                sent_at=old.sent_at if old else event.at,
                ksn=event.ksn,
            )
            return _changed(book, batch, uploading=(*others, begun))
        case RecordUploaded():
            uploading = tuple(
                msgspec.structs.replace(u, code=event.code) if u.txn == event.uploaded else u
                for u in book.uploading
            )
            return _changed(book, batch, uploading=uploading)
        case BatchClosed():
            _changed(book, batch)
            return Book(batch=event.opened)


def _begun(book: Book, event: BatchTotalsSent) -> tuple[SentTotals, ...]:
    """A repeat keeps trace number and time of the first sending."""
    old = book.told(event.currency, end=event.upload_end)
    if old is not None:
        again = msgspec.structs.replace(old, ksn=event.ksn)
        return tuple(again if s is old else s for s in book.sent)
    begun = SentTotals(
        currency=event.currency,
        stan=event.stan,
        sent_at=event.at,
        ksn=event.ksn,
        end=event.upload_end,
    )
    return (*book.sent, begun)


def _changed(book: Book, batch: int, **change: object) -> Book:
    if batch != book.batch:
        raise BatchOrderError(f"batch {batch} is not the open one")
    return msgspec.structs.replace(book, **change)
