"""Support's visits: journalled first, seen by the merchant, ended by the merchant."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from cardamom.duties.support import LEFT_S, SHUT_S, SupportRefused
from cardamom.values.operations import MENU, Operation
from cardamom.values.screens import Idle, Menu, SupportSeen
from support.clerk import play
from support.shop import Shop

KEY = "SHA256:abc"


def idle(support: SupportSeen | None) -> Idle:
    return Idle("豆蔻小馆", menu=True, support=support)


def acts(shop: Shop) -> list[tuple[str, str]]:
    """Operator and act, as the file has them."""
    with sqlite3.connect(shop.folder / "journal.db") as db:
        bodies = [json.loads(body) for (body,) in db.execute("SELECT body FROM events")]
    return [(b["operator"], b["act"]) for b in bodies if "act" in b]


def test_a_visit_is_on_the_screen_while_it_lasts_and_a_while_after(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        visit = await shop.visits.begin(KEY, "10.0.0.2", lambda: None)
        await shop.shows(idle(SupportSeen.HERE))
        await shop.visits.act(visit, "explain 1")
        await shop.visits.leave(visit)
        await shop.shows(idle(SupportSeen.LEFT))
        await shop.clock.passes(LEFT_S)
        shop.changed.set()
        await shop.shows(idle(None))
        who = f"support {KEY}"
        assert acts(shop) == [
            (who, "connected from 10.0.0.2"),
            (who, "explain 1"),
            (who, "left"),
        ]

    play(tmp_path, script)


def test_the_merchant_ends_it_from_the_menu_and_nobody_comes_in_for_a_while(
    tmp_path: Path,
) -> None:
    async def script(shop: Shop) -> None:
        ended: list[str] = []
        visit = await shop.visits.begin(KEY, "10.0.0.2", lambda: ended.append("hung up"))
        await shop.shows(idle(SupportSeen.HERE))
        shop.keypad.press("menu")
        await shop.shows(Menu((Operation.END_SUPPORT, *MENU), 0, 0))
        shop.keypad.press("enter")
        await shop.sees(Idle)
        assert ended == ["hung up"]
        with pytest.raises(SupportRefused):
            await shop.visits.act(visit, "status")
        await shop.visits.leave(visit)
        assert acts(shop)[-1] == (f"support {KEY}", "ended by the merchant")
        with pytest.raises(SupportRefused):
            await shop.visits.begin(KEY, "10.0.0.2", lambda: None)
        assert shop.visits.present == 0
        await shop.clock.passes(SHUT_S)
        await shop.visits.begin(KEY, "10.0.0.2", lambda: None)
        assert shop.visits.present == 1

    play(tmp_path, script)


def test_without_a_visit_the_menu_has_nothing_of_it(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.keypad.press("menu")
        await shop.shows(Menu(MENU, 0, 0))
        shop.keypad.press("cancel")
        await shop.shows(idle(None))

    play(tmp_path, script)
