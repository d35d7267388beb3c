"""Settlement as the acquirer does it, by both profiles, over a real link."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cardamom.engines.iso8583.profile import Profile
from cardamom.settings.profile import load_message_profile
from cardamom.simulator.acquirer.ledger import read_flags, read_ledger, read_messages
from cardamom.values.events import Verdict
from cardamom.values.kinds import Kind
from cardamom.values.online import Purpose
from cardamom.values.record import Record
from cardamom.values.totals import Totals
from support.acquirer import PROFILE, Acquirer, acquirer, linked
from support.follow_ups import UNIONPAY
from support.teller import Teller

Script = Callable[[Teller, Acquirer], Awaitable[None]]


@pytest.fixture(params=["iso8583-1987", "unionpay"])
def profile(request: pytest.FixtureRequest) -> Profile:
    return PROFILE if request.param == "iso8583-1987" else load_message_profile(UNIONPAY)


def play(folder: Path, profile: Profile, script: Script) -> None:
    async def go() -> None:
        async with acquirer(folder, profile=profile) as host, linked(host, profile=profile) as link:
            await script(Teller(link), host)

    asyncio.run(go())


def rows(folder: Path) -> list[dict[str, Any]]:
    return read_ledger(folder / "ledger.db")


def flags(folder: Path) -> list[tuple[str, str]]:
    return [(f["flag"], f["stan"]) for f in read_flags(folder / "ledger.db")]


def batches(folder: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(folder / "ledger.db")) as db:
        return db.execute("SELECT batch, currency, state FROM batches ORDER BY id").fetchall()


async def a_day(t: Teller) -> list[Record]:
    """Two sales that stand, one voided, one refunded in part, one reversed, one declined, one
    advised."""
    kept, voided, refunded, reversed_ = [await t.sale(minor) for minor in (1000, 200, 500, 70)]
    await t.undo(Kind.VOID, voided)
    await t.undo(Kind.REFUND, refunded, 300)
    await t.reverse(reversed_)
    await t.sale(9_000_000)
    await t.advise(40)
    return [kept, voided, refunded]


def test_totals_that_agree_settle_the_batch(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, host: Acquirer) -> None:
        await a_day(t)
        assert t.totals() == (
            Totals(
                currency="CNY",
                debits=4,
                debit_minor=1740,
                debit_reversals=1,
                debit_reversal_minor=200,
                credits=1,
                credit_minor=300,
            ),
        )
        for _ in range(2):
            answer = await t.settle()
            assert (answer.agreed, answer.code, answer.verdict) == (True, "00", Verdict.APPROVED)
        assert host.ledger.batches.open_batch("10000001") == "000004"

    play(tmp_path, profile, script)
    settled = [(r["kind"], r["state"]) for r in rows(tmp_path) if r["settled_batch"] == "000003"]
    assert settled == [
        ("sale", "approved"),
        ("sale", "voided"),
        ("sale", "approved"),
        ("void", "approved"),
        ("refund", "approved"),
        ("sale", "approved"),
    ]
    assert batches(tmp_path) == [("000003", "CNY", "agreed")]
    assert flags(tmp_path) == []


@pytest.mark.parametrize(
    "change", [{"debits": 1}, {"debit_minor": 1001}, {"credits": 1}, {"credit_minor": 1}]
)
def test_totals_that_differ_are_said_to(
    tmp_path: Path, profile: Profile, change: dict[str, int]
) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        await t.sale(1000)
        await t.sale(100)
        own = msgspec.structs.replace(t.totals()[0], **change)
        for _ in range(2):
            answer = await t.settle(own)
            assert (answer.agreed, answer.code) == (False, "95")

    play(tmp_path, profile, script)
    assert [r["settled_batch"] for r in rows(tmp_path)] == [None, None]
    assert batches(tmp_path) == [("000003", "CNY", "differs")]


def test_an_empty_batch_agrees(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        assert (await t.settle()).agreed

    play(tmp_path, profile, script)


def test_an_upload_completes_the_ledger_s_batch(tmp_path: Path, profile: Profile) -> None:
    """The host lost a sale, has another with a wrong amount, and one that the terminal never
    took."""

    async def script(t: Teller, host: Acquirer) -> None:
        kept, lost, other, foreign = [await t.sale(minor) for minor in (1000, 200, 500, 70)]
        with closing(sqlite3.connect(host.path)) as db, db:
            db.execute("DELETE FROM transactions WHERE rrn = ?", (lost.rrn,))
            db.execute("UPDATE transactions SET amount_minor = 1 WHERE rrn = ?", (other.rrn,))
        del t.records[foreign.txn]
        assert not (await t.settle()).agreed
        for record in (kept, lost, other):
            stan = t.next()
            for attempts in (1, 2):
                answer = await t.follow(Purpose.UPLOAD, record, stan=stan, attempts=attempts)
                assert answer.code == "00"
        if t.link.traits.upload_end:
            assert (await t.settle(end=True)).code == "00"
        t.batch += 1
        await t.sale(30)

    play(tmp_path, profile, script)
    assert [
        (r["stan"], r["amount_minor"], r["uploaded"], r["settled_batch"]) for r in rows(tmp_path)
    ] == [
        ("000101", 1000, True, "000003"),
        ("000103", 500, True, "000003"),
        ("000104", 70, False, None),
        ("000102", 200, True, "000003"),
        ("000109" if profile is PROFILE else "000110", 30, False, None),
    ]
    assert flags(tmp_path) == [
        ("upload-added", "000102"),
        ("upload-differs", "000103"),
        ("not-uploaded", "000104"),
    ]
    assert batches(tmp_path) == [("000003", "CNY", "uploaded")]


def test_what_comes_for_a_settled_batch_is_flagged(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = await t.sale()
        await t.settle()
        await t.sale(100)
        await t.reverse(sale)

    play(tmp_path, profile, script)
    assert [flag for flag, _ in flags(tmp_path)] == ["settled-batch", "settled-batch"]


def test_the_batch_after_the_last_number_is_the_first(tmp_path: Path) -> None:
    async def script(t: Teller, host: Acquirer) -> None:
        t.batch = 999_999
        await t.sale()
        assert (await t.settle()).agreed
        assert host.ledger.batches.open_batch("10000001") == "000001"
        assert host.ledger.batches.open_batch("20000002") == "000001"

    play(tmp_path, PROFILE, script)


def test_each_message_is_noted(tmp_path: Path) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = await t.sale()
        await t.reverse(sale, stan=300)
        await t.reverse(sale, stan=300, attempts=2)
        await t.settle()
        await t.advise()
        await t.settle(Totals(currency="CNY"))
        await t.follow(Purpose.UPLOAD, sale)

    play(tmp_path, PROFILE, script)
    assert [(m["mti"], m["outcome"]) for m in read_messages(tmp_path / "ledger.db")] == [
        ("0800", "network 001"),
        ("0200", "booked 00"),
        ("0420", "reversal 00"),
        ("0421", "reversal repeated 00"),
        ("0500", "totals CNY agreed"),
        ("0220", "advice 00"),
        ("0500", "totals CNY differ"),
        ("0320", "upload"),
    ]
