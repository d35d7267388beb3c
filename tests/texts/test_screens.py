"""Every reason, part and screen has words in both languages, and they keep the house's rules."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Iterator

import pytest

from cardamom.texts.alarms import ALARMS
from cardamom.texts.desk import WORDS as DESK
from cardamom.texts.desk import DeskWords
from cardamom.texts.parts import part_words, remedy_words
from cardamom.texts.reasons import CODES, REASONS, reason_words
from cardamom.texts.screens import WORDS, ScreenWords
from cardamom.values.alarms import Cause
from cardamom.values.events import Reason
from cardamom.values.health import Condition, Part
from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language
from cardamom.values.operations import Operation
from cardamom.values.screens import SettleRefusal, SettleStep
from cardamom.values.states import OWES, WAITS_FOR_SUPERVISOR

ZH, EN = Language.ZH, Language.EN

STANDARD = {
    # EMV 4.4 Book 4, 11.2: identifier to the field that shows it, Chinese wording
    "03": ("approved", "交易成功"),
    "07": ("declined", "交易拒绝"),
    "08": ("enter_amount", "请输入金额"),
    "09": ("enter_pin", "请输入密码"),
    "0E": ("please_wait", "请稍候"),
    "10": ("remove_card", "请拔卡"),
    "14": ("welcome", "欢迎"),
    "16": ("processing", "处理中"),
    "1B": ("authorising", "授权中"),
}
STANDARD_REASONS = {
    "04": (Reason.REFERRAL, "请与发卡行联系", "Call your bank"),
    "06": (Reason.CARD_ERROR, "卡错误", "Card error"),
    "0C": (Reason.NOT_ACCEPTED, "不接受此卡", "Not accepted"),
    "0F": (Reason.FAULT, "处理错误", "Processing error"),
}


def texts(words: ScreenWords | DeskWords) -> Iterator[tuple[str, str]]:
    for field in dataclasses.fields(words):
        value = getattr(words, field.name)
        if isinstance(value, dict):
            yield from ((f"{field.name}.{key}", text) for key, text in value.items())
        else:
            yield field.name, value


@pytest.mark.parametrize("both", [WORDS, DESK], ids=["screens", "desk"])
def test_both_languages_say_the_same_things_with_the_same_blanks(
    both: dict[Language, ScreenWords] | dict[Language, DeskWords],
) -> None:
    chinese, english = dict(texts(both[ZH])), dict(texts(both[EN]))
    assert chinese.keys() == english.keys()
    for name, text in chinese.items():
        assert text, name
        assert english[name], name
        if name != "waited":  # only English names the limit
            assert blanks(text) == blanks(english[name]), name


def blanks(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("language", list(Language))
def test_no_exclamation_and_nothing_that_offers_to_charge_again(language: Language) -> None:
    for name, text in (*texts(WORDS[language]), *texts(DESK[language])):
        assert "!" not in text, name
        assert "！" not in text, name
        assert not any(word in text.lower() for word in ("certified", "bank-grade", "pci")), name


def test_standard_messages_are_word_for_word() -> None:
    for name, chinese in STANDARD.values():
        assert getattr(WORDS[ZH], name) == chinese
    assert WORDS[ZH].present["insert"] == "请插卡"
    assert WORDS[ZH].present["swipe"] == "请刷卡"
    assert WORDS[ZH].present["tap"] == "请挥卡"
    for reason, chinese, english in STANDARD_REASONS.values():
        assert REASONS[reason] == {ZH: chinese, EN: english}
    assert reason_words(Reason.HOST_DECLINED, "55", ZH) == "密码错误"


def test_every_reason_has_words() -> None:
    for reason in Reason:
        for language in Language:
            assert reason_words(reason, None, language)


def test_all_kinds_operations_steps_and_states_have_words() -> None:
    for language in Language:
        words, desk = WORDS[language], DESK[language]
        for of_kind in (words.kinds, words.done, words.not_taken, words.do_not_charge, words.act):
            assert set(of_kind) == set(Kind)
        assert words.done[Kind.SALE] == words.approved
        assert set(desk.operations) == set(Operation)
        assert set(desk.steps) == set(desk.doing) == set(SettleStep)
        assert set(desk.why_not) == set(desk.then) == set(SettleRefusal)
        assert set(desk.states) == OWES.keys() | WAITS_FOR_SUPERVISOR


def test_every_alarm_says_what_is_wrong_and_what_to_do() -> None:
    for language in Language:
        assert set(ALARMS[language]) == set(Cause)
        for words in ALARMS[language].values():
            assert words.what
            assert words.short
            assert 1 <= len(words.do) <= 2


def test_headlines_are_short() -> None:
    for reason in Reason:
        if reason is not Reason.REFERRAL:  # its wording is the standard's
            assert len(REASONS[reason][ZH]) <= 6
        assert len(REASONS[reason][EN]) <= 20
    for words, most in ((WORDS[ZH], 6), (WORDS[EN], 20)):
        for name in ("approved", "declined", "unknown", "not_ready", "remove_card", "authorising"):
            assert len(getattr(words, name)) <= most


def test_the_issuers_code_speaks_only_where_the_issuer_declined() -> None:
    assert reason_words(Reason.HOST_DECLINED, "51", EN) == "Insufficient funds"
    assert reason_words(Reason.HOST_DECLINED, "ZZ", EN) == "Refused by bank"
    assert reason_words(Reason.CARD_DECLINED, "00", ZH) == "卡片拒绝"


def test_a_lost_or_stolen_card_is_not_named_so() -> None:
    for code in ("04", "07", "34", "41", "43", "59"):
        assert CODES[code] == REASONS[Reason.REFERRAL]


def test_every_part_and_condition_has_words() -> None:
    for part in Part:
        for language in Language:
            assert part_words(part, language)
            for condition in Condition:
                assert remedy_words(part, condition, language)


def test_a_fault_names_a_hand_movement() -> None:
    well = {remedy_words(Part.HOST, Condition.OK, language) for language in Language}
    for part in Part:
        for condition in (Condition.ABSENT, Condition.FAULT):
            assert remedy_words(part, condition, ZH) not in well
            assert remedy_words(part, condition, ZH)[0] in "查重关"
