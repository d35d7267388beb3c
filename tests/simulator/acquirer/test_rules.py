"""What the acquirer makes of money messages, by both profiles, over a real link."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cardamom.control.views import record_view
from cardamom.engines.iso8583.profile import Profile
from cardamom.settings.profile import load_message_profile
from cardamom.simulator.acquirer.ledger import read_flags, read_ledger
from cardamom.simulator.agreement import disagreements
from cardamom.values.events import Verdict
from cardamom.values.kinds import Kind
from cardamom.values.online import Purpose
from cardamom.values.states import State
from support.acquirer import PROFILE, Acquirer, acquirer, linked
from support.follow_ups import UNIONPAY
from support.teller import Teller

SMALL = "6222020000040813"
"""A card with 50.00 behind it."""
UNKNOWN = "6222020000099991"
OTHER = "6222020000040417"

Script = Callable[[Teller, Acquirer], Awaitable[None]]


@pytest.fixture(params=["iso8583-1987", "unionpay"])
def profile(request: pytest.FixtureRequest) -> Profile:
    return PROFILE if request.param == "iso8583-1987" else load_message_profile(UNIONPAY)


def play(folder: Path, profile: Profile, script: Script) -> Teller:
    """The script; afterwards ledger and terminal agree."""

    async def go() -> Teller:
        async with acquirer(folder, profile=profile) as host, linked(host, profile=profile) as link:
            teller = Teller(link)
            await script(teller, host)
            return teller

    return asyncio.run(go())


def agrees(folder: Path, teller: Teller) -> list[str]:
    records = [record_view(r) for r in teller.records.values()]
    return disagreements(records, rows(folder), None)


def rows(folder: Path) -> list[dict[str, Any]]:
    return read_ledger(folder / "ledger.db")


def flags(folder: Path) -> list[str]:
    return [f["flag"] for f in read_flags(folder / "ledger.db")]


def test_a_reversal_undoes_once_however_often_it_comes(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, host: Acquirer) -> None:
        sale = await t.sale()
        assert sale.state is State.APPROVED
        assert host.ledger.spent("debit/0", "CNY") == 1234
        stan = t.next()
        for attempts in (1, 2, 3):
            answer = await t.reverse(sale, stan=stan, attempts=attempts)
            assert (answer.verdict, answer.code) == (Verdict.APPROVED, "00")
        assert host.ledger.spent("debit/0", "CNY") == 0

    teller = play(tmp_path, profile, script)
    (row,) = rows(tmp_path)
    assert row["state"] == "reversed"
    assert row["reversed_at"] is not None
    assert agrees(tmp_path, teller) == []
    assert flags(tmp_path) == []


def test_what_a_reversal_gives_back_can_be_spent_again(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        first = await t.sale(5000, SMALL)
        assert (await t.sale(5000, SMALL)).code == "51"
        await t.reverse(first)
        assert (await t.sale(5000, SMALL)).code == "00"

    play(tmp_path, profile, script)


def test_an_original_that_comes_after_its_reversal_is_refused(
    tmp_path: Path, profile: Profile
) -> None:
    """The request was lost on its way; its reversal came, and then the request after all."""

    async def script(t: Teller, host: Acquirer) -> None:
        lost = t.new(msgspec.structs.replace((await t.sale()), stan=900), Kind.SALE)
        lost = msgspec.structs.replace(lost, rrn=None, auth_code=None, code=None)
        for _ in range(2):
            answer = await t.reverse(lost)
            assert (answer.verdict, answer.code) == (Verdict.APPROVED, "25")
        spent = host.ledger.spent("debit/0", "CNY")
        assert (await t.again(lost)).code == "12"
        assert (await t.again(lost)).code == "12"
        assert host.ledger.spent("debit/0", "CNY") == spent
        assert (await t.reverse(t.records[lost.txn])).code == "25"

    teller = play(tmp_path, profile, script)
    assert [r["state"] for r in rows(tmp_path)] == ["approved", "declined"]
    assert flags(tmp_path) == ["original-after-reversal"]
    assert agrees(tmp_path, teller) == []


def test_a_reversal_of_another_amount_undoes_nothing(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = await t.sale()
        other = msgspec.structs.replace(sale.amount, minor=1235)
        await t.follow(
            Purpose.REVERSAL, msgspec.structs.replace(sale, amount=other), stan=sale.stan or 0
        )

    play(tmp_path, profile, script)
    assert [r["state"] for r in rows(tmp_path)] == ["approved"]
    assert flags(tmp_path) == ["reversal-differs"]


def test_a_void_takes_the_sale_back_and_its_reversal_restores_it(
    tmp_path: Path, profile: Profile
) -> None:
    async def script(t: Teller, host: Acquirer) -> None:
        sale = await t.sale()
        void = await t.undo(Kind.VOID, sale)
        assert void.state is State.APPROVED
        assert host.ledger.spent("debit/0", "CNY") == 0
        assert (await t.undo(Kind.VOID, sale)).code == "12"
        assert (await t.undo(Kind.REFUND, sale)).code == "12"
        assert (await t.reverse(void)).code == "00"
        assert host.ledger.spent("debit/0", "CNY") == 1234
        assert [r["state"] for r in rows(tmp_path)][:2] == ["approved", "reversed"]
        assert (await t.undo(Kind.VOID, sale)).code == "00"

    teller = play(tmp_path, profile, script)
    assert [r["state"] for r in rows(tmp_path)] == [
        "voided", "reversed", "declined", "declined", "approved",
    ]  # fmt: skip
    assert agrees(tmp_path, teller) == []
    assert flags(tmp_path) == []


def test_refunds_are_counted_against_the_original(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, host: Acquirer) -> None:
        sale = await t.sale()
        assert (await t.undo(Kind.REFUND, sale, 1000)).code == "00"
        assert (await t.undo(Kind.REFUND, sale, 235)).code == "13"
        assert (await t.undo(Kind.REFUND, sale, 234)).code == "00"
        assert (await t.undo(Kind.REFUND, sale, 1)).code == "13"
        assert (await t.undo(Kind.VOID, sale)).code == "12"
        assert host.ledger.spent("debit/0", "CNY") == 0

    teller = play(tmp_path, profile, script)
    assert rows(tmp_path)[0]["refunded_minor"] == 1234
    assert agrees(tmp_path, teller) == []


def test_a_reversed_refund_leaves_its_room(tmp_path: Path) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = await t.sale()
        refund = await t.undo(Kind.REFUND, sale, 1000)
        assert (await t.reverse(refund)).code == "00"
        assert (await t.undo(Kind.REFUND, sale)).code == "00"

    teller = play(tmp_path, PROFILE, script)
    assert agrees(tmp_path, teller) == []


def test_a_refund_that_is_repeated_counts_once(tmp_path: Path) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = await t.sale()
        refund = await t.undo(Kind.REFUND, sale, 1000)
        again = await t.repeat(refund)
        assert (again.code, again.rrn) == ("00", refund.rrn)

    teller = play(tmp_path, load_message_profile(UNIONPAY), script)
    assert [r["kind"] for r in rows(tmp_path)] == ["sale", "refund"]
    assert rows(tmp_path)[0]["refunded_minor"] == 1000
    assert agrees(tmp_path, teller) == []


def test_what_cannot_be_undone(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = await t.sale()
        declined = await t.sale(5001, SMALL)
        nowhere = msgspec.structs.replace(sale, rrn="990000000001", stan=777)
        for kind in (Kind.VOID, Kind.REFUND):
            assert (await t.undo(kind, declined, 5001, SMALL)).code == "12"
            assert (await t.undo(kind, sale, pan=OTHER)).code == "12"
            assert (await t.undo(kind, nowhere)).code == "25"
        assert (await t.undo(Kind.VOID, sale, 1000)).code == "13"

    play(tmp_path, profile, script)
    assert rows(tmp_path)[0]["state"] == "approved"


def test_after_settlement_a_refund_goes_and_a_void_does_not(
    tmp_path: Path, profile: Profile
) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = await t.sale()
        assert (await t.settle()).agreed
        t.batch += 1
        assert (await t.undo(Kind.VOID, sale)).code == "12"
        assert (await t.undo(Kind.REFUND, sale)).code == "00"

    play(tmp_path, profile, script)
    assert rows(tmp_path)[0]["settled_batch"] == "000003"


def test_an_advice_is_booked_once(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, host: Acquirer) -> None:
        told = await t.advise(stan=500)
        assert told.state is State.ADVISED
        again = await t.follow(Purpose.ADVICE, told, stan=500, attempts=2)
        assert (again.code, again.rrn) == ("00", told.rrn)
        assert host.ledger.spent("debit/0", "CNY") == 1234
        assert (await t.undo(Kind.VOID, told)).code == "00"

    teller = play(tmp_path, profile, script)
    assert [(r["advice"], r["state"]) for r in rows(tmp_path)] == [
        (True, "voided"),
        (False, "approved"),
    ]
    assert agrees(tmp_path, teller) == []
    assert flags(tmp_path) == []


def test_an_advice_with_other_content_is_flagged(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        told = await t.advise(stan=500)
        other = msgspec.structs.replace(
            told, amount=msgspec.structs.replace(told.amount, minor=1), state=State.OFFLINE_APPROVED
        )
        assert (await t.follow(Purpose.ADVICE, other, stan=500)).code == "94"

    play(tmp_path, profile, script)
    assert [r["amount_minor"] for r in rows(tmp_path)] == [1234]
    assert flags(tmp_path) == ["advice-differs"]


def test_an_advice_of_a_card_of_nobody_is_refused(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        told = await t.advise(pan=UNKNOWN)
        assert told.state is State.ADVICE_REFUSED
        assert told.owed is not None
        assert told.owed.code == "14"

    play(tmp_path, profile, script)


def test_the_same_numbers_with_another_amount_are_refused(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = await t.sale()
        assert (await t.again(sale)).code == "00"
        assert (await t.again(sale, 1235)).code == "94"

    play(tmp_path, profile, script)
    assert [r["amount_minor"] for r in rows(tmp_path)] == [1234]
    assert flags(tmp_path) == ["same-numbers-other-content"]


def test_a_trace_number_may_come_again_in_another_batch(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        first = await t.sale()
        assert (await t.settle()).agreed
        t.batch, t.stan = t.batch + 1, (first.stan or 0) - 1
        second = await t.sale(2000)
        assert second.stan == first.stan
        await t.reverse(second)

    teller = play(tmp_path, profile, script)
    assert [(r["batch"], r["state"]) for r in rows(tmp_path)] == [
        ("000003", "approved"),
        ("000004", "reversed"),
    ]
    assert agrees(tmp_path, teller) == []


def test_script_results_stand_beside_the_sale(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = msgspec.structs.replace(await t.sale(), scripts="2011223344")
        for attempts in (1, 2):
            assert (await t.follow(Purpose.SCRIPTS, sale, stan=300, attempts=attempts)).code == "00"
        nowhere = msgspec.structs.replace(sale, stan=777, rrn="990000000001")
        assert (await t.follow(Purpose.SCRIPTS, nowhere)).code == "25"

    play(tmp_path, profile, script)
    assert [r["scripts"] for r in rows(tmp_path)] == ["2011223344"]


def test_a_query_says_what_became_of_a_request(tmp_path: Path) -> None:
    async def script(t: Teller, _host: Acquirer) -> None:
        sale = await t.sale()
        unheard = msgspec.structs.replace(sale, rrn=None, auth_code=None, code=None)
        told = await t.follow(Purpose.QUERY, unheard)
        assert (told.verdict, told.code) == (Verdict.APPROVED, "00")
        assert (told.rrn, told.auth_code) == (sale.rrn, sale.auth_code)
        declined = await t.sale(5001, SMALL)
        assert (await t.follow(Purpose.QUERY, declined)).code == "51"
        nowhere = msgspec.structs.replace(unheard, stan=777)
        assert (await t.follow(Purpose.QUERY, nowhere)).code == "25"
        await t.reverse(sale)
        assert (await t.follow(Purpose.QUERY, unheard)).code == "25"

    play(tmp_path, PROFILE, script)
