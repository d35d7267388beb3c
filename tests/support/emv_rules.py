"""The terminal's test parameters, as the demo uses them."""

from __future__ import annotations

from functools import cache

from cardamom.engines.emv.rules import Rules
from cardamom.settings.emv import load_rules
from cardamom.simulator.testdata import data


@cache
def test_rules() -> Rules:
    """AIDs and CA keys of data/emv/test.toml."""
    return load_rules(data("emv", "test.toml"))
