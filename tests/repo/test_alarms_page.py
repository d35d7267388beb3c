"""The page of alarms: each of them, worst first, with the limits that the code has."""

from __future__ import annotations

import re

from cardamom.duties.upkeep import COOL_C, DISK_LOW, DISK_WELL, HOT_C, MB, MONTH, WEEK
from cardamom.values.alarms import BLOCKING, Cause
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
    assert f"{HOT_C:g} °C" in ROWS["hot"][0]
    assert f"{COOL_C:g} °C" in ROWS["hot"][0]
    assert f"{WEEK.days} days" in ROWS["certificate_week"][0]
    assert f"{MONTH.days} days" in ROWS["certificate_month"][0]
