"""The power goes at every write of a settlement: it goes on where it was, nothing told anew."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cardamom.duties.settlement import Closed, Settlement
from cardamom.store.verify import verify
from cardamom.values.events import Verdict
from cardamom.values.online import OnlineAnswer, Purpose
from cardamom.values.report import z_report
from cardamom.values.screens import Settling
from support.hands import HandClock, HandHost, HandJournal
from support.ledger import CARD, MASTER, answer, asked, card_result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from cardamom.values.terminal_events import TerminalEvent

DIFFERS = OnlineAnswer(Verdict.DECLINED, "95")
TAKEN = OnlineAnswer(Verdict.APPROVED, "00")
SALES = 2


class Cut(BaseException):
    """No power."""


class CutJournal(HandJournal):
    """Loses power at the `at`th note: before it is written, or after."""

    at = 0
    before = True

    async def note(self, *events: TerminalEvent) -> Sequence[TerminalEvent]:
        self.at -= 1
        if self.at == 0 and self.before:
            raise Cut
        noted = await super().note(*events)
        if self.at == 0:
            raise Cut
        return noted


@asynccontextmanager
async def free() -> AsyncIterator[None]:
    yield


def nothing(_: Settling) -> None:
    """Nobody looks."""


async def sell_all(journal: HandJournal) -> None:
    for n in range(SALES):
        record = await journal.begin(*asked(f"till-{n}"), card=CARD)
        await journal.append(record.txn, answer())
        await journal.append(record.txn, card_result())


def settlement(journal: HandJournal, host: HandHost, clock: HandClock) -> Settlement:
    return Settlement(
        journal, host, clock, free, terminal_id="10203040", merchant_id="898310058120001"
    )


async def settle(journal: HandJournal, host: HandHost, clock: HandClock) -> Closed | None:
    """As the desk does after a start."""
    duty = settlement(journal, host, clock)
    if await journal.batch() != 1:
        return None
    await duty.begin("01", nothing)
    closed = await duty.advance(nothing)
    assert isinstance(closed, Closed)
    return closed


def host_that_differs() -> HandHost:
    host = HandHost()
    host.traits = replace(host.traits, upload_end=True)
    host.settles = lambda request: TAKEN if request.end else DIFFERS
    host.answer = TAKEN
    return host


async def cut_at(folder: Path, at: int, *, before: bool) -> bool:
    """Whether the power was cut at all; what came of it is right either way."""
    clock, host = HandClock(), host_that_differs()
    path = folder / "journal.db"
    journal = CutJournal(path, MASTER, now=clock.now)
    await sell_all(journal)
    journal.at, journal.before = at, before
    cut = False
    try:
        await settle(journal, host, clock)
    except Cut:
        cut = True
    finally:
        await journal.close()
    await clock.passes(100)
    again = HandJournal(path, MASTER, now=clock.now)
    try:
        await settle(again, host, clock)
        await right(again, host)
    finally:
        await again.close()
    assert verify(path).ok
    return cut


async def right(journal: HandJournal, host: HandHost) -> None:
    assert await journal.batch() == 2
    assert not (await journal.book()).closing
    assert await journal.z_owed() == [1]
    records = await journal.of_batch(1)
    assert [await journal.card(r.txn) for r in records] == [None] * SALES
    report = z_report(await journal.batch_story(1), records)
    assert report is not None
    assert (report.uploaded, report.opened, [h.agreed for h in report.host]) == (SALES, 2, [False])
    numbers: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for totals in host.totals_asked:
        numbers["end" if totals.end else "totals"].add((totals.stan, totals.sent_at, totals.totals))
    for upload in host.requests:
        assert upload.purpose is Purpose.UPLOAD
        numbers[f"upload {upload.record.txn}"].add((upload.stan, upload.sent_at))
    assert set(numbers) == {"totals", "end", *(f"upload {r.txn}" for r in records)}
    assert all(len(told) == 1 for told in numbers.values())
    assert len({stan for told in numbers.values() for stan, *_ in told}) == len(numbers)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_cut_at_every_write(tmp_path: Path, before: bool) -> None:
    async def all_of_them() -> int:
        at = 1
        while await cut_at(tmp_path / str(at), at, before=before):
            at += 1
        return at - 1

    for at in range(1, 20):
        (tmp_path / str(at)).mkdir()
    # closing, totals, two uploads, their end, each sent and answered, and the batch closed
    assert asyncio.run(all_of_them()) == 1 + 2 + 2 * SALES + 2 + 1
