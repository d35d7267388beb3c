"""What stands on the screen between payments."""

from __future__ import annotations

from pathlib import Path

from cardamom.values.alarms import Alarm, Cause
from cardamom.values.health import Condition
from cardamom.values.notices import AlarmShown
from cardamom.values.screens import Idle, Menu, NotReady
from support.clerk import play
from support.hands import settle
from support.shop import Shop

PARKED = Alarm(cause=Cause.PARKED, count=2)
CLONED = Alarm(cause=Cause.CLONED)


def test_an_alarm_stands_on_the_idle_screen_and_payments_go_on(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await shop.shows(Idle("豆蔻小馆", menu=True))
        shop.alarms = (PARKED, Alarm(cause=Cause.OFFLINE_LIMIT))
        shop.changed.set()
        await shop.shows(Idle("豆蔻小馆", menu=True, alarm=Cause.PARKED, alarms=2))
        shop.alarms = ()
        shop.changed.set()
        await shop.shows(Idle("豆蔻小馆", menu=True))

    play(tmp_path, script)


def test_an_alarm_that_blocks_payments_says_so_itself(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await shop.sees(Idle)
        shop.host.condition = Condition.FAULT
        shop.changed.set()
        await shop.sees(NotReady)
        shop.alarms = (CLONED, PARKED)
        shop.changed.set()
        await shop.shows(AlarmShown(Cause.CLONED, idle=True))
        shop.keypad.press("1", "enter")
        await settle()
        assert shop.screen == AlarmShown(Cause.CLONED, idle=True)
        assert shop.looked == 1
        shop.keypad.press("menu")
        await shop.sees(Menu)
        shop.keypad.press("cancel")
        shop.alarms = (PARKED,)
        await shop.sees(NotReady)

    play(tmp_path, script)
