"""The self-test's slip."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cardamom.receipts.escpos import encode_slip
from cardamom.receipts.letters import columns
from cardamom.receipts.lines import COLUMNS, PaperWidth, Row
from cardamom.receipts.samples import ZONE, merchant
from cardamom.receipts.selftest import lay_out_self_test
from cardamom.ui.trial_specimens import BAD, WELL
from cardamom.values.merchant import Language
from cardamom.values.selftest import SelfTestReport

AT = datetime(2025, 11, 22, 5, 37, 5, tzinfo=UTC)


def lines(language: Language, width: PaperWidth = 58, *, bad: bool = True) -> list[str]:
    report = SelfTestReport(at=AT, results=BAD if bad else WELL)
    layout = lay_out_self_test(report, merchant(language), zone=ZONE, width=width)
    assert encode_slip(layout)
    return [
        " ".join(run.text for run in line.runs) for line in layout.lines if isinstance(line, Row)
    ]


def test_english() -> None:
    assert lines(Language.EN) == [
        "Self-test",
        "Terminal no. 10203040",
        "2025-11-22 13:37:05 +08:00",
        "Journal OK",
        "a probe was committed in 4 ms,",
        "11234 MB free, the last 200",
        "events hold",
        "Clock OK",
        "2025-11-22 05:37:05 UTC,",
        "synchronised",
        "Host link Warning",
        "this terminal's certificate ends",
        "on 2025-12-09: ask for a new one",
        "and set acquirer.cert_file",
        "Keypad Failed",
        "no key of one line came (cancel",
        "clear menu enter): its wire,",
        "GPIO 21 (40)",
        "Printer Failed",
        "out of paper: put a new roll in",
        "and close the cover",
        "3 to see to",
    ]


def test_chinese() -> None:
    told = lines(Language.ZH, bad=False)
    assert told[0] == "自检"
    assert told[3:6] == ["日志 正常", "试写 4 毫秒，剩余 11234 MB，最后", "200 条记录校验一致"]
    assert told[-1] == "未发现故障"


@pytest.mark.parametrize("width", [58, 80])
@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_wider_than_the_paper(language: Language, width: PaperWidth) -> None:
    for line in lines(language, width):
        assert columns(line) <= COLUMNS[width], line
