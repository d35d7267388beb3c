"""Members at the desk: registered, shown, blocked, forgotten, their cards written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cardamom.control.messages import ControlError
from cardamom.control.messages import decode as decode_request
from cardamom.engines.ndef import NdefError
from cardamom.flows.closed_loop import Holder
from cardamom.flows.jobs import DeskRefusal
from cardamom.flows.ndef import ndef_of
from cardamom.flows.rights import NotAllowed
from cardamom.store.chain import decode
from cardamom.values.contactless import ManyCards
from cardamom.values.events import Entry, Reason
from cardamom.values.member import Member, UidUse
from cardamom.values.member_screens import HoldMemberCard, MemberShown
from cardamom.values.secret import Passcode
from cardamom.values.terminal_events import OperatorAct
from support.clerk import play
from support.hands import until
from support.members import NUMBER, STRANGER, UID, HandMemberTag, MemberShop, record
from support.shop import Shop

SUPERVISOR = Passcode(b"246810")
DIGITS = NUMBER.reveal()
T = TypeVar("T")
Script = Callable[[MemberShop], Awaitable[None]]


class ByUid(MemberShop):
    uid = UidUse.MEMBERS


def run(folder: Path, script: Script, kind: type[MemberShop] = MemberShop) -> None:
    async def played(shop: Shop) -> None:
        assert isinstance(shop, MemberShop)
        await script(shop)

    play(folder, played, kind)


async def read_out(shop: MemberShop, asked: Coroutine[Any, Any, T]) -> T:
    """What is answered once somebody has read the screen."""
    task = asyncio.create_task(asked)
    await until(lambda: task.done() or isinstance(shop.screen, MemberShown))
    shop.keypad.press("enter")
    return await task


def test_a_card_is_written_read_again_and_registered(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        tag = shop.hold(HandMemberTag())
        assert await shop.desk.members.tag(SUPERVISOR) == UID
        shop.hold(tag)
        member = await read_out(shop, shop.desk.members.write(UID, record(issue=2), SUPERVISOR))
        assert (member.number, member.issue) == (NUMBER, 2)
        assert [r.kind for r in await ndef_of(tag)] == [b"cardamom.invalid:card"]
        assert HoldMemberCard(writing=True) in shop.display.shown
        assert MemberShown(NUMBER.masked, "", written=True) in shop.display.shown
        assert list(await shop.desk.members.all(SUPERVISOR)) == [member]

    run(tmp_path, script)


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (HandMemberTag(uid=UID[:-1] + b"\0"), "another tag"),
        (HandMemberTag(torn=3), "could not be written"),
    ],
    ids=["another tag", "torn"],
)
def test_what_cannot_be_written_registers_nothing(
    tmp_path: Path, tag: HandMemberTag, words: str
) -> None:
    async def script(shop: MemberShop) -> None:
        shop.hold(tag)
        with pytest.raises(DeskRefusal, match=words):
            await read_out(shop, shop.desk.members.write(UID, record(), SUPERVISOR))
        assert list(await shop.desk.members.all(SUPERVISOR)) == []

    run(tmp_path, script)


def test_a_lost_card_comes_not_back_by_writing_an_older_one(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await shop.desk.members.keep(DIGITS, {"issue": 3}, SUPERVISOR)
        tag = shop.hold(HandMemberTag())
        with pytest.raises(DeskRefusal, match="has had issue 3"):
            await read_out(shop, shop.desk.members.write(UID, record(issue=2), SUPERVISOR))
        with pytest.raises(NdefError):
            await ndef_of(tag)
        [member] = await shop.desk.members.all(SUPERVISOR)
        assert member.issue == 3

    run(tmp_path, script)


def test_who_is_blocked_while_the_card_is_written_stays_blocked(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        members = shop.desk.members
        writing = asyncio.create_task(members.write(UID, record(issue=1), SUPERVISOR))
        await until(lambda: shop.screen == HoldMemberCard(writing=True))
        await members.keep(DIGITS, {"blocked": True, "name": "Lin"}, SUPERVISOR)
        shop.hold(HandMemberTag())
        await read_out(shop, asyncio.wait_for(writing, None))
        assert list(await members.all(SUPERVISOR)) == [Member(NUMBER, "Lin", issue=1, blocked=True)]

    run(tmp_path, script)


def test_a_torn_tag_holds_no_message(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        tag = shop.hold(HandMemberTag(record(), torn=5))
        with pytest.raises(DeskRefusal):
            await read_out(shop, shop.desk.members.write(UID, record(issue=1), SUPERVISOR))
        tag.torn = None
        with pytest.raises(NdefError):
            await ndef_of(tag)

    run(tmp_path, script)


def test_a_strangers_record_is_never_written(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        with pytest.raises(DeskRefusal, match="another key"):
            await shop.desk.members.write(UID, record(key=STRANGER), SUPERVISOR)
        assert HoldMemberCard(writing=True) not in shop.display.shown

    run(tmp_path, script)


def test_a_member_is_shown_by_the_card(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await shop.desk.members.keep(DIGITS, {"name": "Lin"}, SUPERVISOR)
        shop.hold(HandMemberTag(record()))
        held = await read_out(shop, shop.desk.members.show(None))
        assert (held.number, held.entry) == (NUMBER, Entry.TAG)
        assert held.member is not None
        assert MemberShown(NUMBER.masked, "Lin") in shop.display.shown
        by_number = await shop.desk.members.show(DIGITS)
        assert by_number.member == held.member

    run(tmp_path, script)


def test_a_uid_names_a_member_where_it_may(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await shop.desk.members.keep(DIGITS, {"uid": UID, "name": "Lin"}, SUPERVISOR)
        shop.hold(HandMemberTag())
        held: Holder = await read_out(shop, shop.desk.members.show(None))
        assert (held.number, held.entry) == (NUMBER, Entry.UID)
        assert MemberShown(NUMBER.masked, "Lin", proved=False) in shop.display.shown

    run(tmp_path, script, ByUid)


@pytest.mark.parametrize("blocked", [True, False])
def test_who_is_no_member_is_told(tmp_path: Path, blocked: bool) -> None:
    async def script(shop: MemberShop) -> None:
        if blocked:
            await shop.desk.members.keep(DIGITS, {"blocked": True}, SUPERVISOR)
        shop.hold(HandMemberTag(record() if blocked else b""))
        with pytest.raises(DeskRefusal, match="no member"):
            await read_out(shop, shop.desk.members.show(None))
        why = Reason.CARD_BLOCKED if blocked else Reason.NOT_ACCEPTED
        assert MemberShown(refused=why) in shop.display.shown

    run(tmp_path, script)


def test_nobody_comes_and_cancel_ends_the_wait(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        async def cancels() -> None:
            await until(lambda: shop.screen == HoldMemberCard())
            shop.keypad.press("cancel")

        waiting = shop.desk.members.show(None)
        async with asyncio.TaskGroup() as group:
            group.create_task(cancels())
            with pytest.raises(DeskRefusal, match="no card was held"):
                await waiting

    run(tmp_path, script)


def test_two_cards_are_none(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        shop.field.hold(ManyCards())
        with pytest.raises(DeskRefusal, match="storage tag"):
            await read_out(shop, shop.desk.members.show(None))

    run(tmp_path, script)


def test_what_changes_something_takes_the_supervisor(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        members = shop.desk.members
        for asked in (
            lambda: members.keep(DIGITS, {}, None),
            lambda: members.remove(DIGITS, None),
            lambda: members.write(UID, record(), None),
            lambda: members.tag(None),
            lambda: members.all(None),
        ):
            with pytest.raises(NotAllowed):
                await asked()

    run(tmp_path, script)


def test_a_name_that_is_forgotten_is_nowhere_in_the_files(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await shop.desk.members.keep(DIGITS, {"name": "Nobody Else"}, SUPERVISOR)
        await shop.desk.members.remove(DIGITS, SUPERVISOR)
        assert await shop.journal.run(lambda books: books.scrub_owed())

    run(tmp_path, script)
    assert not any(b"Nobody Else" in f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())


@pytest.mark.parametrize("member", ["member_show", "member_remove"])
def test_a_number_with_a_line_end_is_no_number(member: str) -> None:
    asked = f'{{"op": "{member}", "number": "{DIGITS}"}}'
    decode_request(asked.encode())
    with pytest.raises(ControlError):
        decode_request(asked.replace(DIGITS, DIGITS + "\\n").encode())


def test_what_is_done_is_journalled_without_number_or_name(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await shop.desk.members.keep(DIGITS, {"name": "Lin", "blocked": True}, SUPERVISOR)
        await shop.desk.members.remove(DIGITS, SUPERVISOR)
        rows = await shop.journal.run(
            lambda books: books.rows(
                "SELECT CAST(body AS BLOB) FROM events WHERE txn = 0 ORDER BY seq"
            )
        )
        events = [decode(row[0]) for row in rows]
        assert [e.act for e in events if isinstance(e, OperatorAct)] == [
            "member_keep 999001******0010 blocked",
            "member_remove 999001******0010",
        ]
        assert "Lin" not in str(rows)
        assert list(await shop.desk.members.all(SUPERVISOR)) == []
        with pytest.raises(DeskRefusal, match="no such member"):
            await shop.desk.members.remove(DIGITS, SUPERVISOR)

    run(tmp_path, script)


@pytest.mark.parametrize("number", ["9990010000000011", "4111111111111111"])
def test_numbers_of_nobody_here_are_refused(tmp_path: Path, number: str) -> None:
    async def script(shop: MemberShop) -> None:
        with pytest.raises(DeskRefusal, match="account number"):
            await shop.desk.members.keep(number, {}, SUPERVISOR)

    run(tmp_path, script)


def test_a_uid_belongs_to_one_member(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        members = shop.terminal.members
        assert members is not None
        await shop.desk.members.keep(DIGITS, {"uid": UID}, SUPERVISOR)
        await shop.desk.members.keep("9990010000000028", {"uid": UID}, SUPERVISOR)
        first, second = await members.all()
        assert (first.uid, second.uid) == (b"", UID)
        assert await members.by_uid(b"") is None
        assert await members.by_number(NUMBER) == Member(NUMBER)

    run(tmp_path, script)
