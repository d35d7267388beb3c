"""The merchant's own cards at the reader: whose one is, and a sale paid with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.engines.closed_loop import ClosedLoopError, Flaw, card_of
from cardamom.engines.emv.contactless.outcome import Status
from cardamom.engines.ndef import NdefError
from cardamom.faults import CardFault
from cardamom.flows.look_back import look_back
from cardamom.flows.ndef import HalfReadError, ndef_of
from cardamom.flows.opening import Opening, withdraw
from cardamom.flows.terminal import Order, Terminal
from cardamom.flows.undo import ask
from cardamom.ports import TapCard
from cardamom.story import tell
from cardamom.tag_ports import Tag
from cardamom.values.events import CardRead, Entry, Reason, Started, Tender
from cardamom.values.member import ClosedLoop, Member, UidUse
from cardamom.values.online import CardData
from cardamom.values.record import Record
from cardamom.values.screens import Reading
from cardamom.values.secret import Pan

NEVER: Final = "9912"
"""Valid until, where nothing says so."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose card it is, and how that is known. `member`: what the registry has of it."""

    number: Pan
    entry: Entry
    until: str
    issue: int | None
    member: Member | None

    @property
    def data(self) -> CardData:
        return CardData(self.number, self.until, self.issue)


async def holder_of(t: Terminal, own: ClosedLoop, tag: Tag | TapCard) -> Holder | Reason:
    """Whose card the tag is, of Type 2 or 4; or why it is nobody's. Raises JournalFault."""
    try:
        card = card_of(await ndef_of(tag), tag.uid, own.keys, own.prefixes)
    except CardFault as fault:
        tell("card_fault", why=str(fault), gone=fault.gone)
        # what a half-read record says is not known: it is not taken for a tag that has none
        if fault.gone or isinstance(fault, HalfReadError):
            return Reason.PRESENT_AGAIN
        return await _by_uid(t, own, tag)
    except NdefError:
        return await _by_uid(t, own, tag)
    except ClosedLoopError as why:
        tell("tag_flawed", why=str(why))
        if why.flaw is Flaw.NO_RECORD:
            return await _by_uid(t, own, tag)
        return Reason.CARD_COPIED if why.flaw is Flaw.COPIED else Reason.NOT_SIGNED
    member = await t.members.by_number(card.number) if t.members is not None else None
    if member is not None and (member.blocked or card.issue < member.issue):
        return Reason.CARD_BLOCKED
    if card.expired(t.clock.local().date()) or (member is not None and _expired(t, member)):
        return Reason.CARD_EXPIRED
    return Holder(card.number, Entry.TAG, card.until, card.issue, member)


async def _by_uid(t: Terminal, own: ClosedLoop, tag: Tag | TapCard) -> Holder | Reason:
    """Anybody can copy a UID: what it is good for is the settings' to say. A phone may have any, so
    what speaks is never known by its UID alone."""
    if own.uid is UidUse.REFUSE or t.members is None or hasattr(tag, "transmit"):
        return Reason.NOT_ACCEPTED
    member = await t.members.by_uid(tag.uid)
    if member is None:
        return Reason.NOT_ACCEPTED
    if member.blocked:
        return Reason.CARD_BLOCKED
    if _expired(t, member):
        return Reason.CARD_EXPIRED
    return Holder(member.number, Entry.UID, member.until or NEVER, member.issue, member)


def _expired(t: Terminal, member: Member) -> bool:
    return member.expired(t.clock.local().date())


async def pay_by_tag(
    t: Terminal, own: ClosedLoop, order: Order, begun: Started, tag: Tag | TapCard
) -> Record | Reason:
    """The durable outcome; or why this tag pays nothing. Raises JournalFault."""
    t.display.show(Reading(order.amount, contact=False))
    holder = await holder_of(t, own, tag)
    why = holder if isinstance(holder, Reason) else _refused(own, order, holder)
    if why is not None or isinstance(holder, Reason):
        signal(t, Status.PROCESSING_ERROR)
        tell("tag_refused", why=why.value if why is not None else "")
        await tag.close()
        return why or Reason.NOT_ACCEPTED
    order.card = tag
    read = read_of(t, holder)
    known = await look_back(t, order, holder.number)
    if known.history.on_exception_list:
        signal(t, Status.PROCESSING_ERROR)
        return await _ends(t, order, (begun, read), Reason.CARD_BLOCKED)
    if known.twin is not None and not order.supervisor:
        signal(t, Status.PROCESSING_ERROR)
        tell("same_again", of=known.twin.txn)
        return await _ends(t, order, (begun, read), Reason.SAME_AGAIN)
    signal(t, Status.CARD_READ_OK)
    return await ask(t, order, (begun, read), holder.data, None)


async def pay_by_type_4(
    t: Terminal, order: Order, begun: Started, card: TapCard, otherwise: Reason
) -> Record | Reason:
    """As pay_by_tag, for a card in the field that no kernel takes: it may be a Type 4 tag.
    `otherwise`: why it would not do, where it holds no record either. Raises JournalFault."""
    if t.closed_loop is None:
        await card.close()
        return otherwise
    paid = await pay_by_tag(t, t.closed_loop, order, begun, card)
    return otherwise if paid is Reason.NOT_ACCEPTED else paid


def read_of(t: Terminal, holder: Holder) -> CardRead:
    """The event that says whose card it is, masked."""
    return CardRead(
        at=t.clock.now(),
        entry=holder.entry,
        card=holder.number.masked,
        tender=Tender.CLOSED_LOOP,
    )


def signal(t: Terminal, status: Status) -> None:
    if t.taps is not None:
        t.taps.signals.tell(status)


def _refused(own: ClosedLoop, order: Order, holder: Holder) -> Reason | None:
    if not own.pays or (holder.entry is Entry.UID and own.uid is not UidUse.PAY):
        return Reason.NOT_ACCEPTED
    if holder.entry is Entry.UID and order.amount > own.uid_limit:
        return Reason.UID_LIMIT
    return None


async def _ends(t: Terminal, order: Order, opening: tuple[Opening, ...], reason: Reason) -> Record:
    order.ended = True
    return await withdraw(t, opening, reason)
