"""The page of alarms: each of them, worst first, with the limits that the code has."""

from __future__ import annotations

import re

from cardamom.duties.alarms import OWED_LONG
from cardamom.duties.upkeep import (
    COOL_C,
    DISK_LOW,
    DISK_WELL,
    HOT_C,
    MB,
    MONTH,
    WEEK,
    WORN_FILLINGS,
    WORN_PERCENT,
)
from cardamom.store.journal import LOW_SPACE_BYTES
from cardamom.values.alarms import BLOCKING, FEW_KEYS, Cause
from support.repo import ROOT

PAGE = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
ROWS = {
    name: tuple(cell.strip() for cell in rest.split("|"))
    for name, rest in re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE, re.MULTILINE)
}


def test_every_alarm_is_on_the_page_worst_first() -> None:
    assert list(ROWS) == [cause.value for cause in Cause]


def test_the_page_says_which_stop_payments() -> None:
    assert {name for name, row in ROWS.items() if row[1] == "none"} == set(BLOCKING)


def test_the_page_has_the_limits_of_the_code() -> None:
    assert f"{DISK_LOW // MB} MB" in ROWS["disk"][0]
    assert f"{DISK_WELL // MB} MB" in ROWS["disk"][0]
    assert f"{LOW_SPACE_BYTES >> 20} MB" in ROWS["disk_full"][0]
    assert f"{HOT_C:g} °C" in ROWS["hot"][0]
    assert f"{COOL_C:g} °C" in ROWS["hot"][0]
    assert f"{WORN_PERCENT} %" in ROWS["disk_worn"][0]
    assert f"{WORN_FILLINGS} times" in ROWS["disk_worn"][0]
    assert f"{OWED_LONG.total_seconds() / 3600:g} hours" in ROWS["owed_long"][0]
    assert f"fewer than {FEW_KEYS} " in ROWS["keys_few"][0]
    assert f"{MONTH.days} days" in ROWS["authority_ends"][0]
    assert f"{MONTH.days} days" in ROWS["card_keys_end"][0]
    assert f"{WEEK.days} days" in ROWS["certificate_week"][0]
    assert f"{MONTH.days} days" in ROWS["certificate_month"][0]
