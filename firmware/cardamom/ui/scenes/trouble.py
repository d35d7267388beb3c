"""Card still in, paper out, parts that are not well: what a hand is asked to do."""

from __future__ import annotations

from typing import Final

from cardamom.texts.parts import part_words, remedy_words
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, G, Keys, Look, T, cancel, enter, menu, words_block
from cardamom.ui.lettering import Weight
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.screens import NotReady, PaperOut, PresentAgain, RemoveCard

ROWS: Final = 4
PICTOGRAM_X: Final = 16


def _chip(c: Canvas, outcome: str, amount: Money, look: Look, kind: Kind) -> None:
    """The outcome as a strip above another message; it keeps its shape and its polarity."""
    w = look.words
    at = (G.margin, 30, c.width - G.margin, 66)
    match outcome:
        case "approved":
            ground = C.fake if look.training else C.ok
            c.box(at, ground, G.radius_row)
            icon, word, ink, mark = "disc_tick", w.done[kind], C.white, C.white
        case "declined":
            c.field(at, C.paper, C.no, 3, G.radius_row)
            icon, word, ink, mark = "octagon_cross", w.declined, C.no, C.no
        case "unknown":
            c.box(at, C.unk, G.radius_row)
            icon, word, ink, mark = "diamond_question", w.unknown, C.ink, C.ink
        case _:
            c.box(at, C.surface, G.radius_row)
            icon, word, ink, mark = "ring_bar", w.not_completed, C.ink, C.ink
    c.icon(icon, 20, 36, ICON.bullet, mark)
    size = c.fit(word, c.middle - 14, 20, steps=(19, 18, 17))
    c.text(52, 47.7, word, size, ink)
    room = c.width - 22 - 52 - c.text_width(word, size) - 10
    c.amount(c.width - 22, 56, amount, T.chip_amount, room, ink, "right")


def paper_out(c: Canvas, s: PaperOut, look: Look) -> Keys:
    """14. The outcome stands; only its slip waits."""
    w = look.words
    _chip(c, "approved" if s.approved else "declined", s.amount, look, s.kind)
    c.icon("printer", 16, 80, ICON.pictogram, C.act)
    words_block(c, G.column_text_x, 104.8, w.load_paper, T.headline, w.out_of_paper)
    below = w.stands[s.kind] if s.approved else w.print_later
    size = c.fit(below, c.width - 2 * G.margin, T.note, Weight.MEDIUM)
    c.text(c.middle, 184.4, below, size, weight=Weight.MEDIUM, anchor="middle")
    return Keys(left=cancel(w.key_later), right=enter(w.key_loaded))


def remove_card(c: Canvas, s: RemoveCard, look: Look) -> Keys:
    """16."""
    w = look.words
    _chip(c, s.outcome, s.amount, look, s.kind)
    c.icon("remove", 23, 83.4, ICON.pictogram_wide, C.act)
    words_block(c, 142, 118.8, w.remove_card, T.headline, w.take_card)
    return Keys()


def present_again(c: Canvas, s: PresentAgain, look: Look) -> Keys:
    """09, while the card's issuer has something for it: the outcome stands above."""
    w = look.words
    _chip(c, "approved", s.amount, look, s.kind)
    c.icon("hold" if s.reading else "tap", PICTOGRAM_X, 88, ICON.pictogram, C.act)
    if s.reading:
        words_block(c, G.column_text_x, 118.8, w.updating, T.headline, w.hold_card)
        return Keys()
    below = w.not_this_card if s.other else w.to_update
    said = below.format(n=s.seconds_left)
    words_block(c, 114, 118.8, w.present_again, T.headline, said)
    return Keys(left=cancel(w.key_skip))


def not_ready(c: Canvas, s: NotReady, look: Look) -> Keys:
    """15. The part and the hand movement; what is well stands below."""
    w = look.words
    c.icon("warn", 14.5, 27, ICON.warn, C.no)
    c.text(56, 44, w.not_ready, c.fit(w.not_ready, c.width - G.margin - 56, 27, steps=(24, 22)))
    right = c.width - G.margin
    worst_first = sorted(s.parts, key=lambda health: health.usable)
    for row, health in enumerate(worst_first[:ROWS]):
        top = 66 + row * G.row_h_part
        centre = top + 16.4
        c.box((G.margin, top, right, top + 31.4), C.surface if health.usable else C.no_soft, 3)
        if health.usable:
            c.icon("disc_tick", 18.2, centre - 9.8, 19.6, C.ok)
        else:
            c.icon("octagon_cross", 17.4, centre - 10.6, 21.2, C.no)
        weight = Weight.MEDIUM if health.usable else Weight.STRONG
        name = part_words(health.part, look.language)
        value = remedy_words(health.part, health.condition, look.language)
        c.text(46, centre, name, T.body, weight=weight)
        room = right - 8 - 46 - c.text_width(name, T.body) - 10
        c.text(
            right - 8, centre, value, c.fit(value, room, T.note, weight, (17, 16)),
            C.ink if health.usable else C.no, weight=weight, anchor="right",
        )  # fmt: skip
    left = menu(w.key_self_test) if s.self_test else None
    return Keys(left=left, right=enter(w.key_retry))
