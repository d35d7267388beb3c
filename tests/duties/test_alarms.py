"""What a person must see to: found, told once, over when it is over."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from cardamom.control.views import status_view
from cardamom.duties.alarms import OWED_LONG, Alarms
from cardamom.duties.health import HealthWatch
from cardamom.duties.offline import Caps, Offline
from cardamom.duties.timepiece import Timepiece
from cardamom.values.alarms import Alarm, Cause
from cardamom.values.events import Closed
from cardamom.values.health import Condition, Health, Part
from cardamom.values.money import Money
from cardamom.values.online import NoAnswer, OnlineAnswer
from cardamom.values.terminal_events import BatchClosed, BatchClosing
from support.hands import HandReader, ShownScreens
from support.owing import DONE, REFUSED, Owing, owing
from support.shop import BUILT

CAPS = Caps(count=1, single=Money(5000, "CNY"), total=Money(9000, "CNY"), age=timedelta(hours=1))


@contextmanager
def log() -> Iterator[list[str]]:
    """The events of the log, as they come."""
    events: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            fields = getattr(record, "fields", {})
            events.append(f"{record.getMessage()} {fields.get('cause', '')}".strip())

    logger, handler = logging.getLogger("cardamom"), Kept()
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield events
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def alarms_of(t: Owing, caps: Caps | None = None, *more: Alarm) -> Alarms:
    timepiece = Timepiece(t.clock, BUILT)
    offline = Offline(t.journal, t.clock, timepiece, caps)
    return Alarms(t.journal, t.clock, offline, timepiece, more=lambda: more)


async def park(t: Owing) -> None:
    await t.unanswered()
    t.host.answer = REFUSED
    for _ in range(5):
        await t.delivery.step()
        await t.clock.passes(1000)


def test_what_the_host_has_not_heard_for_hours_is_told_until_it_has(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered()
        alarms = alarms_of(t)
        await alarms.look()
        assert alarms.now() == ()
        await t.clock.passes(OWED_LONG.total_seconds())
        await alarms.look()
        (alarm,) = alarms.now()
        assert (alarm.cause, alarm.count, alarm.blocks) == (Cause.OWED_LONG, 1, False)
        assert "transaction 1 (trace 000001)" in alarm.detail
        assert "sent by itself" in alarm.detail
        t.host.answer = DONE
        await t.delivery.step()
        await alarms.look()
        assert alarms.now() == ()

    owing(tmp_path, script)


def test_a_parked_reversal_is_told_once_and_ends_with_its_closing(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await park(t)
        alarms = alarms_of(t)
        with log() as events:
            for _ in range(3):
                await alarms.look()
            (alarm,) = alarms.now()
            assert (alarm.cause, alarm.count, alarm.blocks) == (Cause.PARKED, 1, False)
            assert "transaction 1 (trace 000001)" in alarm.detail
            assert "cardamom close" in alarm.detail
            closed = Closed(at=t.clock.now(), operator="90", host_reference="C-1", taken=False)
            await t.journal.append(1, closed)
            await alarms.look()
            assert alarms.now() == ()
        assert [e for e in events if e.startswith("alarm")] == ["alarm parked", "alarm_over parked"]

    owing(tmp_path, script)


def test_a_refused_advice_and_the_cap_that_is_reached(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        alarms = alarms_of(t, CAPS)
        t.host.answer = NoAnswer("silence")
        await t.offline()
        await alarms.look()
        (alarm,) = alarms.now()
        assert alarm.cause is Cause.OFFLINE_LIMIT
        assert alarms.owed == 1
        t.host.answer = REFUSED
        await t.deliver()
        await alarms.look()
        (alarm,) = alarms.now()
        assert alarm.cause is Cause.ADVICE_REFUSED
        assert alarms.owed == 0

    owing(tmp_path, script)


def test_a_clock_before_the_build_or_the_last_event(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        ahead = Timepiece(t.clock, t.clock.now() + timedelta(days=1))
        assert not ahead.trusted
        assert "set it" in ahead.why_not
        alarms = alarms_of(t)
        await t.clock.passes(86_400)
        await t.offline()
        later = t.clock.now()
        t.clock.set_back(86_400 / 2)
        await alarms.look()
        (alarm,) = alarms.now()
        assert alarm.cause is Cause.CLOCK
        assert not alarm.blocks
        timepiece = Timepiece(t.clock, BUILT)
        await timepiece.learn(t.journal)
        assert not timepiece.trusted
        assert later - timedelta(minutes=3) < timepiece.floor() < later

    owing(tmp_path, script)


def test_a_full_batch_is_told_until_it_is_settled(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        alarms = Alarms(
            t.journal,
            t.clock,
            Offline(t.journal, t.clock, Timepiece(t.clock, BUILT)),
            Timepiece(t.clock, BUILT),
            batch_limit=2,
        )
        await t.unanswered()
        await t.deliver()
        await alarms.look()
        assert alarms.now() == ()
        await t.unanswered()
        await t.deliver()
        await alarms.look()
        assert [(a.cause, a.blocks) for a in alarms.now()] == [(Cause.BATCH_FULL, True)]
        now = t.clock.now()
        await t.journal.note(BatchClosing(at=now, batch=1, operator="01", totals=()))
        await t.journal.note(BatchClosed(at=now, batch=1, opened=2))
        await alarms.look()
        assert alarms.now() == ()

    owing(tmp_path, script)


@pytest.mark.parametrize(
    ("settling", "cause", "ready"),
    [
        (False, Cause.PARKED, True),
        (False, Cause.BATCH_FULL, False),
        (True, Cause.PARKED, False),
    ],
)
def test_ready_is_what_takes_sales(settling: bool, cause: Cause, ready: bool) -> None:
    told = status_view(
        version="0",
        mode="demo",
        busy=False,
        batch=1,
        parts=(),
        blocking=(),
        owing=(),
        receipts=(),
        alarms=(Alarm(cause=cause),),
        settling=settling,
    )
    assert told["ready"] is ready


def test_what_others_know_of_comes_worst_first(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await park(t)
        alarms = alarms_of(t, None, Alarm(cause=Cause.KEY_LOST, detail="bring the key"))
        await alarms.look()
        assert [a.cause for a in alarms.now()] == [Cause.KEY_LOST, Cause.PARKED]

    owing(tmp_path, script)


def test_status_names_alarms_and_tells_unknown_from_owed(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = OnlineAnswer(DONE.verdict, "00")
        await t.offline()
        await t.unanswered()
        await t.scripted()
        told = status_view(
            version="0",
            mode="demo",
            busy=False,
            batch=1,
            parts=(),
            blocking=(),
            owing=await t.journal.owing(),
            receipts=(),
            alarms=(Alarm(cause=Cause.CLOCK, detail="set it"),),
        )
        assert [r["id"] for r in told["unknown_outcomes"]] == [2]
        assert told["advices_owed"] == 1
        assert told["alarms"] == [
            {"cause": "clock", "count": 1, "blocks": False, "detail": "set it"}
        ]

    owing(tmp_path, script)


def test_a_host_that_is_away_blocks_only_where_no_card_may_approve_alone(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.host.condition = Condition.FAULT
        display, alone = ShownScreens(), [False]
        watch = HealthWatch(
            {Part.HOST: t.host, Part.READER: HandReader()},
            display,
            t.clock,
            "demo",
            without_host=lambda: alone[0],
            alarms=lambda: (Alarm(cause=Cause.PARKED),),
            owed=lambda: 2,
        )
        assert [h.part for h in watch.blocking()] == [Part.HOST]
        alone[0] = True
        assert watch.blocking() == ()
        assert Health(part=Part.HOST, condition=Condition.FAULT) in watch.parts()
        await watch.first_look()
        assert (display.lines[-1].owed, display.lines[-1].alarm) == (2, True)
        assert not display.lines[-1].link_ok

    owing(tmp_path, script)


def test_offline_payment_is_possible_within_the_caps_alone(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        timepiece = Timepiece(t.clock, BUILT)
        assert not Offline(t.journal, t.clock, timepiece).possible
        offline = Offline(t.journal, t.clock, timepiece, CAPS)
        assert offline.possible, "the network was never there since the start"
        assert await offline.refusal(Money(5000, "CNY")) is None
        await t.offline()
        await offline.look()
        assert not offline.possible

    owing(tmp_path, script)
