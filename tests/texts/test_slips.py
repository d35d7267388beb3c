"""Words of the slips: both languages have all of them."""

from __future__ import annotations

import msgspec
import pytest

from cardamom.texts.reports import WORDS as REPORT_WORDS
from cardamom.texts.reports import item_words
from cardamom.texts.slips import WORDS
from cardamom.values.events import CvmUsed, Entry
from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language
from cardamom.values.report import ReportKind
from cardamom.values.states import UNSETTLED, WAITS_FOR_SUPERVISOR, State


@pytest.mark.parametrize("language", list(Language))
def test_each_word_is_there(language: Language) -> None:
    words = WORDS[language]
    for name, text in msgspec.structs.asdict(words).items():
        values = text.values() if isinstance(text, dict) else [text]
        assert all(isinstance(v, str) and v for v in values), name
    assert set(words.kinds) == set(words.kinds_plain) == set(words.kinds_not_taken) == set(Kind)
    assert set(words.not_taken) == set(words.do_not_charge) == set(Kind)
    assert set(words.effect) == set(Kind) - {Kind.SALE}
    assert set(words.entries) == set(Entry)
    assert set(words.cvms) == set(CvmUsed)


def test_words_of_the_standard_messages() -> None:
    zh, en = WORDS[Language.ZH], WORDS[Language.EN]
    assert (zh.approved, en.approved) == ("交易成功", "APPROVED")
    assert zh.declined.endswith("交易拒绝")
    assert "结果未知" in zh.unknown
    assert zh.copies["customer"] == "持卡人存根 CARDHOLDER COPY"


@pytest.mark.parametrize("language", list(Language))
def test_each_word_of_the_reports_is_there(language: Language) -> None:
    words = REPORT_WORDS[language]
    assert set(words.title) == set(words.below) == set(ReportKind)
    for state in UNSETTLED | WAITS_FOR_SUPERVISOR | {State.OFFLINE_APPROVED, State.CLOSED}:
        assert item_words(state, language)
