"""Members: looked up, registered, blocked, and their cards written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from cardamom.engines.closed_loop import ClosedLoopCard, ClosedLoopError, account_number, card_of
from cardamom.engines.emv.contactless.outcome import Status
from cardamom.engines.ndef import NdefError, parse_message
from cardamom.engines.ndef_tags import write_type_2
from cardamom.faults import CardFault, DeviceFault
from cardamom.flows.closed_loop import Holder, holder_of, signal
from cardamom.flows.jobs import DeskRefusal
from cardamom.flows.ndef import ndef_of
from cardamom.flows.present import pressed
from cardamom.flows.terminal import Terminal, first
from cardamom.tag_ports import Members, Tag
from cardamom.values.events import Entry, Reason
from cardamom.values.keys import Key
from cardamom.values.member import ClosedLoop, Member
from cardamom.values.member_screens import HoldMemberCard, MemberShown
from cardamom.values.operations import Operation
from cardamom.values.secret import Pan, Passcode

NO_CARDS: Final = "this terminal has no cards of the merchant's own: see [closed_loop]"
READ_S: Final = 4.0
"""Whose card it is stays on the screen so long, or until a key is pressed."""
NOT_THERE: Final = "there is no such member"
DoAlone = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]


class MemberDesk:
    """What the socket may ask about members. `alone` runs something that no transaction may run
    beside. Each method raises DeskRefusal, NotAllowed and JournalFault as the desk's do."""

    def __init__(self, terminal: Terminal, alone: DoAlone) -> None:
        self._t = terminal
        self._alone = alone

    async def show(self, number: str | None) -> Holder:
        """By number, or by the card that is held to the reader."""
        own, members = self._own()
        if number is not None:
            member = await members.by_number(Pan(number))
            if member is None:
                raise DeskRefusal(NOT_THERE)
            return Holder(member.number, Entry.UID, member.until, member.issue, member)
        found: Holder = await self._alone(lambda: self._by_card(own))
        return found

    async def all(self, passcode: Passcode | None) -> Sequence[Member]:
        """By number."""
        _, members = self._own()
        await self._t.rights.prove(Operation.MEMBERS, passcode)
        return await members.all()

    async def keep(self, number: str, changes: dict[str, Any], passcode: Passcode | None) -> Member:
        """Add a member, or change what is named."""
        own, members = self._own()
        pan = _checked(number, own)
        what = pan.masked
        if (blocked := changes.get("blocked")) is not None:
            what += " blocked" if blocked else " unblocked"
        await self._t.rights.prove(Operation.MEMBER_KEEP, passcode, what)
        member = replace(await members.by_number(pan) or Member(pan), **changes)
        await members.keep(member)
        return member

    async def remove(self, number: str, passcode: Passcode | None) -> None:
        """Forget a member."""
        _, members = self._own()
        pan = Pan(number)
        await self._t.rights.prove(Operation.MEMBER_REMOVE, passcode, pan.masked)
        if not await members.remove(pan):
            raise DeskRefusal(NOT_THERE)

    async def tag(self, passcode: Passcode | None) -> bytes:
        """The UID of the tag that is held to the reader."""
        self._own()
        await self._t.rights.prove(Operation.MEMBER_TAG, passcode)
        uid: bytes = await self._alone(self._uid)
        return uid

    async def write(self, uid: bytes, message: bytes, passcode: Passcode | None) -> Member:
        """Write a card that one of this terminal's keys has signed, read it again, and register
        its issue: older cards of the account are blocked from then on."""
        own, members = self._own()
        try:
            card = card_of(parse_message(message), uid, own.keys, own.prefixes)
        except (NdefError, ClosedLoopError) as e:
            raise DeskRefusal(f"that is no card of this merchant's: {e}") from None
        await self._t.rights.prove(Operation.MEMBER_WRITE, passcode, card.number.masked)

        async def run() -> Member:
            known = await members.by_number(card.number) or Member(card.number)
            if card.issue < known.issue:
                raise DeskRefusal(
                    f"the account has had issue {known.issue}: sign this card with it or a later"
                )
            await self._write(own, card, message)
            # who was blocked or renamed meanwhile stays so
            now = await members.by_number(card.number) or known
            member = replace(now, issue=max(now.issue, card.issue))
            await members.keep(member)
            await self._leave(MemberShown(card.number.masked, member.name, written=True))
            return member

        written: Member = await self._alone(run)
        return written

    def _own(self) -> tuple[ClosedLoop, Members]:
        t = self._t
        if t.closed_loop is None or t.members is None or t.taps is None:
            raise DeskRefusal(NO_CARDS)
        return t.closed_loop, t.members

    async def _by_card(self, own: ClosedLoop) -> Holder:
        tag = await self._held(HoldMemberCard(), speaking=True)
        found = await holder_of(self._t, own, tag)
        await tag.close()
        if isinstance(found, Reason):
            signal(self._t, Status.PROCESSING_ERROR)
            await self._leave(MemberShown(refused=found))
            raise DeskRefusal(f"no member: {found.value.replace('_', ' ')}")
        signal(self._t, Status.CARD_READ_OK)
        name = found.member.name if found.member is not None else ""
        proved = found.entry is Entry.TAG
        await self._leave(MemberShown(found.number.masked, name, proved=proved))
        return found

    async def _uid(self) -> bytes:
        tag: Tag = await self._held(HoldMemberCard(writing=True))
        return tag.uid

    async def _write(self, own: ClosedLoop, card: ClosedLoopCard, message: bytes) -> None:
        tag: Tag = await self._held(HoldMemberCard(writing=True))
        try:
            if tag.uid != card.uid:
                raise DeskRefusal("that is another tag than the record was signed for")
            await _put(tag, message)
            card_of(await ndef_of(tag), tag.uid, own.keys, own.prefixes)
        except (CardFault, NdefError, ClosedLoopError) as e:
            signal(self._t, Status.PROCESSING_ERROR)
            await self._leave(MemberShown(refused=Reason.CARD_ERROR))
            raise DeskRefusal(f"the tag could not be written: {e}") from None
        finally:
            await tag.close()
        signal(self._t, Status.CARD_READ_OK)

    async def _held(self, screen: HoldMemberCard, *, speaking: bool = False) -> Any:
        """A lone tag of Type 2; of Type 4 where `speaking` ones will do. Raises DeskRefusal where
        none comes."""
        t = self._t
        assert t.taps is not None  # noqa: S101 _own has looked
        t.keypad.clear()
        t.display.show(screen)
        signal(t, Status.READY_TO_READ)
        try:
            name, seen = await first(
                seen=t.taps.reader.presented(),
                key=pressed(t, Key.CANCEL),
                timeout=t.clock.sleep(t.config.present_s),
            )
        except (CardFault, DeviceFault) as e:
            raise DeskRefusal(f"the contactless reader: {e}") from None
        finally:
            signal(t, Status.NOT_READY)
        if name != "seen":
            raise DeskRefusal("no card was held to the reader")
        if not hasattr(seen, "read") and not (speaking and hasattr(seen, "transmit")):
            raise DeskRefusal("that is no storage tag that can be a card of the merchant's")
        return seen

    async def _leave(self, screen: MemberShown) -> None:
        self._t.display.show(screen)
        await first(
            key=pressed(self._t, Key.ENTER, Key.CANCEL),
            left=self._t.clock.sleep(READ_S),
        )


async def _put(tag: Tag, message: bytes) -> None:
    steps = write_type_2(message)
    try:
        step = next(steps)
        while True:
            if isinstance(step, int):
                step = steps.send(await tag.read(step))
            else:
                await tag.write(*step)
                step = steps.send(b"")
    except StopIteration:
        return


def _checked(number: str, own: ClosedLoop) -> Pan:
    try:
        return account_number(number, own.prefixes)
    except ValueError as e:
        raise DeskRefusal(str(e)) from None
