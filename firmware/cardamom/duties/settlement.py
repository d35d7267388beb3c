"""Settlement 结算: a batch from its first totals to its end, step by step.

Each step is durable before its message leaves, and the journal's book says which is next, so that a
restart goes on where it was. An unanswered message is sent again unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from cardamom.duties.delivery import ask
from cardamom.duties.owed import tags_of
from cardamom.faults import Fault, JournalFault
from cardamom.ports import Clock, Host, Journal
from cardamom.story import tell
from cardamom.values.batch import Book, SentTotals, Uploading
from cardamom.values.events import Verdict
from cardamom.values.online import (
    CardData,
    OnlineAnswer,
    OnlineRequest,
    OnlineResult,
    Purpose,
    TotalsRequest,
)
from cardamom.values.record import Delivery, Record
from cardamom.values.screens import SettleRefusal, SettleStep, Settling
from cardamom.values.states import UNSETTLED, WAITS_FOR_SUPERVISOR
from cardamom.values.terminal_events import (
    BatchClosed,
    BatchClosing,
    BatchTotalsAnswered,
    BatchTotalsSent,
    RecordUploaded,
    RecordUploadSent,
)
from cardamom.values.totals import Totals, counts, totals_of

LAST_BATCH: Final = 999_999
RECONCILE_ERROR: Final = "95"
"""ISO 8583:1987, field 39: the totals differ."""
PAUSES_S: Final = (2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
"""Between tries while the host does not answer; the last one repeats."""

DELIVER_S: Final = 20.0
"""How long a settlement waits for what is owed to be delivered."""

Show = Callable[[Settling], None]


class SettlementRefusal(Fault):
    """The batch is not settled now, nothing was begun. `why` and `count` as screens tell it."""

    SENTENCES: Final = {
        SettleRefusal.OPEN: "the outcome of {what} is not known yet; it ends by itself: ask again",
        SettleRefusal.OWED: "the host is still to be told of {what}; that goes on by itself: ask "
        "again",
        SettleRefusal.PARKED: "{what}: a supervisor closes each with `cardamom close`, or settles "
        "over them",
        SettleRefusal.NO_HOST: "the host cannot be reached: settle when the link is back",
    }

    def __init__(self, why: SettleRefusal, records: Sequence[Record] = ()) -> None:
        sentence = self.SENTENCES[why].format(what=_named(records))
        super().__init__(f"the batch cannot be settled: {sentence}")
        self.why = why
        self.count = len(records)


def _named(records: Sequence[Record]) -> str:
    """Each by number and trace, as far as a line goes."""
    named = [
        f"{r.txn} (trace {r.stan or 0:06d}, {str(r.state).replace('_', ' ')})" for r in records
    ]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    return f"transaction {', '.join(named[:3])}{more}"


@dataclass(frozen=True, slots=True)
class Closed:
    """A batch that is settled."""

    batch: int
    totals: tuple[Totals, ...]
    uploaded: int


@dataclass(frozen=True, slots=True)
class Waits:
    """The host gave no answer that helps; `code` its field 39, where it gave one."""

    screen: Settling


class Settlement:
    """Settles the open batch. Its caller sees to it that no payment is taken meanwhile.

    `exclusive` keeps any other message off the line. Every method may raise JournalFault.
    """

    def __init__(
        self,
        journal: Journal,
        host: Host,
        clock: Clock,
        exclusive: Callable[[], AbstractAsyncContextManager[None]],
        *,
        terminal_id: str,
        merchant_id: str,
        hurry: Callable[[], None] = lambda: None,
    ) -> None:
        """`hurry`: try what is owed now, whatever its back-off."""
        self._journal = journal
        self._host = host
        self._clock = clock
        self._exclusive = exclusive
        self._terminal_id = terminal_id
        self._merchant_id = merchant_id
        self._hurry = hurry
        self._tries = 0
        self._refused: str | None = None
        self._halted = False

    def halt(self) -> None:
        """The terminal stops: no message more after the one under way."""
        self._halted = True

    @property
    def tried(self) -> bool:
        """The last message got no answer that helps."""
        return self._tries > 0

    @property
    def refused(self) -> str | None:
        """Field 39 of the newest refusal of the totals, or of an upload's end, that the batch waits
        on; None: none came since the start. Silence after it changes nothing."""
        return self._refused

    @property
    def pause_s(self) -> float:
        """How long to wait before the next `advance` where the last one waits."""
        return PAUSES_S[min(max(self._tries - 1, 0), len(PAUSES_S) - 1)]

    @property
    def reachable(self) -> bool:
        """The host could be asked now, or need not be."""
        return not self._host.traits.settles or self._host.state().usable

    async def begin(self, operator: str, show: Show, *, over_parked: bool = False) -> None:
        """Freezes the batch and its totals. Raises SettlementRefusal.

        What is owed to the host goes out first.
        """
        book = await self._journal.book()
        if book.closing:
            return
        if not self.reachable:
            raise SettlementRefusal(SettleRefusal.NO_HOST)
        if await self._journal.owing():
            show(Settling(book.batch, SettleStep.DELIVER))
            await self._delivered()
        if unsettled := await self._journal.in_states(UNSETTLED):
            raise SettlementRefusal(SettleRefusal.OPEN, unsettled)
        if owing := await self._journal.owing():
            raise SettlementRefusal(SettleRefusal.OWED, owing)
        records = await self._journal.of_batch(book.batch)
        parked = [r for r in records if r.state in WAITS_FOR_SUPERVISOR]
        if parked and not over_parked:
            raise SettlementRefusal(SettleRefusal.PARKED, parked)
        totals = totals_of(records)
        closing = BatchClosing(
            at=self._clock.now(), batch=book.batch, operator=operator, totals=totals
        )
        await self._journal.note(closing)
        self._refused = None
        tell("batch_closing", batch=book.batch, records=len(records), parked=len(parked))
        self._tries = 0

    async def _delivered(self) -> None:
        """Gives the delivery of what is owed some time; it goes on by itself."""
        self._hurry()
        ends = self._clock.monotonic() + DELIVER_S
        while self._clock.monotonic() < ends and await self._journal.owing():
            await self._clock.sleep(1.0)

    async def advance(self, show: Show) -> Closed | Waits:
        """From where the book stands to the end, or to a message that gets no answer. The commit
        that closes the batch destroys its card data."""
        self._tries += 1  # unless a message is answered: a fault of the journal waits its turn too
        book = await self._journal.book()
        if self._host.traits.settles:
            for totals in book.totals:
                waiting = await self._currency(totals, show)
                if waiting is not None:
                    tell("settlement_waits", batch=book.batch, code=waiting.screen.code)
                    return waiting
        book = await self._journal.book()
        opened = book.batch % LAST_BATCH + 1
        await self._journal.note(BatchClosed(at=self._clock.now(), batch=book.batch, opened=opened))
        tell("batch_closed", batch=book.batch, opened=opened, uploaded=len(book.uploaded))
        self._tries = 0
        return Closed(book.batch, book.totals, len(book.uploaded))

    async def _currency(self, totals: Totals, show: Show) -> Waits | None:
        """One currency's totals, and where they differ its records."""
        book = await self._journal.book()
        told = book.told(totals.currency)
        if told is None or told.code is None:
            screen = Settling(book.batch, SettleStep.TOTALS)
            show(screen)
            if waiting := await self._totals(book, totals, screen, end=False):
                return waiting
            told = (await self._journal.book()).told(totals.currency)
        if told is None or told.agreed:
            return None
        if waiting := await self._upload(totals, show):
            return waiting
        if not self._host.traits.upload_end:
            return None
        book = await self._journal.book()
        ended = book.told(totals.currency, end=True)
        if ended is not None and ended.code is not None:
            return None
        screen = Settling(book.batch, SettleStep.UPLOAD)
        return await self._totals(book, totals, screen, end=True)

    async def _totals(
        self, book: Book, totals: Totals, screen: Settling, *, end: bool
    ) -> Waits | None:
        """0500, or what ends an upload. A repeat has the first one's trace number and time."""
        before = book.told(totals.currency, end=end)
        async with self._exclusive():
            event = BatchTotalsSent(
                at=self._clock.now(),
                batch=book.batch,
                currency=totals.currency,
                stan=before.stan if before is not None else 0,
                upload_end=end,
            )
            await self._journal.note(event)
            sent = (await self._journal.book()).told(totals.currency, end=end)
            result = await self._ask_totals(book, totals, sent)
        match result:
            case OnlineAnswer() if _decides(result, end=end):
                answered = BatchTotalsAnswered(
                    at=self._clock.now(),
                    batch=book.batch,
                    currency=totals.currency,
                    code=result.code,
                    agreed=result.agreed and result.verdict is Verdict.APPROVED,
                    upload_end=end,
                )
                await self._journal.note(answered)
                self._tries, self._refused = 1, None
                tell("totals_answered", code=result.code, agreed=answered.agreed, end=end)
                return None
            case _:
                if isinstance(result, OnlineAnswer):
                    self._refused = result.code
                return _waits(screen, result)

    async def _ask_totals(
        self, book: Book, totals: Totals, sent: SentTotals | None
    ) -> OnlineResult:
        if sent is None:
            raise JournalFault("the journal lost a totals message: the firmware is at fault")
        request = TotalsRequest(
            batch=book.batch,
            totals=totals,
            terminal_id=self._terminal_id,
            merchant_id=self._merchant_id,
            stan=sent.stan,
            sent_at=sent.sent_at,
            end=sent.end,
            ksn=sent.ksn,
        )
        return await ask(self._host, request)

    async def _upload(self, totals: Totals, show: Show) -> Waits | None:
        """Each counted record of the currency that the host does not have yet."""
        book = await self._journal.book()
        records = [
            r
            for r in await self._journal.of_batch(book.batch)
            if counts(r) and r.amount.currency == totals.currency
        ]
        for done, record in enumerate(records):
            if record.txn in book.uploaded:
                continue
            screen = Settling(book.batch, SettleStep.UPLOAD, done, len(records))
            show(screen)
            if self._halted:
                return Waits(screen)
            begun = next((u for u in book.uploading if u.txn == record.txn), None)
            if waiting := await self._upload_one(book, record, begun, screen):
                return waiting
        return None

    async def _upload_one(
        self, book: Book, record: Record, begun: Uploading | None, screen: Settling
    ) -> Waits | None:
        card = await self._journal.card(record.txn)
        original = None
        if record.original is not None:
            original = await self._journal.get(record.original)
        async with self._exclusive():
            event = RecordUploadSent(
                at=self._clock.now(),
                batch=book.batch,
                uploaded=record.txn,
                stan=begun.stan if begun is not None else 0,
            )
            await self._journal.note(event)
            uploading = (await self._journal.book()).uploading
            sent = next(u for u in uploading if u.txn == record.txn)
            result = await self._ask_upload(record, card, sent, original, again=begun is not None)
        match result:
            case OnlineAnswer(verdict=Verdict.APPROVED | Verdict.DECLINED as verdict, code=code):
                uploaded = RecordUploaded(
                    at=self._clock.now(),
                    batch=book.batch,
                    uploaded=record.txn,
                    code=code,
                    taken=verdict is Verdict.APPROVED,
                )
                await self._journal.note(uploaded)
                self._tries = 1
                tell("record_uploaded", txn=record.txn, code=code)
                return None
            case _:
                return _waits(screen, result)

    async def _ask_upload(
        self,
        record: Record,
        card: CardData | None,
        sent: Uploading,
        original: Record | None,
        *,
        again: bool,
    ) -> OnlineResult:
        if card is None:
            raise JournalFault(
                f"the card data of transaction {record.txn} is gone before its batch was settled: "
                "call support"
            )
        delivery = Delivery(
            stan=sent.stan,
            sent_at=sent.sent_at,
            tried_at=self._clock.now(),
            attempts=2 if again else 1,
            ksn=sent.ksn,
        )
        request = OnlineRequest(
            record,
            card,
            tags_of(record),
            purpose=Purpose.UPLOAD,
            delivery=delivery,
            original=original,
        )
        return await ask(self._host, request)


def _decides(answer: OnlineAnswer, *, end: bool) -> bool:
    """Whether it says how the totals compare, or that the upload is ended. Another refusal (an
    unknown terminal, say) is for people: the batch stays as it is, and is told again."""
    if answer.verdict is Verdict.APPROVED:
        return True
    return not end and answer.code == RECONCILE_ERROR


def _waits(screen: Settling, result: OnlineResult) -> Waits:
    code = result.code if isinstance(result, OnlineAnswer) else None
    return Waits(
        Settling(screen.batch, screen.step, screen.done, screen.of, waiting=True, code=code)
    )
