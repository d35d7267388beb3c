"""Screens about the merchant's own cards, beside a sale."""

from __future__ import annotations

from cardamom.texts.members import WORDS
from cardamom.texts.reasons import reason_words
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, G, Keys, Look, T, cancel, enter, lights, words_block
from cardamom.ui.lettering import Weight
from cardamom.values.member_screens import HoldMemberCard, MemberShown


def hold(c: Canvas, s: HoldMemberCard, look: Look) -> Keys:
    """As 03, without an amount."""
    words = WORDS[look.language]
    lights(c, {0})
    c.icon("tap", 16, 74, ICON.pictogram, C.act)
    headline = words.hold_to_write if s.writing else words.hold
    words_block(c, 114, 118, headline, T.headline, words.keep_still if s.writing else "")
    return Keys(left=cancel(look.words.key_cancel))


def shown(c: Canvas, s: MemberShown, look: Look) -> Keys:
    """As 17: no money is spoken of here, so neutral ground."""
    words = WORDS[look.language]
    good = s.refused is None
    c.icon("disc_tick" if good else "ring_bar", 18, 44, ICON.emblem, C.act if good else C.ink)
    title = words.written if s.written else words.member
    if s.refused is not None:
        title = reason_words(s.refused, None, look.language)
    room = c.width - G.margin - 110
    c.text(110, 83, title, c.fit(title, room, T.reading))
    lines = [(s.name or words.no_name) if s.number else "", s.number]
    if good and not s.proved:
        lines.append(words.by_uid)
    for row, line in enumerate(lines):
        wide = c.width - 2 * G.margin
        size = c.fit(line, wide, T.row, Weight.MEDIUM, (22, 20, 18, 17, 16, 14))
        c.text(c.middle, 132 + 25 * row, line, size, weight=Weight.MEDIUM, anchor="middle")
    return Keys(right=enter(look.words.key_done))
