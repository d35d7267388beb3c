"""docs/emv-conformance.md is what the tests say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from support.conformance import TESTS, Case


def test_the_page_is_current() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "support.conformance"],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=True,
    )
    page = (TESTS.parent / "docs" / "emv-conformance.md").read_text("utf-8")
    assert page == made.stdout, (
        "run python -m support.conformance > ../docs/emv-conformance.md in tests/"
    )
    assert sum(line.startswith("| Book ") for line in page.splitlines()) >= 250


def test_clauses_sort_by_their_numbers() -> None:
    clauses = ["Book 3, 6.5.11", "Book 3, 10.4", "Book 3, 10.4.2", "Book 3, A1", "Book 4, 6.3"]
    assert sorted(clauses, key=lambda c: Case(c, "", "", "").order) == clauses


@pytest.mark.parametrize("clause", ["Book 3", "10.4", "Book 3, section 10"])
def test_what_is_no_clause(clause: str) -> None:
    with pytest.raises(ValueError, match="no clause"):
        _ = Case(clause, "", "", "").order
