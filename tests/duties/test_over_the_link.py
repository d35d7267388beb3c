"""The same over the real link, to the simulated acquirer: what its ledger has in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from cardamom.acquirer.link import Link
from cardamom.daemon.clock import SystemClock
from cardamom.duties.delivery import Delivery
from cardamom.duties.online import Asked, Online
from cardamom.engines import tlv
from cardamom.simulator.acquirer.faults import Fault, Trouble
from cardamom.simulator.acquirer.ledger import read_flags, read_ledger, read_messages
from cardamom.store.journal import SqliteJournal
from cardamom.values.events import CardRead, CardResult, CvmUsed, Entry, Started
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.online import Late
from cardamom.values.record import Record
from cardamom.values.states import State
from support.acquirer import PIN, Acquirer, acquirer, chip, link_to, running, until
from support.hands import KeptReceipts
from support.ledger import CHIP, MASTER
from support.messages import card

DEADLINE_S = 0.6


class Shop:
    """Journal, link and duties; what the delivery does is up to the script."""

    def __init__(self, folder: Path, host: Acquirer) -> None:
        self.host = host
        self.clock = SystemClock("Asia/Shanghai")
        self.journal = SqliteJournal(folder / "journal.db", MASTER)
        self.heard: list[Late] = []
        self.link: Link = link_to(host.port, deadline_s=DEADLINE_S, late=self._hear)
        self.delivery = Delivery(
            self.journal, self.link, self.clock, KeptReceipts(), jitter=lambda: 0.0
        )
        self.online = Online(self.journal, self.link, self.clock, self.delivery)

    def _hear(self, late: Late) -> None:
        self.heard.append(late)
        self.delivery.late(late)

    def opening(self, minor: int, atc: int) -> tuple[Started, CardRead]:
        now = self.clock.now()
        started = Started(
            at=now,
            kind=Kind.SALE,
            amount=Money(minor, "CNY"),
            batch=1,
            terminal_id="10000001",
            merchant_id="104110058120001",
            operator="01",
        )
        icc = tlv.encode_all((t, v) for t, v in chip(minor=minor, atc=atc).items() if t != 0x5A)
        read = CardRead(
            at=now,
            entry=Entry.CHIP,
            card=card().pan.masked,
            chip=structs.replace(CHIP, icc=icc.hex().upper()),
        )
        return started, read

    async def sells(self, minor: int = 1234, atc: int = 28) -> Asked:
        """A sale whose card gives a TC where the host approves."""
        asked = await self.online.authorise(
            self.opening(minor, atc), card(), chip(minor=minor, atc=atc), PIN, contact=True
        )
        accepted = asked.record.state is State.HOST_APPROVED
        word = CardResult(at=self.clock.now(), accepted=accepted, cvm=CvmUsed.ONLINE_PIN)
        await self.journal.append(asked.record.txn, word)
        self.online.conclude(asked.record.txn)
        return asked

    async def approves_alone(self, minor: int, atc: int) -> Record:
        word = CardResult(at=self.clock.now(), accepted=True, cvm=CvmUsed.NONE, first=True)
        return await self.journal.begin(*self.opening(minor, atc), word, card=card())

    async def delivers(self) -> None:
        self.delivery.hurry()
        for _ in range(20):
            if not await self.journal.owing():
                return
            await until(lambda: self.link.state().usable)
            if await self.delivery.step() > 0:
                self.delivery.hurry()
        raise AssertionError("something is owed for ever")

    async def states(self) -> list[State | None]:
        return [r.state for r in reversed(await self.journal.recent(10))]

    def ledger(self) -> list[tuple[str, str]]:
        return [(r["kind"], r["state"]) for r in read_ledger(self.host.path)]

    def types(self) -> list[str]:
        """Of what was booked or answered, but for network management."""
        return [
            m["mti"]
            for m in read_messages(self.host.path)
            if m["mti"][1] != "8" and not m["outcome"].startswith("fault ")
        ]


def day(
    folder: Path, script: Callable[[Shop], Awaitable[None]], *faults: Fault, **options: Any
) -> None:
    async def run() -> None:
        async with acquirer(folder, *faults, **options) as host:
            shop = Shop(folder, host)
            async with running(shop.link):
                await until(lambda: shop.link.state().usable)
                await script(shop)
            await shop.journal.close()
            assert read_flags(host.path) == []

    asyncio.run(run())


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.SILENT_BEFORE,
        Trouble.SILENT_AFTER,
        Trouble.CUT,
        Trouble.GARBAGE,
        Trouble.WRONG_MAC,
        Trouble.WRONG_AMOUNT,
    ],
)
def test_an_answer_that_cannot_be_believed_is_reversed_before_the_next_sale(
    tmp_path: Path, trouble: Trouble
) -> None:
    async def script(shop: Shop) -> None:
        await shop.sells()
        assert await shop.states() == [State.REVERSING]
        await until(lambda: shop.link.state().usable)
        await shop.sells(500, 29)
        assert await shop.states() == [State.REVERSED, State.APPROVED]
        taken = [r for r in read_ledger(shop.host.path) if r["state"] == "approved"]
        assert [r["amount"] for r in taken if r["kind"] == "sale"] == ["5.00"]

    day(tmp_path, script, Fault(trouble))


def test_a_reversal_whose_answer_is_lost_is_applied_once(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await shop.sells()
        await shop.delivers()
        assert await shop.states() == [State.REVERSED]
        reversals = [m for m in shop.types() if m.startswith("042")]
        assert reversals == ["0420", "0421", "0421"]
        assert [s for k, s in shop.ledger() if k == "sale"] == ["reversed"]

    lost = Fault(Trouble.SILENT_AFTER, mti="042", times=2)
    day(tmp_path, script, Fault(Trouble.SILENT_AFTER, mti="0200"), lost)


def test_a_late_approval_is_kept_and_the_sale_reversed_all_the_same(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await shop.sells()
        await until(lambda: bool(shop.heard))
        await shop.delivery.keep_late()
        await shop.delivers()
        (record,) = await shop.journal.recent(1)
        assert (record.state, record.late_code, record.code) == (State.REVERSED, "00", None)

    day(tmp_path, script, Fault(Trouble.DELAY, seconds=DEADLINE_S + 0.3))


def test_advices_arrive_once_and_in_order(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await shop.approves_alone(100, 40)
        await shop.approves_alone(200, 41)
        await shop.delivers()
        assert await shop.states() == [State.ADVISED, State.ADVISED]
        assert shop.types() == ["0220", "0221", "0220"]
        rows = [r for r in read_ledger(shop.host.path) if r["state"] == "approved"]
        assert [r["amount"] for r in rows] == ["1.00", "2.00"]

    day(tmp_path, script, Fault(Trouble.SILENT_AFTER, mti="0220"))
