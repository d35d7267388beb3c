"""Every purpose over the real link to the simulated acquirer, by both profiles."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from cardamom.acquirer.link import Link
from cardamom.engines.iso8583.profile import Profile
from cardamom.settings.profile import load_message_profile
from cardamom.values.events import Chip, Verdict
from cardamom.values.kinds import Kind
from cardamom.values.online import OnlineAnswer, OnlineRequest, OnlineResult, Purpose, TotalsRequest
from cardamom.values.record import Delivery, Record
from cardamom.values.states import State
from cardamom.values.totals import Totals
from support.acquirer import acquirer, linked, payment
from support.follow_ups import SEALED, UNIONPAY
from support.messages import AT, ICC

PROFILES = pytest.mark.parametrize(
    "profile", [load_message_profile(), load_message_profile(UNIONPAY)], ids=["default", "unionpay"]
)
LATER = AT + timedelta(minutes=5)


def _told(of: Record, purpose: Purpose, stan: int, attempts: int = 1) -> OnlineRequest:
    sent = Delivery(stan=stan, sent_at=LATER, tried_at=LATER, attempts=attempts)
    return OnlineRequest(of, SEALED, ICC, purpose=purpose, delivery=sent)


def _undo(kind: Kind, sale: Record, stan: int, minor: int = 1234) -> OnlineRequest:
    own = msgspec.structs.replace(
        sale, txn=9, kind=kind, stan=stan, requested_at=LATER, original=sale.txn, rrn=None,
        auth_code=None, amount=msgspec.structs.replace(sale.amount, minor=minor),
    )  # fmt: skip
    return OnlineRequest(own, SEALED, original=sale)


async def _sold(link: Link, stan: int) -> Record:
    request = payment(stan=stan)
    answer = await link.request(request)
    assert isinstance(answer, OnlineAnswer)
    assert (answer.verdict, answer.code) == (Verdict.APPROVED, "00")
    return msgspec.structs.replace(
        request.record, state=State.APPROVED, code=answer.code, rrn=answer.rrn,
        auth_code=answer.auth_code, verdict=answer.verdict,
    )  # fmt: skip


def _verdicts(results: Sequence[OnlineResult]) -> list[Verdict | str]:
    return [r.verdict if isinstance(r, OnlineAnswer) else r.why for r in results]


@PROFILES
def test_whatever_is_asked_or_told_is_answered(tmp_path: Path, profile: Profile) -> None:
    async def go() -> list[OnlineResult]:
        async with (
            acquirer(tmp_path, profile=profile) as host,
            linked(host, profile=profile) as link,
        ):
            undone, voided, refunded = [await _sold(link, stan) for stan in (42, 43, 44)]
            card_alone = msgspec.structs.replace(
                payment(stan=45).record, state=State.OFFLINE_APPROVED,
                chip=Chip(aid="A000000333010101", label="", tvr="", tsi="", arc="5933"),
            )  # fmt: skip
            scripts = msgspec.structs.replace(refunded, scripts="1011223344")
            keeps = profile.switches.reversal_keeps_stan
            requests = [
                _told(undone, Purpose.REVERSAL, 42 if keeps else 50),
                _told(undone, Purpose.REVERSAL, 42 if keeps else 50, attempts=2),
                _undo(Kind.VOID, voided, 51),
                _undo(Kind.REFUND, refunded, 52, 300),
                _told(card_alone, Purpose.ADVICE, 53),
                _told(card_alone, Purpose.ADVICE, 53, attempts=2),
                _told(scripts, Purpose.SCRIPTS, 54),
                _told(refunded, Purpose.UPLOAD, 55),
            ]
            return [await link.request(request) for request in requests]

    assert _verdicts(asyncio.run(go())) == [Verdict.APPROVED] * 8


@PROFILES
@pytest.mark.parametrize("minor", [1234, 1235])
def test_totals_that_agree_and_totals_that_do_not(
    tmp_path: Path, profile: Profile, minor: int
) -> None:
    async def go() -> OnlineResult:
        async with (
            acquirer(tmp_path, profile=profile) as host,
            linked(host, profile=profile) as link,
        ):
            sale = await _sold(link, 42)
            return await link.totals(
                TotalsRequest(
                    batch=sale.batch,
                    totals=Totals(currency="CNY", debits=1, debit_minor=minor),
                    terminal_id=sale.terminal_id,
                    merchant_id=sale.merchant_id,
                    stan=60,
                    sent_at=LATER,
                )
            )

    result = asyncio.run(go())
    assert isinstance(result, OnlineAnswer)
    assert result.agreed is (minor == 1234)
