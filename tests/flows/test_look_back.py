"""What the journal says of a card reaches the kernel: split sales, the exception list, forced
online."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from msgspec import structs

from cardamom.duties.offline import Caps
from cardamom.engines.emv.bits import Tvr
from cardamom.engines.emv.rules import Rules
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.values.exceptions import ExceptionList, listed_as
from cardamom.values.money import Money
from cardamom.values.record import Record
from cardamom.values.screens import PresentCard
from cardamom.values.secret import Key, Pan
from cardamom.values.states import State
from support import emv_rules
from support.clerk import concluded, leaves, play
from support.hands import HandCard, until
from support.shop import Shop

KEY = Key(bytes(range(32)))


class Floored(Shop):
    """A terminal with a floor limit of 50.00 that approves small amounts without the host."""

    caps: Caps | None = Caps(
        count=10, single=Money(5_000, "CNY"), total=Money(50_000, "CNY"), age=timedelta(hours=24)
    )
    floor = 5_000

    def emv(self) -> Rules:
        rules = emv_rules.test_rules()
        aids = tuple(replace(aid, floor_limit=self.floor) for aid in rules.aids)
        return replace(rules, aids=aids, terminal_type=0x22)


def listing(number: str) -> ExceptionList:
    return ExceptionList(KEY, frozenset({listed_as(KEY, Pan(number))}))


class Stopped(Floored):
    exceptions = listing("6222020000040318")


class OtherStopped(Floored):
    exceptions = listing("6222020000040128")


def insert(shop: Shop, number: str = "") -> HandCard:
    made = load_profile("no-cvm")
    (application,) = made.applications
    application = structs.replace(
        application, offline=True, iac_online="D860BCF800", pan=number or application.pan
    )
    card = HandCard(Card(structs.replace(made, applications=(application,))))
    shop.reader.insert(card)
    return card


async def pays(shop: Shop, amount: str, number: str = "") -> Record:
    """A sale from its amount until the card is out."""
    txn = 1 + len(await shop.journal.recent(100))
    shop.types(amount)
    await shop.sees(PresentCard)
    card = insert(shop, number)
    record = await concluded(shop, txn)
    card.out.set()
    await until(lambda: card.closed)
    await leaves(shop)
    return record


def tvr(record: Record) -> Tvr:
    assert record.chip is not None
    return Tvr(int(record.chip.tvr, 16))


def test_a_split_sale_goes_online(tmp_path: Path) -> None:
    """30.00 and 25.00 with one card are over 50.00 together; another card is not in the sum."""

    async def script(shop: Shop) -> None:
        first = await pays(shop, "3000")
        assert first.state is State.OFFLINE_APPROVED
        assert Tvr.FLOOR_LIMIT_EXCEEDED not in tvr(first)
        other = await pays(shop, "2500", "6222020000040128")
        assert Tvr.FLOOR_LIMIT_EXCEEDED not in tvr(other)
        second = await pays(shop, "2500")
        assert Tvr.FLOOR_LIMIT_EXCEEDED in tvr(second)
        assert second.state is State.APPROVED
        assert len(shop.host.requests) == 1

    play(tmp_path, script, Floored)


def test_just_under_the_floor_limit_together(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await pays(shop, "3000")
        second = await pays(shop, "1999")
        assert (second.state, Tvr.FLOOR_LIMIT_EXCEEDED in tvr(second)) == (
            State.OFFLINE_APPROVED,
            False,
        )

    play(tmp_path, script, Floored)


def test_what_was_approved_online_counts_too_and_yesterday_does_not(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await pays(shop, "6000")
        assert len(shop.host.requests) == 1
        same_day = await pays(shop, "1000")
        assert Tvr.FLOOR_LIMIT_EXCEEDED in tvr(same_day)
        await shop.clock.passes(24 * 3600)
        next_day = await pays(shop, "1000")
        assert Tvr.FLOOR_LIMIT_EXCEEDED not in tvr(next_day)

    play(tmp_path, script, Floored)


def test_a_card_on_the_exception_list(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        record = await pays(shop, "1000")
        assert Tvr.ON_EXCEPTION_FILE in tvr(record)
        assert len(shop.host.requests) == 1, "the action codes want the issuer asked"

    play(tmp_path, script, Stopped)


def test_another_card_is_not_on_it(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        record = await pays(shop, "1000")
        assert Tvr.ON_EXCEPTION_FILE not in tvr(record)
        assert record.state is State.OFFLINE_APPROVED

    play(tmp_path, script, OtherStopped)


def test_the_merchant_has_the_issuer_asked(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        asked = asyncio.create_task(shop.desk.sale(Money(1000, "CNY"), None, online=True))
        await shop.sees(PresentCard)
        card = insert(shop)
        record = await asked
        assert Tvr.MERCHANT_FORCED_ONLINE in tvr(record)
        assert record.state is State.APPROVED
        card.out.set()

    play(tmp_path, script, Floored)
