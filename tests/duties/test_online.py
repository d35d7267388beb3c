"""Before a new request: what is owed, each once; then the request, or nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from cardamom.duties.online import Asked
from cardamom.faults import JournalFault
from cardamom.values.events import HostAnswer, Reason, Verdict
from cardamom.values.health import Condition
from cardamom.values.kinds import Kind
from cardamom.values.online import (
    NoAnswer,
    NotSent,
    OnlineAnswer,
    OnlineRequest,
    OnlineResult,
    Purpose,
)
from cardamom.values.states import Recourse, State
from cardamom.values.tags import Tags
from support.hands import until
from support.ledger import CARD
from support.owing import AGAIN, DONE, REFUSED, Owing, owing

SILENCE = NoAnswer("silence")
DECLINE = OnlineAnswer(Verdict.DECLINED, "51")


async def ask(t: Owing, *, contact: bool = True, unsent: Reason = Reason.NO_HOST) -> Asked:
    opening = (t.started(), t.read())
    return await t.online.authorise(opening, CARD, Tags({}), None, contact=contact, unsent=unsent)


def by_purpose(**answers: OnlineResult) -> Callable[[OnlineRequest], OnlineResult]:
    """A host that says this to messages of that purpose, and approves the rest."""

    def answer(request: OnlineRequest) -> OnlineResult:
        return answers.get(request.purpose.value, DONE)

    return answer


async def owe_all(t: Owing) -> None:
    """One of each, every one within its back-off."""
    t.host.answer = SILENCE
    await t.offline()
    await t.unanswered(Recourse.REPEAT)
    await t.unanswered(Recourse.QUERY)
    await t.unanswered()
    await t.scripted()
    for _ in range(5):
        await t.delivery.step()
    t.host.requests.clear()


def test_everything_owed_goes_first_whatever_its_back_off(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await owe_all(t)
        t.host.answer = DONE
        asked = await ask(t)
        assert asked.record.state is State.HOST_APPROVED
        assert t.sent == [
            (Purpose.SCRIPTS, 5),
            (Purpose.REVERSAL, 4),
            (Purpose.QUERY, 3),
            (Purpose.REPEAT, 2),
            (Purpose.REQUEST, 6),
        ]

    owing(tmp_path, script)


def test_an_advice_does_not_hold_a_request_up(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await t.offline()
        await ask(t)
        assert t.sent == [(Purpose.REQUEST, 2)]

    owing(tmp_path, script)


def test_a_query_that_ends_in_a_reversal_has_it_tried_as_well(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered(Recourse.QUERY)
        t.host.answer = by_purpose(query=REFUSED)
        await ask(t)
        assert [p for p, _ in t.sent] == [Purpose.QUERY, Purpose.REVERSAL, Purpose.REQUEST]

    owing(tmp_path, script)


@pytest.mark.parametrize("refusal", [AGAIN, REFUSED])
def test_a_refused_reversal_lets_the_request_go_on(tmp_path: Path, refusal: OnlineAnswer) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered()
        t.host.answer = by_purpose(reversal=refusal)
        asked = await ask(t)
        assert asked.record.state is State.HOST_APPROVED
        assert (await t.record()).state is State.REVERSING
        assert t.sent == [(Purpose.REVERSAL, 1), (Purpose.REQUEST, 2)]

    owing(tmp_path, script)


@pytest.mark.parametrize("silence", [SILENCE, NotSent("the link is down")])
def test_after_silence_nothing_is_sent_and_nothing_owed_for_it(
    tmp_path: Path, silence: OnlineResult
) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered()
        t.host.answer = by_purpose(reversal=silence)
        asked = await ask(t, unsent=Reason.OFFLINE_LIMIT)
        assert t.sent == [(Purpose.REVERSAL, 1)]
        assert isinstance(asked.result, NotSent)
        assert asked.result.reason is Reason.OFFLINE_LIMIT
        assert (asked.record.state, asked.record.reason) == (State.NOT_SENT, Reason.OFFLINE_LIMIT)
        assert [r.txn for r in await t.journal.owing()] == [1]

    owing(tmp_path, script)


def test_silence_of_another_host_holds_nothing_up(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered()
        t.host.name = "backup:1"
        t.host.answer = by_purpose(reversal=NotSent("hand:1 is down"))
        asked = await ask(t)
        assert asked.record.state is State.HOST_APPROVED
        assert [r.record.host for r in t.host.requests] == ["hand:1", "backup:1"]

    owing(tmp_path, script)


def test_with_something_owed_a_line_that_is_down_is_not_tried(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        before = await t.unanswered()
        t.host.condition = Condition.CONNECTING
        asked = await ask(t)
        assert t.sent == []
        assert asked.record.state is State.NOT_SENT
        assert await t.record() == before, "no attempt is counted"

    owing(tmp_path, script)


def test_who_waited_for_the_line_while_the_host_fell_silent_does_not_wait_again(
    tmp_path: Path,
) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered()
        t.host.answer = SILENCE
        t.host.hold.clear()
        delivering = asyncio.create_task(t.delivery.step())
        await until(lambda: bool(t.host.requests))
        asking = asyncio.create_task(ask(t))
        await asyncio.sleep(0.01)
        await t.clock.passes(60)
        t.host.hold.set()
        assert isinstance((await asking).result, NotSent)
        await delivering
        assert t.sent == [(Purpose.REVERSAL, 1)]

    owing(tmp_path, script)


def test_one_message_at_a_time(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.host.hold.clear()
        asking = asyncio.create_task(ask(t))
        await until(lambda: bool(t.host.requests))
        await t.unanswered()
        delivering = asyncio.create_task(t.delivery.step())
        async with asyncio.timeout(5):
            await asyncio.sleep(0.05)
        assert len(t.sent) == 1
        t.host.hold.set()
        await asking
        await delivering
        assert t.sent == [(Purpose.REQUEST, 1), (Purpose.REVERSAL, 2)]

    owing(tmp_path, script)


def test_a_card_in_the_reader_is_heard_before_its_reversal_leaves(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = SILENCE
        asked = await ask(t)
        assert asked.record.state is State.REVERSING
        await t.deliver()
        assert t.sent == [(Purpose.REQUEST, 1)]
        t.online.conclude(1)
        await t.delivery.step()
        assert t.sent[1:] == [(Purpose.REVERSAL, 1)]

    owing(tmp_path, script)


@pytest.mark.parametrize("recourse", list(Recourse))
@pytest.mark.parametrize("contact", [True, False])
def test_the_recourse_is_the_profiles_but_a_contact_cards_is_to_reverse(
    tmp_path: Path, recourse: Recourse, contact: bool
) -> None:
    async def script(t: Owing) -> None:
        t.host.traits = replace(t.host.traits, recourse={Kind.SALE: recourse})
        asked = await ask(t, contact=contact)
        assert asked.record.recourse is (Recourse.REVERSE if contact else recourse)

    owing(tmp_path, script)


@pytest.mark.parametrize("owed_first", [True, False])
def test_without_a_card_to_tell_not_sent_is_the_end(tmp_path: Path, owed_first: bool) -> None:
    async def script(t: Owing) -> None:
        sold = (await t.scripted()).txn
        if not owed_first:
            await t.deliver()
        t.host.answer = NotSent("the link is down")
        original = await t.record(sold)
        opening = (structs.replace(t.started(kind=Kind.VOID), original=sold), t.read())
        asked = await t.online.authorise(
            opening, CARD, Tags({}), None, contact=False, original=original
        )
        assert asked.record.state is State.DECLINED
        assert asked.record.receipts_owed == ("declined",)

    owing(tmp_path, script)


def test_an_answer_that_is_not_durable_is_no_answer(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.journal.fails = (HostAnswer,)
        asked = await ask(t)
        assert isinstance(asked.fault, JournalFault)
        assert isinstance(asked.result, NoAnswer)

    owing(tmp_path, script)


def test_a_decline_owes_nothing(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = DECLINE
        asked = await ask(t)
        assert asked.record.state is State.DECLINED
        assert await t.owes() == []

    owing(tmp_path, script)
