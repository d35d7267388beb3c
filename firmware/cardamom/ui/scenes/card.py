"""From present card to remove card: one skeleton, pictogram left, words right."""

from __future__ import annotations

from typing import Final

from cardamom.texts.reasons import reason_words
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
    lights,
    words_block,
)
from cardamom.ui.lettering import FIGURE_SPACE, Weight
from cardamom.ui.motion import lights_on, walker_at
from cardamom.values.events import Reason
from cardamom.values.screens import Authorising, ChooseApplication, PresentCard, Reading

PICTOGRAM_X: Final = 16
ROWS: Final = 3
OTHER_CARD: Final = frozenset(
    {
        Reason.CARD_BLOCKED,
        Reason.CARD_EXPIRED,
        Reason.NOT_SIGNED,
        Reason.CARD_COPIED,
        Reason.NOT_ACCEPTED,
    }
)
"""Trying the same one again leads nowhere."""


def present(c: Canvas, s: PresentCard, look: Look) -> Keys:
    """03. The first way is the message, the others stand in a row below."""
    w = look.words
    first, others = s.ways[0], s.ways[1:]
    tap = "tap" in s.ways
    if tap:
        lights(c, {0})
    c.amount(c.middle, 91 if tap else 74, s.amount, T.amount, c.width - 2 * G.margin)
    top, centre = (88, 130.7) if tap else (84 if others else 96, 118 if others else 134)
    c.icon(first, PICTOGRAM_X, top, ICON.pictogram, C.act)
    below = ""
    if s.retry:
        line = w.other_card if s.retry in OTHER_CARD else w.try_again
        below = line.format(reason=reason_words(s.retry, None, look.language))
        centre -= 12
    start = T.headline_s if tap and s.retry else T.headline
    words_block(c, 114 if tap else 116, centre, w.present[first], start, below)
    if others:
        _ways(c, others, look)
    return Keys(left=cancel(w.key_cancel))


def _ways(c: Canvas, ways: tuple[str, ...], look: Look) -> None:
    left, right = float(G.text_inset), c.width - G.text_inset
    hairline(c, left, right, 165.5)
    widths = [ICON.small + G.gap + c.text_width(look.words.way[way], T.body) for way in ways]
    spare = right - left - sum(widths)
    gap = spare / (len(ways) - 1) if len(ways) > 1 else 0
    x = left if len(ways) > 1 else c.middle - widths[0] / 2
    for way, long in zip(ways, widths, strict=True):
        c.icon(way, x, 184 - ICON.small / 2, ICON.small, C.ink)
        c.text(x + ICON.small + G.gap, 184, look.words.way[way], T.body, weight=Weight.MEDIUM)
        x += long + gap


def reading(c: Canvas, s: Reading, look: Look) -> Keys:
    """04. A chip stays in the slot, a tapped card stays above the reader."""
    w = look.words
    if s.contact:
        c.amount(c.middle, 74, s.amount, T.amount, c.width - 2 * G.margin)
        c.icon("seated", 26, 96, ICON.pictogram, C.act)
        words_block(c, G.column_text_x, 122, w.processing, T.reading, w.leave_card)
    else:
        lights(c, range(lights_on(look.tick)))
        c.amount(c.middle, 91, s.amount, T.amount, c.width - 2 * G.margin)
        c.icon("hold", PICTOGRAM_X, 104, ICON.pictogram, C.act)
        words_block(c, G.column_text_x, 131.2, w.processing, T.reading, w.hold_card)
    return Keys()


def choose(c: Canvas, s: ChooseApplication, look: Look) -> Keys:
    """06. Three rows a page; the digit before a row selects it."""
    w = look.words
    left, right = G.text_inset, c.width - G.text_inset
    c.amount(right + 2, 49, s.amount, 20, 120, C.ink2, "right")
    room = c.width - 32 - 10 - _small_amount(c, s)
    c.text(left, 42.3, w.choose_application, c.fit(w.choose_application, room, 24, steps=(21, 19)))
    page, pages = s.selected // ROWS, -(-len(s.names) // ROWS)
    shown = s.names[page * ROWS : page * ROWS + ROWS]
    for row, name in enumerate(shown):
        number = page * ROWS + row
        centre = 84.2 + row * G.row_h_choice
        chosen = number == s.selected
        if chosen:
            c.box((8, centre - 21, c.width - 8, centre + 21), C.act, G.radius_row)
            c.icon("pointer", c.width - 28, centre - 8, 16, C.white)
        elif row and number - 1 != s.selected:
            hairline(c, left, right, centre - 22)
        ink = C.white if chosen else C.ink
        weight = Weight.STRONG if chosen else Weight.MEDIUM
        digit_ink = C.white if chosen else C.ink2
        c.text(18, centre, str(row + 1), T.body, digit_ink, cells=True)
        c.text(44, centre, name, c.fit(name, c.width - 80, T.row, weight), ink, weight=weight)
    turn = f"{page + 1}/{pages}" if pages > 1 else ""
    return Keys(cancel(w.key_cancel), Hint(turn, (Cap.UP, Cap.DOWN)), enter(w.key_ok))


def _small_amount(c: Canvas, s: ChooseApplication) -> float:
    return min(120, c.text_width(s.amount.unit.sign + s.amount.digits(grouped=True), 20))


def authorising(c: Canvas, s: Authorising, look: Look) -> Keys:
    """08. The block walks, the seconds count; nothing here asks for a key."""
    w = look.words
    c.amount(c.middle, 74, s.amount, T.amount, c.width - 2 * G.margin)
    c.icon("bank", PICTOGRAM_X, 90, ICON.pictogram, C.act)
    words_block(
        c, G.column_text_x, 114.2, w.authorising, T.authorising, w.please_wait, below_size=22
    )
    _walker(c, look.tick)
    waited = f"{s.waited_s:>2}".replace(" ", FIGURE_SPACE)
    text = w.waited.format(n=waited, limit=s.limit_s)
    c.text(
        c.width - 16, 186.8, text, T.hint, C.ink2,
        weight=Weight.MEDIUM, anchor="right", cells=True,
    )  # fmt: skip
    return Keys()


def _walker(c: Canvas, tick: int) -> None:
    at = walker_at(tick)
    for i in range(5):
        half = (G.walker_block if i == at else G.walker_dot) / 2
        x = 25.5 + i * (G.walker_block + G.walker_gap)
        where = (x - half, 185.5 - half, x + half, 185.5 + half)
        c.box(where, C.act if i == at else C.ink2, 1.2 if i == at else half)
