"""A restart in each state: the table's step, then delivery, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cardamom.duties.recovery import recover
from cardamom.values.events import (
    AnyEvent,
    CardResult,
    CvmUsed,
    HostAnswer,
    Intent,
    NoAnswer,
    NotSent,
    Parked,
    Reason,
    ReversalSent,
    Verdict,
)
from cardamom.values.online import Purpose
from cardamom.values.states import Recourse, State
from support.hands import HandClock
from support.owing import Owing

REVERSE, QUERY, REPEAT = Recourse.REVERSE, Recourse.QUERY, Recourse.REPEAT
NOW = HandClock().now()


def intent(recourse: Recourse = REVERSE) -> Intent:
    return Intent(at=NOW, stan=0, host="hand:1", recourse=recourse)


APPROVES = HostAnswer(at=NOW, verdict=Verdict.APPROVED, code="00", contact=True)
SILENCE = NoAnswer(at=NOW, reason=Reason.NO_ANSWER, why="silence")
AWAY = NotSent(at=NOW, why="the link is down")
TC = CardResult(at=NOW, accepted=True, cvm=CvmUsed.NONE)
SENT = ReversalSent(at=NOW, host="hand:1")


@pytest.mark.parametrize(
    ("events", "recovered", "sent", "ends"),
    [
        ((intent(),), State.REVERSING, [Purpose.REVERSAL], State.REVERSED),
        ((intent(QUERY),), State.QUERYING, [Purpose.QUERY], State.APPROVED),
        ((intent(REPEAT),), State.REPEATING, [Purpose.REPEAT], State.APPROVED),
        ((intent(), AWAY), State.DECLINED, [], State.DECLINED),
        ((intent(), APPROVES), State.REVERSING, [Purpose.REVERSAL], State.REVERSED),
        ((intent(), APPROVES, TC), State.APPROVED, [], State.APPROVED),
        ((intent(), SILENCE), State.REVERSING, [Purpose.REVERSAL], State.REVERSED),
        ((intent(), SILENCE, SENT), State.REVERSING, [Purpose.REVERSAL], State.REVERSED),
        (
            (intent(), SILENCE, Parked(at=NOW, why="refused 5 times")),
            State.PARKED,
            [],
            State.PARKED,
        ),
        ((intent(QUERY), SILENCE), State.QUERYING, [Purpose.QUERY], State.APPROVED),
        ((intent(REPEAT), SILENCE), State.REPEATING, [Purpose.REPEAT], State.APPROVED),
        ((intent(), AWAY, TC), State.OFFLINE_APPROVED, [Purpose.ADVICE], State.ADVISED),
    ],
)
def test_it_goes_on_where_it_was(
    tmp_path: Path,
    events: tuple[AnyEvent, ...],
    recovered: State,
    sent: list[Purpose],
    ends: State,
) -> None:
    async def run() -> None:
        before = Owing(tmp_path)
        await before.begin(*events)
        await before.journal.close()
        t = Owing(tmp_path)
        await recover(t.journal, t.clock)
        assert (await t.record()).state is recovered
        await t.clock.passes(10)
        await t.deliver()
        assert [p for p, _ in t.sent] == sent
        assert (await t.record()).state is ends
        if SENT in events:
            assert t.host.requests[0].repeated, "a byte of the first may have left"
        await t.journal.close()

    asyncio.run(run())
