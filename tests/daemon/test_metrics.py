"""What the board's sensors say, as the fleet's Prometheus reads it."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from cardamom.daemon.metrics import board_families
from cardamom.values.board import BoardReading
from cardamom.values.metrics import text_of


def numbers(reading: BoardReading) -> dict[str, float]:
    families = text_string_to_metric_families(text_of(board_families(reading)))
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_a_disk_that_tells_its_wear() -> None:
    told = numbers(BoardReading(wear_percent=80, spare=2, fillings=12.5))
    assert told == {
        "cardamom_disk_life_used_ratio": 0.8,
        "cardamom_disk_spare_level": 2,
        "cardamom_disk_fillings": 12.5,
    }


def test_what_a_card_does_not_tell_is_no_zero() -> None:
    assert numbers(BoardReading()) == {}
