"""A terminal's messages by hand, over a real link: what it knows of a transaction is its record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import msgspec

from cardamom.acquirer.link import Link
from cardamom.values.events import Entry, Verdict
from cardamom.values.kinds import Kind
from cardamom.values.online import (
    CardData,
    OnlineAnswer,
    OnlineRequest,
    OnlineResult,
    Purpose,
    TotalsRequest,
)
from cardamom.values.record import Delivery, Record
from cardamom.values.secret import Pan, Pin, PinBlock
from cardamom.values.states import State
from cardamom.values.totals import Totals, totals_of
from support.acquirer import PIN, payment
from support.messages import AT, PAN, record


@dataclass
class Teller:
    """Numbers its transactions from 1; a following message takes the next trace number."""

    link: Link
    batch: int = 3
    stan: int = 100
    records: dict[int, Record] = field(default_factory=dict)

    def next(self) -> int:
        self.stan += 1
        return self.stan

    async def sale(
        self, minor: int = 1234, pan: str = PAN, pin: Pin | PinBlock | None = PIN
    ) -> Record:
        stan = self.next()
        request = payment(pin, stan=stan, minor=minor, pan=pan)
        own = self.new(request.record, Kind.SALE)
        return self._end(own, await self.link.request(replace(request, record=own)))

    async def again(self, own: Record, minor: int | None = None) -> OnlineAnswer:
        """The request of a sale once more, of another amount where one is given."""
        amount = minor if minor is not None else own.amount.minor
        request = payment(stan=own.stan or 0, minor=amount)
        changed = msgspec.structs.replace(own, amount=request.record.amount)
        return heard(await self.link.request(replace(request, record=changed)))

    async def undo(
        self, kind: Kind, original: Record, minor: int | None = None, pan: str = PAN
    ) -> Record:
        """A void or a refund."""
        amount = minor if minor is not None else original.amount.minor
        base = record(stan=self.next(), minor=amount)
        own = self.new(base, kind, entry=Entry.ORIGINAL, original=original.txn)
        request = OnlineRequest(own, sealed(pan), original=original)
        return self._end(own, await self.link.request(request))

    async def repeat(self, own: Record) -> OnlineAnswer:
        """A request without reversal once more."""
        original = self.records[own.original or 0]
        at = own.requested_at or AT
        told = Delivery(stan=own.stan or 0, sent_at=at, tried_at=at, attempts=2)
        request = OnlineRequest(
            msgspec.structs.replace(own, owed=told),
            sealed(),
            purpose=Purpose.REPEAT,
            delivery=told,
            original=original,
        )
        return heard(await self.link.request(request))

    async def follow(
        self,
        purpose: Purpose,
        of: Record,
        *,
        stan: int = 0,
        attempts: int = 1,
        pan: str = PAN,
    ) -> OnlineAnswer:
        stan = stan or self.next()
        at = AT + timedelta(hours=1)
        told = Delivery(stan=stan, sent_at=at, tried_at=at, attempts=attempts)
        tags = payment().tags
        original = self.records.get(of.original or 0)
        request = OnlineRequest(
            of, sealed(pan), tags, purpose=purpose, delivery=told, original=original
        )
        return heard(await self.link.request(request))

    async def reverse(self, of: Record, *, stan: int = 0, attempts: int = 1) -> OnlineAnswer:
        """`stan` 0: the request's where the profile keeps it, else the next."""
        if self.link.traits.reversal_keeps_stan:
            stan = of.stan or 0
        answer = await self.follow(Purpose.REVERSAL, of, stan=stan, attempts=attempts)
        if answer.verdict is Verdict.APPROVED:
            self.records[of.txn] = msgspec.structs.replace(of, state=State.REVERSED)
        return answer

    async def advise(
        self, minor: int = 1234, *, stan: int = 0, attempts: int = 1, pan: str = PAN
    ) -> Record:
        """A sale that a card approved offline."""
        stan = stan or self.next()
        own = self.new(record(stan=None, minor=minor, at=None), Kind.SALE)
        answer = await self.follow(Purpose.ADVICE, own, stan=stan, attempts=attempts, pan=pan)
        taken = answer.verdict is Verdict.APPROVED
        at = AT + timedelta(hours=1)
        own = msgspec.structs.replace(
            own,
            state=State.ADVISED if taken else State.ADVICE_REFUSED,
            rrn=answer.rrn,
            owed=Delivery(stan=stan, sent_at=at, tried_at=at, attempts=1, code=answer.code),
        )
        self.records[own.txn] = own
        return own

    def totals(self) -> tuple[Totals, ...]:
        return totals_of(r for r in self.records.values() if r.batch == self.batch)

    async def settle(self, totals: Totals | None = None, *, end: bool = False) -> OnlineAnswer:
        """One currency's totals, the terminal's own where none are given."""
        request = TotalsRequest(
            batch=self.batch,
            totals=totals or (self.totals() or (Totals(currency="CNY"),))[0],
            terminal_id="10000001",
            merchant_id="104110058120001",
            stan=self.next(),
            sent_at=AT + timedelta(hours=2),
            end=end,
        )
        return heard(await self.link.totals(request))

    def new(self, base: Record, kind: Kind, **changes: object) -> Record:
        own = msgspec.structs.replace(
            base, txn=len(self.records) + 1, kind=kind, batch=self.batch, **changes
        )
        own = msgspec.structs.replace(own, card=Pan(PAN).masked)
        self.records[own.txn] = own
        return own

    def _end(self, own: Record, result: OnlineResult) -> Record:
        if isinstance(result, OnlineAnswer):
            approved = result.verdict is Verdict.APPROVED
            own = msgspec.structs.replace(
                own,
                state=State.APPROVED if approved else State.DECLINED,
                code=result.code,
                verdict=result.verdict,
                rrn=result.rrn,
                auth_code=result.auth_code,
            )
        else:
            own = msgspec.structs.replace(own, state=State.REVERSING)
        self.records[own.txn] = own
        return own


def sealed(pan: str = PAN) -> CardData:
    """What is kept of a card."""
    return CardData(pan=Pan(pan), expiry="4912", psn=1)


def heard(result: OnlineResult) -> OnlineAnswer:
    assert isinstance(result, OnlineAnswer), result
    return result
