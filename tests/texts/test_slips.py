"""Words of the slips: both languages have all of them."""

from __future__ import annotations

import msgspec
import pytest

from cardamom.texts.slips import WORDS
from cardamom.values.events import CvmUsed, Entry
from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language


@pytest.mark.parametrize("language", list(Language))
def test_each_word_is_there(language: Language) -> None:
    words = WORDS[language]
    for name, text in msgspec.structs.asdict(words).items():
        values = text.values() if isinstance(text, dict) else [text]
        assert all(isinstance(v, str) and v for v in values), name
    assert set(words.kinds) == set(words.kinds_plain) == set(words.kinds_not_taken) == set(Kind)
    assert set(words.entries) == set(Entry)
    assert set(words.cvms) == set(CvmUsed)


def test_words_of_the_standard_messages() -> None:
    zh, en = WORDS[Language.ZH], WORDS[Language.EN]
    assert (zh.approved, en.approved) == ("交易成功", "APPROVED")
    assert zh.declined.endswith("交易拒绝")
    assert "结果未知" in zh.unknown
    assert zh.copies["customer"] == "持卡人存根 CARDHOLDER COPY"
