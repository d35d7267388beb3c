"""What clerk and customer see of an outcome that is not known yet, until it is."""

from __future__ import annotations

from pathlib import Path

from cardamom.engines.passcode import TEST_PASSCODE
from cardamom.flows.results import ASKING_S
from cardamom.values.alarms import Cause
from cardamom.values.events import (
    Parked,
    QueryAnswer,
    QuerySent,
    Reason,
    ReversalAnswered,
    ReversalSent,
)
from cardamom.values.kinds import Kind
from cardamom.values.notices import AlarmShown
from cardamom.values.online import HostTraits, NoAnswer
from cardamom.values.screens import (
    Approved,
    Idle,
    NotCompleted,
    OutcomeUnknown,
    ReversalPending,
)
from cardamom.values.states import Recourse, State
from support.clerk import AMOUNT, play, sold
from support.hands import settle
from support.shop import Shop

HOST = "hand:1"


async def unanswered(shop: Shop, recourse: Recourse) -> int:
    """A void that got no answer."""
    sale = await sold(shop)
    shop.host.traits = HostTraits(recourse=dict.fromkeys(Kind, recourse))
    shop.host.answer = NoAnswer("silence")
    record = await shop.desk.void(sale.txn, None, TEST_PASSCODE)
    await shop.sees(OutcomeUnknown)
    return record.txn


def test_a_reversal_is_followed_until_no_money_moved(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        txn = await unanswered(shop, Recourse.REVERSE)
        shown = OutcomeUnknown(AMOUNT, 2, reversing=True, kind=Kind.VOID)
        await shop.shows(shown)
        await shop.clock.passes(300)
        assert shop.screen == shown, "no screen that needs an answer goes away by itself"
        await shop.journal.append(txn, ReversalSent(at=shop.clock.now(), host=HOST))
        shop.keypad.press("enter")
        await shop.shows(ReversalPending(AMOUNT, 2, 1, None, Kind.VOID))
        answer = ReversalAnswered(at=shop.clock.now(), done=True, code="00")
        await shop.journal.append(txn, answer)
        await shop.waits_for(NotCompleted)
        await shop.shows(NotCompleted(AMOUNT, Reason.NO_ANSWER, Kind.VOID))
        await shop.waits_for(Idle)

    play(tmp_path, script)


def test_a_clerk_watches_while_the_host_is_asked(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        txn = await unanswered(shop, Recourse.QUERY)
        asking = OutcomeUnknown(AMOUNT, 2, asking=True, kind=Kind.VOID)
        await shop.shows(asking)
        shop.keypad.press("enter")
        await settle()
        assert shop.screen == asking, "no key does anything while it is asked"
        assert (await shop.last()).state is State.QUERYING
        await shop.journal.append(txn, QuerySent(at=shop.clock.now(), host=HOST))
        answer = QueryAnswer(at=shop.clock.now(), approved=True, code="00", auth_code="B2C3D4")
        await shop.journal.append(txn, answer)
        await shop.waits_for(Approved)
        await shop.shows(Approved(AMOUNT, "B2C3D4", kind=Kind.VOID))

    play(tmp_path, script)


def test_a_host_that_stays_away_lets_the_clerk_go_on(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await unanswered(shop, Recourse.QUERY)
        await shop.clock.passes(ASKING_S + 1)
        waits = OutcomeUnknown(AMOUNT, 2, kind=Kind.VOID)
        await shop.shows(waits)
        await shop.clock.passes(300)
        assert shop.screen == waits
        shop.keypad.press("enter")
        await shop.shows(OutcomeUnknown(AMOUNT, 2, asking=True, kind=Kind.VOID))
        await shop.waits_for(Idle)

    play(tmp_path, script)


def test_what_the_host_refuses_meanwhile_is_an_alarm(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        txn = await unanswered(shop, Recourse.REVERSE)
        at = shop.clock.now()
        await shop.journal.append(
            txn, ReversalSent(at=at, host=HOST), Parked(at=at, why="refused 5 times")
        )
        await shop.waits_for(AlarmShown)
        alarm = AlarmShown(Cause.PARKED, AMOUNT, 2)
        await shop.shows(alarm)
        await shop.clock.passes(300)
        await shop.shows(alarm)
        shop.keypad.press("enter")
        await shop.sees(Idle)

    play(tmp_path, script)
