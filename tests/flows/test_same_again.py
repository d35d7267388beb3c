"""The same card and amount as a payment whose outcome is unknown needs a supervisor."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from cardamom.flows.sale import sale
from cardamom.flows.terminal import Order
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.values.events import Reason
from cardamom.values.online import NoAnswer
from cardamom.values.record import Record
from cardamom.values.screens import NotCompleted, PresentCard
from cardamom.values.states import State
from support.clerk import AMOUNT, concluded, leaves, play, sell
from support.hands import HandCard, until
from support.shop import APPROVAL, Shop


async def unknown(shop: Shop) -> Record:
    """A sale that the host never answered."""
    shop.host.answer = NoAnswer("silence")
    card = await sell(shop, "no-cvm")
    record = await concluded(shop, 1)
    assert record.state is State.REVERSING
    card.out.set()
    await until(lambda: card.closed)
    await leaves(shop)
    shop.host.requests.clear()
    return record


def test_it_is_refused_before_the_card_gives_a_cryptogram(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        first = await unknown(shop)
        card = await sell(shop, "no-cvm")
        assert await shop.sees(NotCompleted) == NotCompleted(AMOUNT, Reason.SAME_AGAIN)
        record = await shop.last()
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.SAME_AGAIN)
        assert record.card == first.card
        assert shop.host.requests == []
        assert not any(command[1] == 0xAE for command in card.sent), "GENERATE AC was sent"
        card.out.set()

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("amount", "number"), [("1235", "6222020000040318"), ("1234", "6222020000040128")]
)
def test_another_amount_or_card_is_taken(tmp_path: Path, amount: str, number: str) -> None:
    async def script(shop: Shop) -> None:
        await unknown(shop)
        shop.host.answer = APPROVAL
        shop.types(amount)
        await shop.sees(PresentCard)
        made = load_profile("no-cvm")
        (application,) = made.applications
        application = structs.replace(application, pan=number)
        card = HandCard(Card(structs.replace(made, applications=[application])))
        shop.reader.insert(card)
        assert (await concluded(shop, 2)).state is State.APPROVED
        card.out.set()

    play(tmp_path, script)


def test_a_supervisors_approval_lets_it_pass(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await unknown(shop)
        shop.host.answer = APPROVAL
        shop.insert("no-cvm")
        record = await sale(shop.terminal, Order(AMOUNT, supervisor=True))
        assert record.state is State.APPROVED

    play(tmp_path, script)


def test_once_the_reversal_is_done_it_is_free_again(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await unknown(shop)
        shop.host.answer = APPROVAL
        await shop.clock.passes(10)
        assert await shop.delivery.step() == 0
        record = await shop.journal.get(1)
        assert record is not None
        assert record.state is State.REVERSED
        card = await sell(shop, "no-cvm")
        assert (await concluded(shop, 2)).state is State.APPROVED
        card.out.set()

    play(tmp_path, script)
