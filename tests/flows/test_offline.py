"""Without the host: a card's TC within the caps, kept as an advice; never anything else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from cardamom.duties.offline import Caps
from cardamom.engines.emv.rules import Rules
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.values.events import Intent, LateAnswer, Reason, Restarted, Verdict
from cardamom.values.events import NotSent as NotSentEvent
from cardamom.values.health import Condition, Health, Part
from cardamom.values.money import Money
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer, OnlineResult, Purpose
from cardamom.values.record import Record
from cardamom.values.screens import Approved, Declined, PresentCard
from cardamom.values.states import State
from support import emv_rules
from support.clerk import AMOUNT, concluded, leaves, play
from support.hands import HandCard, until
from support.ledger import card_read, started
from support.shop import APPROVAL, Shop

AWAY = NotSent("the link is down")


class Alone(Shop):
    """A terminal that may approve without the host, whose parameters let a TC stand then."""

    caps: Caps | None = Caps(
        count=2,
        single=Money(2000, "CNY"),
        total=Money(3000, "CNY"),
        age=timedelta(hours=24),
    )
    delivers = True
    floor = 0

    def emv(self) -> Rules:
        rules = emv_rules.test_rules()
        aids = tuple(
            replace(aid, tac_default=bytes.fromhex("D840002800"), floor_limit=self.floor)
            for aid in rules.aids
        )
        return replace(rules, aids=aids, terminal_type=0x22)

    def _blocking(self) -> tuple[Health, ...]:
        return tuple(
            h for h in super()._blocking() if h.part is not Part.HOST or not self.offline.possible
        )


class Quiet(Alone):
    """The same with nothing delivered unasked."""

    delivers = False


class Never(Alone):
    """The same without the setting."""

    caps: Caps | None = None


class UnderTheFloor(Alone):
    """The same where small amounts need no host at all."""

    floor = 5000


def insert(shop: Shop, *, offline: bool = True) -> HandCard:
    made = load_profile("no-cvm")
    (application,) = made.applications
    application = structs.replace(application, offline=offline, iac_default="D868BC2800")
    card = HandCard(Card(structs.replace(made, applications=[application])))
    shop.reader.insert(card)
    return card


async def pays(shop: Shop, amount: str = "1234", *, offline: bool = True) -> Record:
    """A sale from its amount until the card is out."""
    txn = 1 + len(await shop.journal.recent(100))
    shop.types(amount)
    await shop.sees(PresentCard)
    card = insert(shop, offline=offline)
    record = await concluded(shop, txn)
    card.out.set()
    await until(lambda: card.closed)
    await leaves(shop)
    return record


@pytest.mark.parametrize("kind", [Alone, UnderTheFloor])
def test_a_tc_is_approved_printed_and_advised_when_the_host_is_back(
    tmp_path: Path, kind: type[Alone]
) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = AWAY
        shop.host.condition = Condition.FAULT
        shop.types("1234")
        await shop.sees(PresentCard)
        card = insert(shop)
        screen = await shop.sees(Approved)
        assert isinstance(screen, Approved)
        assert screen.offline
        record = await shop.last()
        assert record.state is State.OFFLINE_APPROVED
        assert record.chip is not None
        assert record.chip.cid == "40"
        assert record.chip.arc == ("Y3" if kind is Alone else "Y1").encode().hex().upper()
        assert record.receipts_owed == ("merchant", "customer")
        card.out.set()
        await until(lambda: card.closed)
        await leaves(shop)
        asked = len(shop.host.requests)
        assert asked == (1 if kind is Alone else 0)
        shop.host.answer = APPROVAL
        shop.host.condition = Condition.OK
        await shop.lets_pass(lambda: len(shop.host.requests) > asked)
        advice = shop.host.requests[-1]
        assert advice.purpose is Purpose.ADVICE
        assert advice.tags is not None
        assert advice.tags[0x9F27] == b"\x40"
        assert advice.tags[0x9F26].hex().upper() == record.chip.cryptogram
        assert not {0x5A, 0x57, 0x5F24, 0x5F20} & advice.tags.keys()
        assert advice.card.pan.masked == record.card
        for _ in range(200):
            if (await shop.last()).state is State.ADVISED:
                break
            await shop.clock.passes(1)
        assert (await shop.last()).state is State.ADVISED

    play(tmp_path, script, kind)


def test_a_host_that_can_be_asked_is_asked(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        assert (await pays(shop)).state is State.APPROVED
        assert [r.purpose for r in shop.host.requests] == [Purpose.REQUEST]

    play(tmp_path, script, Alone)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (NoAnswer("silence"), State.REVERSING),
        (OnlineAnswer(Verdict.DECLINED, "51", arc=b"51"), State.DECLINED),
    ],
)
def test_a_host_that_was_asked_is_never_overruled(
    tmp_path: Path, answer: OnlineResult, state: State
) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = answer
        shop.types("1234")
        await shop.sees(PresentCard)
        card = insert(shop)
        record = await concluded(shop, 1)
        assert record.state is state
        assert record.chip is not None
        assert record.chip.cid == "00"
        card.out.set()
        await until(lambda: card.closed)

    play(tmp_path, script, Quiet)


def test_a_card_that_will_not_is_declined(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = AWAY
        record = await pays(shop, offline=False)
        assert (record.state, record.reason) == (State.DECLINED, Reason.NO_HOST)
        assert record.receipts_owed == ("declined",)

    play(tmp_path, script, Alone)


def test_caps_stop_new_approvals_and_drop_nothing(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = AWAY
        over_single = await pays(shop, "2001")
        assert (over_single.state, over_single.reason) == (State.DECLINED, Reason.OFFLINE_LIMIT)
        assert over_single.chip is not None
        assert over_single.chip.arc == b"Z3".hex().upper()
        assert (await pays(shop, "1500")).state is State.OFFLINE_APPROVED
        assert (await pays(shop, "1501")).reason is Reason.OFFLINE_LIMIT, "over the total"
        assert shop.offline.reached == ""
        assert (await pays(shop, "100")).state is State.OFFLINE_APPROVED
        assert "2 are allowed" in shop.offline.reached, "known before the next card"
        assert (await pays(shop, "101")).reason is Reason.OFFLINE_LIMIT, "over the count"
        owed = await shop.journal.owing()
        assert [r.state for r in owed] == [State.OFFLINE_APPROVED] * 2

    play(tmp_path, script, Alone)


def test_an_old_advice_stops_new_approvals(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = AWAY
        shop.host.condition = Condition.FAULT
        assert (await pays(shop, "100")).state is State.OFFLINE_APPROVED
        await shop.clock.passes(25 * 3600)
        shop.host.condition = Condition.OK  # and yet it is not reached
        record = await pays(shop, "200")
        assert (record.state, record.reason) == (State.DECLINED, Reason.OFFLINE_LIMIT)
        assert not shop.offline.possible

    play(tmp_path, script, Quiet)


def test_a_clock_before_the_journals_last_event_approves_nothing(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = AWAY
        assert (await pays(shop, "100")).state is State.OFFLINE_APPROVED
        later = shop.clock.now() + timedelta(days=2)
        await shop.journal.append(1, LateAnswer(at=later, code="00"))
        record = await pays(shop, "200")
        assert (record.state, record.reason) == (State.DECLINED, Reason.CLOCK)
        assert not shop.offline.possible
        assert "set it" in shop.timepiece.why_not

    play(tmp_path, script, Alone)


def test_what_the_till_cancelled_is_not_approved_by_the_card(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        asked = asyncio.create_task(shop.desk.sale(AMOUNT, None))
        await shop.sees(PresentCard)
        made = load_profile("no-cvm")
        (application,) = made.applications
        application = structs.replace(application, offline=True)
        told: list[bool] = []

        def cancels(number: int, answer: bytes) -> bytes:
            if number == 3:
                told.append(shop.desk.cancel())
            return answer

        card = HandCard(Card(structs.replace(made, applications=[application])), garble=cancels)
        shop.reader.insert(card)
        record = await asked
        assert told == [True]
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.CANCELLED)
        card.out.set()

    play(tmp_path, script, UnderTheFloor)


def test_a_cut_before_the_tc_is_durable_is_a_decline(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        now = shop.clock.now()
        record = await shop.journal.begin(
            started(),
            card_read(),
            Intent(at=now, stan=0, host="hand:1"),
            NotSentEvent(at=now, why="the link is down"),
        )
        assert record.state is State.NOT_SENT
        after = await shop.journal.append(record.txn, Restarted(at=shop.clock.now()))
        assert after.state is State.DECLINED

    play(tmp_path, script, Alone)


def test_without_the_setting_nothing_changes(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = AWAY
        shop.types("1234")
        await shop.sees(PresentCard)
        card = insert(shop)
        await shop.sees(Declined)
        record = await shop.last()
        assert (record.state, record.reason) == (State.DECLINED, Reason.NO_HOST)
        card.out.set()

    play(tmp_path, script, Never)
