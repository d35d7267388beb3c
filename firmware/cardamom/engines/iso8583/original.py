"""How the host knows a transaction that a message refers to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cardamom.engines.iso8583.profile import Profile
from cardamom.values.record import Record
from cardamom.values.states import State


@dataclass(frozen=True, slots=True)
class Known:
    """Message type, trace number and time of the message that told the host of it."""

    mti: str
    stan: int
    batch: int
    sent_at: datetime
    happened_at: datetime

    def parts(self, zone: ZoneInfo) -> dict[str, str]:
        """For templates. Dates are the merchant's, field 7's are UTC."""
        return {
            "original_mti": self.mti,
            "original_stan": str(self.stan),
            "original_batch": str(self.batch),
            "original_date": self.happened_at.astimezone(zone).strftime("%m%d"),
            "original_sent": transmitted(self.sent_at),
        }


def known_as(record: Record, profile: Profile) -> Known | None:
    """None where the host was never told of it: then nothing can refer to it."""
    kind = profile.kinds.get(record.kind)
    happened = record.requested_at or record.started_at
    advice, told = profile.follow.advice, record.owed
    if record.state in (State.ADVISED, State.ADVICE_REFUSED) and advice and told:
        # a request that was never sent has a trace number, too; the host knows the advice's
        return Known(advice.message, told.stan, record.batch, told.sent_at, happened)
    if kind is None or not record.stan or record.requested_at is None:
        return None
    return Known(kind.request, record.stan, record.batch, record.requested_at, happened)


def transmitted(at: datetime) -> str:
    """Field 7: MMDDhhmmss in UTC (ISO 8583:1987, 4.3)."""
    return at.astimezone(UTC).strftime("%m%d%H%M%S")
