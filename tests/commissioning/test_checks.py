"""Each answer that will do, and what is said of one that will not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.commissioning.components import PERSONS
from cardamom.commissioning.steps import ALLOWED, STEPS, asked, refusal
from cardamom.texts.commissioning import WORDS
from cardamom.texts.key_entry import KEY_WORDS
from cardamom.values.commissioning import KeyField, KeyRefusal, Refusal, Step

NET = {"address": "192.0.2.20/24"}
GOOD = {
    Step.TIMEZONE: ["Asia/Shanghai", "UTC"],
    Step.WIFI_COUNTRY: ["CN"],
    Step.WIFI_NAME: ["a", "店 5G", "x" * 32],
    Step.WIFI_PASSWORD: ["", "12345678", "p" * 63],
    Step.ADDRESS: ["192.0.2.20/24", "10.0.0.1/8"],
    Step.GATEWAY: ["192.0.2.1"],
    Step.DNS: ["192.0.2.1", "192.0.2.1, 198.51.100.1"],
    Step.HOST: ["acquirer.example", "a", "192.0.2.9", "2001:db8::1"],
    Step.PORT: ["1", "65535"],
    Step.MERCHANT: ["898310058120001"],
    Step.TERMINAL: ["1020304A"],
    Step.PASSCODE: ["195732", "195732195732"],
}
BAD = {
    Step.LANGUAGE: [("de", Refusal.CHOICE), ("", Refusal.EMPTY)],
    Step.TIMEZONE: [("Asia/Nowhere", Refusal.TIMEZONE), ("../etc/passwd", Refusal.TIMEZONE)],
    Step.WIFI_COUNTRY: [("cn", Refusal.COUNTRY), ("CHN", Refusal.COUNTRY)],
    Step.WIFI_NAME: [("店" * 11, Refusal.WIFI_NAME), ("a\nb", Refusal.WIFI_NAME)],
    Step.WIFI_PASSWORD: [
        ("1234567", Refusal.WIFI_PASSWORD),
        ("密码密码密码密码", Refusal.WIFI_PASSWORD),
    ],
    Step.ADDRESS: [
        ("192.0.2.20", Refusal.ADDRESS),
        ("192.0.2.255/24", Refusal.ADDRESS),
        ("192.0.2.0/24", Refusal.ADDRESS),
        ("192.0.2.20/31", Refusal.ADDRESS),
        ("192.0.2.20/255.255.255.0", Refusal.ADDRESS),
    ],
    Step.GATEWAY: [("198.51.100.1", Refusal.GATEWAY), ("192.0.2.20", Refusal.GATEWAY)],
    Step.DNS: [("a", Refusal.DNS), ("192.0.2.1,192.0.2.2,192.0.2.3", Refusal.DNS)],
    Step.HOST: [
        ("-a.example", Refusal.HOST),
        ("192.0.2.300", Refusal.HOST),
        ("a b", Refusal.HOST),
        ("fe80::1%\n accept", Refusal.HOST),
    ],
    Step.PORT: [("0", Refusal.PORT), ("65536", Refusal.PORT), ("٣", Refusal.PORT)],
    Step.MERCHANT: [("89831005812000", Refusal.MERCHANT)],
    Step.TERMINAL: [("1020304", Refusal.TERMINAL)],
    Step.PASSCODE: [
        ("12345", Refusal.PASSCODE),
        ("123456", Refusal.PASSCODE_SIMPLE),
        ("112211", Refusal.PASSCODE_SIMPLE),
        ("246810", Refusal.PASSCODE_SIMPLE),
    ],
}


@pytest.mark.parametrize(("step", "answer"), [(s, a) for s, all_ in GOOD.items() for a in all_])
def test_what_will_do(step: Step, answer: str) -> None:
    assert refusal(step, answer, NET) is None


@pytest.mark.parametrize(
    ("step", "answer", "why"), [(s, a, w) for s, all_ in BAD.items() for a, w in all_]
)
def test_what_will_not(step: Step, answer: str, why: Refusal) -> None:
    assert refusal(step, answer, NET) is why


@given(st.sampled_from(list(Step)), st.text(max_size=70))
def test_any_text_is_taken_or_refused(step: Step, answer: str) -> None:
    assert refusal(step, answer, {}) in (None, *Refusal)


def test_only_what_the_network_needs_is_asked() -> None:
    def net(**answers: str) -> list[str]:
        return [step.value for step in asked(answers)][3:-9]

    assert net(network="keep") == []
    assert net(network="ethernet", addressing="dhcp") == ["addressing"]
    assert net(network="wifi", addressing="static") == [
        "wifi_country",
        "wifi_name",
        "wifi_password",
        "addressing",
        "address",
        "gateway",
        "dns",
    ]


def test_each_question_has_its_words() -> None:
    for words in WORDS.values():
        assert set(words.steps) == set(Step)
        assert set(words.refusals) == set(Refusal)
        typed = {step for step, rule in STEPS.items() if not rule.choices}
        assert set(words.hints) == typed == set(ALLOWED)
        named = {c for s, r in STEPS.items() for c in r.choices if s is not Step.PROFILE}
        assert named | set(PERSONS) == set(words.choices)
    for told in KEY_WORDS.values():
        assert set(told.hints) == set(KeyField)
        assert set(told.refusals) == set(KeyRefusal)
