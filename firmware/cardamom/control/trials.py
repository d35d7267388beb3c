"""The self-test as JSON."""

from __future__ import annotations

from typing import Any

from cardamom.texts.selftest import sentence
from cardamom.values.merchant import Language
from cardamom.values.selftest import Result, SelfTestReport


def self_test_view(report: SelfTestReport) -> dict[str, Any]:
    """A whole run. `well`: nothing failed and nothing is to be seen to."""
    return {
        "at": report.at.isoformat(),
        "well": report.well,
        "results": [_view(result) for result in report.results],
    }


def _view(result: Result) -> dict[str, Any]:
    """`why`: what the driver said, where it did."""
    return {
        "part": result.part.value,
        "grade": result.grade.value,
        "finding": result.finding.value,
        "sentence": sentence(result, Language.EN),
        "sentence_zh": sentence(result, Language.ZH),
        "why": result.fill.get("why"),
        "facts": result.facts,
    }
