"""The bench itself runs and names what it measures; figures are not asserted."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")
def test_lines() -> None:
    file = Path(__file__).with_name("bench_kernel.py")
    spec = importlib.util.spec_from_file_location("bench_kernel", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lines = module.run("no-cvm")
    for line, what, unit in (
        (lines[-3], "RSA share", "%"),
        (lines[-2], "commands", "APDUs"),
        (lines[-1], "least commands", "APDUs"),
    ):
        assert line.startswith(f"kernel no-cvm {what}: ")
        assert line.endswith(f" {unit}")
    assert any(line.startswith("kernel no-cvm total: ") and line.endswith(" ms") for line in lines)
