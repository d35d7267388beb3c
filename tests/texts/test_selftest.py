"""Each finding has a sentence in both languages, and neither asks for a blank the other lacks."""

from __future__ import annotations

import dataclasses
import string

import pytest

from cardamom.texts.selftest import EN, WORDS, ZH
from cardamom.values.merchant import Language
from cardamom.values.selftest import Finding, Grade, TestPart


def blanks(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_left_without_words(language: Language) -> None:
    words = WORDS[language]
    assert set(words.findings) == set(Finding)
    assert set(words.parts) == set(TestPart)
    assert set(words.grades) == set(Grade)
    for field in dataclasses.fields(words):
        assert getattr(words, field.name), field.name


@pytest.mark.parametrize("finding", list(Finding))
def test_chinese_leaves_out_nothing_but_what_a_driver_says(finding: Finding) -> None:
    english, chinese = blanks(EN.findings[finding]), blanks(ZH.findings[finding])
    assert chinese <= english
    assert english - chinese <= {"why"}
    assert "!" not in EN.findings[finding]
    assert "！" not in ZH.findings[finding]
