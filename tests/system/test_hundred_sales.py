"""Many sales without a restart: the money agrees, and nothing grows."""

from __future__ import annotations

import time
from dataclasses import astuple
from pathlib import Path

import pytest

from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig
from support.pcscd import Pcscd
from support.till import Load, load_of, sell

CARDS = (("debit", "123456"), *(("no-cvm", ""), ("signature", "")) * 4)
"""A PIN takes half a second to type."""


def settled(rig: Rig) -> Load:
    """Without the files that are open for a moment only."""
    loads = []
    for _ in range(10):
        loads.append(load_of(rig))
        time.sleep(0.1)
    return Load(*(min(values) for values in zip(*map(astuple, loads), strict=True)))


def test_a_hundred_sales(tmp_path: Path) -> None:
    """No pcscd between, which takes half a second to see a card come or go."""
    sales(RigConfig(tmp_path, "inprocess", "zh", screens=False), 100, warm=20, grows_kb=2048)


@pytest.mark.pcsc
def test_thirty_sales_through_pcscd(tmp_path: Path, pcscd: Pcscd) -> None:
    assert pcscd.port
    sales(RigConfig(tmp_path, "pcsc", "zh", screens=False), 30, warm=10, grows_kb=1024)


def sales(config: RigConfig, count: int, *, warm: int, grows_kb: int) -> None:
    """`grows_kb`: how much memory may come on top after `warm` of them."""
    with Rig(config) as rig:
        records = []
        early = None
        for number in range(count):
            card, pin = CARDS[number % len(CARDS)]
            records.append(sell(rig, f"{number // 10}.{number % 10 + 1:02d}", card, pin))
            if number == warm:
                early = settled(rig)
        rig.printed(records[-1]["id"])
        late = settled(rig)
        told = rig.ask(op="transactions", limit=1000)["transactions"]
        assert len(told) == len(rig.ledger()) == count
        assert [t["outcome"] for t in told] == ["approved"] * count
        assert disagreements(told, rig.ledger(), rig.slips) == []
        assert early is not None
        assert late.files <= early.files
        assert late.threads <= early.threads
        assert late.rss_kb - early.rss_kb < grows_kb, (early, late)
