"""Sales with the merchant's own cards: whose card it is, and what becomes of the money."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from cardamom.engines.emv.contactless.outcome import Status
from cardamom.values.events import Entry, Reason, Tender, Verdict
from cardamom.values.member import Member, UidUse
from cardamom.values.money import Money
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from cardamom.values.screens import (
    Approved,
    Declined,
    Idle,
    NotCompleted,
    OutcomeUnknown,
    PresentCard,
)
from cardamom.values.secret import Passcode
from cardamom.values.states import State
from support.clerk import AMOUNT, play
from support.hand_taps import HandTag
from support.hands import until
from support.members import NUMBER, STRANGER, UID, HandMemberTag, MemberShop, forged, record
from support.shop import APPROVAL, Shop

SUPERVISOR = Passcode(b"246810")
LEFT = Money(8766, "CNY")
MEMBER = Member(NUMBER, "Lin", uid=UID)
Script = Callable[[MemberShop], Awaitable[None]]


class PayingByUid(MemberShop):
    uid = UidUse.PAY


class NamingByUid(MemberShop):
    uid = UidUse.MEMBERS


class PayingNothing(MemberShop):
    pays = False


class Limited(MemberShop):
    limits = {"transaction_limit": 100}  # noqa: RUF012 as the shop declares it


def run(folder: Path, script: Script, kind: type[MemberShop] = MemberShop) -> None:
    async def played(shop: Shop) -> None:
        assert isinstance(shop, MemberShop)
        await script(shop)

    play(folder, played, kind)


async def asked(shop: MemberShop, amount: str = "1234") -> None:
    shop.types(amount)
    await shop.sees(PresentCard)


def test_a_signed_card_pays(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        shop.host.answer = replace(APPROVAL, balance=LEFT)
        await asked(shop)
        tag = shop.hold(HandMemberTag(record()))
        shown = await shop.sees(Approved)
        assert isinstance(shown, Approved)
        assert shown.balance == LEFT
        paid = await shop.last()
        assert (paid.state, paid.tender, paid.entry) == (
            State.APPROVED,
            Tender.CLOSED_LOOP,
            Entry.TAG,
        )
        assert (paid.card, paid.balance) == ("999001******0010", LEFT)
        assert paid.receipts_owed == ("merchant", "customer")
        [request] = shop.host.requests
        assert request.card.pan == NUMBER
        assert (request.card.expiry, request.card.psn) == ("4912", 0)
        assert not request.tags
        assert shop.signals.requests[Status.CARD_READ_OK] == 0
        await until(lambda: tag.closed)
        await shop.waits_for(Idle)

    run(tmp_path, script)


def test_it_pays_above_the_limits_of_bank_cards_tapped(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await asked(shop)
        shop.hold(HandMemberTag(record()))
        await shop.sees(Approved)

    run(tmp_path, script, Limited)


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        (HandMemberTag(record(), uid=UID[:-1] + b"\0"), Reason.CARD_COPIED),
        (HandMemberTag(record(key=STRANGER)), Reason.NOT_SIGNED),
        (HandMemberTag(forged()), Reason.NOT_SIGNED),
        (HandMemberTag(record(until="2001")), Reason.CARD_EXPIRED),
        (HandMemberTag(bytes.fromhex("D101015500")), Reason.NOT_ACCEPTED),
        (HandMemberTag(), Reason.NOT_ACCEPTED),
        (HandTag(), Reason.NOT_ACCEPTED),
        (HandMemberTag(record(), torn=0), Reason.PRESENT_AGAIN),
        (HandMemberTag(record(), spoilt=8), Reason.PRESENT_AGAIN),
    ],
    ids=[
        "copied",
        "stranger",
        "forged",
        "expired",
        "other record",
        "blank",
        "no tag",
        "left",
        "half read",
    ],
)
def test_what_does_not_pay_is_told_and_the_next_card_is_taken(
    tmp_path: Path, tag: HandMemberTag | HandTag, why: Reason
) -> None:
    async def script(shop: MemberShop) -> None:
        await asked(shop)
        shop.field.hold(tag)
        await shop.shows(PresentCard(AMOUNT, ("tap", "insert"), why))
        assert not shop.host.requests
        shop.hold(HandMemberTag(record()))
        await shop.sees(Approved)

    run(tmp_path, script)


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (replace(MEMBER, blocked=True), Reason.CARD_BLOCKED),
        (replace(MEMBER, issue=1), Reason.CARD_BLOCKED),
        (replace(MEMBER, until="2001"), Reason.CARD_EXPIRED),
    ],
    ids=["blocked", "older issue", "expired"],
)
def test_what_the_registry_refuses(tmp_path: Path, member: Member, why: Reason) -> None:
    async def script(shop: MemberShop) -> None:
        assert shop.terminal.members is not None
        await shop.terminal.members.keep(member)
        await asked(shop)
        shop.hold(HandMemberTag(record()))
        await shop.shows(PresentCard(AMOUNT, ("tap", "insert"), why))
        assert not shop.host.requests

    run(tmp_path, script)


@pytest.mark.parametrize(
    ("kind", "amount", "why"),
    [
        (MemberShop, "1234", Reason.NOT_ACCEPTED),
        (NamingByUid, "1234", Reason.NOT_ACCEPTED),
        (PayingByUid, "2001", Reason.UID_LIMIT),
        (PayingByUid, "1234", None),
    ],
)
def test_a_uid_alone_pays_only_where_it_may_and_little(
    tmp_path: Path, kind: type[MemberShop], amount: str, why: Reason | None
) -> None:
    async def script(shop: MemberShop) -> None:
        assert shop.terminal.members is not None
        await shop.terminal.members.keep(MEMBER)
        await asked(shop, amount)
        shop.hold(HandMemberTag())
        if why is None:
            await shop.sees(Approved)
            assert (await shop.last()).entry is Entry.UID
            return
        await shop.shows(PresentCard(Money(int(amount), "CNY"), ("tap", "insert"), why))
        assert not shop.host.requests

    run(tmp_path, script, kind)


def test_a_half_read_record_is_not_taken_for_a_uid_alone(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        assert shop.terminal.members is not None
        await shop.terminal.members.keep(MEMBER)
        await asked(shop)
        shop.hold(HandMemberTag(record(), spoilt=8))
        await shop.shows(PresentCard(AMOUNT, ("tap", "insert"), Reason.PRESENT_AGAIN))
        assert not shop.host.requests

    run(tmp_path, script, PayingByUid)


def test_a_uid_that_nobody_registered(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await asked(shop)
        shop.hold(HandMemberTag())
        await shop.shows(PresentCard(AMOUNT, ("tap", "insert"), Reason.NOT_ACCEPTED))

    run(tmp_path, script, PayingByUid)


def test_a_host_that_takes_none(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await asked(shop)
        shop.hold(HandMemberTag(record()))
        await shop.shows(PresentCard(AMOUNT, ("tap", "insert"), Reason.NOT_ACCEPTED))

    run(tmp_path, script, PayingNothing)


def test_too_little_money_is_a_decline(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        shop.host.answer = OnlineAnswer(Verdict.DECLINED, "51", balance=Money(5, "CNY"))
        await asked(shop)
        shop.hold(HandMemberTag(record()))
        shown = await shop.sees(Declined)
        assert isinstance(shown, Declined)
        assert (shown.reason, shown.code) == (Reason.HOST_DECLINED, "51")
        assert (await shop.last()).receipts_owed == ("declined",)

    run(tmp_path, script)


def test_silence_is_unknown_and_owes_a_reversal(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        shop.host.answer = NoAnswer("silence")
        await asked(shop)
        shop.hold(HandMemberTag(record()))
        await shop.sees(OutcomeUnknown)
        unknown = await shop.last()
        assert unknown.state is State.REVERSING
        card = await shop.journal.card(unknown.txn)
        assert card is not None
        assert card.pan == NUMBER
        assert unknown.tender is Tender.CLOSED_LOOP

    run(tmp_path, script)


def test_the_same_again_beside_an_unknown_outcome_asks_for_a_supervisor(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        shop.host.answer = NoAnswer("silence")
        for reference in ("first", "second"):
            selling = shop.desk.sale(AMOUNT, reference)
            tag = HandMemberTag(record())
            shop.hold(tag)
            last = await selling
        assert (last.state, last.reason) == (State.WITHDRAWN, Reason.SAME_AGAIN)
        assert len(shop.host.requests) == 1

    run(tmp_path, script)


def test_what_was_not_sent_is_a_decline_at_once(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        shop.host.answer = NotSent("no line")
        await asked(shop)
        shop.hold(HandMemberTag(record()))
        await shop.sees(Declined)
        assert (await shop.last()).state is State.DECLINED

    run(tmp_path, script)


def test_a_void_is_asked_for_as_the_sale_was(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await asked(shop)
        shop.hold(HandMemberTag(record()))
        await shop.sees(Approved)
        sale = await shop.last()
        void = await shop.desk.void(sale.txn, "void-1", SUPERVISOR)
        assert (void.state, void.tender, void.entry) == (
            State.APPROVED,
            Tender.CLOSED_LOOP,
            Entry.ORIGINAL,
        )
        assert shop.host.requests[-1].card.pan == NUMBER

    run(tmp_path, script)


async def settled_sale(shop: MemberShop) -> int:
    """A sale whose batch is closed: its card's number is gone."""
    await asked(shop)
    shop.hold(HandMemberTag(record()))
    await shop.sees(Approved)
    sale = await shop.last()
    await shop.desk.settle(None)
    assert await shop.journal.card(sale.txn) is None
    return sale.txn


@pytest.mark.parametrize("right", [True, False])
def test_a_refund_after_settlement_takes_the_card_of_the_sale(tmp_path: Path, right: bool) -> None:
    async def script(shop: MemberShop) -> None:
        txn = await settled_sale(shop)
        tag = HandMemberTag(record()) if right else HandMemberTag(record(key=STRANGER))
        shop.hold(tag)
        refund = await shop.desk.refund(txn, None, "refund-1", SUPERVISOR)
        if right:
            assert (refund.state, refund.tender) == (State.APPROVED, Tender.CLOSED_LOOP)
        else:
            assert (refund.state, refund.reason) == (State.WITHDRAWN, Reason.NOT_SIGNED)

    run(tmp_path, script)


def test_cancel_before_a_card_takes_nothing(tmp_path: Path) -> None:
    async def script(shop: MemberShop) -> None:
        await asked(shop)
        shop.keypad.press("cancel")
        await shop.sees(NotCompleted)
        assert structs.asdict(await shop.last())["tender"] is Tender.BANK

    run(tmp_path, script)
