"""Alarms, and the last picture of a daemon that stops."""

from __future__ import annotations

from cardamom.texts.alarms import ALARMS
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, G, Keys, Look, T, enter, menu
from cardamom.ui.lettering import Weight
from cardamom.ui.scenes.outcome import amber_panel, with_trace
from cardamom.values.alarms import Cause
from cardamom.values.notices import AlarmShown, Stopping


def alarm(c: Canvas, s: AlarmShown, look: Look) -> Keys:
    """As 13 where money is open, else as 15: what is wrong, and what to do."""
    w, words = look.words, ALARMS[look.language][s.cause]
    right = c.width - G.margin
    if s.cause is Cause.PARKED:
        which = with_trace(s.amount, s.stan) if s.amount else ""
        amber_panel(c, "diamond_question", words.what, which)
        top, bottom = 118, 194
        c.field((G.margin, top, right, bottom), C.white, C.line, 1)
    else:
        c.icon("warn", 16, 30, ICON.emblem_reversal, C.no)
        size = c.fit(words.what, right - 98, T.reading)
        c.text(98, 66.4, words.what, size)
        top, bottom = 112, 194
        c.box((G.margin, top, right, bottom), C.no_soft, G.radius_field)
    room = right - G.margin - 24
    size = min(c.fit(line, room, T.row, Weight.MEDIUM, (20, 19, 18, 17, 16)) for line in words.do)
    centre = (top + bottom) / 2 - 15 * (len(words.do) - 1)
    for row, line in enumerate(words.do):
        c.text(24, centre + 30 * row, line, size, weight=Weight.MEDIUM)
    if s.idle:
        return Keys(left=menu(w.key_menu), right=enter(w.key_retry))
    return Keys(right=enter(w.key_got_it))


def stopping(c: Canvas, s: Stopping, look: Look) -> Keys:
    """The daemon is gone: no key does anything."""
    w = look.words
    headline = w.restarting if s.fault else w.stopped
    below = w.restarting_below if s.fault else w.stopped_below
    c.icon("ring_bar", 18, 76, ICON.emblem, C.ink2)
    room = c.width - G.margin - 112
    size = c.fit(headline, room, T.authorising)
    c.text(112, 103, headline, size)
    small = c.fit(below, room, T.body, Weight.MEDIUM, (18, 17, 16))
    y = 103 + 0.6 * (size + small) + 6.8
    c.text(112, y, below, small, C.ink2, weight=Weight.MEDIUM)
    return Keys()
