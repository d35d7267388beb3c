"""What the terminal asks of a host and what it hears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cardamom.values.events import Reason, Verdict
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.record import Delivery, Record
from cardamom.values.secret import Pan, Pin, PinBlock, Track2
from cardamom.values.states import Recourse
from cardamom.values.tags import Tags
from cardamom.values.totals import Totals


@dataclass(frozen=True, slots=True)
class CardData:
    """What a request needs of the card. `expiry` is YYMM; `psn` tag 5F34 as a number."""

    pan: Pan
    expiry: str
    psn: int | None = None
    track2: Track2 | None = None


class Purpose(StrEnum):
    """What a message about one transaction is for; the profile says which message that is."""

    REQUEST = "request"
    REPEAT = "repeat"
    """The request once more, unchanged but for key and MAC."""
    REVERSAL = "reversal"
    QUERY = "query"
    ADVICE = "advice"
    """Tells of what was approved offline."""
    SCRIPTS = "scripts"
    """Tells issuer-script results."""
    UPLOAD = "upload"
    """One record of a batch whose totals differ."""


@dataclass(frozen=True, slots=True)
class OnlineRequest:
    """One message about one transaction. The record holds amount, numbers and times; a REQUEST and
    a REPEAT have the record's own trace number, key and time, others those of `delivery`."""

    record: Record
    card: CardData
    tags: Tags | None = None
    """Chip data; the acquirer profile picks what goes into field 55."""
    pin: Pin | PinBlock | None = None
    purpose: Purpose = Purpose.REQUEST
    delivery: Delivery | None = None
    """Numbers and times of a message that follows; with more than one attempt it is a repeat."""
    original: Record | None = None
    """The transaction that this one undoes."""

    @property
    def stan(self) -> int:
        if self.purpose is Purpose.REQUEST or self.delivery is None:
            return self.record.stan or 0
        return self.delivery.stan

    @property
    def ksn(self) -> str:
        if self.purpose is Purpose.REQUEST or self.delivery is None:
            return self.record.ksn
        return self.delivery.ksn

    @property
    def sent_at(self) -> datetime | None:
        """Transmission time, field 7: of the first sending, so that a repeat is the same."""
        if self.purpose in (Purpose.REQUEST, Purpose.REPEAT) or self.delivery is None:
            return self.record.requested_at
        return self.delivery.sent_at

    @property
    def repeated(self) -> bool:
        if self.purpose is Purpose.REPEAT:
            return True
        return self.delivery is not None and self.delivery.attempts > 1


@dataclass(frozen=True, slots=True)
class TotalsRequest:
    """One currency's totals of a batch, or with `end` the message that ends its upload."""

    batch: int
    totals: Totals
    terminal_id: str
    merchant_id: str
    stan: int
    sent_at: datetime
    end: bool = False
    ksn: str = ""


@dataclass(frozen=True, slots=True)
class HostTraits:
    """What the acquirer's profile says that flows and duties must know."""

    recourse: Mapping[Kind, Recourse]
    """The kinds that the host takes, and what follows where an answer stays out."""
    reversal_keeps_stan: bool = False
    """A reversal has the trace number of the request that it undoes."""
    online_pin: bool = True
    settles: bool = True
    """It takes totals (0500); else a batch is closed by the terminal alone."""
    upload_end: bool = False
    """An upload is followed by a message that ends it."""


@dataclass(frozen=True, slots=True)
class Late:
    """A believable answer to a request that is not waited for any more."""

    mti: str
    stan: int
    terminal_id: str
    code: str
    verdict: Verdict
    amount_minor: int | None = None
    rrn: str | None = None
    auth_code: str | None = None


@dataclass(frozen=True, slots=True)
class OnlineAnswer:
    """A matched, readable answer."""

    verdict: Verdict
    code: str
    """Field 39."""
    auth_code: str | None = None
    rrn: str | None = None
    host_time: str | None = None
    """Fields 13 and 12, `MMDDhhmmss`."""
    arc: bytes = b""
    """Tag 8A: the host's own, or field 39 where it sends none."""
    issuer_auth: bytes = b""
    """Tag 91."""
    scripts: bytes = field(default=b"", repr=False)
    """Templates 71 and 72 as they came."""
    agreed: bool = False
    """To totals: the host's are the same (field 66 = 1)."""
    balance: Money | None = None
    """What is left on the account (field 54)."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Provably no byte left: nothing is owed."""

    why: str
    reason: Reason = Reason.NO_HOST
    """Why it is declined, where the card may not approve it alone."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A byte may have left and no valid answer came: what is owed then is the intent's recourse.

    `readable` is False for a bad MAC, a mismatch or garbage, True for silence.
    """

    why: str
    garbled: bool = False


OnlineResult = OnlineAnswer | NotSent | NoAnswer
