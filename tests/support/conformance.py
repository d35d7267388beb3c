"""The table of docs/emv-conformance.md: which clause, given what, results in what.

A test says so itself, with `case`; a parametrised one with `rows`. From tests/,
`python -m support.conformance > ../docs/emv-conformance.md` writes the page.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

F = TypeVar("F", bound=Callable[..., Any])

TESTS: Final = Path(__file__).parents[1]
CLAUSE: Final = re.compile(
    r"(Book [1-4AB]|C-3|UICS V), ([A-Z]?\d+(?:\.\d+)*)|(C-2), (S\w+|CVM|GAC|TAA)"
)
BOOKS: Final = ("Book 1", "Book 2", "Book 3", "Book 4", "Book A", "Book B", "C-2", "C-3", "UICS V")
"""EMV 4.4; then the Contactless Specifications, Kernel 2 by the steps of its state machine, Kernel
7 by its public counterpart, Part V of UnionPay's Integrated Circuit Card Specifications."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table. `clause` as `Book 3, 10.5`; an annex as `Book 4, A2`; a contactless
    kernel's as `C-2, S910`."""

    clause: str
    given: str
    result: str
    test: str

    @property
    def order(self) -> tuple[object, ...]:
        match = CLAUSE.fullmatch(self.clause)
        if match is None:
            raise ValueError(
                f"{self.clause!r} is no clause; expected one as 'Book 3, 10.5' or 'C-2, S910'"
            )
        places = re.findall(r"[A-Z]|\d+", match[2] or match[4])
        return (
            BOOKS.index(match[1] or match[3]),
            [(p.isalpha(), ord(p) if p.isalpha() else int(p)) for p in places],
            self.given,
        )


CASES: Final[list[Case]] = []


def case(clause: str, given: str, result: str) -> Callable[[F], F]:
    """The decorated test shows this one case. It may be given more than once."""

    def note(test: F) -> F:
        CASES.append(Case(clause, given, result, test.__qualname__))
        return test

    return note


def rows(clause: str, names: str, *table: tuple[Any, ...]) -> Callable[[F], F]:
    """Parametrises: each entry of `table` is what is given, what results, and values for `names`.

    An entry whose clause differs has it in front, as `("Book 2, 5.3", given, result, ...)`.
    """
    width = len([name for name in names.split(",") if name.strip()]) + 2
    whole = [entry if len(entry) > width else (clause, *entry) for entry in table]

    def note(test: F) -> F:
        CASES.extend(Case(c, given, result, test.__qualname__) for c, given, result, *_ in whole)
        values = [entry[3:] if width > 3 else entry[3] for entry in whole]
        marked: F = pytest.mark.parametrize(names, values, ids=[e[1] for e in whole])(test)
        return marked

    return note


def collect() -> list[Case]:
    """Loads every test file that has cases; the whole table in order."""
    CASES.clear()
    for file in sorted(TESTS.rglob("test_*.py")):
        if "support.conformance" in file.read_text("utf-8"):
            spec = spec_from_file_location(f"conformance_{file.stem}", file)
            if spec is None or spec.loader is None:
                raise ImportError(str(file))
            module = module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
    ordered = sorted(CASES, key=lambda c: c.order)
    for one, other in pairwise(ordered):
        if (one.clause, one.given) == (other.clause, other.given):
            raise ValueError(f"{one.clause}: {one.given!r} stands twice ({one.test}, {other.test})")
    return ordered


def page(cases: list[Case]) -> Iterator[str]:
    """The lines of the page."""
    yield "# EMV conformance"
    yield ""
    yield (
        "What the contact kernel does, by the clauses of EMV 4.4, and entry point and contactless "
        "kernels by the Contactless Specifications: Kernel 2 by the steps of C-2's state machine "
        "(S3, SR1, S456, S9, S10, S910; procedures CVM, GAC, TAA), Kernel 7 by its public "
        "counterpart, UnionPay's Integrated Circuit Card Specifications, Part V. Each row is a "
        "test: an exact exchange with a card (an unexpected command fails it, a leftover one too), "
        "or the exact value of one step. TVR and TSI are given as hex or as byte.bit. Generated "
        "from the tests by `python -m support.conformance` (from `tests/`); not an EMVCo approval."
    )
    yield ""
    yield f"{len(cases)} cases."
    yield ""
    yield "| clause | given | result |"
    yield "| --- | --- | --- |"
    for c in cases:
        yield f"| {c.clause} | {_cell(c.given)} | {_cell(c.result)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    from support import conformance

    sys.stdout.write("\n".join(conformance.page(conformance.collect())) + "\n")
