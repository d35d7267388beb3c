"""Whatever host, line and power do: what is owed ends, and ends right."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cardamom.duties.recovery import recover
from cardamom.store.database import open_for_reading
from cardamom.values.events import CardResult, CvmUsed, Verdict
from cardamom.values.kinds import Kind
from cardamom.values.online import (
    Late,
    NoAnswer,
    NotSent,
    OnlineAnswer,
    OnlineRequest,
    OnlineResult,
    Purpose,
)
from cardamom.values.states import OWES, Recourse, State
from cardamom.values.tags import Tags
from support.hands import HandClock
from support.ledger import CARD
from support.owing import AGAIN, DONE, Owing

WAYS = (
    "answers",
    "answers",
    "never sent",
    "lost on the way there",
    "lost on the way back",
    "not now",
    "cut before",
    "cut after",
    "late",
)


class PowerCutError(BaseException):
    """The terminal ends here."""


@dataclass
class Model:
    """A host that books each message once, behind a line that does what the test drew."""

    ways: list[str] = field(default_factory=list)
    """What becomes of the requests, in turn."""
    later_ways: list[str] = field(default_factory=list)
    """What becomes of all that follows."""
    declines: set[int] = field(default_factory=set)
    held: dict[int, int] = field(default_factory=dict)
    """Trace number of a request or advice to minor units."""
    undone: Counter[int] = field(default_factory=Counter)
    unknown: set[int] = field(default_factory=set)
    """Reversed before they came: such a request is never booked."""
    late: list[Late] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What must never reach a host; an exception here would look like silence."""
    since: int = 0
    """Messages before the request under way was asked for."""

    def answer(self, t: Owing, request: OnlineRequest) -> OnlineResult:
        if request.purpose is Purpose.REQUEST:
            self.check(t, request)
        drawn = self.ways if request.purpose is Purpose.REQUEST else self.later_ways
        way = drawn.pop(0) if drawn else "answers"
        match way:
            case "never sent":
                return NotSent("the link went down")
            case "lost on the way there":
                return NoAnswer("silence")
            case "cut before":
                raise PowerCutError
            case "not now" if request.purpose not in (Purpose.REQUEST, Purpose.REPEAT):
                return AGAIN
        told = self.book(request)
        if way == "cut after":
            raise PowerCutError
        if way in ("lost on the way back", "late"):
            if way == "late":
                self.late.append(Late("0210", request.stan, "10203040", told.code, told.verdict))
            return NoAnswer("silence")
        return told

    def check(self, t: Owing, request: OnlineRequest) -> None:
        """No request leaves while a message that goes first was not tried."""
        tried = {(r.record.txn) for r in t.host.requests[self.since :]}
        first = [s.value for s in OWES if s is not State.OFFLINE_APPROVED]
        with open_for_reading(t.path) as db:
            rows = db.execute("SELECT txn, state FROM transactions").fetchall()
        untried = {txn for txn, state in rows if state in first} - tried
        if untried - {request.record.txn}:
            self.wrong.append(f"a request before what {sorted(untried)} owe was tried")

    def book(self, request: OnlineRequest) -> OnlineAnswer:
        stan, minor = request.record.stan or 0, request.record.amount.minor
        no = OnlineAnswer(Verdict.DECLINED, "25")
        match request.purpose:
            case Purpose.REQUEST | Purpose.REPEAT:
                if stan in self.unknown or self.undone[stan]:
                    self.wrong.append(f"{stan} came after its reversal")
                if stan in self.declines:
                    return OnlineAnswer(Verdict.DECLINED, "51")
                self.held.setdefault(stan, minor)
                return DONE
            case Purpose.QUERY:
                return DONE if stan in self.held else no
            case Purpose.REVERSAL:
                if stan in self.held:
                    del self.held[stan]
                    self.undone[stan] += 1
                elif not self.undone[stan]:
                    self.unknown.add(stan)
                return DONE
            case Purpose.ADVICE:
                if request.stan in self.declines:
                    return OnlineAnswer(Verdict.DECLINED, "14")
                self.held.setdefault(request.stan, minor)
                return DONE
        self.wrong.append(f"nobody asked for {request.purpose}")
        return no


class Life:
    """Terminals one after another over one journal and one host."""

    def __init__(self, folder: Path, model: Model) -> None:
        self.folder = folder
        self.model = model
        self.clock = HandClock()
        self.t = self._start()

    def _start(self) -> Owing:
        t = Owing(self.folder, clock=self.clock)
        t.host.answer = lambda request: self.model.answer(t, request)
        return t

    async def restart(self) -> None:
        await self.t.journal.close()
        self.t = self._start()
        await recover(self.t.journal, self.clock)

    async def sale(self, kind: str, minor: int, *, accepts: bool) -> None:
        """A contact sale, or one without a card to tell."""
        t, contact = self.t, kind == "contact"
        self.model.since = len(t.host.requests)
        asked = await t.online.authorise(
            (t.started(minor), t.read()), CARD, Tags({}), None, contact=contact
        )
        record = asked.record
        if contact:
            tc = accepts and record.state in (State.HOST_APPROVED, State.NOT_SENT)
            if record.state is not State.IN_FLIGHT:
                word = CardResult(at=self.clock.now(), accepted=tc, cvm=CvmUsed.NONE)
                await t.journal.append(record.txn, word)
            t.online.conclude(record.txn)

    async def act(self, action: tuple[str, bool, str], minor: int) -> None:
        what, accepts, recourse = action
        t = self.t
        kinds = dict.fromkeys(Kind, OWN[recourse])
        t.host.traits = type(t.host.traits)(recourse=kinds)
        try:
            match what:
                case "contact" | "cardless":
                    await self.sale(what, minor, accepts=accepts)
                case "offline":
                    await t.offline(minor)
                case "deliver":
                    await t.delivery.step()
                case "wait":
                    await self.clock.passes(300)
                case "restart":
                    await self.restart()
        except PowerCutError:
            await self.restart()
        for late in self.model.late:
            self.t.delivery.late(late)
        self.model.late.clear()
        await self.t.delivery.keep_late()
        if any(r.state is State.NOT_SENT for r in await self.t.journal.unfinished()):
            await self.restart()  # a cardless one that was never sent

    async def to_the_end(self) -> None:
        self.model.later_ways.clear()
        await self.restart()
        for _ in range(200):
            if not await self.t.owes():
                return
            await self.t.delivery.step()
            await self.clock.passes(60)
        raise AssertionError("something is owed for ever")


OWN = {r.value: r for r in Recourse}
ACTION = st.tuples(
    st.sampled_from(["contact", "contact", "cardless", "offline", "deliver", "wait", "restart"]),
    st.booleans(),
    st.sampled_from(sorted(OWN)),
)


@example(  # booked, unheard; its reversal is put off once
    actions=[("contact", True, "reverse"), ("deliver", True, "reverse")],
    ways=["lost on the way back"],
    later_ways=["not now"],
    declines=set(),
)
@settings(max_examples=120, deadline=None)
@given(
    actions=st.lists(ACTION, min_size=1, max_size=10),
    ways=st.lists(st.sampled_from(WAYS), max_size=10),
    later_ways=st.lists(st.sampled_from((*WAYS, "not now", "not now")), max_size=10),
    declines=st.sets(st.integers(1, 20), max_size=6),
)
def test_whatever_happens_the_two_ends_agree(
    actions: list[tuple[str, bool, str]],
    ways: list[str],
    later_ways: list[str],
    declines: set[int],
) -> None:
    async def live(folder: Path) -> None:
        model = Model(list(ways), list(later_ways), declines)
        life = Life(folder, model)
        for action, minor in zip(actions, itertools.count(1000), strict=False):
            await life.act(action, minor)
        await life.to_the_end()
        held = dict(model.held)
        for record in await life.t.journal.recent(100):
            assert record.state is not None
            advice = record.owed.stan if record.owed is not None else 0
            match record.state:
                case State.APPROVED:
                    assert held.pop(record.stan or 0) == record.amount.minor
                case State.ADVISED:
                    assert held.pop(advice) == record.amount.minor
                case State.DECLINED | State.REVERSED | State.ADVICE_REFUSED:
                    assert record.stan not in held
                case State.PARKED:
                    held.pop(record.stan or 0, None)
                case _:
                    raise AssertionError(record.state)
        assert model.wrong == []
        assert held == {}, "the host holds money that no transaction has"
        assert all(count == 1 for count in model.undone.values())
        await life.t.journal.close()

    with TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder)))
