"""What the issuer's scripts did to the card is told to the issuer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cardamom.values.events import Verdict
from cardamom.values.online import OnlineAnswer, OnlineRequest, OnlineResult, Purpose
from cardamom.values.states import State
from support.clerk import concluded, play, sell
from support.shop import APPROVAL, Shop

# EMV 4.4 Book 3, 10.10: one script with an identifier and a command that no card knows
SCRIPT = bytes.fromhex("720D9F1804000000018604F0FF0000")
DECLINE = OnlineAnswer(Verdict.DECLINED, "51", arc=b"51")


@pytest.mark.parametrize(
    ("answer", "state"), [(APPROVAL, State.APPROVED), (DECLINE, State.DECLINED)]
)
def test_results_are_owed_with_the_outcome_and_go_before_the_next_request(
    tmp_path: Path, answer: OnlineAnswer, state: State
) -> None:
    async def script(shop: Shop) -> None:
        def host(request: OnlineRequest) -> OnlineResult:
            return (
                replace(answer, scripts=SCRIPT) if request.purpose is Purpose.REQUEST else APPROVAL
            )

        shop.host.answer = host
        card = await sell(shop, "no-cvm")
        record = await concluded(shop, 1)
        # Book 4, A5: failed at the first command; the script's identifier
        assert (record.state, record.scripts) == (state, "1100000001")
        names = [type(e).__name__ for e in await shop.journal.events(1)]
        owed = names.index("ScriptOwed")
        assert names[owed - 1] == "CardResult"
        assert "ReceiptOwed" in names
        card.out.set()
        await shop.delivery.step()
        told = shop.host.requests[-1]
        assert told.purpose is Purpose.SCRIPTS
        assert told.tags is not None
        assert told.tags[0x9F5B].hex() == "1100000001"
        record = await concluded(shop, 1)
        assert (record.state, record.scripts) == (state, None)

    play(tmp_path, script)
