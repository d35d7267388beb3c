"""What frames a screen: status line, four lights, key bar; and a block that screens share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardamom.texts.screens import WORDS, ScreenWords
from cardamom.ui.canvas import HEIGHT, Canvas
from cardamom.ui.lettering import Weight
from cardamom.ui.tokens import TOKENS
from cardamom.values.merchant import Language
from cardamom.values.screens import StatusLine

C: Final = TOKENS.colour
G: Final = TOKENS.grid
T: Final = TOKENS.type
ICON: Final = TOKENS.icon


@dataclass(frozen=True, slots=True)
class Look:
    """What a screen is drawn with besides its value; `tick` is how many ticks it is old."""

    language: Language
    mode: str
    tick: int

    @property
    def words(self) -> ScreenWords:
        return WORDS[self.language]

    @property
    def training(self) -> bool:
        return self.mode == "training"


class Cap(StrEnum):
    """Keys that the bar can show."""

    CANCEL = "key_cancel"
    CLEAR = "key_clear"
    ENTER = "key_enter"
    MENU = "key_menu"
    UP = "key_up"
    DOWN = "key_down"


CAPS: Final = {
    Cap.CANCEL: (C.k_cancel, C.white),
    Cap.CLEAR: (C.k_clear, C.ink),
    Cap.ENTER: (C.k_enter, C.white),
    Cap.MENU: (C.k_fn, C.white),
    Cap.UP: (C.k_fn, C.white),
    Cap.DOWN: (C.k_fn, C.white),
}


@dataclass(frozen=True, slots=True)
class Hint:
    """One or two caps, and the word for what they do here."""

    word: str
    caps: tuple[Cap, ...]


@dataclass(frozen=True, slots=True)
class Keys:
    """The key bar; empty means that no key does anything now."""

    left: Hint | None = None
    middle: Hint | None = None
    right: Hint | None = None


def cancel(word: str) -> Hint:
    return Hint(word, (Cap.CANCEL,))


def enter(word: str) -> Hint:
    return Hint(word, (Cap.ENTER,))


def menu(word: str) -> Hint:
    return Hint(word, (Cap.MENU,))


def key_bar(c: Canvas, keys: Keys) -> None:
    top = G.content_bottom
    c.box((0, top, c.width, HEIGHT), C.surface)
    hairline(c, 0, c.width, top)
    if keys.left:
        _hint(c, keys.left, G.keybar_inset)
    if keys.middle:
        _hint(c, keys.middle, c.middle - _hint_width(c, keys.middle) / 2)
    if keys.right:
        _hint(c, keys.right, c.width - G.keybar_inset - _hint_width(c, keys.right))


def _hint_width(c: Canvas, hint: Hint) -> float:
    caps = len(hint.caps) * (G.keycap + 4) - 4
    return caps + (G.gap + c.text_width(hint.word, T.hint) if hint.word else 0)


def _hint(c: Canvas, hint: Hint, x: float) -> None:
    y = G.content_bottom + (G.keybar_h - G.keycap) / 2
    for cap in hint.caps:
        ground, mark = CAPS[cap]
        c.box((x, y, x + G.keycap, y + G.keycap), ground, G.keycap_radius)
        c.icon(cap, x, y, G.keycap, mark)
        x += G.keycap + 4
    c.text(x - 4 + G.gap, y + G.keycap / 2 + 0.4, hint.word, T.hint)


def status_line(c: Canvas, line: StatusLine, words: ScreenWords) -> None:
    """Quiet icons when well, black chips with words when not; the mark of the mode; the time, and
    before it an alarm, or how many messages the host is still to be sent. That support is logged in
    stands on the left, or before the time where the left is taken."""
    dark = c.ground in (C.ok, C.fake)
    ink = C.white if dark else C.ink if c.ground == C.unk else C.ink2
    x = 8.0
    for well, icon, word in (
        (line.link_ok, "link", words.offline),
        (line.paper_ok, "paper", words.no_paper),
    ):
        if well:
            c.icon(icon, x, 3, ICON.status, ink)
            x += ICON.status + G.gap
        else:
            x = _chip(c, x, word) + G.gap
    if line.support and line.link_ok and line.paper_ok:
        _chip(c, x, words.support_tag)
    c.text(c.width - 8, 11.8, line.clock, T.status, ink, anchor="right", cells=True)
    right = c.width - 8 - c.text_width(line.clock, T.status, cells=True) - 2 * G.gap
    if line.support and not (line.link_ok and line.paper_ok):
        _chip(c, right - c.text_width(words.support_tag, T.tag) - 10, words.support_tag)
    elif line.alarm:
        _chip(c, right - c.text_width(words.alarm_tag, T.tag) - 10, words.alarm_tag)
    elif line.owed:
        right -= c.text_width(str(line.owed), T.status, cells=True)
        c.text(right, 11.8, str(line.owed), T.status, ink, cells=True)
        c.icon("diamond_turn", right - 3 - ICON.status, 3, ICON.status, ink)
    if line.mode != "production":
        _mode(c, line.mode, words, dark=dark)


def _chip(c: Canvas, x: float, word: str) -> float:
    right = x + c.text_width(word, T.tag) + 10
    c.box((x, 3, right, 20), C.ink, 3)
    c.text(x + 5, 11.3, word, T.tag, C.white)
    return right


def _mode(c: Canvas, mode: str, words: ScreenWords, *, dark: bool) -> None:
    training = mode == "training"
    word = words.training_tag if training else words.demo_tag
    half = c.text_width(word, T.tag) / 2 + 7
    at = (c.middle - half, 2, c.middle + half, 20)
    if training:
        c.box(at, C.white, 3)
    elif dark:
        c.field((at[0] - 1, 1, at[2] + 1, 21), C.fake, C.white, 1, 4)
    else:
        c.box(at, C.fake, 3)
    c.text(c.middle, 11.3, word, T.tag, C.fake if training else C.white, anchor="middle")


def lights(c: Canvas, on: Collection[int]) -> None:
    """Four pills; those in `on` (0..3) are filled. They say what the contactless reader did."""
    c.box((0, G.lights_y, c.width, G.lights_y + G.lights_h), C.bezel)
    x = c.middle - (4 * G.light_w + 3 * G.light_gap) / 2
    y = G.lights_y + (G.lights_h - G.light_h) / 2
    for i in range(4):
        at = (x, y, x + G.light_w, y + G.light_h)
        if i in on:
            c.box(at, C.lamp, G.light_h / 2)
        else:
            c.field(at, C.bezel, C.lamp_off, 1.3, G.light_h / 2)
        x += G.light_w + G.light_gap


def hairline(c: Canvas, left: float, right: float, y: float) -> None:
    top = c.px(y)
    c.image.paste(C.line, (c.px(left), top, c.px(right), top + max(1, c.px(1))))


def words_block(
    c: Canvas, x: float, centre: float, headline: str, start: float, below: str = "",
    *, below_size: float = T.body, below_colour: str = C.ink2,
) -> None:  # fmt: skip
    """The headline, stepping down until it fits, and one thing more under it."""
    room = c.width - G.margin - x
    size = c.fit(headline, room, start)
    c.text(x, centre, headline, size)
    if below:
        small = c.fit(below, room, below_size, Weight.MEDIUM, (21, 19, 18, 17, 16))
        y = centre + 0.6 * (size + small) + 6.8
        c.text(x, y, below, small, below_colour, weight=Weight.MEDIUM)
