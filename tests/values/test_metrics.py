"""The metrics' text format, read back by Prometheus' own Python parser."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from cardamom.daemon.metrics import FINAL
from cardamom.values.metrics import Family, Histogram, Kind, Sample, text_of
from cardamom.values.states import State


def read(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@given(
    value=st.floats(allow_nan=False),
    label=st.text(),
    told=st.text(min_size=1),
)
def test_any_value_label_and_help_comes_back(value: float, label: str, told: str) -> None:
    text = text_of([Family("cardamom_x", Kind.GAUGE, told, [Sample(value, (("a", label),))])])
    assert read(text) == {("cardamom_x", (("a", label),)): value}


def test_a_family_without_samples_is_left_out() -> None:
    assert text_of([Family("cardamom_x", Kind.GAUGE, "x", [])]) == ""


def test_a_time_keeps_its_digits() -> None:
    text = text_of([Family("cardamom_x", Kind.GAUGE, "x", [Sample(1_795_000_000.0)])])
    assert text.splitlines()[-1] == "cardamom_x 1795000000"


def test_a_histogram_is_cumulated() -> None:
    histogram = Histogram((0.5, 1))
    for value in (0.2, 0.5, 0.7, 9):
        histogram.observe(value)
    text = text_of([Family("cardamom_s", Kind.HISTOGRAM, "s", histogram.samples())])
    assert read(text) == {
        ("cardamom_s_bucket", (("le", "0.5"),)): 2,
        ("cardamom_s_bucket", (("le", "1"),)): 3,
        ("cardamom_s_bucket", (("le", "+Inf"),)): 4,
        ("cardamom_s_sum", ()): 10.4,
        ("cardamom_s_count", ()): 4,
    }


def test_what_is_counted_never_becomes_less() -> None:
    """The states that the counter has are those that no transaction leaves."""
    assert {
        State.WITHDRAWN,
        State.APPROVED,
        State.DECLINED,
        State.REVERSED,
        State.CLOSED,
        State.ADVISED,
    } == FINAL
