"""What happens to the terminal itself; such events stand in the chain beside the transactions."""

from __future__ import annotations

from cardamom.values.events import Event
from cardamom.values.totals import Totals


class Migrated(Event, frozen=True, kw_only=True, tag="migrated"):
    """Newer firmware brought the journal to a newer schema."""

    from_schema: int
    to_schema: int
    firmware: str


class BatchClosing(Event, frozen=True, kw_only=True, tag="batch_closing"):
    """Settlement began: from here on the batch takes nothing new. Its totals stand."""

    batch: int
    operator: str
    totals: tuple[Totals, ...]
    """A row a currency; empty for an empty batch."""


class BatchTotalsSent(Event, frozen=True, kw_only=True, tag="batch_totals_sent"):
    """About to tell the host one currency's totals. `stan` 0 takes the next; a repeat, `upload_end`
    aside, keeps it."""

    batch: int
    currency: str
    stan: int = 0
    ksn: str = ""
    upload_end: bool = False
    """After the upload: its end, or the totals once more, as the profile says."""


class BatchTotalsAnswered(Event, frozen=True, kw_only=True, tag="batch_totals_answered"):
    """What the host makes of them."""

    batch: int
    currency: str
    code: str
    agreed: bool
    """Where not: each record of the batch is uploaded."""
    upload_end: bool = False


class RecordUploadSent(Event, frozen=True, kw_only=True, tag="record_upload_sent"):
    """About to upload one record of the batch."""

    batch: int
    uploaded: int
    """The transaction."""
    stan: int = 0
    ksn: str = ""


class RecordUploaded(Event, frozen=True, kw_only=True, tag="record_uploaded"):
    """The host has answered it."""

    batch: int
    uploaded: int
    code: str
    taken: bool = True
    """False: the host refuses it, and a person has to ask why."""


class BatchClosed(Event, frozen=True, kw_only=True, tag="batch_closed"):
    """Settled: the next batch is open. The rest where a supervisor closed it without the host's
    agreement."""

    batch: int
    opened: int
    """The next batch's number."""
    operator: str = ""
    host_reference: str = ""
    """How the host names what it told the supervisor."""
    code: str = ""
    """Field 39 of the last refusal."""


class ZReportPrinted(Event, frozen=True, kw_only=True, tag="z_report_printed"):
    """The settled batch's report is out."""

    batch: int


class KeysChanged(Event, frozen=True, kw_only=True, tag="keys_changed"):
    """Keys came in: at a sign-on, or injected. Check values, never keys."""

    slot: str
    check_values: tuple[str, ...]
    how: str
    """`sign_on`, `injected` or `erased`."""


class OperatorAct(Event, frozen=True, kw_only=True, tag="operator_act"):
    """What a person did with a right of their role that no other event tells."""

    operator: str
    act: str


class Tampered(Event, frozen=True, kw_only=True, tag="tampered"):
    """The case was opened: what KeysChanged beside it names is erased, payment is refused."""


TerminalEvent = (
    Migrated
    | BatchClosing
    | BatchTotalsSent
    | BatchTotalsAnswered
    | RecordUploadSent
    | RecordUploaded
    | BatchClosed
    | ZReportPrinted
    | KeysChanged
    | OperatorAct
    | Tampered
)

NumberedTerminalEvent = BatchTotalsSent | RecordUploadSent
