"""What happened to the money: each outcome has a ground, a shape and a texture of its own."""

from __future__ import annotations

from cardamom.texts.reasons import reason_words
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, G, Keys, Look, T, cancel, enter, hairline, menu
from cardamom.ui.lettering import Weight
from cardamom.ui.scenes.entry import plain
from cardamom.values.events import Reason
from cardamom.values.money import Money
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
    _title(c, 70.2, w.done[s.kind], C.white)
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
        code = w.offline_approved if s.offline else code
        if s.balance is not None:
            code = w.balance.format(amount=plain(s.balance))
        below = " · ".join(part for part in (code, w.printing if s.printing else "") if part)
        size = c.fit(below, room, T.note, Weight.MEDIUM)
        c.text(c.middle, 184.4, below, size, C.white, weight=Weight.MEDIUM, anchor="middle")
    if s.sign:
        refuse = cancel(w.key_mismatch) if s.refusable else None
        return Keys(left=refuse, right=enter(w.key_signed))
    return _ended(s.ended, look)


def _ended(ended: bool, look: Look) -> Keys:
    """Enter leaves, or the bar is empty while the card has still to be taken."""
    return Keys(right=enter(look.words.key_done)) if ended else Keys()


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
    below = w.not_taken[s.kind].format(amount=plain(s.amount))
    if s.code:
        below = f"{below} · {w.code.format(code=s.code)}"
    size = c.fit(below, c.width - 4 * G.margin, 20)
    c.text(c.middle, 170.8, below, size, anchor="middle")
    if s.another:
        return Keys(left=cancel(w.key_cancel), right=enter(w.key_another_card))
    return _ended(s.ended, look)


def _why(c: Canvas, reason: str, centre: float) -> None:
    size = c.fit(reason, c.width - 4 * G.margin, T.reason)
    c.text(c.middle, centre, reason, size, anchor="middle")


def not_completed(c: Canvas, s: NotCompleted, look: Look) -> Keys:
    """Nothing was asked of anybody: neutral ground, a ring with a bar, why, and "not taken"."""
    w = look.words
    c.icon("ring_bar", 18, 36, ICON.emblem, C.ink)
    why = reason_words(s.reason, None, look.language)
    c.text(110, 75.2, why, c.fit(why, c.width - G.margin - 110, T.reading))
    below = w.not_taken[s.kind].format(amount=plain(s.amount))
    hairline(c, G.text_inset, c.width - G.text_inset, 124)
    c.text(c.middle, 151, below, c.fit(below, c.width - 4 * G.margin, T.reason), anchor="middle")
    more = w.same_again if s.reason is Reason.SAME_AGAIN else _next_step(s, look)
    if more:
        size = c.fit(more, c.width - 2 * G.margin, T.note, Weight.MEDIUM)
        c.text(c.middle, 184.4, more, size, weight=Weight.MEDIUM, anchor="middle")
    return Keys(right=enter(w.key_done))


def _next_step(s: NotCompleted, look: Look) -> str:
    """What to do with the card; nothing where that is for the clerk to say."""
    return "" if s.prompt is None else look.words.next_step[s.prompt]


def outcome_unknown(c: Canvas, s: OutcomeUnknown, look: Look) -> Keys:
    """12. Amber, hatched, a diamond; what the clerk must do, and no Cancel."""
    w = look.words
    c.fill(C.unk)
    _hatch(c)
    c.icon("diamond_question", 14, 36, ICON.emblem_unknown, C.ink)
    _unknown_title(c, w.unknown)
    second = w.asking if s.asking else w.press_enter
    _plate(c, w.do_not_charge[s.kind], second, asking=s.asking)
    trace = w.trace.format(stan=f"{s.stan:06d}")
    below = f"{plain(s.amount)} · {trace}" if s.stan else plain(s.amount)
    size = c.fit(below, c.width - 2 * G.margin, T.note, Weight.MEDIUM)
    c.text(c.middle, 185.4, below, size, weight=Weight.MEDIUM, anchor="middle")
    if s.asking:
        return Keys()
    left = menu(w.key_print) if s.printable else None
    return Keys(left=left, right=enter(w.key_check))


def _plate(c: Canvas, first: str, second: str, *, asking: bool) -> None:
    """What must not be done, and what may be."""
    c.box((10, 102, c.width - 10, 172), C.white, G.radius_row)
    room = c.width - 26 - 52
    c.icon("octagon_cross", 19, 108, ICON.bullet, C.no)
    size = min(c.fit(text, room, 24, steps=(22, 20)) for text in (first, second))
    c.text(52, 120.2, first, size)
    if asking:
        c.icon("bank", 19, 142, ICON.bullet, C.ink)
    else:
        c.icon("key_enter", 14.2, 137.2, 33.6, C.k_enter)
    c.text(52, 154.2, second, size)


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
    below = w.reversal_kept if s.next_in_s is None else w.retries_itself
    amber_panel(c, "diamond_turn", w.reversal_pending, below)
    tries = w.reversal_count.format(tries=s.tries)
    if s.next_in_s is not None:
        tries = w.reversal_next.format(tries=s.tries, n=s.next_in_s)
    label = w.of[s.kind]
    two_rows(c, (label, with_trace(s.amount, s.stan), 20), (w.reversal_tries, tries, 18))
    return Keys(right=enter(w.key_got_it))


def being_reversed(c: Canvas, s: OutcomeUnknown, look: Look) -> Keys:
    """As 13: not completed, being cancelled, and what must not be done meanwhile."""
    w = look.words
    amber_panel(c, "diamond_turn", w.not_completed, w.being_cancelled)
    right = c.width - G.margin
    c.field((G.margin, 118, right, 194), C.white, C.line, 1)
    c.icon("octagon_cross", 19, 126, ICON.bullet, C.no)
    stop = w.do_not_charge[s.kind]
    c.text(52, 138.2, stop, c.fit(stop, right - 12 - 52, 24, steps=(22, 20)))
    value = with_trace(s.amount, s.stan)
    _pair(c, w.of[s.kind], value, 174.4, 20)
    left = menu(w.key_print) if s.printable else None
    return Keys(left=left, right=enter(w.key_check))


def amber_panel(c: Canvas, icon: str, headline: str, below: str) -> None:
    """The upper half of a screen whose money is open."""
    right = c.width - G.margin
    c.box((G.margin, 28, right, 110), C.unk, G.radius_field)
    c.icon(icon, 20, 35, ICON.emblem_reversal, C.ink)
    size = c.fit(headline, right - 108, 34, steps=(31, 28, 27, 25, 23, 22))
    c.text(100, 54.6, headline, size)
    small = c.fit(below, right - 108, T.note, Weight.MEDIUM)
    c.text(100, 54.6 + 0.6 * (size + small) + 6.8, below, small, weight=Weight.MEDIUM)


def two_rows(c: Canvas, first: tuple[str, str, float], second: tuple[str, str, float]) -> None:
    """A framed field below a panel: two labels with their values, and the values' largest size."""
    c.field((G.margin, 118, c.width - G.margin, 194), C.white, C.line, 1)
    for (label, value, start), centre in ((first, 138), (second, 174.4)):
        _pair(c, label, value, centre, start)


def _pair(c: Canvas, label: str, value: str, centre: float, start: float) -> None:
    right = c.width - G.margin - 12
    c.text(24, centre, label, T.note, C.ink2, weight=Weight.MEDIUM)
    room = right - 24 - c.text_width(label, T.note) - 10
    c.text(right, centre, value, c.fit(value, room, start, steps=(18, 16)), anchor="right")


def with_trace(amount: Money, stan: int) -> str:
    return f"{plain(amount)} · {stan:06d}" if stan else plain(amount)
