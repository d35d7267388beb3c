"""What is owed goes out: in order, durable first, with back-off, to its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cardamom.store.database import open_for_reading
from cardamom.values.events import Verdict
from cardamom.values.health import Condition
from cardamom.values.online import (
    Late,
    NoAnswer,
    OnlineRequest,
    OnlineResult,
    Purpose,
)
from cardamom.values.record import Record
from cardamom.values.states import Recourse, State
from support.ledger import CARD
from support.owing import Owing, keeping_stan, owing

SILENCE = NoAnswer("silence")


def test_script_results_reversals_queries_repeats_then_advices_the_oldest_first(
    tmp_path: Path,
) -> None:
    async def script(t: Owing) -> None:
        await t.offline()
        await t.offline()
        await t.unanswered(Recourse.REPEAT)
        await t.unanswered(Recourse.QUERY)
        await t.unanswered()
        await t.unanswered()
        await t.scripted()
        await t.deliver()
        assert t.sent == [
            (Purpose.SCRIPTS, 7),
            (Purpose.REVERSAL, 5),
            (Purpose.REVERSAL, 6),
            (Purpose.QUERY, 4),
            (Purpose.REPEAT, 3),
            (Purpose.ADVICE, 1),
            (Purpose.ADVICE, 2),
        ]
        states = [r.state for r in reversed(await t.journal.recent(7))]
        assert states == [
            State.ADVISED,
            State.ADVISED,
            State.APPROVED,
            State.APPROVED,
            State.REVERSED,
            State.REVERSED,
            State.APPROVED,
        ]
        assert await t.owes() == []

    owing(tmp_path, script)


@pytest.mark.parametrize(
    ("recourse", "event"),
    [
        (Recourse.REVERSE, "reversal_sent"),
        (Recourse.QUERY, "query_sent"),
        (Recourse.REPEAT, "repeat_sent"),
    ],
)
def test_an_attempt_is_durable_before_its_first_byte(
    tmp_path: Path, recourse: Recourse, event: str
) -> None:
    async def script(t: Owing) -> None:
        written: list[str] = []

        def looks(_: OnlineRequest) -> OnlineResult:
            with open_for_reading(t.path) as db:
                (body,) = db.execute("SELECT body FROM events ORDER BY seq DESC").fetchone()
            written.append(body)
            return SILENCE

        t.host.answer = looks
        await t.unanswered(recourse)
        await t.delivery.step()
        assert f'"{event}"' in written[0]

    owing(tmp_path, script)


def test_the_message_has_the_journals_numbers_card_and_chip_data(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = SILENCE
        sale = await t.unanswered()
        first = t.clock.now()
        await t.delivery.step()
        await t.clock.passes(100)
        await t.delivery.step()
        one, two = t.host.requests
        assert (one.stan, one.sent_at, one.repeated) == (2, first, False)
        assert (two.stan, two.sent_at, two.repeated) == (2, first, True)
        assert one.record.stan == sale.stan == 1
        assert one.record.host == "hand:1"
        assert (one.card.pan, one.card.expiry, one.card.track2) == (CARD.pan, "2812", None)
        assert one.tags is not None
        assert one.tags[0x9F26].hex() == "0011223344556677"
        assert set(one.tags) == {0x9F26, 0x95, 0x82, 0x9F36}

    owing(tmp_path, script)


def test_a_reversal_may_keep_its_requests_number(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        keeping_stan(t.host)
        t.host.answer = SILENCE
        await t.unanswered()
        await t.delivery.step()
        await t.clock.passes(100)
        await t.delivery.step()
        assert [r.stan for r in t.host.requests] == [1, 1]

    owing(tmp_path, script)


@pytest.mark.parametrize(("jitter", "part"), [(0.0, 0.7), (0.5, 1.0), (1.0, 1.3)])
def test_waits_double_up_to_two_minutes_and_never_end(
    tmp_path: Path, jitter: float, part: float
) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = SILENCE
        await t.unanswered()
        for number, wait in enumerate((0.0, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120)):
            if wait:
                await t.clock.passes(wait * part - 0.01)
                assert 0 < await t.delivery.step() <= 0.011
                await t.clock.passes(0.011)
            assert len(t.host.requests) == number
            await t.delivery.step()
            assert len(t.host.requests) == number + 1
        record = await t.record()
        assert record.state is State.REVERSING
        assert record.owed is not None
        assert (record.owed.attempts, record.owed.refusals) == (11, 0)

    owing(tmp_path, script, jitter=jitter)


def test_a_restart_changes_no_wait(tmp_path: Path) -> None:
    async def before(t: Owing) -> None:
        t.host.answer = SILENCE
        await t.unanswered()
        for _ in range(6):
            await t.delivery.step()
            await t.clock.passes(1000)
        await t.delivery.step()  # the seventh: 128 s, at most 120

    clock = Owing(tmp_path).clock

    async def after(t: Owing) -> None:
        await t.clock.passes(119)
        await t.delivery.step()
        assert t.sent == []
        await t.clock.passes(1)
        await t.delivery.step()
        assert t.sent == [(Purpose.REVERSAL, 1)]

    owing(tmp_path, before, clock=clock)
    owing(tmp_path, after, clock=clock)


def test_a_clock_set_back_makes_nobody_wait(tmp_path: Path) -> None:
    async def before(t: Owing) -> None:
        t.host.answer = SILENCE
        await t.clock.passes(86_400)
        await t.unanswered()
        await t.delivery.step()

    async def after(t: Owing) -> None:
        await t.delivery.step()
        assert t.sent == [(Purpose.REVERSAL, 1)]

    owing(tmp_path, before)
    owing(tmp_path, after)


def test_hurry_leaves_no_back_off(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        t.host.answer = SILENCE
        await t.unanswered()
        await t.delivery.step()
        await t.clock.passes(0.5)
        t.delivery.hurry()
        await t.delivery.step()
        await t.delivery.step()
        assert len(t.sent) == 2

    owing(tmp_path, script)


def test_nothing_leaves_and_nothing_is_written_while_the_line_is_down(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        before = await t.unanswered()
        t.host.condition = Condition.CONNECTING
        task = asyncio.create_task(t.delivery.run())
        await t.clock.passes(600)
        assert t.sent == []
        assert await t.record() == before
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    owing(tmp_path, script)


def test_what_a_flow_still_has_waits_for_the_card(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        await t.unanswered()
        t.delivery.hold(1)
        await t.deliver()
        assert t.sent == []
        t.delivery.release(1)
        await t.deliver()
        assert t.sent == [(Purpose.REVERSAL, 1)]

    owing(tmp_path, script)


def _late(record: Record, **changes: object) -> Late:
    values = {
        "mti": "0210",
        "stan": record.stan,
        "terminal_id": record.terminal_id,
        "code": "00",
        "verdict": Verdict.APPROVED,
        "amount_minor": 1234,
        "rrn": "607312000345",
        "auth_code": "A1B2C3",
    }
    return Late(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [State.REVERSING, State.REVERSED])
def test_a_late_approval_is_kept_and_changes_nothing(tmp_path: Path, state: State) -> None:
    async def script(t: Owing) -> None:
        sale = await t.unanswered()
        if state is State.REVERSED:
            await t.deliver()
        for _ in range(3):  # a host that says it again
            t.delivery.late(_late(sale))
        await t.delivery.keep_late()
        record = await t.record()
        assert (record.state, record.late_code, record.auth_code) == (state, "00", None)
        names = [type(e).__name__ for e in await t.journal.events(1)]
        assert names.count("LateAnswer") == 1

    owing(tmp_path, script)


@pytest.mark.parametrize(
    "change",
    [{"mti": "0430"}, {"stan": 999}, {"terminal_id": "99999999"}, {"amount_minor": 1}],
)
def test_a_late_answer_to_something_else_is_nobodys(
    tmp_path: Path, change: dict[str, object]
) -> None:
    async def script(t: Owing) -> None:
        sale = await t.unanswered()
        t.delivery.late(_late(sale, **change))
        await t.delivery.keep_late()
        assert (await t.record()).late_code is None

    owing(tmp_path, script)


def test_a_fault_of_ours_while_it_is_asked_is_silence(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        def breaks(_: OnlineRequest) -> OnlineResult:
            raise KeyError("ours")

        t.host.answer = breaks
        await t.unanswered()
        await t.delivery.step()
        assert await t.owes() == [Purpose.REVERSAL]

    owing(tmp_path, script)
