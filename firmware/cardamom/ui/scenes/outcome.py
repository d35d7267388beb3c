"""What happened to the money: each outcome has a ground, a shape and a texture of its own."""

from __future__ import annotations

from cardamom.texts.reasons import reason_words
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, G, Keys, Look, T, cancel, enter, hairline, menu
from cardamom.ui.lettering import Weight
from cardamom.ui.scenes.entry import plain
from cardamom.values.screens import (
    Approved,
    Declined,
    NotCompleted,
    OutcomeUnknown,
    ReversalPending,
)


def approved(c: Canvas, s: Approved, look: Look) -> Keys:
    """09, 10, 23. Green ground and a full disc; in training violet, a broken ring and a plate."""
    w = look.words
    c.fill(C.fake if look.training else C.ok)
    c.icon("ring_tick" if look.training else "disc_tick", 18, 32, ICON.emblem, C.white)
    _title(c, 70.2, w.approved, C.white)
    c.amount(c.middle, 158, s.amount, T.amount_xl, c.width - 2 * G.margin, C.white)
    room = c.width - 2 * G.margin
    if look.training:
        c.box((10, 169, c.width - 10, 198), C.white, G.radius_row)
        size = c.fit(w.practice_approved, room, 20)
        c.text(c.middle, 183.7, w.practice_approved, size, C.fake, anchor="middle")
    elif s.sign:
        size = c.fit(w.please_sign, room - 33, T.row)
        left = c.middle - (c.text_width(w.please_sign, size) + 33) / 2
        c.icon("pen", left, 174, ICON.bullet_s, C.white)
        c.text(left + 33, 184.3, w.please_sign, size, C.white)
    else:
        code = w.auth_code.format(code=s.auth_code) if s.auth_code else ""
        below = " · ".join(part for part in (code, w.printing if s.printing else "") if part)
        size = c.fit(below, room, T.note, Weight.MEDIUM)
        c.text(c.middle, 184.4, below, size, C.white, weight=Weight.MEDIUM, anchor="middle")
    if s.sign:
        refuse = cancel(w.key_mismatch) if s.refusable else None
        return Keys(left=refuse, right=enter(w.key_signed))
    return Keys(right=enter(w.key_done))


def _title(c: Canvas, centre: float, text: str, colour: str) -> None:
    size = c.fit(
        text,
        c.width - 3 * G.declined_frame - 110,
        T.outcome,
        steps=(44, 40, 36, 33, 30, 28, 26, 24),
    )
    c.text(110, centre, text, size, colour)


def declined(c: Canvas, s: Declined, look: Look) -> Keys:
    """11. A light ground in a heavy frame; the reason in words, then that nothing was taken."""
    w = look.words
    edge = G.declined_frame
    c.box((0, G.status_h + 1, c.width, G.content_bottom), C.no)
    c.box((edge, G.status_h + 1 + edge, c.width - edge, G.content_bottom - edge), C.paper)
    c.icon("octagon_cross", 18, 36, ICON.emblem, C.no)
    _title(c, 75.2, w.declined, C.no)
    _why(c, reason_words(s.reason, s.code, look.language), 133)
    below = w.not_taken.format(amount=plain(s.amount))
    if s.code:
        below = f"{below} · {w.code.format(code=s.code)}"
    size = c.fit(below, c.width - 4 * G.margin, 20)
    c.text(c.middle, 170.8, below, size, anchor="middle")
    if s.another:
        return Keys(left=cancel(w.key_cancel), right=enter(w.key_another_card))
    return Keys(right=enter(w.key_done))


def _why(c: Canvas, reason: str, centre: float) -> None:
    size = c.fit(reason, c.width - 4 * G.margin, T.reason)
    c.text(c.middle, centre, reason, size, anchor="middle")


def not_completed(c: Canvas, s: NotCompleted, look: Look) -> Keys:
    """Nothing was asked of anybody: neutral ground, a ring with a bar, why, and "not taken"."""
    w = look.words
    c.icon("ring_bar", 18, 36, ICON.emblem, C.ink)
    why = reason_words(s.reason, None, look.language)
    c.text(110, 75.2, why, c.fit(why, c.width - G.margin - 110, T.reading))
    below = w.not_taken.format(amount=plain(s.amount))
    hairline(c, G.text_inset, c.width - G.text_inset, 124)
    c.text(c.middle, 151, below, c.fit(below, c.width - 4 * G.margin, T.reason), anchor="middle")
    return Keys(right=enter(w.key_done))


def outcome_unknown(c: Canvas, s: OutcomeUnknown, look: Look) -> Keys:
    """12. Amber, hatched, a diamond; what the clerk must do, and no Cancel."""
    w = look.words
    c.fill(C.unk)
    _hatch(c)
    c.icon("diamond_question", 14, 36, ICON.emblem_unknown, C.ink)
    _unknown_title(c, w.unknown)
    c.box((10, 102, c.width - 10, 172), C.white, G.radius_row)
    room = c.width - 26 - 52
    c.icon("octagon_cross", 19, 108, ICON.bullet, C.no)
    size = min(c.fit(text, room, 24, steps=(22, 20)) for text in (w.do_not_charge, w.press_enter))
    c.text(52, 120.2, w.do_not_charge, size)
    c.icon("key_enter", 14.2, 137.2, 33.6, C.k_enter)
    c.text(52, 154.2, w.press_enter, size)
    trace = w.trace.format(stan=f"{s.stan:06d}")
    below = f"{plain(s.amount)} · {trace}" if s.stan else plain(s.amount)
    size = c.fit(below, c.width - 2 * G.margin, T.note, Weight.MEDIUM)
    c.text(c.middle, 185.4, below, size, weight=Weight.MEDIUM, anchor="middle")
    left = menu(w.key_print) if s.printable else None
    return Keys(left=left, right=enter(w.key_check))


def _unknown_title(c: Canvas, title: str) -> None:
    """One line where it can be large enough; else a line a word."""
    room = c.width - G.margin - 86
    size = c.fit(title, room, T.outcome)
    if size >= T.reason or " " not in title:
        c.text(86, 67.2, title, size)
        return
    for line, centre in zip(title.split(" ", 1), (49.3, 84.3), strict=True):
        c.text(86, centre, line, c.fit(line, room, 29))


def _hatch(c: Canvas) -> None:
    top = G.status_h + 1
    x = G.hatch_h - 36.0
    while x < c.width:
        foot = x - G.hatch_h
        c.polygon(
            [(x, top), (x + 17, top), (foot + 17, top + G.hatch_h), (foot, top + G.hatch_h)], C.ink
        )
        x += 36


def reversal_pending(c: Canvas, s: ReversalPending, look: Look) -> Keys:
    """13. An amber panel: money is still open, and the terminal sees to it."""
    w = look.words
    right = c.width - G.margin
    c.box((G.margin, 28, right, 110), C.unk, G.radius_field)
    c.icon("diamond_turn", 20, 35, ICON.emblem_reversal, C.ink)
    size = c.fit(w.reversal_pending, right - 108, 34, steps=(31, 28, 27, 25, 23, 22))
    c.text(100, 54.6, w.reversal_pending, size)
    below = w.reversal_kept if s.next_in_s is None else w.retries_itself
    small = c.fit(below, right - 108, T.note, Weight.MEDIUM)
    y = 54.6 + 0.6 * (size + small) + 6.8
    c.text(100, y, below, small, weight=Weight.MEDIUM)
    c.field((G.margin, 118, right, 194), C.white, C.line, 1)
    sale = f"{plain(s.amount)} · {s.stan:06d}" if s.stan else plain(s.amount)
    tries = w.reversal_count.format(tries=s.tries)
    if s.next_in_s is not None:
        tries = w.reversal_next.format(tries=s.tries, n=s.next_in_s)
    rows = ((w.reversal_original, sale, 20, 138), (w.reversal_tries, tries, 18, 174.4))
    for label, value, start, centre in rows:
        c.text(24, centre, label, T.note, C.ink2, weight=Weight.MEDIUM)
        room = right - 12 - 24 - c.text_width(label, T.note) - 10
        c.text(right - 12, centre, value, c.fit(value, room, start, steps=(18, 16)), anchor="right")
    return Keys(right=enter(w.key_got_it))
