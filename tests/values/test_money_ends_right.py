"""Every state, every event, every cut: the table against a host and a line that may do anything.

The world is one transaction: the terminal's state, what the host's ledger holds, what is on the
line between them. All worlds that can be reached are visited. Where the terminal has come to an
end and nothing is on the line, it must hold what the host holds; and from everywhere such an end
can be reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest

from cardamom.values.states import (
    OWES,
    TABLE,
    UNFINISHED,
    WAITS_FOR_SUPERVISOR,
    Duty,
    Recourse,
    State,
    Step,
)

Table = Mapping[tuple[State | None, Step], State]

HOLDS_MONEY = {State.APPROVED, State.ADVISED}
HOLDS_NONE = {State.WITHDRAWN, State.DECLINED, State.REVERSED}
REQUEST_WORDS = {"approved": Step.HOST_APPROVE, "declined": Step.HOST_DECLINE}


@dataclass(frozen=True)
class World:
    """`line`: messages on the way to the host, in order; `back`: its answers, in order. `stray`: a
    request that a broken connection may still hand to the host, at any time or never."""

    recourse: Recourse
    contact: bool
    terminal: State | None = None
    host: str = "nothing"
    line: tuple[str, ...] = ()
    back: tuple[tuple[str, str], ...] = ()
    stray: bool = False
    asked: bool = False
    closed_taken: bool | None = None
    table: Table = field(default_factory=lambda: TABLE, compare=False, repr=False)


def step(world: World, by: Step, **more: object) -> World:
    return replace(world, terminal=world.table[world.terminal, by], **more)  # type: ignore[arg-type]


def host_hears(world: World, message: str) -> Iterator[tuple[World, tuple[str, str]]]:
    """What the host may do with a message, and what it answers: each booked at most once."""
    held = world.host
    match message:
        case "request" | "repeat":
            if held != "nothing":
                verdict = "approved" if held in ("approved", "other") else "declined"
                yield world, ("request", verdict)
                return
            for verdict in ("approved", "declined"):
                yield replace(world, host=verdict), ("request", verdict)
            if world.recourse is not Recourse.REPEAT:
                yield replace(world, host="other"), ("request", "other")
        case "reversal":
            # one that comes before its original is remembered: the original is refused then
            undone = replace(world, host="reversed" if held in ("approved", "other") else "barred")
            yield undone if held != "reversed" else world, ("reversal", "done")
            yield world, ("reversal", "refused")
        case "query":
            yield world, ("query", "approved" if held == "approved" else "none")
        case "advice":
            if held == "nothing":
                yield replace(world, host="approved"), ("advice", "taken")
                yield world, ("advice", "refused")
            else:
                yield world, ("advice", "taken")
    if message in ("repeat", "advice"):
        yield world, (message, "again")


def worlds_after(world: World) -> Iterator[World]:
    yield from line_does(world)
    yield from terminal_sends(world)
    yield from terminal_decides(world)


def line_does(world: World) -> Iterator[World]:
    if world.line:
        rest = replace(world, line=world.line[1:])
        for heard, answer in host_hears(rest, world.line[0]):
            yield replace(heard, back=(*heard.back, answer))
    if world.line or world.back:
        # the connection breaks: what was on it is gone, but for a request in the host's own buffers
        held = "request" in world.line
        yield replace(world, line=(), back=())
        yield replace(world, line=(), back=(), stray=world.stray or held)
    if world.stray:
        for heard, _ in host_hears(replace(world, stray=False), "request"):
            yield heard  # nobody is there to be answered
        yield replace(world, stray=False)


def terminal_sends(world: World) -> Iterator[World]:
    """One message at a time on a connection; one older answer may still be on its way back."""
    if world.line or len(world.back) > 1:
        return
    state = world.terminal
    if state is State.IN_FLIGHT and not world.asked:
        yield replace(world, line=("request",), asked=True)
    if state in OWES:
        yield replace(world, line=(OWES[state].value,))


def terminal_decides(world: World) -> Iterator[World]:
    state = world.terminal
    if state is None:
        yield from (
            step(world, Step.WITHDRAW),
            step(world, Step.CARD_DECLINE),
            step(world, Step.CARD_OFFLINE),
            step(world, Step.INTENT),
        )
        return
    if (
        state in UNFINISHED
    ):  # the cut, and what recovery makes of it; a restart drops the connection
        yield restarted(world)
    match state:
        case State.IN_FLIGHT:
            yield from in_flight(world)
        case State.NOT_SENT:
            yield from (step(world, Step.CARD_TC), step(world, Step.CARD_REFUSED))
        case State.HOST_APPROVED:
            yield from (step(world, Step.CARD_TC), step(world, Step.CARD_REFUSED))
        case State.PARKED | State.ADVICE_REFUSED:
            if not (world.line or world.back or world.stray):
                yield step(world, Step.CLOSE, closed_taken=world.host in ("approved", "other"))
        case State.QUERYING:
            yield step(world, Step.QUERY_OTHER)  # could not be asked often enough
    if not world.back:
        return
    (topic, said), rest = world.back[0], replace(world, back=world.back[1:])
    yield rest  # late, or not believed
    wanted: dict[tuple[Duty, str, str], Step] = {
        (Duty.REVERSAL, "reversal", "done"): Step.REVERSAL_DONE,
        (Duty.REVERSAL, "reversal", "refused"): Step.PARK,
        (Duty.QUERY, "query", "approved"): Step.QUERY_APPROVED,
        (Duty.QUERY, "query", "none"): Step.QUERY_OTHER,
        (Duty.REPEAT, "request", "approved"): Step.HOST_APPROVE,
        (Duty.REPEAT, "request", "declined"): Step.HOST_DECLINE,
        (Duty.REPEAT, "repeat", "again"): Step.PARK,
        (Duty.ADVICE, "advice", "taken"): Step.ADVICE_TAKEN,
        (Duty.ADVICE, "advice", "refused"): Step.ADVICE_REFUSED,
    }
    found = wanted.get((OWES[state], topic, said)) if state in OWES else None
    if found is not None:
        yield step(rest, found)


def restarted(world: World) -> World:
    by = Step.RESTART
    if world.terminal is State.IN_FLIGHT:
        by = unanswered(world.recourse, Step.RESTART)
    held = world.stray or "request" in world.line
    return step(world, by, line=(), back=(), stray=held)


def unanswered(recourse: Recourse, default: Step) -> Step:
    return {
        Recourse.REVERSE: default,
        Recourse.QUERY: Step.NO_ANSWER_QUERY,
        Recourse.REPEAT: Step.NO_ANSWER_REPEAT,
    }[recourse]


def in_flight(world: World) -> Iterator[World]:
    if not world.asked:
        yield step(world, Step.NOT_SENT if world.contact else Step.NOT_SENT_CARDLESS)
        return
    yield step(world, unanswered(world.recourse, Step.NO_ANSWER))
    if not world.back:
        return
    (topic, said), rest = world.back[0], replace(world, back=world.back[1:])
    if topic != "request":
        return
    if said == "other":
        yield step(rest, Step.HOST_MISMATCH)
    elif said == "approved" and world.contact:
        yield step(rest, Step.HOST_APPROVE_CONTACT)
    else:
        yield step(rest, REQUEST_WORDS[said])


def explore(start: World) -> dict[World, set[World]]:
    seen: dict[World, set[World]] = {}
    edge = [start]
    while edge:
        world = edge.pop()
        if world in seen:
            continue
        seen[world] = set(worlds_after(world))
        edge += seen[world]
    return seen


def quiet(world: World) -> bool:
    """Nothing is on the line, nothing under way, owed or waiting."""
    state = world.terminal
    busy = state is None or state in UNFINISHED or state in OWES or state in WAITS_FOR_SUPERVISOR
    return not (busy or world.line or world.back or world.stray)


def agree(world: World) -> bool:
    held = world.host in ("approved", "other")
    if world.terminal is State.CLOSED:
        return world.closed_taken is held
    if world.terminal in HOLDS_MONEY:
        return world.host == "approved"
    return world.terminal in HOLDS_NONE and not held


STARTS = [
    World(Recourse.REVERSE, contact=True),
    World(Recourse.REVERSE, contact=False),
    World(Recourse.QUERY, contact=False),
    World(Recourse.REPEAT, contact=False),
]


@pytest.mark.parametrize("start", STARTS, ids=lambda w: f"{w.recourse}-{w.contact}")
def test_wherever_it_ends_terminal_and_host_hold_the_same(start: World) -> None:
    seen = explore(start)
    assert [w for w in seen if quiet(w) and not agree(w)] == []


@pytest.mark.parametrize("start", STARTS, ids=lambda w: f"{w.recourse}-{w.contact}")
def test_from_everywhere_an_end_where_both_agree_can_be_reached(start: World) -> None:
    seen = explore(start)
    comes_from: dict[World, set[World]] = {}
    for world, after in seen.items():
        for to in after:
            comes_from.setdefault(to, set()).add(world)
    edge = [w for w in seen if quiet(w)]
    reaches = set(edge)
    while edge:
        for before in comes_from.get(edge.pop(), set()) - reaches:
            reaches.add(before)
            edge.append(before)
    assert seen.keys() == reaches


def test_every_transition_of_the_table_was_taken() -> None:
    taken = {
        (a.terminal, b.terminal)
        for start in STARTS
        for a, after in explore(start).items()
        for b in after
    }
    assert {(state, to) for (state, _), to in TABLE.items()} <= taken


@pytest.mark.parametrize(
    ("state", "by", "to"),
    [
        (State.HOST_APPROVED, Step.CARD_REFUSED, State.DECLINED),
        (State.IN_FLIGHT, Step.RESTART, State.DECLINED),
        (State.IN_FLIGHT, Step.NO_ANSWER, State.DECLINED),
        (State.REVERSING, Step.PARK, State.REVERSED),
    ],
)
def test_a_table_that_loses_money_is_found_out(state: State, by: Step, to: State) -> None:
    broken = {**TABLE, (state, by): to}
    found = [w for w in explore(replace(STARTS[0], table=broken)) if quiet(w) and not agree(w)]
    assert found
