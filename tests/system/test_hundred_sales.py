"""A hundred sales through pcscd without a restart: the money agrees, and nothing grows."""

from __future__ import annotations

import time
from dataclasses import astuple
from pathlib import Path

import pytest

from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig
from support.pcscd import Pcscd
from support.till import Load, load_of, sell

SALES = 100
WARM = 20
CARDS = (("debit", "123456"), *(("no-cvm", ""), ("signature", "")) * 4)
"""A PIN takes half a second to type."""


def settled(rig: Rig) -> Load:
    """Without the files that are open for a moment only."""
    loads = []
    for _ in range(10):
        loads.append(load_of(rig))
        time.sleep(0.1)
    return Load(*(min(values) for values in zip(*map(astuple, loads), strict=True)))


@pytest.mark.pcsc
@pytest.mark.timeout(500)
def test_a_hundred_sales(tmp_path: Path, pcscd: Pcscd) -> None:
    assert pcscd.port
    with Rig(RigConfig(tmp_path, "pcsc", "zh", screens=False)) as rig:
        records = []
        early = None
        for number in range(SALES):
            card, pin = CARDS[number % len(CARDS)]
            records.append(sell(rig, f"{number // 10}.{number % 10 + 1:02d}", card, pin))
            if number == WARM:
                early = settled(rig)
        rig.printed(records[-1]["id"])
        late = settled(rig)
        told = rig.ask(op="transactions", limit=1000)["transactions"]
        assert len(told) == len(rig.ledger()) == SALES
        assert [t["outcome"] for t in told] == ["approved"] * SALES
        assert disagreements(told, rig.ledger(), rig.slips) == []
        assert early is not None
        assert late.files <= early.files
        assert late.threads <= early.threads
        assert late.rss_kb - early.rss_kb < 2048, (early, late)
