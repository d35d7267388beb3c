"""A hundred sales through pcscd without a restart: the money agrees, and nothing grows."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig
from support.pcscd import Pcscd
from support.till import load_of, sell

SALES = 100
WARM = 20
CARDS = (("no-cvm", ""), ("debit", "123456"), ("signature", ""))


@pytest.mark.pcsc
@pytest.mark.timeout(400)
def test_a_hundred_sales(tmp_path: Path, pcscd: Pcscd) -> None:
    assert pcscd.port
    with Rig(RigConfig(tmp_path, "pcsc", "zh", screens=False)) as rig:
        records = []
        early = None
        for number in range(SALES):
            card, pin = CARDS[number % len(CARDS)]
            records.append(sell(rig, f"{number // 10}.{number % 10 + 1:02d}", card, pin))
            if number == WARM:
                early = load_of(rig)
        rig.printed(records[-1]["id"])
        late = load_of(rig)
        told = rig.ask(op="transactions", limit=1000)["transactions"]
        assert len(told) == len(rig.ledger()) == SALES
        assert [t["outcome"] for t in told] == ["approved"] * SALES
        assert disagreements(told, rig.ledger(), rig.slips) == []
        assert early is not None
        assert (late.files, late.threads) == (early.files, early.threads)
        assert late.rss_kb - early.rss_kb < 2048, (early, late)
