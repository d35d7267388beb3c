"""The tap's bench runs, says where the time goes, and what it says adds up."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from cardamom.simulator.pn532.times import Share


@pytest.fixture(scope="module")
def bench() -> Any:
    file = Path(__file__).with_name("bench_tap.py")
    spec = importlib.util.spec_from_file_location("bench_tap", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")
@pytest.mark.parametrize("profile", ["visa", "mchip", "mchip-heavy", "unionpay"])
def test_the_shares_are_all_of_it(bench: Any, profile: str) -> None:
    spent = asyncio.run(bench.taps(profile, count=2))
    for one in spent:
        # search, select and RATS, then one each; Kernel 2's longest record fills two frames
        assert one.chip_commands == one.commands + 3 + profile.startswith("mchip")
        assert one.shares[Share.LINE] < one.shares[Share.RADIO], "as it was designed for"
        assert one.whole >= one.unseen + sum(one.shares.values())
    lines = bench.lines(profile, spent)
    assert lines[0].startswith(f"tap {profile} whole: ")
    assert all(line.startswith(f"tap {profile} ") for line in lines)
