"""The self-test's screens: no finding is cut at an edge, and a sentence wraps without a loss."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cardamom.texts.selftest import EN, WORDS
from cardamom.ui.canvas import Canvas
from cardamom.ui.gallery import SIZES
from cardamom.ui.lettering import Weight
from cardamom.ui.render import render
from cardamom.ui.scenes.selftest import BARS, wrapped
from cardamom.ui.specimen import DEMO
from cardamom.ui.tokens import TOKENS
from cardamom.values.keys import Key
from cardamom.values.merchant import Language
from cardamom.values.screens import Screen
from cardamom.values.selftest import Finding, Grade, Result, TestPart
from cardamom.values.trial_screens import (
    LightsAsked,
    SelfTesting,
    SelfTestShown,
    TestKeys,
    TestPattern,
)

LONGEST = {"where": "SCK GPIO 11 (23), SDI GPIO 10 (19), CS GPIO 8 (24), D/C GPIO 24 (18)"}


def filled(finding: Finding, grade: Grade) -> Result:
    """With blanks as long as they come."""
    names = {name for _, name, _, _ in string.Formatter().parse(EN.findings[finding]) if name}
    fill = {name: LONGEST.get(name, "pcsc-reader-of-a-very-long-name-00-00") for name in names}
    return Result(part=TestPart.CONTACTLESS, grade=grade, finding=finding, fill=fill)


def edges_are_ground(image: Image.Image, top: int, bottom: int) -> bool:
    strips = (
        image.crop((0, top, 3, bottom)),
        image.crop((image.width - 3, top, image.width, bottom)),
    )
    return all(len(strip.getcolors(1 << 16) or ()) == 1 for strip in strips)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", list(Language))
def test_no_screen_touches_an_edge(size: tuple[int, int], language: Language) -> None:
    scale = size[1] / 240
    inside = (round(30 * scale), round(200 * scale))
    shown: list[Screen] = [
        *(SelfTestShown((filled(finding, grade),)) for finding in Finding for grade in Grade),
        *(SelfTesting(part, 11, 12) for part in TestPart),
        TestKeys(frozenset(Key)),
        LightsAsked(),
        SelfTestShown(()),
    ]
    for screen in shown:
        image = render(screen, DEMO, language, size)
        top = round(42 * scale) if isinstance(screen, LightsAsked) else inside[0]
        assert edges_are_ground(image, top, inside[1]), screen


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_has_each_colour_and_black_to_white(size: tuple[int, int]) -> None:
    image = render(TestPattern(), DEMO, Language.EN, size)
    step = size[0] / len(BARS)
    bar = round(60 * size[1] / 240)
    seen = [image.getpixel((round((n + 0.5) * step), bar)) for n in range(len(BARS))]
    assert seen == [tuple(bytes.fromhex(colour[1:])) for colour in BARS]
    grey = round(120 * size[1] / 240)
    levels = [image.getpixel((round((n + 0.5) * step), grey)) for n in range(8)]
    assert levels == [(v, v, v) for v in (0, 36, 73, 109, 146, 182, 219, 255)]


@pytest.mark.parametrize("language", list(Language))
def test_the_question_is_answered_with_two_keys(language: Language) -> None:
    asked = render(TestPattern(asked=True), DEMO, language, SIZES[0])
    shown = render(TestPattern(), DEMO, language, SIZES[0])
    assert asked.tobytes() != shown.tobytes()
    assert WORDS[language].yes != WORDS[language].no


@given(st.text(st.sampled_from("abc ()12,:试写毫秒，：Wm"), max_size=80), st.integers(60, 300))
def test_wrapping_loses_nothing_and_fits(text: str, room: int) -> None:
    canvas = Canvas(SIZES[0])
    size = TOKENS.type.caption
    lines = wrapped(canvas, text, size, room)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert canvas.text_width(line, size, Weight.MEDIUM) <= room
