"""How each sort of message ends: done, refused for good, parked, or asked again for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.values.events import ReceiptOwed, ReceiptPrinted, Verdict
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer, OnlineResult, Purpose
from cardamom.values.states import Recourse, State
from support.owing import AGAIN, DONE, REFUSED, Owing, owing

SILENCE = NoAnswer("silence")


@pytest.mark.parametrize("printed", [True, False])
def test_who_was_told_unknown_is_told_that_it_was_reversed(tmp_path: Path, printed: bool) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered()
        now = t.clock.now()
        await t.journal.append(1, ReceiptOwed(at=now, copies=("unknown",)))
        if printed:
            await t.journal.append(1, ReceiptPrinted(at=now, copies=("unknown",)))
        await t.deliver()
        record = await t.record()
        assert record.state is State.REVERSED
        assert record.receipts_owed == (("reversed",) if printed else ("unknown", "reversed"))
        assert t.receipts.owed == [record]

    owing(tmp_path, script)


@pytest.mark.parametrize("refusal", [AGAIN, REFUSED])
def test_a_reversal_refused_too_often_is_parked_with_slip_and_alarm(
    tmp_path: Path, refusal: OnlineAnswer
) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered()
        for number in range(5):
            t.host.answer = refusal
            await t.delivery.step()
            assert (await t.record()).state is (State.REVERSING if number < 4 else State.PARKED)
            t.host.answer = SILENCE  # counts for nothing
            await t.clock.passes(1000)
            if number < 4:
                await t.delivery.step()
                await t.clock.passes(1000)
        record = await t.record()
        assert record.receipts_owed == ("parked",)
        assert t.receipts.owed == [record]
        assert record.parked_why == f"the host refused the reversal 5 times, at last {refusal.code}"
        assert t.noticed == 1
        await t.deliver()
        assert len(t.sent) == 9, "a parked one is nobody's but the supervisor's"

    owing(tmp_path, script)


@pytest.mark.parametrize(
    ("answers", "asked", "state", "slips"),
    [
        ([DONE], 1, State.APPROVED, ("merchant", "customer")),
        ([REFUSED], 1, State.REVERSING, ()),
        ([AGAIN, DONE], 2, State.APPROVED, ("merchant", "customer")),
        ([AGAIN, AGAIN, AGAIN], 3, State.REVERSING, ()),
        ([SILENCE, SILENCE, SILENCE], 3, State.REVERSING, ()),
        ([SILENCE, SILENCE, REFUSED], 3, State.REVERSING, ()),
    ],
)
def test_a_query_ends_in_an_approval_or_a_reversal(
    tmp_path: Path,
    answers: list[OnlineResult],
    asked: int,
    state: State,
    slips: tuple[str, ...],
) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered(Recourse.QUERY)
        for answer in answers:
            assert (await t.record()).state is State.QUERYING
            t.host.answer = answer
            await t.clock.passes(1000)
            await t.delivery.step()
        record = await t.record()
        assert (record.state, record.receipts_owed) == (state, slips)
        assert t.sent == [(Purpose.QUERY, 1)] * asked
        if state is State.REVERSING:
            assert record.owed is None, "the reversal begins anew"
            t.host.answer = DONE
            await t.delivery.step()
            assert t.host.requests[-1].purpose is Purpose.REVERSAL
            assert not t.host.requests[-1].repeated

    owing(tmp_path, script)


def test_a_query_that_never_left_ends_nothing(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = NotSent("the link went down")
        await t.unanswered(Recourse.QUERY)
        for _ in range(8):
            await t.delivery.step()
            await t.clock.passes(1000)
        assert (await t.record()).state is State.QUERYING

    owing(tmp_path, script)


PARTIAL = OnlineAnswer(Verdict.PARTIAL, "10")
REFERRAL = OnlineAnswer(Verdict.REFERRAL, "01")


@pytest.mark.parametrize(
    ("answer", "times", "state", "slips"),
    [
        (DONE, 1, State.APPROVED, ("merchant", "customer")),
        (REFUSED, 1, State.DECLINED, ("declined",)),
        (REFERRAL, 1, State.DECLINED, ("declined",)),
        (AGAIN, 4, State.REPEATING, ()),
        (AGAIN, 5, State.PARKED, ("parked",)),
        (PARTIAL, 5, State.PARKED, ("parked",)),
        (SILENCE, 20, State.REPEATING, ()),
    ],
)
def test_a_repeat_ends_as_its_request_would_have(
    tmp_path: Path, answer: OnlineResult, times: int, state: State, slips: tuple[str, ...]
) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = answer
        await t.unanswered(Recourse.REPEAT)
        for _ in range(times):
            await t.delivery.step()
            await t.clock.passes(1000)
        record = await t.record()
        assert (record.state, record.receipts_owed) == (state, slips)
        assert [r.stan for r in t.host.requests] == [1] * times
        assert all(r.repeated for r in t.host.requests)

    owing(tmp_path, script)


def test_advices_wait_behind_the_first_and_for_a_payment_to_end(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await t.offline()
        await t.offline()
        t.paying = True
        await t.delivery.step()
        assert t.sent == []
        t.paying = False
        for answer in (SILENCE, AGAIN, AGAIN, AGAIN, AGAIN, AGAIN, AGAIN):
            t.host.answer = answer
            await t.delivery.step()
            await t.delivery.step()
            await t.clock.passes(1000)
        assert t.sent == [(Purpose.ADVICE, 1)] * 7, "the second never overtakes the first"
        t.host.answer = DONE
        await t.deliver()
        assert t.sent[7:] == [(Purpose.ADVICE, 1), (Purpose.ADVICE, 2)]
        assert [r.stan for r in t.host.requests] == [1] * 8 + [2]
        assert (await t.record()).rrn == "607312000345"

    owing(tmp_path, script)


@pytest.mark.parametrize("answer", [REFUSED, REFERRAL])
def test_a_refused_advice_goes_onto_the_exception_list(
    tmp_path: Path, answer: OnlineAnswer
) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = answer
        await t.offline()
        await t.deliver()
        assert (await t.record()).state is State.ADVICE_REFUSED
        assert t.noticed == 1
        assert await t.owes() == []

    owing(tmp_path, script)


def test_an_advice_that_the_host_never_decides_about_gives_way(tmp_path: Path) -> None:
    """It is lost to nobody: it stands on the exception list, and the next one goes."""

    async def script(t: Owing) -> None:
        await t.offline()
        await t.offline()
        for number in range(1, 21):
            t.host.answer = SILENCE  # counts for nothing
            await t.delivery.step()
            await t.clock.passes(1000)
            t.host.answer = AGAIN
            await t.delivery.step()
            await t.clock.passes(1000)
            first = await t.record()
            assert first.state is (State.OFFLINE_APPROVED if number < 20 else State.ADVICE_REFUSED)
        assert first.parked_why == "the host refused the advice 20 times, at last 96"
        assert t.noticed == 1
        t.host.answer = DONE
        await t.deliver()
        assert t.sent == [(Purpose.ADVICE, 1)] * 40 + [(Purpose.ADVICE, 2)]

    owing(tmp_path, script)


def test_an_advice_goes_where_its_first_attempt_went(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = SILENCE
        await t.offline()
        await t.delivery.step()
        t.host.name = "backup:1"
        await t.clock.passes(1000)
        await t.delivery.step()
        assert [r.record.host for r in t.host.requests] == ["hand:1", "hand:1"]
        await t.unanswered()
        await t.delivery.step()
        assert t.host.requests[-1].record.host == "backup:1"

    owing(tmp_path, script)


def test_script_results_that_the_host_never_takes_are_given_up(tmp_path: Path) -> None:
    """No money hangs on them, and no settlement may."""

    async def script(t: Owing) -> None:
        await t.scripted()
        t.host.answer = AGAIN
        for number in range(1, 21):
            await t.delivery.step()
            await t.clock.passes(1000)
            assert ((await t.record()).scripts is None) is (number == 20)
        assert t.sent == [(Purpose.SCRIPTS, 1)] * 20

    owing(tmp_path, script)


def test_script_results_are_told_until_they_are_heard(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await t.scripted()
        for answer in (SILENCE, AGAIN, REFUSED):
            t.host.answer = answer
            await t.delivery.step()
            await t.clock.passes(1000)
        assert t.sent == [(Purpose.SCRIPTS, 1)] * 3
        told = t.host.requests[0].tags
        assert told is not None
        assert told[0x9F5B].hex() == "2000000001"
        record = await t.record()
        assert (record.state, record.scripts) == (State.APPROVED, None)

    owing(tmp_path, script)
