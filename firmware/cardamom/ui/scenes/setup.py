"""Setting the terminal up: a choice, a field with letters, what is wrong, all of it, done."""

from __future__ import annotations

from typing import Final

from cardamom.texts.commissioning import WORDS, SetupWords, answer_words
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import (
    ICON,
    C,
    Cap,
    G,
    Hint,
    Keys,
    Look,
    T,
    cancel,
    enter,
    hairline,
    menu,
    words_block,
)
from cardamom.ui.lettering import Weight
from cardamom.ui.motion import caret_on
from cardamom.ui.scenes.desk import heading, page_of, rows_of
from cardamom.ui.scenes.key_entry import key_part, key_text, key_whole
from cardamom.values.commissioning import Letters, Step
from cardamom.values.setup_screens import (
    SetupChoice,
    SetupDone,
    SetupKeyPart,
    SetupKeyText,
    SetupKeyWhole,
    SetupScreen,
    SetupSummary,
    SetupText,
    SetupTrouble,
    SetupWorking,
)

FIELD: Final = (92, 140)
LINE: Final = 20.0
MARKS: Final = ". / , : -"
"""Up, among digits."""
LETTERED: Final = frozenset(Step) - {Step.PORT, Step.PASSCODE}
"""Where F changes the letters."""


def paint(c: Canvas, screen: SetupScreen, look: Look) -> Keys:
    """The scene of any of them."""
    match screen:
        case SetupChoice():
            return _choice(c, screen, look)
        case SetupText():
            return _text(c, screen, look)
        case SetupWorking():
            return _working(c, screen, look)
        case SetupTrouble():
            return _trouble(c, screen, look)
        case SetupSummary():
            return _summary(c, screen, look)
        case SetupDone():
            return _done(c, screen, look)
        case SetupKeyText():
            return key_text(c, screen, look, _words(look).letters)
        case SetupKeyPart():
            return key_part(c, screen, look)
        case SetupKeyWhole():
            return key_whole(c, screen, look)


def _words(look: Look) -> SetupWords:
    return WORDS[look.language]


def _choice(c: Canvas, s: SetupChoice, look: Look) -> Keys:
    heading(c, _words(look).steps[s.step], f"{s.number}/{s.of}")
    options = [(answer_words(s.step, option, look.language), "") for option in s.options]
    turn = rows_of(c, options, s.selected)
    return Keys(cancel(look.words.key_back), turn, enter(look.words.key_select))


def _text(c: Canvas, s: SetupText, look: Look) -> Keys:
    w = _words(look)
    heading(c, w.steps[s.step], f"{s.number}/{s.of}")
    right = c.width - G.margin
    refused = s.refused is not None
    c.field((G.margin, FIELD[0], right, FIELD[1]), C.white, C.act, 4 if refused else G.outline)
    size = 22.0
    room = right - G.margin - 30
    shown = s.typed
    while shown and c.text_width(shown, size) > room:
        shown = shown[1:]
    if len(shown) < len(s.typed):
        shown = "…" + shown[1:]
    centre = (FIELD[0] + FIELD[1]) / 2
    c.text(G.margin + 10, centre, shown, size)
    end = G.margin + 12 + c.text_width(shown, size)
    if s.waiting:
        c.box((end - 14, FIELD[1] - 9, end - 2, FIELD[1] - 6), C.act)
    elif caret_on(look.tick):
        c.box((end, FIELD[0] + 9, end + 3, FIELD[1] - 9), C.act)
    c.text(G.text_inset, 72, w.again if s.again else w.hints[s.step], T.note, C.ink2)
    if s.letters is not Letters.DIGITS or s.step in LETTERED:
        c.text(right, 72, s.letters.value, T.note, C.act, anchor="right")
    if s.refused is not None:
        why = w.refusals[s.refused]
        size = c.fit(why, c.width - 2 * G.text_inset, T.body, steps=(19, 18, 17, 16))
        c.text(G.text_inset, 168, why, size, C.act)
    elif s.letters is Letters.DIGITS and s.step in LETTERED:
        c.icon(Cap.UP, G.text_inset, 158, 20, C.ink2)
        c.text(G.text_inset + 26, 168, MARKS, T.body, C.ink2, cells=True)
    middle = menu(w.letters) if s.step in LETTERED else None
    return Keys(cancel(look.words.key_back), middle, enter(look.words.key_ok))


def _working(c: Canvas, s: SetupWorking, look: Look) -> Keys:
    w = _words(look)
    heading(c, w.title)
    name = w.doing[s.doing]
    c.text(c.middle, 112, name, c.fit(name, c.width - 2 * G.margin, 28), anchor="middle")
    c.text(c.middle, 150, w.keep_power, T.body, C.ink2, weight=Weight.MEDIUM, anchor="middle")
    return Keys()


def _trouble(c: Canvas, s: SetupTrouble, look: Look) -> Keys:
    w = _words(look)
    headline, below = w.troubles[s.trouble]
    c.icon("octagon_cross", 18, 36, ICON.emblem, C.no)
    words_block(c, 110, 62, headline, T.headline_s, below)
    hairline(c, G.text_inset, c.width - G.text_inset, 122)
    for row, line in enumerate(_lines(c, s.detail, c.width - 2 * G.text_inset, 16)[:4]):
        c.text(G.text_inset, 138 + row * LINE, line, 16, C.ink, weight=Weight.MEDIUM)
    back = cancel(look.words.key_back) if s.back else None
    skip = Hint(w.skip, (Cap.DOWN,)) if s.skip else None
    return Keys(back, skip, enter(w.retry if s.back else w.go_on))


def _lines(c: Canvas, text: str, room: float, size: float) -> list[str]:
    """Broken at blanks, else wherever it must."""
    lines = [""]
    for word in text.replace("/", "/\u200b").replace(" ", " \u200b").split("\u200b"):
        piece = word
        if c.text_width(lines[-1] + piece, size, Weight.MEDIUM) > room and lines[-1]:
            lines.append("")
        while c.text_width(piece, size, Weight.MEDIUM) > room:
            fits = next(
                n
                for n in range(len(piece), 0, -1)
                if c.text_width(piece[:n], size, Weight.MEDIUM) <= room
            )
            lines[-1] = piece[:fits]
            lines.append("")
            piece = piece[fits:]
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _summary(c: Canvas, s: SetupSummary, look: Look) -> Keys:
    w = _words(look)
    heading(c, w.summary, page_of(s.selected, len(s.rows)))
    rows = [(w.steps[step], answer_words(step, value, look.language)) for step, value in s.rows]
    page = s.selected // 4 * 4
    for at, (label, value) in enumerate(rows[page : page + 4]):
        centre = 76 + at * 35.5
        if at:
            hairline(c, G.text_inset, c.width - G.text_inset, centre - 17.7)
        c.text(G.text_inset, centre, label, T.note, C.ink2, weight=Weight.MEDIUM)
        left = G.text_inset + c.text_width(label, T.note, Weight.MEDIUM) + 10
        right = c.width - G.text_inset
        size = c.fit(value, right - left, T.body, steps=(18, 17, 16))
        shown = value
        if size < 16:
            size = 16.0
            while c.text_width("…" + shown, size) > right - left:
                shown = shown[1:]
            shown = "…" + shown
        c.text(right, centre, shown, size, anchor="right")
    turn = Hint("", (Cap.UP, Cap.DOWN))
    return Keys(cancel(look.words.key_back), turn, enter(w.start))


def _done(c: Canvas, s: SetupDone, look: Look) -> Keys:
    w = _words(look)
    c.icon("disc_tick", 18, 60, ICON.emblem, C.ok)
    words_block(c, 110, 88, w.done, T.headline_s, w.done_below)
    hairline(c, G.text_inset, c.width - G.text_inset, 148)
    number = f"{w.steps[Step.TERMINAL]} {s.terminal_id}"
    c.text(c.middle, 174, number, T.body, C.ink2, weight=Weight.MEDIUM, anchor="middle")
    return Keys(right=enter(look.words.key_done))
