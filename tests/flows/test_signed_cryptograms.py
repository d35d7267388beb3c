"""A card whose cryptogram is not signed as it should be (EMV 4.4 Book 2, 6.6), in a sale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cardamom.values.events import Verdict
from cardamom.values.screens import Approved, Declined, OutcomeUnknown
from cardamom.values.states import State
from support.clerk import play, sell, with_pin
from support.shop import Shop

SIGNATURE = bytes.fromhex("9F4B8190")


def spoils(which: int) -> Callable[[int, bytes], bytes]:
    """One bit of the first or second signature flipped."""
    seen = 0

    def garble(_: int, answer: bytes) -> bytes:
        nonlocal seen
        at = answer.find(SIGNATURE)
        if at < 0:
            return answer
        seen += 1
        if seen != which:
            return answer
        at += len(SIGNATURE) + 40
        return answer[:at] + bytes((answer[at] ^ 1,)) + answer[at + 1 :]

    return garble


def test_signed_as_it_should_be(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, "cda", garble=spoils(3))
        await with_pin(shop)
        await shop.sees(Approved)

    play(tmp_path, script)


def test_before_the_host_is_asked_it_is_declined(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, "cda", garble=spoils(1))
        await with_pin(shop)
        await shop.sees(Declined)
        record = await shop.last()
        assert record.state is State.DECLINED
        assert record.chip is not None
        assert record.chip.tvr == "0400048000"
        assert not shop.host.requests

    play(tmp_path, script)


def test_after_the_hosts_approval_it_owes_a_reversal(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, "cda", garble=spoils(2))
        await with_pin(shop)
        await shop.sees(OutcomeUnknown)
        record = await shop.last()
        assert (record.state, record.verdict) == (State.REVERSING, Verdict.APPROVED)

    play(tmp_path, script)
