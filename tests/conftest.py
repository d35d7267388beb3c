"""Hypothesis profiles: `ci` finds the same examples on every run, `fuzz` looks for new ones.

HYPOTHESIS_PROFILE chooses; neither has a deadline, because machines differ. And the one pcscd: a
fixture that two modules import would be two, and the second would wait for the first.
"""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from support.pcscd import pcscd

__all__ = ["pcscd"]

# a shell's background job is started deaf to Ctrl-C, and so would be whatever tests interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "fuzz", deadline=None, max_examples=5_000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones of pcscd come first: of several processes none is left with them at the end."""
    needs_pcscd = {item.path for item in items if item.get_closest_marker("pcsc")}
    items.sort(key=lambda item: item.path not in needs_pcscd)
