"""Metrics in Prometheus' text format, version 0.0.4 (prometheus.io, exposition formats)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec


class Kind(StrEnum):
    """What a family's numbers are."""

    COUNTER = "counter"
    """Only grows; its name ends with `_total`."""
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Sample(msgspec.Struct, frozen=True):
    """One number. `suffix`: after the family's name, of a histogram's parts."""

    value: float
    labels: tuple[tuple[str, str], ...] = ()
    suffix: str = ""


class Family(msgspec.Struct, frozen=True):
    """Numbers of one name."""

    name: str
    kind: Kind
    help: str
    samples: Sequence[Sample]


_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def text_of(families: Iterable[Family]) -> str:
    """The whole page; a family without a sample is left out."""
    return "".join(line + "\n" for family in families if family.samples for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    told = family.help.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {family.name} {told}"
    yield f"# TYPE {family.name} {family.kind.value}"
    for sample in family.samples:
        labels = ",".join(f'{k}="{v.translate(_ESCAPES)}"' for k, v in sample.labels)
        braced = f"{{{labels}}}" if labels else ""
        yield f"{family.name}{sample.suffix}{braced} {_number(sample.value)}"


def _number(value: float) -> str:
    """Whole numbers as such: no exponent eats the digits of a time."""
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


class Histogram:
    """Observed values, counted up to each bound; `bounds` ascending."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        place = sum(1 for bound in self._bounds if value > bound)
        self._counts[place] += 1
        self._sum += value

    def samples(self) -> list[Sample]:
        """Cumulated, as the format wants it."""
        found, so_far = [], 0
        for bound, count in zip((*self._bounds, float("inf")), self._counts, strict=True):
            so_far += count
            said = "+Inf" if bound == float("inf") else f"{bound:g}"
            found.append(Sample(so_far, (("le", said),), "_bucket"))
        return [*found, Sample(self._sum, (), "_sum"), Sample(so_far, (), "_count")]
