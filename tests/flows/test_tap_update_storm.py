"""Cards that leave the second presentment at any moment: each approval stands, and of each script
the issuer hears once, and the truth."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from cardamom.values.online import OnlineRequest, OnlineResult, Purpose
from cardamom.values.screens import Idle, PresentCard
from cardamom.values.states import State
from support.clerk import play
from support.hands import settle, until
from support.shop import Shop
from support.update_shop import GIVEN, TORN, UNTRIED, UpdateShop, issuer


@pytest.mark.parametrize("seed", range(2))
def test_a_dozen_cards_that_leave_whenever_they_like(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    told: dict[int, str] = {}
    approved: list[int] = []

    def host(request: OnlineRequest) -> OnlineResult:
        if request.purpose is Purpose.REQUEST:
            approved.append(request.record.txn)
        else:
            assert request.purpose is Purpose.SCRIPTS
            assert request.record.txn not in told
            assert request.tags is not None
            told[request.record.txn] = request.tags[0x9F5B].hex()
        return issuer(request)

    async def script(shop: Shop) -> None:
        assert isinstance(shop, UpdateShop)
        shop.host.answer = host
        done: dict[int, bool] = {}
        for number in range(12):
            shop.types(str(1000 + number))
            await shop.sees(PresentCard)
            card = shop.tap("visa-update", leaves_at=chance.choice([None, chance.randrange(4)]))
            while not shop.asking:
                await settle()
                await until(lambda: shop.asking or (shop.field.waiting and not shop.field.left))
                if not shop.asking:
                    card.out.clear()
                    card._pull_at = None
                    shop.field.hold(card)
            for _ in range(chance.randrange(4)):
                card.out.clear()
                card._pull_at = len(card.sent) + chance.randrange(5)
                shop.field.hold(card)
                await settle()
            await shop.lets_pass(lambda: not shop.asking, 20)
            done[approved[-1]] = card.simulated.applications[0].memory.lower == 5
            card.out.set()
            shop.field.clear()
            await shop.waits_for(Idle)
        for _ in range(50):
            await shop.delivery.step()
        records = {r.txn: r for r in await shop.journal.recent(100)}
        assert sorted(approved) == sorted(records) == sorted(told)
        assert all(r.state is State.APPROVED and r.scripts is None for r in records.values())
        for txn, results in told.items():
            assert results in (GIVEN, UNTRIED, TORN)
            assert done[txn] == (results == GIVEN)
        assert len(set(told.values())) > 1, "it all went one way"

    play(tmp_path, script, UpdateShop)
