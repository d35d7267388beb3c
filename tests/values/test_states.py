"""The table of states: complete, without dead ends, and drawn as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.values.diagram import diagram, final, page
from cardamom.values.states import (
    MONEY_OPEN,
    OWES,
    TABLE,
    UNFINISHED,
    WAITS_FOR_SUPERVISOR,
    ForbiddenStepError,
    State,
    Step,
    advance,
)

DOCS = Path(__file__).parents[2] / "docs"


def _reach(start: State | None, *without: Step) -> set[State]:
    found: set[State | None] = {start}
    while True:
        more = {to for (s, step), to in TABLE.items() if s in found and step not in without} - found
        if not more:
            return {s for s in found if s is not None}
        found |= more


def test_every_state_is_reachable_and_every_step_used() -> None:
    assert _reach(None) == set(State)
    assert {step for _, step in TABLE} == set(Step)


def test_from_every_state_an_end_can_be_reached() -> None:
    ends = {s for s in State if final(s)}
    assert ends == {
        State.WITHDRAWN,
        State.APPROVED,
        State.DECLINED,
        State.REVERSED,
        State.CLOSED,
        State.ADVISED,
    }
    assert all(_reach(state) & ends for state in State)


def test_a_restart_moves_every_unfinished_state_on_and_no_other() -> None:
    assert {s for s, step in TABLE if step is Step.RESTART} == UNFINISHED
    assert all(advance(state, Step.RESTART) not in UNFINISHED for state in UNFINISHED)


def test_a_reversal_owed_ends_only_when_it_is_done_or_a_supervisor_closes_it() -> None:
    assert _reach(State.REVERSING) == {
        State.REVERSING,
        State.REVERSED,
        State.PARKED,
        State.CLOSED,
    }
    assert _reach(State.REVERSING, Step.REVERSAL_DONE, Step.CLOSE) == {
        State.REVERSING,
        State.PARKED,
    }


def test_what_waits_for_a_supervisor_is_moved_by_nobody_else() -> None:
    for state in WAITS_FOR_SUPERVISOR:
        assert {step for s, step in TABLE if s is state} == {Step.CLOSE}


def test_after_the_intent_nothing_becomes_withdrawn() -> None:
    assert State.WITHDRAWN not in _reach(State.IN_FLIGHT)


def test_money_that_may_have_moved_is_never_told_as_settled() -> None:
    assert OWES.keys() - {State.OFFLINE_APPROVED} < MONEY_OPEN
    assert MONEY_OPEN.isdisjoint({s for s in State if final(s)})
    # NOT_SENT is unfinished for the card's sake only
    assert {State.NOT_SENT} == UNFINISHED - MONEY_OPEN


def test_approval_needs_the_host_and_for_a_contact_card_the_card_too() -> None:
    into = {(s, step) for (s, step), to in TABLE.items() if to is State.APPROVED}
    assert into == {
        (State.IN_FLIGHT, Step.HOST_APPROVE),
        (State.HOST_APPROVED, Step.CARD_TC),
        (State.QUERYING, Step.QUERY_APPROVED),
        (State.REPEATING, Step.HOST_APPROVE),
    }


@given(st.none() | st.sampled_from(State), st.sampled_from(Step))
def test_what_the_table_lacks_is_forbidden(state: State | None, step: Step) -> None:
    if (state, step) in TABLE:
        assert advance(state, step) is TABLE[state, step]
    else:
        with pytest.raises(ForbiddenStepError) as refusal:
            advance(state, step)
        assert (refusal.value.state, refusal.value.step) == (state, step)


def test_the_diagram_draws_every_transition() -> None:
    drawn = {
        (origin, step, to)
        for line in diagram().splitlines()[1:]
        if ":" in line
        for origin, rest in [line.strip().split(" --> ")]
        for to, steps in [rest.split(": ")]
        for step in steps.split(", ")
    }
    assert drawn == {
        (s.value if s else "[*]", step.value, to.value) for (s, step), to in TABLE.items()
    }


def test_the_page_in_docs_is_current() -> None:
    assert (DOCS / "states.md").read_text() == page(), (
        "run: python -m cardamom.values.diagram > docs/states.md"
    )
