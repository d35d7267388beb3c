"""How long the modelled line and radio take, against figures worked out by hand."""

from __future__ import annotations

import time

import pytest

from cardamom.simulator.pn532.times import Pace, Share, Slow
from cardamom.values.contactless import Tech


@pytest.mark.parametrize(("baud", "us"), [(115200, 2604), (460800, 651), (921600, 326)])
def test_thirty_bytes_on_the_line(baud: int, us: int) -> None:
    """10 bits a byte."""
    pace = Pace()
    pace.line(30, baud)
    assert pace.spent[Share.LINE] == us


@pytest.mark.parametrize(
    ("tech", "speed", "us"),
    [
        (Tech.A, 0, 869),  # start, 9 x 10 bits, end: 92 x 128 / 13.56
        (Tech.A, 1, 435),
        (Tech.A, 2, 218),
        (Tech.B, 0, 1162),  # SOF, 10 x 10 bits, EOF: 123 x 128 / 13.56
    ],
)
def test_eight_bytes_and_crc_on_the_radio(tech: Tech, speed: int, us: int) -> None:
    pace = Pace()
    pace.air(tech, 8, speed)
    assert pace.spent[Share.RADIO] == us


def test_the_card_answers_no_sooner_than_it_may() -> None:
    """ISO/IEC 14443-3, 6.2.1.1: 1236 / fc after a last bit of 1."""
    pace = Pace()
    pace.turn(Tech.A)
    assert pace.spent[Share.RADIO] == 92


def test_what_is_not_switched_on_is_counted_and_not_waited_for() -> None:
    pace = Pace(Slow())
    pace.begin()
    for _ in range(1000):
        pace.line(265, 9600)
        pace.catch_up()
    assert pace.spent[Share.LINE] == 1000 * 276042


def test_what_was_late_before_a_measurement_takes_nothing_off_it() -> None:
    pace = Pace(Slow(line=True))
    pace.begin()
    time.sleep(0.02)
    pace.catch_up()
    pace.start_anew()
    began = time.perf_counter()
    pace.begin()
    pace.spend(Share.LINE, 10_000)
    pace.catch_up()
    assert time.perf_counter() - began >= 0.01
