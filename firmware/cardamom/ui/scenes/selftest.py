"""The self-test: what is being tried, the test picture, the keys, and what came of it."""

from __future__ import annotations

from typing import Final

from cardamom.texts.selftest import WORDS, SelfTestWords, sentence
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import C, Cap, G, Hint, Keys, Look, T, cancel, enter, lights
from cardamom.ui.lettering import Weight
from cardamom.ui.scenes.desk import heading
from cardamom.values.keys import GRID, Key
from cardamom.values.selftest import Grade
from cardamom.values.trial_screens import (
    LightsAsked,
    SelfTesting,
    SelfTestShown,
    TestKeys,
    TestPattern,
)

BARS: Final = (
    "#FF0000",
    "#00FF00",
    "#0000FF",
    "#FFFFFF",
    "#FFFF00",
    "#00FFFF",
    "#FF00FF",
    "#000000",
)
GREYS: Final = 8
ROWS: Final = 3
ROW_H: Final = 24
SENTENCE_LINES: Final = 3
FACES: Final = {Key.CANCEL: "×", Key.CLEAR: "C", Key.MENU: "F", Key.ENTER: "OK"}
MARKS: Final = {
    Grade.OK: ("disc_tick", C.ok),
    Grade.WARNING: ("diamond_turn", C.ink),
    Grade.FAILED: ("octagon_cross", C.no),
    Grade.NOT_TRIED: ("ring_bar", C.ink2),
}


def _words(look: Look) -> SelfTestWords:
    return WORDS[look.language]


def testing(c: Canvas, s: SelfTesting, look: Look) -> Keys:
    """The part's name and how far it is."""
    w = _words(look)
    heading(c, w.title, f"{s.done + 1}/{s.of}")
    c.text(c.middle, 92, w.testing, T.body, C.ink2, weight=Weight.MEDIUM, anchor="middle")
    name = w.parts[s.part]
    c.text(c.middle, 126, name, c.fit(name, c.width - 2 * G.margin, 30), anchor="middle")
    left, right = G.margin, c.width - G.margin
    c.field((left, 164, right, 178), C.white, C.ink2, 1.4, 3)
    if s.done:
        c.box((left + 3, 167, left + 3 + (right - left - 6) * s.done / s.of, 175), C.act)
    return Keys()


def pattern(c: Canvas, s: TestPattern, look: Look) -> Keys:
    """Bars of the primary colours, greys, a thin frame down to the edges."""
    w = _words(look)
    wide = c.width / len(BARS)
    for n, colour in enumerate(BARS):
        c.box((n * wide, 24, (n + 1) * wide, 104), colour)
    step = c.width / GREYS
    for n in range(GREYS):
        level = round(255 * n / (GREYS - 1))
        c.box((n * step, 104, (n + 1) * step, 136), f"#{level:02X}{level:02X}{level:02X}")
    edge = c.px(1)
    wide_px, high_px = c.image.size
    top = c.px(24)
    for box in (
        (0, top, wide_px, top + edge),
        (0, top, edge, high_px),
        (wide_px - edge, top, wide_px, high_px),
    ):
        c.image.paste(C.ink, box)
    if not s.asked:
        return Keys()
    c.text(c.middle, 158, w.pattern_right, T.row, anchor="middle")
    hint = c.fit(w.pattern_hint, c.width - 2 * G.margin, T.note, Weight.MEDIUM)
    c.text(c.middle, 184, w.pattern_hint, hint, C.ink2, weight=Weight.MEDIUM, anchor="middle")
    return _question(w)


def _question(w: SelfTestWords) -> Keys:
    return Keys(left=cancel(w.no), right=enter(w.yes))


def keys(c: Canvas, s: TestKeys, look: Look) -> Keys:
    """The sixteen keys; those that came are filled."""
    w = _words(look)
    heading(c, w.press_each, w.keys_left.format(n=16 - len(s.came)))
    wide, high = (c.width - 2 * G.margin) / 4, 33.0
    for row, line in enumerate(GRID):
        for column, key in enumerate(line):
            x, y = G.margin + column * wide, 62 + row * high
            at = (x + 2, y + 2, x + wide - 2, y + high - 2)
            came = key in s.came
            if came:
                c.box(at, C.ok, G.radius_row)
            else:
                c.field(at, C.white, C.line, 1.4, G.radius_row)
            centre = ((at[0] + at[2]) / 2, (at[1] + at[3]) / 2)
            ink = C.white if came else C.ink
            if key in (Key.UP, Key.DOWN):
                icon = Cap.UP if key is Key.UP else Cap.DOWN
                c.icon(icon, centre[0] - 11, centre[1] - 11, 22, ink)
            else:
                c.text(*centre, FACES.get(key, key.value), T.body, ink, anchor="middle")
    return Keys()


def lights_asked(c: Canvas, s: LightsAsked, look: Look) -> Keys:
    """What is to be seen and heard."""
    w = _words(look)
    lights(c, (0, 1, 2, 3))
    size = c.fit(w.lights_right, c.width - 2 * G.margin, T.headline_s)
    c.text(c.middle, 112, w.lights_right, size, anchor="middle")
    size = c.fit(w.lights_hint, c.width - 2 * G.margin, T.note, Weight.MEDIUM)
    c.text(c.middle, 150, w.lights_hint, size, C.ink2, weight=Weight.MEDIUM, anchor="middle")
    return _question(w) if s.asked else Keys()


def shown(c: Canvas, s: SelfTestShown, look: Look) -> Keys:
    """Three rows a page, and below them the selected one's sentence."""
    w = _words(look)
    bad = sum(r.grade in (Grade.FAILED, Grade.WARNING) for r in s.results)
    heading(c, w.title, w.not_well.format(n=bad) if bad else w.well)
    first = s.selected - s.selected % ROWS
    for row, result in enumerate(s.results[first : first + ROWS]):
        centre = 70.0 + row * ROW_H
        chosen = first + row == s.selected
        if chosen:
            c.box((8, centre - ROW_H / 2, c.width - 8, centre + ROW_H / 2), C.act, G.radius_row)
        icon, colour = MARKS[result.grade]
        c.icon(icon, 16, centre - 9, 18, C.white if chosen else colour)
        ink = C.white if chosen else C.ink
        c.text(42, centre, w.parts[result.part], T.note, ink)
        right = c.width - G.text_inset
        c.text(right, centre, w.grades[result.grade], T.note, ink, anchor="right")
    if s.results:
        _sentence(c, sentence(s.results[s.selected], look.language))
    return Keys(middle=Hint("", (Cap.UP, Cap.DOWN)), right=enter(look.words.key_done))


def _sentence(c: Canvas, text: str) -> None:
    room = c.width - 2 * G.text_inset
    lines = wrapped(c, text, T.caption, room)
    if len(lines) > SENTENCE_LINES:
        lines = [*lines[: SENTENCE_LINES - 1], _cut(c, lines[SENTENCE_LINES - 1], room)]
    for n, line in enumerate(lines):
        c.text(G.text_inset, 146 + n * 18.5, line, T.caption, weight=Weight.MEDIUM)


def _cut(c: Canvas, line: str, room: float) -> str:
    """With the sign that there is more: the slip and the command have all of it."""
    while line and c.text_width(line + "…", T.caption, Weight.MEDIUM) > room:
        line = line[:-1]
    return line.rstrip() + "…"


def wrapped(c: Canvas, text: str, size: float, room: float) -> list[str]:
    """Lines that fit: between words, and between any two characters of Chinese."""
    lines, line = [], ""
    for piece in _pieces(text):
        longer = line + piece
        if line and c.text_width(longer.rstrip(), size, Weight.MEDIUM) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line = longer
        while c.text_width(line.rstrip(), size, Weight.MEDIUM) > room and len(line) > 1:
            fits = len(line) - 1
            while fits > 1 and c.text_width(line[:fits], size, Weight.MEDIUM) > room:
                fits -= 1
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """Words with the blank after them; Chinese character by character."""
    pieces, word = [], ""
    for letter in text:
        if letter == " ":
            pieces.append(word + letter)
            word = ""
        elif ord(letter) > 0x2E7F:
            if word:
                pieces.append(word)
            pieces.append(letter)
            word = ""
        else:
            word += letter
    return [*pieces, word] if word else pieces
