"""What records owe the host: in which order, when again, and as which message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from cardamom.engines import tlv
from cardamom.values.events import (
    AdviceSent,
    QuerySent,
    RepeatSent,
    ReversalSent,
    ScriptSent,
)
from cardamom.values.online import CardData, OnlineRequest, Purpose
from cardamom.values.record import Delivery, Record
from cardamom.values.states import OWES, Duty
from cardamom.values.tags import Tags

FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 120.0

PURPOSES: Final = {
    Duty.REVERSAL: Purpose.REVERSAL,
    Duty.QUERY: Purpose.QUERY,
    Duty.REPEAT: Purpose.REPEAT,
    Duty.ADVICE: Purpose.ADVICE,
}

Attempt = ScriptSent | ReversalSent | QuerySent | RepeatSent | AdviceSent

SENT: Final[dict[Purpose, type[Attempt]]] = {
    Purpose.SCRIPTS: ScriptSent,
    Purpose.REVERSAL: ReversalSent,
    Purpose.QUERY: QuerySent,
    Purpose.REPEAT: RepeatSent,
    Purpose.ADVICE: AdviceSent,
}
"""What is durable before the message's first byte, in the order in which messages go."""

ORDER: Final = tuple(SENT)


@dataclass(frozen=True, slots=True)
class Owed:
    """One message that a record owes."""

    record: Record
    purpose: Purpose

    @property
    def key(self) -> tuple[int, Purpose]:
        return self.record.txn, self.purpose

    @property
    def delivery(self) -> Delivery | None:
        """Its attempts; None before the first."""
        scripts = self.purpose is Purpose.SCRIPTS
        return self.record.script_message if scripts else self.record.owed

    @property
    def attempts(self) -> int:
        return self.delivery.attempts if self.delivery is not None else 0

    @property
    def host(self) -> str | None:
        """Where it must go; None: wherever the terminal is connected to. An advice follows no
        request: its own first attempt decides."""
        if self.purpose is not Purpose.ADVICE:
            return self.record.host
        return self.delivery.host or None if self.delivery is not None else None

    def due_at(self, jitter: float) -> datetime | None:
        """When it may be tried again; None: at once. From what is durable alone, so that a restart
        changes nothing; `jitter` is 0 to 1."""
        if self.delivery is None:
            return None
        doublings = min(self.delivery.attempts - 1, 16)
        wait = min(FIRST_WAIT_S * 2**doublings, LONGEST_WAIT_S)
        return self.delivery.tried_at + timedelta(seconds=wait * (0.7 + 0.6 * jitter))

    def attempt(self, at: datetime, host: str, *, keeps_stan: bool) -> Attempt:
        """The event of the next attempt. `keeps_stan`: a reversal has its request's number."""
        own = keeps_stan and self.purpose is Purpose.REVERSAL
        return SENT[self.purpose](at=at, host=host, stan=(self.record.stan or 0) if own else 0)

    def message(self, card: CardData, original: Record | None, host: str) -> OnlineRequest:
        """The message, of a record whose attempt is durable."""
        return OnlineRequest(
            msgspec.structs.replace(self.record, host=host),
            card,
            tags_of(self.record),
            purpose=self.purpose,
            delivery=self.delivery,
            original=original,
        )


def owed_by(records: Iterable[Record]) -> list[Owed]:
    """All that these owe: script results, reversals, queries, repeats, advices; of each sort the
    oldest first."""
    found: list[Owed] = []
    for record in records:
        if record.scripts is not None:
            found.append(Owed(record, Purpose.SCRIPTS))
        if record.state in OWES:
            found.append(Owed(record, PURPOSES[OWES[record.state]]))
    return sorted(found, key=lambda o: (ORDER.index(o.purpose), o.record.txn))


def tags_of(record: Record) -> Tags | None:
    """The chip's objects as the journal keeps them; None of a record without a chip."""
    if record.chip is None or not record.chip.icc:
        return None
    tags = dict(tlv.items(bytes.fromhex(record.chip.icc)))
    if record.scripts is not None:
        tags[SCRIPT_RESULTS] = bytes.fromhex(record.scripts)
    return Tags(tags)


SCRIPT_RESULTS: Final = 0x9F5B
